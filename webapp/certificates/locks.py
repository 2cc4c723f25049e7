"""Lock a certificate for a change of it."""

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer
from webapp.certificates.models import Certificate
from webapp.db import lock


def lock_certificate(session: Session, certificate: Certificate) -> None:
    """Lock whose it is, then the certificate, and read both again.

    Raises:
        SignInEndedError: the holder's sign-ins ended since their request began.
    """
    lock_customer(session, session.get_one(Customer, certificate.customer_id))
    lock(session, certificate)
