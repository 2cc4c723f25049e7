"""Revocation lists as they were signed."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Crl(Base):
    """One signed CRL; its number never repeats and never goes back.

    The number is the `StatusChangeCounter`'s: a list is due when that one went on.
    """

    __tablename__ = "revocation_list"

    issuer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    der: Mapped[bytes] = mapped_column(LargeBinary)
    this_update: Mapped[datetime] = mapped_column(UtcDateTime)
    next_update: Mapped[datetime] = mapped_column(UtcDateTime)


class RestoredRevocation(Base):
    """A revocation of a certificate that this database has lost, or never had.

    It came back from a published list, or from somebody who knows the serial; it stands
    in every list from then on, since nobody knows when that certificate runs out.
    """

    __tablename__ = "restored_revocation"

    issuer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    serial: Mapped[str] = mapped_column(String(40), primary_key=True)  # hex, lower case
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(30))
