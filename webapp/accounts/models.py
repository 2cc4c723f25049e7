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
    name: Mapped[str] = mapped_column(String(40))
    latin_name: Mapped[str] = mapped_column(String(40))
    birth_date: Mapped[date]
    # Synthetic, digits only; never a resident registration number.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def get_id(self) -> str:
        """Return what the session cookie carries for this person."""
        return self.session_key
