"""What is stored of paired devices: their public keys, never what signs."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.devices.rules import State


class PairedDevice(Base):
    """A browser that is paired with an account; deleted when it is removed."""

    __tablename__ = "paired_device"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # hexadecimal
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(String(60))  # as its browser called itself
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # SubjectPublicKeyInfo, DER
    paired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeviceInvitation(Base):
    """A code that one device may come with; nothing here opens it."""

    __tablename__ = "device_invitation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # the device's then
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    state: Mapped[State] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # Of the device that came.
    name: Mapped[str] = mapped_column(String(40), default="")
    description: Mapped[str] = mapped_column(String(60), default="")
    network: Mapped[str] = mapped_column(String(45), default="")
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
