"""What is stored of an authorization to sign: never the SAD."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class CloudSignature(Base):
    """A request on a person's phone, and the SAD that its approval gave."""

    __tablename__ = "cloud_signature"
    __table_args__ = (
        Index("ix_cloud_signature_contents", "certificate_id", "contents_hash"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # of the request
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"))
    contents_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sad_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # SHA-256
    sad_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
