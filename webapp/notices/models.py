"""Letters about certificates that run out: each is sent once."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Notice(Base):
    """One letter; the row is claimed before it is sent."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("certificate_id", "days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"))
    days: Mapped[int]  # before the last day: 30, 7 or 1
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=1)
    # When it is tried again if it was not sent; without a moment it never is.
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
