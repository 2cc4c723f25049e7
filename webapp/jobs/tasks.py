"""What is done in the background, and how often.

Every piece works from what the tables say, never from a timetable: what a missed day
left is done at the next run. A piece says in one line what it did.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final

import structlog
from sqlalchemy.orm import Session

from webapp.audit import checkpoint
from webapp.authenticators.encryption import read_key
from webapp.authenticators.phone_call.voice_gateway import VoiceGateway
from webapp.ca.context import CaContext
from webapp.certificates import revocation
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.config import Config
from webapp.db import unit_of_work_on
from webapp.devices.service import delete_old_invitations
from webapp.jobs import cleanup, root_crl
from webapp.jobs.leases import Schedule
from webapp.notifications.change_notices import send_change_notices
from webapp.notifications.delivery import Messenger
from webapp.notifications.expiry_notices import send_expiry_notices
from webapp.notifications.mailer import Mailer
from webapp.notifications.push import keys as push_keys
from webapp.notifications.push.delivery import PushSender, send_pushes
from webapp.notifications.use_notices import send_use_notices
from webapp.ra.customers import csv_import
from webapp.relying.cloud_signature import service as cloud_signature
from webapp.relying.deliveries import transport
from webapp.relying.deliveries.rules import Post, Reach
from webapp.relying.openid import keys as openid_keys
from webapp.relying.openid import requests as openid_requests
from webapp.relying.openid import sign_ins
from webapp.relying.signing import service as signing
from webapp.repository.crl import current_crl
from webapp.repository.newest_crl import NewestCrl
from webapp.web.security import run_in_thread

log = structlog.get_logger()
ShouldContinue = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What the work is done with."""

    centre: CaContext
    mailer: Mailer | None
    voice: VoiceGateway | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work and its rhythm."""

    schedule: Schedule
    work: Callable[[JobContext, Session, datetime, ShouldContinue], str]


def record_expiries(
    _tools: JobContext, session: Session, now: datetime, should_continue: ShouldContinue
) -> str:
    """Note in the log that certificates ran out."""
    listed, change = revocation.list_unrecorded_expiries, revocation.record_expiry
    expired = _change_all(session, listed, change, now, should_continue)
    return f"{expired} certificates ran out"


def revoke_expired_holds(
    _tools: JobContext, session: Session, now: datetime, should_continue: ShouldContinue
) -> str:
    """Revoke what was suspended for more than six months."""
    listed, change = revocation.list_overdue_holds, revocation.revoke_expired_hold
    revoked = _change_all(session, listed, change, now, should_continue)
    return f"{revoked} revoked after six months of suspension"


def _change_all(
    session: Session,
    list_candidates: Callable[[Session, datetime, int], list[Certificate]],
    change: Callable[[Session, Certificate, datetime], bool],
    now: datetime,
    should_continue: ShouldContinue,
) -> int:
    """Change certificates, each with a commit of its own; return how many it were."""
    total = 0
    while should_continue():
        changed = 0
        for certificate in list_candidates(session, now, BATCH):
            with unit_of_work_on(session):
                changed += change(session, certificate, now)
        if not changed:
            break
        total += changed
    return total


def send_notices(
    context: JobContext,
    session: Session,
    now: datetime,
    should_continue: ShouldContinue,
) -> str:
    """Write to those whose certificate ends soon."""
    if context.mailer is None:
        return "no mail server is configured, no letter was sent"
    result = send_expiry_notices(
        session, _messenger(context), now, should_continue=should_continue
    )
    away = "; the mail server is away" if result.unreachable else ""
    return f"{result.sent} letters sent, {result.failed} not{away}"


def notify_changes(
    context: JobContext,
    session: Session,
    now: datetime,
    should_continue: ShouldContinue,
) -> str:
    """Tell people what the counter changed about them."""
    result = send_change_notices(
        session, _messenger(context), now, should_continue=should_continue
    )
    return f"{result.sent} people told of a change, {result.failed} not"


def notify_uses(
    context: JobContext,
    session: Session,
    now: datetime,
    should_continue: ShouldContinue,
) -> str:
    """Tell people what was done in their name."""
    if context.mailer is None:
        return "no mail server is configured, nobody was told of a use"
    result = send_use_notices(
        session,
        _messenger(context),
        context.mailer,
        now,
        should_continue=should_continue,
    )
    away = "; the mail server is away" if result.unreachable else ""
    return f"{result.sent} people told of a use, {result.failed} not{away}"


def notify_devices(
    context: JobContext,
    session: Session,
    now: datetime,
    should_continue: ShouldContinue,
) -> str:
    """Tell paired devices by push; the loop of a process that serves does it sooner."""
    sender = push_sender(context.centre.config)
    if sender is None:
        return "there is no identity key, and so no push"
    result = send_pushes(session, sender, now, should_continue=should_continue)
    return f"{result.sent} devices told, {result.failed} not"


def push_sender(config: Config) -> PushSender | None:
    """Return what tells devices; None where the centre has no identity key."""
    if not config.identity_key:
        return None
    reach = Reach(networks=config.delivery_networks, is_demo=config.demo)
    address = parseaddr(config.mail_from)[1]

    def post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
        message = Post(body=body, content_type=OCTETS, headers=headers)
        return transport.send(endpoint, message, reach).status

    return PushSender(
        seal=read_key(config.identity_key),
        contact=f"mailto:{address}" if address else config.public_url,
        post=lambda *message: run_in_thread(post, *message),
        is_demo=config.demo,
    )


def make_push_key(
    context: JobContext, session: Session, now: datetime, _on: ShouldContinue
) -> str:
    """Make the key that says to push services who sends, and the next one in time."""
    identity_key = context.centre.config.identity_key
    if not identity_key:
        return "there is no identity key, and so no push"
    with unit_of_work_on(session):
        is_made = push_keys.prepare(
            session, read_key(identity_key), secrets.token_bytes, now
        )
    return f"{int(is_made)} keys made"


def register_imports(
    context: JobContext,
    session: Session,
    now: datetime,
    should_continue: ShouldContinue,
) -> str:
    """Go on with imports that a restart left, and forget passwords in time."""
    settings, done = csv_import.import_settings(context.centre.config), 0
    for import_id in csv_import.list_pending(session, now):
        if not should_continue():
            break
        clock = utc_now
        ended = csv_import.run(
            session, import_id, settings, clock=clock, should_continue=should_continue
        )
        done += ended is not None
    with unit_of_work_on(session):
        forgotten = csv_import.forget_old(session, now)
    return f"{done} imports ended, the passwords of {forgotten} forgotten"


def end_sessions_elsewhere(
    _tools: JobContext, session: Session, now: datetime, should_continue: ShouldContinue
) -> str:
    """End sign-ins at institutions that rest on nothing now; each end is told."""
    ended = _in_batches(
        session,
        should_continue,
        lambda: sign_ins.end_all(
            session, sign_ins.list_to_end(session, now, BATCH), now
        ),
    )
    return f"{ended} sessions ended"


def rotate_openid_keys(
    context: JobContext, session: Session, now: datetime, _on: ShouldContinue
) -> str:
    """Make the next key of the OpenID provider in time; forget what is over."""
    identity_key = context.centre.config.identity_key
    if not identity_key:
        return "there is no identity key, and so no provider"
    with unit_of_work_on(session):
        is_made = openid_keys.prepare(
            session, read_key(identity_key), secrets.token_bytes, now
        )
        forgotten = openid_requests.forget_old(session, now)
        forgotten += cloud_signature.forget_old(session, now)
    return f"{int(is_made)} keys made, {forgotten} old requests forgotten"


def renew_crl(
    context: JobContext, session: Session, now: datetime, _on: ShouldContinue
) -> str:
    """Have a current revocation list before anybody asks for it."""
    crl = current_crl(
        session,
        context.centre.authority,
        now,
        newest_crl=NewestCrl.beside(context.centre.config.issuing_key),
        run=run_in_thread,
    )
    return f"list {crl.number} counts until {crl.next_update:%Y-%m-%d %H:%M} UTC"


def renew_root_crl(
    context: JobContext, _session: Session, now: datetime, _on: ShouldContinue
) -> str:
    """Sign a demo's root list in time; of another root say that it is time."""
    config = context.centre.config
    if config.demo and root_crl.renew_demo_crl(config.root_crl, now):
        return "signed anew"
    left = root_crl.time_left(config.root_crl, now)
    if left < root_crl.RENEW_BEFORE:
        log.warning("root_list_ends_soon", days=left.days)
        return f"ends in {left.days} days: sign a new one with the offline root"
    return f"counts for {left.days} days more"


