"""Charges for paid certificates: the ledger that the operator settles."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class ChargeState(StrEnum):
    """Open until the operator settles or waives it."""

    OPEN = "open"
    SETTLED = "settled"
    WAIVED = "waived"


class Charge(Base):
    """What one certificate costs; one at most for each."""

    __tablename__ = "charge"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    certificate_id: Mapped[str] = mapped_column(
        ForeignKey("certificate.id"), unique=True
    )
    type_id: Mapped[str] = mapped_column(String(40))
    won: Mapped[int]
    state: Mapped[ChargeState] = mapped_column(String(10), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None]  # the operator
    # What the operator writes down: a receipt's number, or why it was waived.
    note: Mapped[str | None] = mapped_column(String(100))
