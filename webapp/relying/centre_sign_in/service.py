"""Sign a customer in by their approval of a request of the centre. Nothing commits."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import admit
from webapp.audit.events import AuditEvent
from webapp.certificates.models import Certificate
from webapp.db import lock
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Asker, SignIn
from webapp.relying.asking.errors import RequestUnknownError
from webapp.relying.asking.service import Asking, AskingBrowser
from webapp.relying.documents.signers import require_usable

OPENER: Final = "centre"
ASKER_ID: Final = "centre"  # no institution has it: theirs are hexadecimal
LIFE: Final = timedelta(minutes=5)


def ask(
    session: Session,
    name: str,
    origin: str,
    *,
    browser: AskingBrowser,
    random: Callable[[int], bytes],
    now: datetime,
) -> Asking:
    """Ask whoever answers to sign in here; `name` is what the centre is called."""
    return asking.ask(
        session,
        Asker(ASKER_ID, name, origin),
        SignIn(),
        opener=OPENER,
        browser=browser,
        expires_at=now + LIFE,
        now=now,
        random=random,
    )


def sign_in(
    session: Session,
    request_id: str,
    *,
    client: Mapping[str, str] | None = None,
    now: datetime,
) -> Customer:
    """Return who approved, as a sign-in that is recorded; once for each approval.

    Raises:
        RequestUnknownError: there is no such request of this part, or nobody approved.
        RequestApprovedError: it signed somebody in before.
        RequestExpiredError: it was approved too long ago.
        SignerRevokedError, SignerSuspendedError, SignerExpiredError: the certificate
            counts no more.
        AccountLockedError: the counter locked the account.
    """
    approval = asking.find_approval(session, request_id)
    if approval is None:
        raise RequestUnknownError
    customer = session.get_one(Customer, approval.customer_id)
    certificate = session.get_one(Certificate, approval.certificate_id)
    lock(session, customer)
    lock(session, certificate, share=True)
    asking.use_approval(session, request_id, opener=OPENER, now=now)
    require_usable(certificate, now)
    event = AuditEvent.CUSTOMER_SIGNED_IN_BY_CERTIFICATE
    admit(
        session,
        customer,
        event,
        now,
        client=client,
        certificate_id=certificate.id,
    )
    return customer