def renew_service_certificates(
    context: JobContext, _session: Session, now: datetime, _on: ShouldContinue
) -> str:
    """Make the next certificates of OCSP responder, time stamps and receipts."""
    created = context.centre.services.renew(now)
    return f"{len(created)} certificates of the centre's services made"


def sign_checkpoint(
    context: JobContext, session: Session, now: datetime, _on: ShouldContinue
) -> str:
    """Sign the log as it is, so that its end cannot be cut off unseen."""
    with unit_of_work_on(session):
        signed = checkpoint.sign_checkpoint(session, context.centre.authority, now)
    if signed is None:
        return "nothing new to sign"
    checkpoint.log_checkpoint(signed)
    return "signed"


def close_applications(
    _tools: JobContext, session: Session, now: datetime, should_continue: ShouldContinue
) -> str:
    """Close applications that nobody went on with."""
    closed = _in_batches(
        session, should_continue, lambda: cleanup.close_expired(session, now)
    )
    return f"{closed} closed"


def delete_old_records(
    _tools: JobContext, session: Session, now: datetime, should_continue: ShouldContinue
) -> str:
    """Delete what is over for 30 days: calls, challenges, requests, deliveries."""
    deleted = _in_batches(
        session, should_continue, lambda: cleanup.delete_old(session, now)
    )
    requests = _in_batches(
        session, should_continue, lambda: cleanup.delete_unapproved(session, now)
    )
    with unit_of_work_on(session):
        delete_old_invitations(session, now)
    deliveries = _in_batches(
        session, should_continue, lambda: cleanup.delete_delivered(session, now)
    )
    results = _in_batches(
        session, should_continue, lambda: signing.forget_old(session, now)
    )
    return (
        f"{deleted} old calls and challenges deleted, {requests} requests, "
        f"{deliveries} deliveries, {results} results"
    )


