"""What is kept of a document of a request, until a while after it is signed."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base
from webapp.relying.asking.contents import Format


class AskingDocument(Base):
    """A document that a request asks to be signed for any program."""

    __tablename__ = "asking_document"

    request_id: Mapped[str] = mapped_column(
        ForeignKey("asking_request.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1, as they are shown
    format: Mapped[Format] = mapped_column(String(10))
    # Empty where only its digest was given.
    media_type: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    # Where on which page a PDF shows its signature; no corner: nowhere.
    page: Mapped[int] = mapped_column(default=-1)
    corner: Mapped[str] = mapped_column(String(20), default="")
    # Of a PDF: what was written behind it for one certificate, with room for a
    # signature, and the SHA-256 of all but that room.
    certificate_id: Mapped[str | None] = mapped_column(ForeignKey("certificate.id"))
    revision: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    hole_start: Mapped[int] = mapped_column(default=0)  # the room, with its brackets
    hole_end: Mapped[int] = mapped_column(default=0)
    # CMS in DER without a time stamp, the stamp over it, and what is handed out.
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    stamp: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    result: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    level: Mapped[str] = mapped_column(String(5), default="")  # B-T, B-LT
