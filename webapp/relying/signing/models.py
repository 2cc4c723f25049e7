"""What is stored of a request that a program made, beside the request itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class SigningRequest(Base):
    """A request of a program; its id is that of the request that people see."""

    __tablename__ = "signing_request"
    __table_args__ = (Index("ix_signing_request_told", "told_at", "expires_at"),)

    id: Mapped[str] = mapped_column(ForeignKey("asking_request.id"), primary_key=True)
    institution_id: Mapped[str] = mapped_column(
        ForeignKey("institution.id"), index=True
    )
    is_addressed: Mapped[bool]  # to somebody, whether there is one or not
    return_uri: Mapped[str] = mapped_column(String(200))  # empty where there is none
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of its end
    # Of an approval: who, by the name that they have there; facts as JSON; the receipt.
    subject: Mapped[str | None] = mapped_column(ForeignKey("openid_subject.id"))
    facts: Mapped[str] = mapped_column(Text)
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)


class IdempotencyKey(Base):
    """A key that came with a request, and what was answered to it."""

    __tablename__ = "signing_key"

    institution_id: Mapped[str] = mapped_column(
        ForeignKey("institution.id"), primary_key=True
    )
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)  # JSON, as it was sent
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
