"""The people behind the counter."""

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Role(StrEnum):
    """What somebody may do: serve customers, only look, or also manage operators."""

    COUNTER = "counter"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Operator(UserMixin, Base):  # type: ignore[misc]  # flask-login has no types
    """Somebody who works at the counter."""

    __tablename__ = "operator"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[Role] = mapped_column(String(15))
    # The same person as a customer: nobody approves their own request.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_customer(self) -> bool:
        """Tell an operator from a customer, who signs in elsewhere."""
        return False

    def get_id(self) -> str:
        """Return what the session cookie carries; the prefix tells the table."""
        return f"operator:{self.session_key}"
