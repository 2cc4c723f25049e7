"""Letters that are to leave: about certificates that end, changes, and uses."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
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


class Channel(StrEnum):
    """How somebody is told."""

    EMAIL = "email"
    PHONE = "phone"


class ChangeNotice(Base):
    """Tells a person, where they could be reached until then, of a change.

    Stored in the transaction that makes the change, sent by the worker.
    """

    __tablename__ = "change_notice"
    __table_args__ = (
        UniqueConstraint("change_id", "channel"),
        Index(
            "ix_change_notice_open",
            "try_at",
            sqlite_where=text("try_at IS NOT NULL"),
            postgresql_where=text("try_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("account_change.id"))
    channel: Mapped[str] = mapped_column(String(10))  # Channel
    address: Mapped[str] = mapped_column(String(254))
    attempts: Mapped[int] = mapped_column(default=0)
    # When it is tried next; without a moment it never is.
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why it never left: a code of `webapp.notifications.change_notices`.
    failed: Mapped[str | None] = mapped_column(String(20))


class UseNotice(Base):
    """Tells a person what was done in their name, from one entry of the log to another.

    Others' entries lie between the two.
    """

    __tablename__ = "use_notice"
    __table_args__ = (
        UniqueConstraint("customer_id", "last_entry"),
        Index(
            "ix_use_notice_open",
            "try_at",
            sqlite_where=text("try_at IS NOT NULL"),
            postgresql_where=text("try_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    first_entry: Mapped[int]
    last_entry: Mapped[int]
    address: Mapped[str] = mapped_column(String(254))
    attempts: Mapped[int] = mapped_column(default=0)
    # When it is tried next; without a moment it never is.
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why it never left: a code of `webapp.notifications.use_notices`.
    failed: Mapped[str | None] = mapped_column(String(20))


class PushKey(Base):
    """A key that says to push services who sends; the private half is sealed."""

    __tablename__ = "push_key"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[str] = mapped_column(String(90))  # as browsers take it
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PushSubscription(Base):
    """Where a paired device is told by push: address and keys are sealed."""

    __tablename__ = "push_subscription"

    device_id: Mapped[str] = mapped_column(
        ForeignKey("paired_device.id", ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(ForeignKey("push_key.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class PushNotice(Base):
    """A notice to one device; goes with the device."""

    __tablename__ = "push_notice"
    __table_args__ = (
        Index(
            "ix_push_notice_open",
            "try_at",
            sqlite_where=text("try_at IS NOT NULL"),
            postgresql_where=text("try_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(
        ForeignKey("paired_device.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))  # webapp.notifications.push.service
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    # When it is tried next; without a moment it never is.
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed: Mapped[str | None] = mapped_column(String(20))


class UseNoticeMark(Base):
    """Up to which entry of the log people were told of uses: a row each channel."""

    __tablename__ = "use_notice_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int]
