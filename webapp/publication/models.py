"""Revocation lists as they were signed."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class RevocationList(Base):
    """One signed CRL; its number never repeats and never goes back."""

    __tablename__ = "revocation_list"

    issuer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    der: Mapped[bytes] = mapped_column(LargeBinary)
    this_update: Mapped[datetime] = mapped_column(UtcDateTime)
    next_update: Mapped[datetime] = mapped_column(UtcDateTime)
    # How many changes of status it knows of; when there are more, a new one is due.
    changes: Mapped[int] = mapped_column(default=0)


class StatusChanges(Base):
    """How often a certificate of an issuer was revoked, suspended or resumed.

    Counted in the transaction of the change, so that no list misses one.
    """

    __tablename__ = "status_changes"

    issuer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    count: Mapped[int]
