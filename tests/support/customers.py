"""Customers for tests."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import add_customer


def register(session: Session, customer: Customer, now: datetime) -> Customer:
    """Store a new customer with a number of their own, and commit."""
    add_customer(session, customer, now)
    session.commit()
    return customer
