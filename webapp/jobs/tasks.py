"""What is done in the background, and how often.

Every piece works from what the tables say, never from a timetable: what a missed day
left is done at the next run. A piece says in one line what it did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final

import structlog
from sqlalchemy.orm import Session

from webapp.audit import checkpoint
from webapp.authenticators.phone_call.voice_gateway import VoiceGateway
from webapp.ca.context import CaContext
from webapp.certificates import revocation
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.config import Config
from webapp.db import unit_of_work_on
from webapp.jobs import cleanup, root_crl
from webapp.jobs.leases import Rhythm
from webapp.notifications.change_notices import Messenger, send_change_notices
from webapp.notifications.mailer import Post
from webapp.notifications.service import Sender, send_due
from webapp.ra.customers import csv_import
from webapp.repository.crl import current_list
from webapp.repository.newest_crl import NewestCrl
from webapp.web.security import run_in_thread

log = structlog.get_logger()
GoOn = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the work is done with."""

    centre: CaContext
    post: Post | None
    voice: VoiceGateway | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of work and its rhythm."""

    rhythm: Rhythm
    work: Callable[[Tools, Session, datetime, GoOn], str]


def note_expiries(_tools: Tools, session: Session, now: datetime, go_on: GoOn) -> str:
    """Note in the log that certificates ran out."""
    listed, change = revocation.list_unrecorded_expiries, revocation.record_expiry
    return f"{_change_all(session, listed, change, now, go_on)} certificates ran out"


def end_suspensions(_tools: Tools, session: Session, now: datetime, go_on: GoOn) -> str:
    """Revoke what was suspended for more than six months."""
    listed, change = revocation.list_overdue_holds, revocation.revoke_expired_hold
    revoked = _change_all(session, listed, change, now, go_on)
    return f"{revoked} revoked after six months of suspension"


def _change_all(
    session: Session,
    list_candidates: Callable[[Session, datetime, int], list[Certificate]],
    change: Callable[[Session, Certificate, datetime], bool],
    now: datetime,
    go_on: GoOn,
) -> int:
    """Change certificates, each with a commit of its own; return how many it were."""
    total = 0
    while go_on():
        changed = 0
        for certificate in list_candidates(session, now, BATCH):
            with unit_of_work_on(session):
                changed += change(session, certificate, now)
        if not changed:
            break
        total += changed
    return total


def send_notices(tools: Tools, session: Session, now: datetime, go_on: GoOn) -> str:
    """Write to those whose certificate ends soon."""
    if tools.post is None:
        return "no mail server is configured, no letter was sent"
    config = tools.centre.config
    sender = Sender(
        post=tools.post,
        mail_from=_sender(config),
        public_url=config.public_url,
        types=tools.centre.types,
        demo=config.demo,
        brand=config.brand,
    )
    done = send_due(session, sender, now, go_on=go_on)
    away = "; the mail server is away" if done.away else ""
    return f"{done.sent} letters sent, {done.failed} not{away}"


def tell_changes(tools: Tools, session: Session, now: datetime, go_on: GoOn) -> str:
    """Tell people what the counter changed about them."""
    config = tools.centre.config
    messenger = Messenger(
        post=tools.post,
        voice=tools.voice,
        mail_from=_sender(config),
        public_url=config.public_url,
        demo=config.demo,
        brand=config.brand,
    )
    done = send_change_notices(session, messenger, now, go_on=go_on)
    return f"{done.sent} people told of a change, {done.failed} not"


def register_imports(tools: Tools, session: Session, now: datetime, go_on: GoOn) -> str:
    """Go on with imports that a restart left, and forget passwords in time."""
    settings, done = csv_import.import_settings(tools.centre.config), 0
    for import_id in csv_import.list_pending(session, now):
        if not go_on():
            break
        clock = utc_now
        ended = csv_import.run(session, import_id, settings, clock=clock, go_on=go_on)
        done += ended is not None
    forgotten = csv_import.forget_old(session, now)
    return f"{done} imports ended, the passwords of {forgotten} forgotten"


def renew_list(tools: Tools, session: Session, now: datetime, _on: GoOn) -> str:
    """Have a current revocation list before anybody asks for it."""
    found = current_list(
        session,
        tools.centre.authority,
        now,
        newest_crl=NewestCrl.beside(tools.centre.config.issuing_key),
        run=run_in_thread,
    )
    return f"list {found.number} counts until {found.next_update:%Y-%m-%d %H:%M} UTC"


def renew_root_list(tools: Tools, _session: Session, now: datetime, _on: GoOn) -> str:
    """Sign a demo's root list in time; of another root say that it is time."""
    config = tools.centre.config
    if config.demo and root_crl.renew_demo_list(config.root_crl, now):
        return "signed anew"
    left = root_crl.left_of(config.root_crl, now)
    if left < root_crl.ENOUGH:
        log.warning("root_list_ends_soon", days=left.days)
        return f"ends in {left.days} days: sign a new one with the offline root"
    return f"counts for {left.days} days more"


def sign_checkpoint(tools: Tools, session: Session, now: datetime, _on: GoOn) -> str:
    """Sign the log as it is, so that its end cannot be cut off unseen."""
    signed = checkpoint.sign_checkpoint(session, tools.centre.authority, now)
    return "signed" if signed else "nothing new to sign"


def close_applications(
    _tools: Tools, session: Session, now: datetime, go_on: GoOn
) -> str:
    """Close applications that nobody went on with."""
    return f"{cleanup.close_expired(session, now, go_on)} closed"


def delete_leavings(_tools: Tools, session: Session, now: datetime, go_on: GoOn) -> str:
    """Delete calls and challenges that are over for 30 days."""
    return f"{cleanup.delete_old(session, now, go_on)} old calls and challenges deleted"


def _sender(config: Config) -> str:
    """Return who letters come from; an address alone goes under the centre's name."""
    if config.mail_from and not config.brand.is_named:
        return config.mail_from
    name, address = parseaddr(config.mail_from or DEFAULT_ADDRESS)
    return str(Address(name or config.brand.own_name, addr_spec=address))


def _every(name: str, work: Callable[..., str], **every: float) -> Piece:
    rhythm = Rhythm(name=name, every=timedelta(**every), holds=HOLDS)
    return Piece(rhythm=rhythm, work=work)


BATCH: Final = 100
DEFAULT_ADDRESS: Final = "noreply@localhost"
HOLDS: Final = timedelta(minutes=10)  # a claim, extended while work goes on
PIECES: Final = (
    _every("suspensions", end_suspensions, minutes=10),
    _every("expiry", note_expiries, hours=1),
    _every("changes", tell_changes, seconds=20),  # each look: nobody waits for it
    _every("imports", register_imports, seconds=20),
    _every("notices", send_notices, minutes=10),
    # After what changes it. What stands in no list yet, a restored copy takes back.
    _every("revocation list", renew_list, seconds=20),
    _every("root list", renew_root_list, hours=12),
    _every("applications", close_applications, minutes=10),
    _every("leavings", delete_leavings, hours=24),
    _every("checkpoint", sign_checkpoint, hours=1),  # last: it covers the others
)
