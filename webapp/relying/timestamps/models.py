"""Which stamps were given: their numbers, and nothing of what was stamped."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Timestamp(Base):
    """A stamp that was given, or whose number was taken and not used."""

    __tablename__ = "timestamp_token"

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)  # hex, lower case
    # Of the authority's certificate, so that its stamps can be told if its key is lost.
    authority_serial: Mapped[str] = mapped_column(String(40), index=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
