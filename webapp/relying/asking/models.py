"""What is stored of a request: what was asked for, and how it ended."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.relying.asking.rules import State
from webapp.relying.institutions.rules import Purpose


class AskingRequest(Base):
    """A request of an institution; nothing here opens it on a device."""

    __tablename__ = "asking_request"
    __table_args__ = (
        Index("ix_asking_request_state", "state", "expires_at"),
        Index("ix_asking_request_customer", "customer_id", "state", "expires_at"),
        Index("ix_asking_request_institution", "institution_id", "asked_at"),
        Index(
            "ix_asking_request_open",
            *("institution_id", "state", "expires_at"),
            *("customer_id", "browser_network"),  # counted without the rows themselves
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # hexadecimal
    institution_id: Mapped[str] = mapped_column(String(40))
    # As they were when it asked: they are part of what is signed.
    asker_name: Mapped[str] = mapped_column(String(60))
    asker_origin: Mapped[str] = mapped_column(String(200))
    opener: Mapped[str] = mapped_column(String(20))  # name of the part that asked
    purpose: Mapped[Purpose] = mapped_column(String(20))
    contents: Mapped[str] = mapped_column(Text)  # JSON
    state: Mapped[State] = mapped_column(String(10))
    # Of the browser that waits, empty where none does: an address or an IPv6 /64.
    browser_network: Mapped[str] = mapped_column(String(45))
    browser_device: Mapped[str] = mapped_column(String(60))
    # Whom it is addressed to, and once approved who approved it.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)  # whole seconds, as the end
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # No browser waits: an institution's own program asked somebody by name.
    is_of_program: Mapped[bool] = mapped_column(default=False, server_default=false())
    # When the part that asked made use of the approval, where it may once.
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of an approval: by what, on which page, and a signature for each item.
    certificate_id: Mapped[str | None] = mapped_column(ForeignKey("certificate.id"))
    centre: Mapped[str | None] = mapped_column(String(200))
    signatures: Mapped[str | None] = mapped_column(Text)  # JSON, hexadecimal
