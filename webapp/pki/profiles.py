"""The certificate types: the key each asks for, what it says, and how long it lasts.

Fees and who may have which type are not here: they are configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Final

from cryptography import x509

from webapp.pki.key_policy import KeyKind

# Our own arc: a random number below the private enterprise number that RFC 5612 keeps
# for examples, so that no accredited authority's identifier is ever touched. An arc
# from a UUID (2.25) was tried: readers with 32-bit numbers refuse the certificate.
ARC: Final = "1.3.6.1.4.1.32473.221882889"
POLICY_ARC: Final = f"{ARC}.1"
IDENTITY_OID: Final = f"{ARC}.2.1"  # otherName with the holder's real name

KST: Final = timezone(timedelta(hours=9), "KST")
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
    years: int
    policy_oid: str
    notice: str  # shown by certificate viewers; at most 200 characters (RFC 5280)
    key_usage: x509.KeyUsage = SIGNING


@dataclass(frozen=True, slots=True)
class Validity:
    """From when and until when, both inclusive, in whole seconds of UTC."""

    not_before: datetime
    not_after: datetime


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.id: profile
        for profile in (
            Profile(
                id="personal-bank",
                key_kind=KeyKind.RSA_2048,
                organisational_unit="personal",
                years=1,
                policy_oid=f"{POLICY_ARC}.1",
                notice="certferry 은행용 개인 인증서. 공인·공동인증서가 아닙니다. "
                "Personal bank certificate, not accredited.",
            ),
            Profile(
                id="personal-sign",
                key_kind=KeyKind.P_256,
                organisational_unit="personal",
                years=1,
                policy_oid=f"{POLICY_ARC}.2",
                notice="certferry 서명용 개인 인증서. 공인·공동인증서가 아닙니다. "
                "Personal signing certificate, not accredited.",
            ),
        )
    }
)


def validity(profile: Profile, now: datetime) -> Validity:
    """Return the validity of a certificate issued at `now`.

    It ends at the last second of its anniversary in Korea, 23:59:59 KST, which is
    14:59:59Z; issued on 29 February it ends on 28 February.
    """
    if now.tzinfo is None:
        raise ValueError("a time without a zone")
    not_before = (now - TOLERANCE).astimezone(UTC).replace(microsecond=0)
    issued_on = now.astimezone(KST).date()
    try:
        last_day = issued_on.replace(year=issued_on.year + profile.years)
    except ValueError:
        last_day = issued_on.replace(year=issued_on.year + profile.years, day=28)
    end = datetime.combine(last_day, time(23, 59, 59), KST)
    return Validity(not_before, end.astimezone(UTC))
