"""How far the log was read on for institutions."""

from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base


class EventMark(Base):
    """The last entry of the log that institutions were told of; one row."""

    __tablename__ = "event_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int]
