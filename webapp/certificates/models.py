"""Certificates, and the places where they are kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobile_bridge.pki.certificate import fingerprint
from mobile_bridge.pki.short_number import DIGITS, short_digits
from webapp.certificates.lifecycle import LifecycleFacts, Purpose, StoredState
from webapp.db import Base, UtcDateTime


def _short_digits(context: Any) -> str:  # SQLAlchemy's context of one INSERT
    serial: str = context.get_current_parameters()["serial"]
    return short_digits(serial)


class Certificate(Base):
    """A certificate from the moment its serial is reserved."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("issuer_id", "serial"),
        UniqueConstraint("customer_id", "idempotency_key"),
        # Each certificate is renewed once at most, and issued anew once at most.
        UniqueConstraint("replaces_id", "purpose"),
        # What the counter lists a million by (certificate_list.py names them) …
        Index("ix_certificate_serial", "serial"),
        Index("ix_certificate_short_number", "short_number"),
        Index("ix_certificate_type", "type_id", "reserved_at"),
        Index("ix_certificate_state", "state", "reserved_at", "not_after"),
        Index("ix_certificate_state_type", "state", "type_id", "reserved_at"),
        Index("ix_certificate_end", "state", "not_after", "reserved_at", "type_id"),
        # … and what its picture over time counts.
        Index("ix_certificate_newest", "reserved_at", "purpose", "state"),
        Index("ix_certificate_revoked", "revoked_at", "revocation_reason"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    issuer_id: Mapped[str] = mapped_column(String(32))
    serial: Mapped[str] = mapped_column(String(40))  # hex, lower case
    # Its end, which people tell it by; without the hyphen, lower case.
    short_number: Mapped[str] = mapped_column(
        String(DIGITS), default=_short_digits, server_default=""
    )
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    # One application gives one certificate, one key is certified once.
    application_id: Mapped[str] = mapped_column(
        ForeignKey("application.id"), unique=True
    )
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    type_id: Mapped[str] = mapped_column(String(40))
    state: Mapped[StoredState] = mapped_column(String(12))
    to_be_signed: Mapped[bytes] = mapped_column(LargeBinary)
    der: Mapped[bytes | None] = mapped_column(LargeBinary)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    not_after: Mapped[datetime] = mapped_column(UtcDateTime)
    reserved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revocation_reason: Mapped[str | None] = mapped_column(String(30))
    # Of this certificate: issue, re-issue or renewal, and of which one before it.
    purpose: Mapped[Purpose] = mapped_column(String(10), default=Purpose.ISSUE)
    replaces_id: Mapped[str | None] = mapped_column(String(32))
    # The id of the first certificate of the line that this one continues.
    lineage_id: Mapped[str] = mapped_column(String(32), index=True)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Who placed the hold or revoked: "holder", "counter" or "centre" (by rule).
    suspended_by: Mapped[str | None] = mapped_column(String(10))
    revoked_by: Mapped[str | None] = mapped_column(String(10))
    # Set by the background work when it noted that the validity is over.
    expiry_noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def signed_der(self) -> bytes:
        """The signed certificate.

        Raises:
            ValueError: it is reserved, or void.
        """
        if self.der is None:
            raise ValueError("a certificate that is not signed")
        return self.der

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the signed certificate, as a browser's store names it."""
        return fingerprint(self.signed_der)

    @property
    def life(self) -> LifecycleFacts:
        """What the rules of a certificate's life look at."""
        return LifecycleFacts(
            state=self.state,
            not_after=self.not_after,
            suspended_at=self.suspended_at,
            suspended_by=self.suspended_by,
        )


class CertificateCopy(Base):
    """One place where a certificate was stored or to which it was moved, and when."""

    __tablename__ = "keeping"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[str] = mapped_column(
        ForeignKey("certificate.id"), index=True
    )
    place: Mapped[str] = mapped_column(String(20))  # Place
    how: Mapped[str] = mapped_column(String(10))  # "made", "saved", "sent", "removed"
    device: Mapped[str] = mapped_column(String(60))  # for people: "Chrome, Windows"
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class BareSignature(Base):
    """A hash that a certificate's key signed alone, and not inside of our own words.

    What that hash is of, nobody here knows: `webapp.certificates.proof` takes the
    signature for no answer to this centre.
    """

    __tablename__ = "bare_signature"
    __table_args__ = (Index("ix_bare_signature_digest", "certificate_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))  # SHA-256
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StatusChangeCounter(Base):
    """The number of the CRL that is due; the newest one's, where nothing changed since.

    Each revocation, suspension and resumption takes the next number in its own
    transaction, so that no list misses one (RFC 5280 5.2.3).
    """

    __tablename__ = "status_changes"

    issuer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    count: Mapped[int]
