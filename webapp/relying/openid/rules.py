"""What becomes of a request to sign somebody in. Pure.

OpenID Connect Core 1.0, 3.1.2: who is asked, who reads what is told, who gets a code.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

SIGN_IN_LIFE: Final = timedelta(hours=1)  # so long nobody has to sign again
CODE_LIFE: Final = timedelta(seconds=60)
TOKEN_LIFE: Final = timedelta(minutes=10)
PUSHED_LIFE: Final = timedelta(seconds=90)  # RFC 9126 2.2
ASKING_LIFE: Final = timedelta(minutes=15)  # so long a person may take to sign
# Longer than that: who took too long is led back to the institution all the same.
REQUEST_LIFE: Final = timedelta(hours=1)
SESSION_LIFE: Final = timedelta(hours=24)  # so long an institution is told of its end
MAX_PARAMETERS: Final = 30
MAX_LENGTH: Final = 2000  # characters of one parameter
MAX_SUM: Final = 8000
OPENID: Final = "openid"
SERVICE: Final = "service"  # CSC API 1.0.4.0, 8.3.2: its credentials may be seen
SIGN_IN_PURPOSE: Final = "sign_in"


class Claim(StrEnum):
    """What an institution may learn of a person, who agrees to each (Core 5.1)."""

    NAME = "name"
    BIRTH_DATE = "birthdate"
    FINGERPRINT = "certificate_fingerprint"
    CERTIFICATE = "certificate"  # itself, base64 of its DER
    CREDENTIALS = "signing_credentials"


# What each scope asks for; a scope that is not named here is ignored (Core 3.1.2.1).
SCOPES: Final[Mapping[str, tuple[Claim, ...]]] = MappingProxyType(
    {
        OPENID: (),
        "profile": (Claim.NAME, Claim.BIRTH_DATE),
        "name": (Claim.NAME,),
        "birthdate": (Claim.BIRTH_DATE,),
        "certificate": (Claim.FINGERPRINT,),
        "x509": (Claim.CERTIFICATE,),
        SERVICE: (Claim.CREDENTIALS,),
    }
)
# What is agreed to and not told as a claim.
PERMISSIONS: Final = frozenset({Claim.CREDENTIALS})


class KeyPlace(StrEnum):
    """Where the key is that signed, as far as the centre was told: the acr."""

    PHONE = "urn:certferry:acr:certificate:phone"  # made on a phone, stays there
    BROWSER = "urn:certferry:acr:certificate:browser"
    COPIED = "urn:certferry:acr:certificate:copied"  # in files, on disks, or moved


# By the places of its copies (webapp/certificates/records/copies.py).
_BROWSER_PLACES: Final = frozenset({"browser"})


class Prompt(StrEnum):
    """What an institution wants to be asked of the person (Core 3.1.2.1)."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


class Step(StrEnum):
    """What comes next."""

    SIGN = "sign"  # the person signs with the certificate
    CONSENT = "consent"  # the person reads what the institution will learn
    ISSUE = "issue"  # a code goes to the institution
    LOGIN_REQUIRED = "login_required"  # nobody may be asked
    CONSENT_REQUIRED = "consent_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an institution asks for, and since when."""

    claims: tuple[Claim, ...]
    prompts: frozenset[Prompt]
    max_age: int | None  # seconds
    made_at: datetime
    subject: str | None = None  # whom it believes to be signed in (id_token_hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in for an institution in this browser."""

    subject: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a person agreed to: what was asked then, and when."""

    asked: frozenset[Claim]
    agreed_at: datetime


def next_step(
    request: Request, signed_in: SignedIn | None, agreed: Agreed | None, now: datetime
) -> Step:
    """Return what comes next.

    | signed in for it | agreed to it | nobody may be asked | otherwise |
    |---|---|---|---|
    | no  | -   | LOGIN_REQUIRED   | SIGN    |
    | yes | no  | CONSENT_REQUIRED | CONSENT |
    | yes | yes | ISSUE            | ISSUE   |
    """
    is_silent = Prompt.NONE in request.prompts
    if not _is_signed_in(request, signed_in, now):
        return Step.LOGIN_REQUIRED if is_silent else Step.SIGN
    if not _is_agreed(request, agreed):
        return Step.CONSENT_REQUIRED if is_silent else Step.CONSENT
    return Step.ISSUE


def parse_prompts(text: str | None) -> frozenset[Prompt] | None:
    """Return what is to be asked; None where "none" stands beside something else."""
    words = set((text or "").split())
    prompts = frozenset(prompt for prompt in Prompt if prompt in words)
    return None if Prompt.NONE in prompts and len(words) > 1 else prompts


def parse_max_age(text: str | None) -> int | None:
    """Return how old a sign-in may be, in seconds; None where nothing says so.

    Raises:
        ValueError: it is no number of seconds.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise ValueError("no number of seconds")
    return int(text)


def claims_of(scope: str | None) -> tuple[Claim, ...] | None:
    """Return what a scope asks for; None where it is none that is given here."""
    scopes = set((scope or "").split())
    if not scopes & {OPENID, SERVICE}:
        return None
    asked = {
        claim for name, claims in SCOPES.items() if name in scopes for claim in claims
    }
    return tuple(claim for claim in Claim if claim in asked)


def key_place(places: Collection[str], *, is_phone_only: bool) -> KeyPlace:
    """Return where a key is; unknown counts as copied."""
    if is_phone_only:
        return KeyPlace.PHONE
    is_in_browser = bool(places) and set(places) <= _BROWSER_PLACES
    return KeyPlace.BROWSER if is_in_browser else KeyPlace.COPIED


def _is_signed_in(request: Request, signed_in: SignedIn | None, now: datetime) -> bool:
    if signed_in is None or now - signed_in.signed_at >= SIGN_IN_LIFE:
        return False
    if request.subject not in (None, signed_in.subject):
        return False
    if signed_in.signed_at >= request.made_at:
        return True  # signed for this very request
    if request.prompts & {Prompt.LOGIN, Prompt.SELECT_ACCOUNT}:
        return False
    age = (now - signed_in.signed_at).total_seconds()
    return request.max_age is None or age < request.max_age


def _is_agreed(request: Request, agreed: Agreed | None) -> bool:
    if agreed is None or not agreed.asked >= set(request.claims):
        return False
    return Prompt.CONSENT not in request.prompts or agreed.agreed_at >= request.made_at
