"""`certferry worker`: the background work of a centre, beside `certferry serve`."""

import signal
import threading
from pathlib import Path

import click

from webapp.authenticators.factors import factor_options
from webapp.cli.instance_options import DEMO_FOLDER, choose_centre, demo_options
from webapp.config import Config, brand


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything now, say what, and end.")
@demo_options
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="With a demo: where people open that demo; letters point there.",
)
def worker(once: bool, demo: bool, instance: Path | None, url: str) -> None:
    """Do the background work: notices, expiry, revocation lists and the like.

    Any number may run at the same time, on any machine that has the database.
    """
    from webapp import logging_config

    logging_config.configure()
    folder = instance or (DEMO_FOLDER if demo else None)
    _work(load_config(folder, url), once=once)


def load_config(instance: Path | None, url: str) -> Config:
    """Return the settings of the demo in a folder, or of the environment's centre.

    Raises:
        StopError: with all that is missing or wrong.
    """
    from webapp.cli.preflight.requirements import (
        Purpose,
        require_openable,
        require_ready,
    )
    from webapp.clock import use_demo_clock, utc_now
    from webapp.demo import instance as demo

    if instance is not None:
        centre = choose_centre({}, demo=True, instance=instance, database=None)
        require_openable(centre.instance or instance, _warn)
        use_demo_clock((centre.instance or instance) / demo.CLOCK_FILE)
        demo_centre = demo.create_or_open(
            centre.instance or instance,
            public_url=url,
            pki_url=url,
            now=utc_now(),
            brand=brand(),
        )
        return demo_centre.config
    config = Config.from_env(factor_options())
    require_ready(config, _warn, now=utc_now(), purpose=Purpose.WORK)
    return config


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


def _work(config: Config, *, once: bool) -> None:
    from webapp import db
    from webapp.clock import utc_now
    from webapp.jobs.bootstrap import deliveries_of, load_context, require_tables
    from webapp.jobs.runner import Runner
    from webapp.relying.deliveries.loop import Loop, deliver_due

    engine = db.make_engine(config.database_url)
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    try:
        require_tables(engine)
        context, courier = load_context(config, click.echo), deliveries_of(config)
        runner = Runner(
            engine=engine, context=context, clock=utc_now, stopping=stop.is_set
        )
        if once:
            for line in runner.run_due(force=True):
                click.echo(line)
            delivered, failed = deliver_due(courier)
            click.echo(f"deliveries: {delivered} delivered, {failed} not")
        else:
            loop = Loop(courier)
            loop.start()
            click.echo("certferry worker: ready")
            runner.run(stop.wait, click.echo)
            loop.stop()
    finally:
        engine.dispose()


COMMANDS: dict[str, click.Command] = {"worker": worker}
