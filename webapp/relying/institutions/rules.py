"""What a registration of an institution must be. Pure.

The fields are those of a client of OpenID Connect (Registration 1.0, 2).
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from webapp.relying.institutions.errors import (
    RegistrationAddressError,
    RegistrationJoiningError,
    RegistrationKeysError,
    RegistrationPurposeError,
    RegistrationSectorError,
    RegistrationTextError,
)
from webapp.values.text_input import normalize_text

MAX_NAME: Final = 60
MAX_REASON: Final = 200
MAX_JOINING: Final = 200
MAX_ADDRESS: Final = 200
MAX_ADDRESSES: Final = 10
MAX_JWKS: Final = 8000
_MAX_KEYS: Final = 5
_MIN_RSA_BITS: Final = 2048
# What an institution may learn of who registers there, by the names of the claims.
JOINING_CLAIMS: Final = (
    *("name", "birthdate", "certificate_fingerprint", "certificate"),
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# As RFC 3986 writes an address; a blank, a line or a quote never belongs to one.
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+", re.ASCII)
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class Purpose(StrEnum):
    """What an institution may ask for; what is signed for one is nothing for others."""

    SIGN_IN = "sign_in"
    SIGN_DOCUMENTS = "sign_documents"
    CONSENT = "consent"
    PROVE = "prove"
    SIGN_HASHES = "sign_hashes"  # of what neither centre nor device can show


class AuthMethod(StrEnum):
    """How an institution proves at the token endpoint which one it is (Core 9)."""

    SECRET = "client_secret_basic"  # noqa: S105 - the name of a method
    KEYS = "private_key_jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the counter registers of an institution, checked."""

    name: str
    reason: str
    page: str
    purposes: tuple[Purpose, ...]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    events_uri: str = ""
    joining_text: str = ""
    joining_claims: tuple[str, ...] = ()
    return_uris: tuple[str, ...] = ()
    webhook_uri: str = ""
    auth_method: AuthMethod = AuthMethod.SECRET
    jwks: str = ""
    sector: str = ""

    @property
    def key_set(self) -> Any:
        """The public keys as JSON is read (RFC 7517 5); none where it has a secret."""
        return json.loads(self.jwks or '{"keys": []}')


def parse_registration(
    fields: Mapping[str, str], purposes: Collection[str], *, allow_loopback: bool
) -> Registration:
    """Return what was typed for an institution.

    `allow_loopback` takes http:// of the same computer too, for trials.

    Raises:
        RegistrationError: a field cannot be used; it says which.
    """
    auth_method = AuthMethod.SECRET
    if fields.get("auth_method") == AuthMethod.KEYS:
        auth_method = AuthMethod.KEYS
    has_keys = auth_method is AuthMethod.KEYS
    redirect_uris = _addresses(fields, "redirect_uris", allow_loopback)
    chosen = parse_purposes(purposes)
    if Purpose.SIGN_IN in chosen and not redirect_uris:
        raise RegistrationAddressError("redirect_uris")
    page = parse_address(fields.get("page", ""), "page", allow_loopback)
    return Registration(
        name=_text(fields, "name", MAX_NAME),
        reason=_text(fields, "reason", MAX_REASON),
        page=page,
        purposes=chosen,
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=_addresses(
            fields, "post_logout_redirect_uris", allow_loopback
        ),
        backchannel_logout_uri=_optional_address(
            fields, "backchannel_logout_uri", allow_loopback
        ),
        events_uri=_optional_address(fields, "events_uri", allow_loopback),
        **_parse_joining(fields),
        return_uris=_addresses(fields, "return_uris", allow_loopback),
        webhook_uri=_optional_address(fields, "webhook_uri", allow_loopback),
        auth_method=auth_method,
        jwks=parse_jwks(fields.get("jwks", "")) if has_keys else "",
        sector=choose_sector(fields.get("sector", ""), redirect_uris or (page,)),
    )


def _optional_address(
    fields: Mapping[str, str], field: str, allow_loopback: bool
) -> str:
    text = fields.get(field, "").strip()
    return parse_address(text, field, allow_loopback) if text else ""


