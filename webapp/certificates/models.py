"""Certificates and the states they can be in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class State(StrEnum):
    """Reserved: serial and to-be-signed bytes are stored, the signature is not."""

    RESERVED = "reserved"
    VALID = "valid"
    REVOKED = "revoked"


class Certificate(Base):
    """A certificate from the moment its serial is reserved."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("issuer_id", "serial"),
        UniqueConstraint("customer_id", "idempotency_key"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    issuer_id: Mapped[str] = mapped_column(String(32))
    serial: Mapped[str] = mapped_column(String(40))  # hex, lower case
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    # One application gives one certificate, one key is certified once.
    application_id: Mapped[str] = mapped_column(
        ForeignKey("application.id"), unique=True
    )
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    type_id: Mapped[str] = mapped_column(String(40))
    state: Mapped[State] = mapped_column(String(12))
    to_be_signed: Mapped[bytes] = mapped_column(LargeBinary)
    der: Mapped[bytes | None] = mapped_column(LargeBinary)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    not_after: Mapped[datetime] = mapped_column(UtcDateTime)
    reserved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revocation_reason: Mapped[str | None] = mapped_column(String(30))
