"""What a worker needs before it begins; refuses to begin without."""

from collections.abc import Callable

import gevent
import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp import db
from webapp.authenticators.phone_call.gateways import announcer_for
from webapp.ca.certificate_types import TypesFileError
from webapp.ca.context import CaContext, load_ca
from webapp.clock import utc_now
from webapp.config import Config
from webapp.jobs.models import Job
from webapp.jobs.runner import Runner
from webapp.jobs.tasks import JobContext, push_sender
from webapp.notifications.mailer import BadMailAddressError, mailer_for
from webapp.notifications.push.delivery import send_pushes
from webapp.relying.deliveries.loop import Courier
from webapp.relying.delivery_kinds import FEEDS, KINDS
from webapp.startup_error import StopError

log = structlog.get_logger()


class CannotWorkError(StopError):
    """A worker cannot begin; the text says why and what to do."""


def load_context(config: Config, say: Callable[[str], None]) -> JobContext:
    """Load the CA and find the post.

    Raises:
        CannotWorkError: something of it is missing or wrong.
    """
    try:
        centre = load_ca(config)
    except (OSError, StopError, TypesFileError) as error:
        raise CannotWorkError(f"The worker does not start. {error}") from None
    return build_context(centre, say)


def build_context(centre: CaContext, say: Callable[[str], None]) -> JobContext:
    """Return what the work of an open centre is done with.

    Raises:
        CannotWorkError: the mail server's address is none.
    """
    try:
        return JobContext(
            centre=centre,
            mailer=mailer_for(centre.config, say),
            voice=announcer_for(centre.config),
        )
    except BadMailAddressError as error:
        raise CannotWorkError(f"CERTFERRY_SMTP_URL: {error}") from None


def require_tables(engine: Engine) -> None:
    """Refuse a database that no centre has made yet.

    Raises:
        CannotWorkError: the tables are not there.
    """
    try:
        with Session(engine) as session:
            session.scalar(select(Job.name).limit(1))
    except SQLAlchemyError:
        raise CannotWorkError(
            "The database has no tables of this version, or cannot be reached.\n"
            "Start the centre first, it makes them: certferry serve"
        ) from None


def spawn_in_process(centre: CaContext, say: Callable[[str], None]) -> gevent.Greenlet:
    """Do the work of a demo in the process that serves it, until that ends."""
    engine = db.make_engine(centre.config.database_url)
    runner = Runner(engine=engine, context=build_context(centre, say), clock=utc_now)
    # Only failures are told, by the log: the terminal belongs to who tries it.
    return gevent.spawn_later(FIRST_POLL, runner.run, gevent.sleep, lambda _line: None)


def deliveries_of(config: Config) -> Courier:
    """Return what posts to institutions are sent with, on connections of its own."""
    return Courier(
        engine=db.make_engine(config.database_url),
        config=config,
        kinds=KINDS,
        feeds=FEEDS,
        clock=utc_now,
    )


def pushes_of(config: Config) -> Callable[[], object]:
    """Return what posts the notices that wait for devices; it connects by itself."""
    engine, sender = db.make_engine(config.database_url), push_sender(config)

    def send() -> None:
        if sender is not None:
            with Session(engine, expire_on_commit=False) as session:
                send_pushes(session, sender, utc_now())

    return send


FIRST_POLL = 3.0  # seconds after the start: people come first