def _parse_joining(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what is shown to who may register there, and what it learns of them.

    Raises:
        RegistrationJoiningError: there is no address that hears of it, no purpose to
            sign in, or a claim is unknown.
    """
    text = normalize_text(fields.get("joining_text", ""))
    if not text:
        return {}
    claims = fields.get("joining_claims", "").split()
    is_told = fields.get("events_uri", "").strip()
    if len(text) > MAX_JOINING or not is_told or not set(claims) <= set(JOINING_CLAIMS):
        raise RegistrationJoiningError("joining_text")
    chosen = tuple(name for name in JOINING_CLAIMS if name in claims)
    return {"joining_text": text, "joining_claims": chosen}


def parse_purposes(purposes: Collection[str]) -> tuple[Purpose, ...]:
    """Return the chosen purposes in their order.

    Raises:
        RegistrationPurposeError: there is none, or one is unknown.
    """
    if not purposes or not set(purposes) <= set(Purpose):
        raise RegistrationPurposeError("purposes")
    return tuple(purpose for purpose in Purpose if purpose in purposes)


def parse_address(text: str, field: str, allow_loopback: bool) -> str:
    """Return an address as it stands, to be compared sign by sign (RFC 9700 2.1).

    Raises:
        RegistrationAddressError: it is no whole https address, names a person, or has a
            fragment, a wildcard or a port that is none.
    """
    address = text.strip()
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address):
        raise RegistrationAddressError(field)
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise RegistrationAddressError(field) from None
    is_near = allow_loopback and parts.hostname in _LOOPBACK
    if not is_whole or "@" in parts.netloc or (parts.scheme != "https" and not is_near):
        raise RegistrationAddressError(field)
    return address


def choose_sector(text: str, addresses: Collection[str]) -> str:
    """Return the host under which people have one pseudonym (Core 8.1).

    Raises:
        RegistrationSectorError: there are several hosts, and `text` is none of them.
    """
    hosts = {urlsplit(address).hostname or "" for address in addresses}
    named = text.strip().lower()
    if named in hosts:
        return named
    if named or len(hosts) != 1:
        raise RegistrationSectorError("sector")
    return hosts.pop()


def parse_jwks(text: str) -> str:
    """Return a set of public keys in one spelling (RFC 7517 5).

    Raises:
        RegistrationKeysError: it is none, has private or weak keys, or the same kid
            twice.
    """
    if len(text) > MAX_JWKS:
        raise RegistrationKeysError("jwks")
    try:
        keys = json.loads(text)["keys"]
        if any(_PRIVATE_MEMBERS & set(key) for key in keys):
            raise RegistrationKeysError("jwks")
        imported = KeySet.import_key_set({"keys": keys}).keys
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RegistrationKeysError("jwks") from None
    names = {key.kid for key in imported}
    if (
        not 0 < len(imported) <= _MAX_KEYS
        or len(names) != len(imported)
        or None in names
    ):
        raise RegistrationKeysError("jwks")
    if not all(_is_usable(key) for key in imported):
        raise RegistrationKeysError("jwks")
    return json.dumps({"keys": keys}, sort_keys=True, separators=(",", ":"))


def changed_fields(before: Registration, after: Registration) -> tuple[str, ...]:
    """Return the names of the fields in which two registrations differ."""
    return tuple(
        name
        for name in Registration.__dataclass_fields__
        if getattr(before, name) != getattr(after, name)
    )


def to_json(registration: Registration) -> str:
    """Return a registration as it is kept until somebody agrees to it."""
    return msgspec.json.encode(registration).decode()


def from_json(text: str) -> Registration:
    """Return the registration that `to_json` wrote."""
    return msgspec.json.decode(text, type=Registration)


def _is_usable(key: object) -> bool:
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= _MIN_RSA_BITS
    return isinstance(key, ECKey) and key.curve_name == "P-256"


def _addresses(
    fields: Mapping[str, str], field: str, allow_loopback: bool
) -> tuple[str, ...]:
    lines = [line for line in fields.get(field, "").splitlines() if line.strip()]
    if len(lines) > MAX_ADDRESSES:
        raise RegistrationAddressError(field)
    addresses = [parse_address(line, field, allow_loopback) for line in lines]
    return tuple(dict.fromkeys(addresses))


def _text(fields: Mapping[str, str], field: str, max_length: int) -> str:
    text = normalize_text(fields.get(field, ""))
    if not 0 < len(text) <= max_length:
        raise RegistrationTextError(field)
    return text
