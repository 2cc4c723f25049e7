"""What the checks of a person rest on. Secrets are sealed with a key from outside."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class SecurityCard(Base):
    """A card of 35 codes; a customer has one at most that is not closed."""

    __tablename__ = "security_card"
    __table_args__ = (
        Index(
            "uq_security_card_open",
            "customer_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # printed on it
    codes: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Which codes are asked for, 1 to 35; they stay until answered rightly.
    ask_first: Mapped[int]
    ask_second: Mapped[int]
    errors: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PhoneCall(Base):
    """One phone call that asks for the two digits on the screen."""

    __tablename__ = "phone_call"
    __table_args__ = (
        # Nobody's phone rings twice at a time, whatever two tabs ask for.
        Index(
            "uq_phone_call_open",
            "customer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint(
            "(application_id IS NULL) <> (login_session IS NULL)",
            name="ck_phone_call_asked_by",
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # The step of an application asked for it, or a sign-in before an act.
    application_id: Mapped[str | None] = mapped_column(
        ForeignKey("application.id"), index=True
    )
    login_session: Mapped[str | None] = mapped_column(String(32))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    digits: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(12))
    gateway_id: Mapped[str | None] = mapped_column(String(64), index=True)
    errors: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The counter forgave what happened that day; it counts no longer.
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# What an account holder has belongs to a customer or to an operator, never to both.
_ONE_HOLDER = "(customer_id IS NULL) <> (operator_id IS NULL)"


class TotpSecret(Base):
    """The secret of an authenticator app (RFC 6238)."""

    __tablename__ = "one_time_secret"
    __table_args__ = (
        UniqueConstraint("customer_id"),
        UniqueConstraint("operator_id"),
        CheckConstraint(_ONE_HOLDER, name="ck_one_time_secret_holder"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    secret: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int | None]  # of the newest code that was used; none twice
    errors: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A public key that an authenticator made for this site (WebAuthn)."""

    __tablename__ = "passkey"
    __table_args__ = (
        UniqueConstraint("credential_id"),
        CheckConstraint(_ONE_HOLDER, name="ck_passkey_holder"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customer.id"), index=True
    )
    operator_id: Mapped[int | None] = mapped_column(
        ForeignKey("operator.id"), index=True
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyChallenge(Base):
    """What an authenticator has to sign; taken away by the first answer."""

    __tablename__ = "passkey_challenge"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Whose passkeys may sign it; nobody's name is in one that any passkey may sign.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    purpose: Mapped[str] = mapped_column(String(20))  # "enrol", "check", "sign_in"
    challenge: Mapped[bytes] = mapped_column(LargeBinary(64))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
