"""What is stored of registering at several institutions with one signature."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Joining(Base):
    """What a person chose; its id is that of the request that they sign."""

    __tablename__ = "joining"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    choice: Mapped[str] = mapped_column(Text)  # JSON: institution to text and claims
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
