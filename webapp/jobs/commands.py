"""`certferry worker`: the background work of a centre, beside `certferry serve`."""

import signal
import sys
import threading
from pathlib import Path

import click

from webapp.config import Config


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything now, say what, and end.")
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="Work for the demo in this folder; else for the centre of the environment.",
)
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="With --instance: where people open that demo; letters point there.",
)
def worker(once: bool, instance: Path | None, url: str) -> None:
    """Do the background work: notices, expiry, revocation lists and the like.

    Any number may run at the same time, on any machine that has the database.
    """
    from webapp import logs
    from webapp.jobs.starting import CannotWorkError

    logs.configure()
    try:
        _work(_config(instance, url), once=once)
    except CannotWorkError as refused:
        click.echo(str(refused), err=True)
        sys.exit(2)


def _config(instance: Path | None, url: str) -> Config:
    from webapp import demo
    from webapp.clock import utc_now
    from webapp.config import SECRETS, WHEN_USED, MissingSettingsError
    from webapp.jobs.starting import CannotWorkError

    if instance is not None:
        if not (instance / "certferry.db").exists():
            raise CannotWorkError(
                f"There is no demo in {instance}. Start one: make run"
            )
        made = demo.prepare(
            instance.resolve(), public_url=url, pki_url=url, now=utc_now()
        )
        return made.config
    try:
        return Config.from_env()
    except MissingSettingsError as error:
        meaning = {**SECRETS, **WHEN_USED}
        lines = [f"  {name}: {meaning.get(name, '')}" for name in error.names]
        raise CannotWorkError(
            "The worker does not start, because these settings are missing:\n"
            + "\n".join(lines)
            + "\nFor a demo: certferry worker --instance instance"
        ) from None


def _work(config: Config, *, once: bool) -> None:
    from webapp import db
    from webapp.clock import utc_now
    from webapp.jobs.runner import Runner
    from webapp.jobs.starting import open_tools, require_tables

    engine = db.make_engine(config.database_url)
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    try:
        require_tables(engine)
        tools = open_tools(config, click.echo)
        runner = Runner(engine=engine, tools=tools, clock=utc_now, stopping=stop.is_set)
        if once:
            for line in runner.run_due(anyway=True):
                click.echo(line)
        else:
            click.echo("certferry worker: ready")
            runner.run(stop.wait, click.echo)
    finally:
        engine.dispose()


COMMANDS: dict[str, click.Command] = {"worker": worker}
