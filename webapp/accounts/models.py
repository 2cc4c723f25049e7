"""People who have an account at the centre."""

from datetime import date, datetime

from flask_login import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Customer(UserMixin, Base):  # type: ignore[misc]  # flask-login has no types
    """A person registered at the counter, who may hold certificates."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    # What a session carries; changed with the password, it ends all older sessions.
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    latin_name: Mapped[str] = mapped_column(String(40))
    birth_date: Mapped[date]  # of a business: its representative's
    kind: Mapped[str] = mapped_column(String(10), default="personal")  # Audience
    # Registered at the counter beforehand; where the check by phone calls. E.164.
    phone: Mapped[str | None] = mapped_column(String(20), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    # Asked for where the operator uses accounts; digits only. The PIN is hashed.
    account_number: Mapped[str | None] = mapped_column(String(30))
    account_pin_hash: Mapped[str | None] = mapped_column(String(255))
    account_pin_errors: Mapped[int] = mapped_column(default=0)
    # A first password is printed at the counter; its holder chooses another at once.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Synthetic, digits only; never a resident registration number.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def is_customer(self) -> bool:
        """Tell a customer from an operator, who signs in elsewhere."""
        return True

    def get_id(self) -> str:
        """Return what the session cookie carries for this person."""
        return self.session_key
