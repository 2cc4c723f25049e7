"""Names in certificates: how a holder is written, and how it is read for people."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

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
_OF_OTHERS: Final = (
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
_LATIN: Final = re.compile(r"(?:[A-Za-z](?:[A-Za-z ',.-]*[A-Za-z.])?)?")
_NUMBER: Final = re.compile(r"[0-9]{1,24}")


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
            *_home(organisation),
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
            *_home(organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def organisation_of(name: x509.Name) -> str:
    """Return the organisation in the name of an authority."""
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ORGANISATION


def own_name(organisation: str) -> str:
    """Return the name of an organisation that may have a CA here.

    Raises:
        AuthorityNameError: somebody could take it for an accredited centre's, or it
            does not fit.
    """
    name = unicodedata.normalize("NFC", " ".join(organisation.split()))
    letters = "".join(sign for sign in name.casefold() if sign.isalnum())
    words = set(re.split(r"[^0-9a-z가-힣]+", name.casefold().replace(".", "")))
    if any(taken in letters for taken in _OF_OTHERS) or words & _WORDS_OF_OTHERS:
        raise AuthorityNameError("could be taken for an accredited centre's")
    if not _ORGANISATION.fullmatch(name):
        raise AuthorityNameError("has other signs than letters, Hangul and digits")
    if len((name + _LONGEST_ROLE).encode()) > MAX_COMMON_NAME:
        raise AuthorityNameError("is longer than 36 bytes, or 12 syllables of Hangul")
    return name


def display_name(common_name: str) -> str:
    """Return what people are shown of a holder's common name: all before `(`."""
    return common_name.partition("(")[0]


def _is_readable(name: str) -> bool:
    """Say whether a name is composed, visible, and ends where it seems to end."""
    return (
        name != ""
        and name == name.strip()
        and unicodedata.is_normalized("NFC", name)
        # Brackets would move the end of the name that display_name finds.
        and not set("()") & set(name)
        # Other, line and paragraph separators: control and bidirectional characters.
        and not any(unicodedata.category(c)[0] == "C" for c in name)
        and not any(unicodedata.category(c) in ("Zl", "Zp") for c in name)
    )


def _home(organisation: str) -> tuple[x509.NameAttribute[str], ...]:
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
