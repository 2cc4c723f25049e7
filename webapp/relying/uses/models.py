"""What is stored of the use of a certificate at an institution."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Way(StrEnum):
    """In which way an institution uses a certificate."""

    SIGN_IN = "sign_in"  # people sign in there by OpenID Connect
    JOINED = "joined"  # registered there from the centre's page
    SIGNING = "signing"  # it had something signed, or asked for facts


# In these ways an institution holds the certificate: it is told what becomes of it.
HOLDING = (Way.SIGN_IN, Way.JOINED)


class Use(Base):
    """One way in which an institution uses a line of certificates.

    A re-issued and a renewed certificate belong to the line of the one before.
    """

    __tablename__ = "certificate_use"
    __table_args__ = (
        UniqueConstraint("institution_id", "customer_id", "way", "lineage_id"),
        Index("ix_certificate_use_customer", "customer_id", "ended_at"),
        Index("ix_certificate_use_lineage", "lineage_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    way: Mapped[Way] = mapped_column(String(10))
    lineage_id: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)  # to the minute
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
