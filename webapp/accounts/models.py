"""People who have an account at the centre: customers, and operators of the counter."""

from datetime import date, datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.audit.actors import Actor
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
    # When a mail server refused this address for good, and its reply code.
    email_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    email_refused_code: Mapped[str | None] = mapped_column(String(20))
    # Whether an e-mail tells of what is done in their name; they choose.
    is_told_of_use: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Whether paired devices that are told by push are told of it too.
    is_pushed_of_use: Mapped[bool] = mapped_column(default=True, server_default=true())
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
    # Until a second administrator confirms, a new operator cannot sign in, and one who
    # is to get more rights keeps the role above. Who asked for it does not confirm.
    awaits_confirmation: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )
    pending_role: Mapped[Role | None] = mapped_column(String(15))
    pending_by: Mapped[int | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When they answered "later" to the offer of a second factor.
    second_factor_postponed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def audit_actor(self) -> Actor:
        """Who they are in the log."""
        return Actor.operator(self.id)

    @property
    def is_customer(self) -> bool:
        """Tell an operator from a customer, who signs in elsewhere."""
        return False

    def get_id(self) -> str:
        """Return what the session cookie carries; the prefix tells the table."""
        return f"operator:{self.session_key}"


class AccountChange(Base):
    """One change at the counter; its customer is told, and a second operator agrees."""

    __tablename__ = "account_change"
    __table_args__ = (
        Index("ix_account_change_customer", "customer_id", "made_at"),
        Index(
            "ix_account_change_open",
            "made_at",
            sqlite_where=text("agreed_at IS NULL"),
            postgresql_where=text("agreed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(20))  # ChangeKind
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Who made it; none where a command on the centre's machine did.
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    # The import that registered many at once.
    batch: Mapped[str | None] = mapped_column(String(32), index=True)
    # TOLD or UNTOLD of `webapp.accounts.second_operator`; none while a notice waits.
    told: Mapped[str | None] = mapped_column(String(10))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
