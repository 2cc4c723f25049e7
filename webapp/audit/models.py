"""What happened: one row a fact, never changed."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class AuditEntry(Base):
    """Who did what, when, to which certificate."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    what: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[int | None] = mapped_column(index=True)
    certificate_id: Mapped[str | None] = mapped_column(String(32))
