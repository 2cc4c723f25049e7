"""Who is doing which piece of background work, and when it was last done."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Job(Base):
    """One kind of work; whoever claims it does it alone until the claim runs out."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str | None] = mapped_column(
        "said", String(200)
    )  # what the last run did
