"""What customers do to their own ways to identify themselves; each call commits."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer, signed_in
from webapp.identity import one_time_service, passkey_service
from webapp.identity.card_step import record_use
from webapp.identity.passkey import Site
from webapp.identity.ways import Way


def prove(
    session: Session,
    customer: Customer,
    check: Callable[[], None],
    *,
    way: Way,
    now: datetime,
) -> None:
    """Show who one is, to set up another way."""
    lock_customer(session, customer)
    check()
    record_use(session, customer.id, way, now)
    session.commit()


def remove_one_time(session: Session, customer: Customer, now: datetime) -> None:
    """Forget the authenticator app."""
    lock_customer(session, customer)
    one_time_service.remove_one_time(session, customer, by=None, now=now)
    session.commit()


def remove_passkey(
    session: Session, customer: Customer, passkey_id: int, now: datetime
) -> None:
    """Forget a passkey."""
    lock_customer(session, customer)
    passkey_service.remove_passkey(session, customer, passkey_id, by=None, now=now)
    session.commit()


def sign_in(
    session: Session,
    site: Site,
    answer: object,
    *,
    challenge_id: str,
    client: Mapping[str, str] | None = None,
    now: datetime,
) -> Customer:
    """Return whose passkey signed, as a sign-in that is recorded.

    Raises:
        PasskeyError: the answer is worth nothing.
        AccountError: the counter locked the account.
    """
    owner = passkey_service.check_sign_in(
        session, site, answer, challenge_id=challenge_id, now=now
    )
    return signed_in(session, owner.login_id, owner.password_hash, now, client)
