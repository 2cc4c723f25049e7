"""What the counter stores beside its operators."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class OperatorPasswordMaker(Base):
    """An administrator who has known a first password of an operator.

    It does not make a second person of the two, also once the password is another one.
    """

    __tablename__ = "operator_password_maker"

    operator_id: Mapped[int] = mapped_column(
        ForeignKey("operator.id"), primary_key=True
    )
    by_id: Mapped[int] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportState(StrEnum):
    """How far a sheet of customers is."""

    WAITING = "waiting"  # for its passwords to be made
    DONE = "done"  # everybody is registered; the first passwords can be looked at
    REFUSED = "refused"  # nobody is registered
    CLOSED = "closed"  # everybody is registered; the passwords are forgotten


class CustomerImport(Base):
    """A sheet of customers that is registered in the background: all or nobody."""

    __tablename__ = "customer_import"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    state: Mapped[str] = mapped_column(String(10))  # ImportState
    total: Mapped[int]
    hashed: Mapped[int] = mapped_column(default=0)
    # Encrypted, and forgotten as soon as they are no longer needed.
    sheet: Mapped[bytes | None] = mapped_column(LargeBinary)
    passwords: Mapped[bytes | None] = mapped_column(LargeBinary)
    shown_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused: Mapped[str | None] = mapped_column(String(40))  # the code of why
    # Who makes the passwords now; free again when the time is over.
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HeldState(StrEnum):
    """How far an act is that waits for a second operator."""

    WAITING = "waiting"
    AGREED = "agreed"  # a password or card can be made now and handed over
    DONE = "done"
    DECLINED = "declined"  # or taken back


class HeldAct(Base):
    """Something that one operator asked for and that a second one agrees to."""

    __tablename__ = "held_act"
    __table_args__ = (
        Index(
            "ix_held_act_open",
            "asked_at",
            sqlite_where=text("state IN ('waiting', 'agreed')"),
            postgresql_where=text("state IN ('waiting', 'agreed')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    act: Mapped[str] = mapped_column(String(20))  # webapp.ra.approvals.acts.Act
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    # The certificate, charge or application; empty where it is the customer.
    target: Mapped[str] = mapped_column(String(32), default="")
    detail: Mapped[str] = mapped_column(String(600))  # JSON object, no secrets
    reason: Mapped[str] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10))  # HeldState
    asked_by: Mapped[int] = mapped_column(ForeignKey("operator.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
