"""What happened: one row a fact, never changed, each chained to the one before."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class AuditEntry(Base):
    """Who did what, when, to which certificate. Numbered from 1 without a gap."""

    __tablename__ = "audit_entry"
    # What the counter reads a million by (webapp/ra/audit_log/entries.py).
    __table_args__ = (
        Index("ix_audit_entry_what", "what", "id"),
        Index("ix_audit_entry_by", "by", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column("what", String(40))  # an AuditEvent
    actor: Mapped[str] = mapped_column("by", String(40))  # an Actor, as text
    customer_id: Mapped[int | None] = mapped_column(index=True)
    certificate_id: Mapped[str | None] = mapped_column(String(32), index=True)
    detail: Mapped[str] = mapped_column(String(500))  # JSON object, no secrets
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The end of the chain: one row, which everybody who writes locks first."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditCheckpoint(Base):
    """The chain as it was at an entry, signed by the issuing CA."""

    __tablename__ = "audit_checkpoint"

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    issuer_id: Mapped[str] = mapped_column(String(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
