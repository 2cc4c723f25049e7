"""The certificate types: the key each asks for, what it says, and how long it lasts.

Which types there are, their fees and who may have them is configuration.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509

from mobile_bridge.formats.korean_time import day_end, korean_date
from webapp.pki.key_policy import KeyKind

# Our own arc: a random number below the private enterprise number that RFC 5612 keeps
# for examples, so that no accredited authority's identifier is ever touched. An arc
# from a UUID (2.25) was tried: readers with 32-bit numbers refuse the certificate.
ARC: Final = "1.3.6.1.4.1.32473.221882889"
POLICY_ARC: Final = f"{ARC}.1"
IDENTITY_OID: Final = f"{ARC}.2.1"  # otherName with the holder's real name

TOLERANCE: Final = timedelta(minutes=5)  # for clocks that are slow

# The profile of the field: digitalSignature and nonRepudiation, nothing else.
SIGNING: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One type of certificate."""

    id: str
    key_kind: KeyKind
    organisational_unit: str
    years: int  # 0 where it lasts `days`
    policy_oid: str
    notice: str  # shown by certificate viewers; at most 200 characters (RFC 5280)
    key_usage: x509.KeyUsage = SIGNING
    days: int = 0
    vid: bool = False  # the certificate proves the holder's number


@dataclass(frozen=True, slots=True)
class Validity:
    """From when and until when, both inclusive, in whole seconds of UTC."""

    not_before: datetime
    not_after: datetime


def validity(profile: Profile, now: datetime) -> Validity:
    """Return the validity of a certificate issued at `now`.

    It ends at the last second of its anniversary in Korea, 23:59:59 KST, which is
    14:59:59Z; issued on 29 February it ends on 28 February. One of days ends as many
    days later.
    """
    if now.tzinfo is None:
        raise ValueError("a time without a zone")
    not_before = (now - TOLERANCE).astimezone(UTC).replace(microsecond=0)
    return Validity(not_before, _end(profile, now))


def renewed_validity(profile: Profile, old_end: datetime, now: datetime) -> Validity:
    """Return the validity of a renewal: usable at once, paid from the old one's end.

    It ends on the anniversary of the old last day in Korea, or so many days after it.
    """
    return replace(validity(profile, now), not_after=_end(profile, old_end))


def _end(profile: Profile, since: datetime) -> datetime:
    day = korean_date(since) + timedelta(days=profile.days)
    try:
        last_day = day.replace(year=day.year + profile.years)
    except ValueError:  # 29 February
        last_day = day.replace(year=day.year + profile.years, day=28)
    return day_end(last_day)
