"""`certferry ocsp`: the OCSP responder alone, in processes of its own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from webapp.cli.instance_options import DEMO_FOLDER, demo_options
from webapp.cli.worker import load_config
from webapp.config import Config

THREADS = 4  # in a worker: while one waits for the database, others answer
GRACE_SECONDS = 2  # a worker that does not end by itself is ended
KEEPALIVE_HEADERS_MS = 10_000  # for the head of a request to come
Application = Callable[..., Any]


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
    _serve(config, host, port, workers)


def load_responder(config: Config) -> Application:
    """Return the responder of a centre; each process makes its own."""
    from sqlalchemy.orm import sessionmaker

    from webapp import db
    from webapp.ca.context import load_ca
    from webapp.clock import utc_now
    from webapp.repository.ocsp import OcspResponder
    from webapp.repository.ocsp_endpoint import OcspEndpoint

    ca = load_ca(config)
    ca.services.renew(utc_now())
    sessions = sessionmaker(db.make_engine(config.database_url))
    responder = OcspResponder(ca.authority, ca.services, sessions, utc_now)
    return OcspEndpoint(responder, utc_now)


def _serve(config: Config, host: str, port: int, workers: int) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "certferry-ocsp",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=KEEPALIVE_HEADERS_MS),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.warning,
    )
    server.on_startup(partial(click.echo, f"certferry ocsp: http://{host}:{port}/ocsp"))
    server.serve(target_loader=partial(load_responder, config), wrap_loader=False)


COMMANDS: dict[str, click.Command] = {"ocsp": ocsp}
