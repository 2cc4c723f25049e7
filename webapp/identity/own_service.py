"""What account holders do to their own ways to show who they are; each commits."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.accounts.service import lock_holder, signed_in
from webapp.identity import one_time_service, passkey_service
from webapp.identity.card_step import record_use
from webapp.identity.passkey import Site
from webapp.identity.ways import LastFactorError, Way, ways_of


def prove(
    session: Session,
    holder: AccountHolder,
    check: Callable[[], None],
    *,
    way: Way,
    now: datetime,
) -> None:
    """Show who one is, to set up another way."""
    lock_holder(session, holder)
    check()
    record_use(session, holder, way, now)
    session.commit()


def remove_one_time(
    session: Session,
    holder: AccountHolder,
    *,
    keep_one: Collection[str] = (),
    now: datetime,
) -> None:
    """Forget the authenticator app.

    Raises:
        LastFactorError: nothing of the ways in `keep_one` would be left.
    """
    lock_holder(session, holder)
    one_time_service.remove_one_time(session, holder, by=None, now=now)
    _require_one_left(session, holder, keep_one)
    session.commit()


def remove_passkey(
    session: Session,
    holder: AccountHolder,
    passkey_id: int,
    *,
    keep_one: Collection[str] = (),
    now: datetime,
) -> None:
    """Forget a passkey.

    Raises:
        LastFactorError: nothing of the ways in `keep_one` would be left.
    """
    lock_holder(session, holder)
    passkey_service.remove_passkey(session, holder, passkey_id, by=None, now=now)
    _require_one_left(session, holder, keep_one)
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


def _require_one_left(
    session: Session, holder: AccountHolder, keep_one: Collection[str]
) -> None:
    if keep_one and not ways_of(session, holder, keep_one):
        session.rollback()
        raise LastFactorError
