"""Applications for a certificate: what has been accepted, shown and chosen so far."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.certificates.lifecycle import Purpose
from webapp.db import Base, UtcDateTime
from webapp.enrolment.steps import Step


class CloseReason(StrEnum):
    """Why an application is closed."""

    DONE = "done"
    BEGUN_AGAIN = "begun_again"  # the person started over
    REPLACED = "replaced"  # the person began another, perhaps in another tab
    EXPIRED = "expired"
    DECLINED = "declined"  # the counter said no
    OVERTAKEN = "overtaken"  # what it continues was revoked or held meanwhile


class Application(Base):
    """One walk through the steps; at most one is open for each customer."""

    __tablename__ = "application"
    __table_args__ = (
        Index(
            "uq_application_open",
            "customer_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Moves on with every step; after it nothing can be issued from this application.
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    terms_version: Mapped[str | None] = mapped_column(String(20))
    terms_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Consent to the processing of personal data: its own tick (PIPA article 22).
    privacy_version: Mapped[str | None] = mapped_column(String(20))
    privacy_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    identity_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    type_id: Mapped[str | None] = mapped_column(String(40))
    phone_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    card_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_because: Mapped[str | None] = mapped_column(String(20))  # Closed
    purpose: Mapped[Purpose] = mapped_column(String(10), default=Purpose.ISSUE)
    # The certificate that is issued anew or renewed; no foreign key, since the
    # certificates' table already points here.
    replaces_id: Mapped[str | None] = mapped_column(String(32), index=True)
    # The sign-in in which the checks were passed: another one, even of the same
    # customer, passes them itself.
    login_session_id: Mapped[str | None] = mapped_column("sitting", String(32))
    # What the old key signs to prove a renewal: 32 random bytes, used once.
    proof_challenge: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approval_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None]  # the operator who approved or declined
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declined_because: Mapped[str | None] = mapped_column(String(200))
    # Not of an application from before certificates had a VID: what its browser keeps
    # for it has no R that the CA could open.
    vid_required: Mapped[bool] = mapped_column(default=True, server_default=false())

    @property
    def passed(self) -> frozenset[Step]:
        """The steps that are behind this application."""
        facts = {
            # The second is given with the first or after it.
            Step.TERMS: self.terms_accepted_at and self.privacy_accepted_at,
            Step.YOU: self.identity_confirmed_at,
            Step.TYPE: self.type_id,
            Step.PHONE_CHECK: self.phone_checked_at,
            Step.SECURITY_CARD: self.card_checked_at,
            Step.APPROVAL: self.approved_at,
            Step.PROOF: self.proved_at,
            Step.KEEP: self.delivered_at,
        }
        return frozenset(step for step, fact in facts.items() if fact is not None)
