"""`certferry ocsp`: the OCSP responder alone, in processes of its own."""

from pathlib import Path

import click

from webapp.cli.instance_options import DEMO_FOLDER, demo_options
from webapp.cli.worker import load_config


@click.command("ocsp")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8003, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@demo_options
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="With a demo: where people open that demo.",
)
def ocsp(
    host: str, port: int, workers: int, demo: bool, instance: Path | None, url: str
) -> None:
    """Answer OCSP requests for the certificates of a centre, and nothing else.

    `certferry serve` does so too; this one is faster, and goes on when that restarts.
    """
    from webapp import logging_config
    from webapp.cli.gunicorn_server import PortTakenError, ensure_port_free

    logging_config.configure()
    try:
        ensure_port_free(host, port)
    except PortTakenError:
        raise click.ClickException(
            f"Port {port} is taken by another program."
        ) from None
    except OSError as error:
        text = f"Cannot listen on {host}:{port}: {error.strerror}."
        raise click.ClickException(text) from None
    config = load_config(instance or (DEMO_FOLDER if demo else None), url)
    from webapp.cli.ocsp_server import serve

    serve(config, host, port, workers)


COMMANDS: dict[str, click.Command] = {"ocsp": ocsp}
