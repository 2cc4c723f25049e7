"""The life of a certificate: what it is at a moment. Pure.

Days are days in Korea: a certificate is valid to 23:59:59 KST of its last day.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mobile_bridge.formats.korean_time import day_end, day_start, korean_date
from webapp.audit.actors import Actor, ActorKind

RENEWAL_DAYS = 30  # before the last day, that day included
SUSPENSION_MONTHS = 6


class StoredState(StrEnum):
    """Reserved: serial and to-be-signed bytes are stored, the signature is not.

    Suspended is a hold that can be lifted; revoked is for good. Void was reserved and
    is never signed. Whether a certificate has run out is a matter of time, not state.
    """

    RESERVED = "reserved"
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    VOID = "void"


class CertificateStatus(StrEnum):
    """What a certificate is at a moment."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Purpose(StrEnum):
    """What a certificate is issued for: new, in place of another, or after it."""

    ISSUE = "issue"
    REISSUE = "reissue"
    RENEW = "renew"


class Initiator(StrEnum):
    """Who suspends, resumes or revokes; SYSTEM is a rule, with nobody at work."""

    HOLDER = "holder"
    COUNTER = "counter"
    SYSTEM = "centre"

    @classmethod
    def of(cls, actor: Actor | None) -> "Initiator":
        """Return what somebody is to a certificate; without an actor, its holder."""
        if actor is None:
            return cls.HOLDER
        if actor.kind is ActorKind.OPERATOR:
            return cls.COUNTER
        is_holder = actor.kind in (ActorKind.CUSTOMER, ActorKind.KEY_HOLDER)
        return cls.HOLDER if is_holder else cls.SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleFacts:
    """What the rules look at; moments are aware."""

    state: StoredState
    not_after: datetime
    suspended_at: datetime | None = None
    suspended_by: str | None = None


def status_at(life: LifecycleFacts, now: datetime) -> CertificateStatus:
    """Return what a certificate is at `now`; revoked stays revoked after its end."""
    if life.state == StoredState.REVOKED:
        return CertificateStatus.REVOKED
    if now > life.not_after:
        return CertificateStatus.EXPIRED
    if life.state == StoredState.SUSPENDED:
        overdue = now > suspension_deadline(suspended_since(life))
        return CertificateStatus.REVOKED if overdue else CertificateStatus.SUSPENDED
    return CertificateStatus.VALID


def renewal_window_start(not_after: datetime) -> datetime:
    """Return the first moment of the 30th day before the last day, in UTC."""
    return day_start(korean_date(not_after) - timedelta(days=RENEWAL_DAYS))


def revocation_date(revoked_at: datetime, suspended_at: datetime | None) -> datetime:
    """Return since when a revoked certificate does not count for others.

    Of one that was suspended when it was revoked that is the beginning of its
    suspension (X.509 8.5.2.2): what was signed meanwhile must not become good.
    """
    return min(revoked_at, suspended_at or revoked_at)


def suspension_deadline(suspended_at: datetime) -> datetime:
    """Return the last second in which a suspension can be lifted, in UTC.

    Six months on, the end of that day in Korea; from 31 August it is the last of
    February.
    """
    day = korean_date(suspended_at)
    months = day.month - 1 + SUSPENSION_MONTHS
    year, month = day.year + months // 12, months % 12 + 1
    return day_end(date(year, month, min(day.day, monthrange(year, month)[1])))


def suspended_since(life: LifecycleFacts) -> datetime:
    """Return when the hold on a suspended certificate was placed."""
    if life.suspended_at is None:
        raise ValueError("suspended, and not since when")
    return life.suspended_at