def _in_batches(
    session: Session, should_continue: ShouldContinue, do_batch: Callable[[], int]
) -> int:
    """Do batches, each a unit of work, until one finds nothing; return their sum."""
    total = 0
    while should_continue():
        with unit_of_work_on(session):
            done = do_batch()
        if not done:
            break
        total += done
    return total


def _messenger(context: JobContext) -> Messenger:
    config = context.centre.config
    return Messenger(
        mailer=context.mailer,
        voice=context.voice,
        mail_from=email_sender(config),
        public_url=config.public_url,
        types=context.centre.types,
        demo=config.demo,
        brand=config.brand,
    )


def email_sender(config: Config) -> str:
    """Return who letters come from; an address alone goes under the centre's name."""
    if config.mail_from and not config.brand.is_named:
        return config.mail_from
    name, address = parseaddr(config.mail_from or DEFAULT_ADDRESS)
    return str(Address(name or config.brand.own_name, addr_spec=address))


def _every(name: str, work: Callable[..., str], **every: float) -> Task:
    schedule = Schedule(name=name, every=timedelta(**every), lease_ttl=LEASE_TTL)
    return Task(schedule=schedule, work=work)


BATCH: Final = 100
OCTETS: Final = "application/octet-stream"
DEFAULT_ADDRESS: Final = "noreply@localhost"
LEASE_TTL: Final = timedelta(minutes=10)  # a claim, extended while work goes on
TASKS: Final = (
    _every("suspensions", revoke_expired_holds, minutes=10),
    _every("expiry", record_expiries, hours=1),
    # At each look: nobody waits for it.
    _every("changes", notify_changes, seconds=20),
    _every("uses", notify_uses, seconds=20),
    _every("push key", make_push_key, hours=1),
    _every("pushes", notify_devices, seconds=20),
    _every("imports", register_imports, seconds=20),
    _every("notices", send_notices, minutes=10),
    # After what ends certificates.
    _every("sessions elsewhere", end_sessions_elsewhere, seconds=5),
    _every("openid keys", rotate_openid_keys, hours=1),
    # After what changes it. What stands in no list yet, a restored copy takes back.
    _every("revocation list", renew_crl, seconds=20),
    _every("root list", renew_root_crl, hours=12),
    _every("service certificates", renew_service_certificates, hours=1),
    _every("applications", close_applications, minutes=10),
    _every("leavings", delete_old_records, hours=24),
    _every("checkpoint", sign_checkpoint, hours=1),  # last: it covers the others
)
