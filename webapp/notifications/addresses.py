"""Remember that no letter reaches an address, until another one is registered."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer


def record_refused_address(
    session: Session, customer_id: int, address: str, code: str, now: datetime
) -> None:
    """Note that a mail server refused an address for good. No commit.

    Nothing is noted where the customer has another address by now.
    """
    session.execute(
        update(Customer)
        .where(Customer.id == customer_id, Customer.email == address)
        .values(email_refused_at=now, email_refused_code=code[:20])
        .execution_options(synchronize_session=False)
    )
