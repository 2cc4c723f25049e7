"""What account holders do with their factors: step up, remove. The caller commits."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder, record_for
from webapp.accounts.service import lock_holder
from webapp.authenticators.factor import Factor, LastFactorError
from webapp.authenticators.factors import enrolled_factors


def step_up(
    session: Session,
    holder: AccountHolder,
    verify: Callable[[], None],
    *,
    factor: Factor,
    now: datetime,
) -> None:
    """Show once more who one is, before an act or another enrolment."""
    lock_holder(session, holder)
    verify()
    record_use(session, holder, factor, now)


def record_use(
    session: Session, holder: AccountHolder, factor: Factor, now: datetime
) -> None:
    """Note that somebody showed who they are."""
    record_for(session, factor.used_event, holder, at=now)


def remove_own(
    session: Session,
    holder: AccountHolder,
    factor: Factor,
    authenticator_id: int | None = None,
    *,
    keep_one: Collection[str] = (),
    now: datetime,
) -> None:
    """Forget a factor of one's own.

    Raises:
        LastFactorError: nothing of the ids in `keep_one` would be left.
        AppError: there is none, the factor's own error.
    """
    lock_holder(session, holder)
    if not factor.remove(
        session, holder, authenticator_id=authenticator_id, actor=None, now=now
    ):
        raise factor.not_enrolled
    if keep_one and not enrolled_factors(session, holder, keep_one, now):
        raise LastFactorError
