"""What a verification answers: verdicts, reasons and what else is worth knowing. Pure.

The codes are part of the call's contract: they are added to, never renamed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from webapp.relying.fault_origin import Fault


class Verdict(StrEnum):
    """The one word that an answer comes to; only VALID may be relied upon."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNTRUSTED = "untrusted"
    STATUS_UNAVAILABLE = "status_unavailable"
    MALFORMED = "malformed"


class Reason(StrEnum):
    """Why a verdict is not VALID."""

    CERTIFICATE_EXPIRED = "certificate_expired"
    ISSUER_EXPIRED = "issuer_expired"
    CERTIFICATE_REVOKED = "certificate_revoked"
    ISSUER_REVOKED = "issuer_revoked"
    CERTIFICATE_SUSPENDED = "certificate_suspended"
    ISSUER_SUSPENDED = "issuer_suspended"

    STATUS_UNKNOWN = "status_unknown"  # nobody says anything of it
    STATUS_STALE = "status_stale"  # what is known of it is too old
    NOT_IN_RECORDS = "not_in_records"  # its CA is ours and does not know it
    TIME_IN_FUTURE = "time_in_future"
    INTERNAL_FAULT = "internal_fault"  # of the verifier, not of what was verified

    NOT_YET_VALID = "not_yet_valid"
    NO_PATH = "no_path"  # to a root that is trusted
    PATH_INVALID = "path_invalid"  # RFC 5280 6.1 refuses it
    WEAK_ALGORITHM = "weak_algorithm"
    WRONG_PURPOSE = "wrong_purpose"
    SIGNATURE_WRONG = "signature_wrong"
    CONTENT_ALTERED = "content_altered"  # or it is the signature of another document
    CHANGED_AFTER_SIGNING = "changed_after_signing"
    PARTLY_SIGNED = "partly_signed"
    NOT_SIGNED = "not_signed"

    UNREADABLE = "unreadable"
    CONTENT_MISSING = "content_missing"
    SIGNER_MISSING = "signer_missing"  # the certificate of who signed
    UNSUPPORTED = "unsupported"  # an algorithm or a form that is not judged here
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_COMPLEX = "too_complex"  # it would take longer than it may


class Note(StrEnum):
    """What does not change a verdict, and people should know all the same."""

    TIME_STAMPED = "time_stamped"
    TIME_STAMP_UNTRUSTED = "time_stamp_untrusted"
    REVOKED_LATER = "revoked_later"  # after the time of the verdict
    SUSPENDED_LATER = "suspended_later"
    SUSPENDED_BEFORE = "suspended_before"  # and resumed by the time of the verdict
    RESUMED_LATER = "resumed_later"  # suspended at the time of the verdict, not now
    EXPIRED_SINCE = "expired_since"
    ADDED_AFTER_SIGNING = "added_after_signing"  # a form was filled, another signed
    ANNOTATED_AFTER_SIGNING = "annotated_after_signing"
    BYTES_BEHIND = "bytes_behind"  # a PDF's end, which nobody signed and nothing shows


class Kind(StrEnum):
    """What was verified."""

    CERTIFICATE = "certificate"
    CMS = "cms"
    RAW = "raw"
    PDF = "pdf"
    UNKNOWN = "unknown"


class TimeBasis(StrEnum):
    """Why a verdict is for that time."""

    NOW = "now"
    ASKED = "asked"
    TIME_STAMP = "time_stamp"


VERDICT_OF: Final = {
    Reason.CERTIFICATE_EXPIRED: Verdict.EXPIRED,
    Reason.ISSUER_EXPIRED: Verdict.EXPIRED,
    Reason.CERTIFICATE_REVOKED: Verdict.REVOKED,
    Reason.ISSUER_REVOKED: Verdict.REVOKED,
    Reason.CERTIFICATE_SUSPENDED: Verdict.SUSPENDED,
    Reason.ISSUER_SUSPENDED: Verdict.SUSPENDED,
    Reason.STATUS_UNKNOWN: Verdict.STATUS_UNAVAILABLE,
    Reason.STATUS_STALE: Verdict.STATUS_UNAVAILABLE,
    Reason.NOT_IN_RECORDS: Verdict.STATUS_UNAVAILABLE,
    Reason.TIME_IN_FUTURE: Verdict.STATUS_UNAVAILABLE,
    Reason.INTERNAL_FAULT: Verdict.STATUS_UNAVAILABLE,
    Reason.UNREADABLE: Verdict.MALFORMED,
    Reason.CONTENT_MISSING: Verdict.MALFORMED,
    Reason.SIGNER_MISSING: Verdict.MALFORMED,
    Reason.UNSUPPORTED: Verdict.MALFORMED,
    Reason.ENCRYPTED: Verdict.MALFORMED,
    Reason.TOO_LARGE: Verdict.MALFORMED,
    Reason.TOO_MANY: Verdict.MALFORMED,
    Reason.TOO_COMPLEX: Verdict.MALFORMED,
}
# What is gravest decides: a signature that does not hold says nothing of anybody.
GRAVITY: Final = (
    Verdict.MALFORMED,
    Verdict.UNTRUSTED,
    Verdict.REVOKED,
    Verdict.SUSPENDED,
    Verdict.EXPIRED,
    Verdict.STATUS_UNAVAILABLE,
    Verdict.VALID,
)


def verdict_of(reasons: Sequence[Reason]) -> Verdict:
    """Return what reasons come to: the gravest of them; without any, VALID."""
    verdicts = [VERDICT_OF.get(reason, Verdict.UNTRUSTED) for reason in reasons]
    return min(verdicts, key=GRAVITY.index, default=Verdict.VALID)


@dataclass(frozen=True, slots=True)
class CertificateSummary:
    """What a certificate says of itself; proved only where the verdict is.

    `name` is what people call its holder; `subject` and `issuer` are as RFC 4514
    writes names, `serial` and `sha256` hexadecimal.
    """

    name: str
    issuer_name: str
    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Suspension:
    """A hold that was lifted again: from `since` up to and without `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The verdict on one signature, or on a certificate alone.

    `at` is the time that it is for. `claimed_at` is what the signer's clock said, which
    nobody proves; `since` is when the certificate was revoked or suspended. `field` is
    the signature's name in a PDF. `suspensions` began by `at` and were lifted.
    """

    reasons: tuple[Reason, ...]
    at: datetime
    basis: TimeBasis
    notes: tuple[Note, ...] = ()
    certificate: CertificateSummary | None = None
    claimed_at: datetime | None = None
    since: datetime | None = None
    field: str = ""
    suspensions: tuple[Suspension, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The one word that the reasons come to."""
        return verdict_of(self.reasons)


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found: one finding a signature, in the order of signing.

    `fault` is what ended it where nobody expected that; for operators alone.
    """

    kind: Kind
    findings: tuple[Finding, ...]
    fault: Fault | None = None

    @property
    def decisive(self) -> Finding:
        """The finding that decides: of equally grave ones, the first."""
        return min(self.findings, key=lambda one: GRAVITY.index(one.verdict))

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole: every signature has to be valid."""
        return self.decisive.verdict
