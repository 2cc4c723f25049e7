"""What is stored of a post to an institution."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.relying.deliveries.rules import Outcome

_OPEN = text("done_at IS NULL")


class Delivery(Base):
    """Something that an institution is to be told; its id is the same at each try."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_due", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "ix_delivery_order",
            *("institution_id", "kind", "subject", "id"),
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_delivery_institution", "institution_id", "id"),
        Index("ix_delivery_done", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # Told
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    # Of one kind, institution and subject, the next waits until the one before is done.
    subject: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(400))
    payload: Mapped[str] = mapped_column(Text)  # JSON; no secret
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)  # then it is given up
    tries: Mapped[int]  # failures, of this one or of its address meanwhile
    is_resting: Mapped[bool]  # it waits for its address, which did not answer
    claimed_by: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome] = mapped_column(String(10))
    result: Mapped[str] = mapped_column(String(40))  # of the last try
