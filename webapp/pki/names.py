"""Names in certificates: how a holder is written, and how it is read for people."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from mobile_bridge.pki.names import REPLACEMENT, is_shown_as_it_is, person_in, shown
from webapp.pki.errors import AuthorityNameError, HolderError, NameTooLongError
from webapp.pki.profiles import Profile

COUNTRY: Final = "KR"
ORGANISATION: Final = "certferry demo"
ROOT_NAME: Final = "certferry demo root (not accredited)"
ISSUING_NAME: Final = "certferry demo issuing CA (not accredited)"
# ub-common-name, RFC 5280 appendix A.1. It means characters; we count bytes of UTF-8,
# as the strictest readers do.
MAX_COMMON_NAME: Final = 64

# What stands behind the organisation in the longest name of an authority.
_LONGEST_ROLE: Final = " issuing CA (not accredited)"
# Of accredited and recognised centres, their operators and their supervisor. Letters
# of another script that look like these are refused with all other scripts.
_RESERVED_NAMES: Final = (
    *("yessign", "signkorea", "crosscert", "tradesign", "inipass", "gpki", "npki"),
    *("금융결제원", "한국정보인증", "코스콤", "한국전자인증", "한국무역정보통신"),
    *("한국인터넷진흥원", "한국정보사회진흥원", "이니텍", "전자서명인증"),
    *("accredited", "공인", "공동인증", "금융인증"),
)
# These are too short to be looked for inside of words.
_WORDS_OF_OTHERS: Final = {"kica", "kisa", "kftc", "koscom", "ktnet", "nia"}
_ORGANISATION: Final = re.compile(
    r"[0-9A-Za-z가-힣](?:[0-9A-Za-z가-힣 .,&'-]*[0-9A-Za-z가-힣.])?"
)
_LATIN: Final = re.compile(r"(?:[0-9A-Za-z](?:[0-9A-Za-z '&+,./-]*[0-9A-Za-z.])?)?")
_NUMBER: Final = re.compile(r"[0-9]{1,24}")
# The only brackets in a name: of what kind a company or foundation is.
_COMPANY: Final = re.compile(
    r"\((?:주|유|합|자|사|재|복|의|학|농|영|조|株|주식회사|유한회사|유한책임회사|합자회사"
    r"|합명회사|유한|합자|합명|사단|재단|사단법인|재단법인|의료법인|학교법인|사회복지법인"
    r"|농업회사법인|영농조합법인|협동조합)\)"
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person as registered; `number` is our own and never a resident number."""

    name: str
    latin_name: str
    number: str

    def __post_init__(self) -> None:
        """Refuse what would make a certificate say something else than it shows."""
        is_sound = (
            _is_readable(self.name)
            and _LATIN.fullmatch(self.latin_name)
            and _NUMBER.fullmatch(self.number)
        )
        if not is_sound:
            raise HolderError


def subject_for(
    holder: Holder, profile: Profile, organisation: str = ORGANISATION
) -> x509.Name:
    """Return the subject, `CN=name(LATIN NAME)number,OU=…,O=…,C=KR`."""
    return x509.Name(
        [
            *_organisation_rdns(organisation),
            x509.NameAttribute(
                NameOID.ORGANIZATIONAL_UNIT_NAME, profile.organisational_unit
            ),
            x509.NameAttribute(NameOID.COMMON_NAME, _common_name(holder)),
        ]
    )


def authority_name(common_name: str, organisation: str = ORGANISATION) -> x509.Name:
    """Return the name of an authority of a house."""
    return x509.Name(
        [
            *_organisation_rdns(organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def organisation_of(name: x509.Name) -> str:
    """Return the organisation in the name of an authority."""
    organisations = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(organisations[0].value) if organisations else ORGANISATION


def validate_ca_name(organisation: str) -> str:
    """Return the name of an organisation that may have a CA here.

    Raises:
        AuthorityNameError: somebody could take it for an accredited centre's, or it
            does not fit.
    """
    name = unicodedata.normalize("NFC", " ".join(organisation.split()))
    letters = "".join(sign for sign in name.casefold() if sign.isalnum())
    words = set(re.split(r"[^0-9a-z가-힣]+", name.casefold().replace(".", "")))
    if any(taken in letters for taken in _RESERVED_NAMES) or words & _WORDS_OF_OTHERS:
        raise AuthorityNameError("could be taken for an accredited centre's")
    if not _ORGANISATION.fullmatch(name):
        raise AuthorityNameError("has other signs than letters, Hangul and digits")
    if len((name + _LONGEST_ROLE).encode()) > MAX_COMMON_NAME:
        raise AuthorityNameError("is longer than 36 bytes, or 12 syllables of Hangul")
    return name


def display_name(common_name: str) -> str:
    """Return what people are shown of a holder's common name."""
    return person_in(shown(common_name))


def _is_readable(name: str) -> bool:
    """Say whether a name is composed, visible, and is shown as it is wherever it goes.

    tests/vectors/names.json has the cases.
    """
    kinds = [unicodedata.category(sign) for sign in name]
    return (
        is_shown_as_it_is(name)
        and unicodedata.is_normalized("NFC", name)
        and name == " ".join(name.split())
        and REPLACEMENT not in name
        # Not assigned: what it will look like one day, nobody knows.
        and "Cn" not in kinds
        and any(kind[0] in "LN" for kind in kinds)
        and not _has_loose_mark(name, kinds)
        and not set("()") & set(_COMPANY.sub("", name))
        and _COMPANY.sub("", name).strip() != ""
    )


def _has_loose_mark(name: str, kinds: Sequence[str]) -> bool:
    """Say whether a mark stands on nothing, or on what is before the name."""
    before = (" ", *name[:-1])
    return any(
        kind[0] == "M" and sign == " " for kind, sign in zip(kinds, before, strict=True)
    )


def _organisation_rdns(organisation: str) -> tuple[x509.NameAttribute[str], ...]:
    # pyca writes C as PrintableString and all others as UTF8String, as wanted.
    return (
        x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRY),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
    )


def _common_name(holder: Holder) -> str:
    """Prefer both names; empty brackets, as the field writes them, when too long."""
    for latin_name in (holder.latin_name, ""):
        common_name = f"{holder.name}({latin_name}){holder.number}"
        if len(common_name.encode()) <= MAX_COMMON_NAME:
            return common_name
    raise NameTooLongError
