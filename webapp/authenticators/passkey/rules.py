"""Passkeys (WebAuthn): what an authenticator is asked, and what its answer is worth.

Pure: knows neither Flask nor the database. An answer comes from outside, so whatever is
wrong with it is one refusal, and never says what.
"""

import hmac
import json
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, ClassVar
from urllib.parse import urlsplit

import webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn.helpers import (
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from webapp.exceptions import AppError

CHALLENGE_BYTES = 32
TIMEOUT_MS = 120_000  # milliseconds that a browser waits for the person
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
# What the library lets through of an answer that is no such thing.
_UNREADABLE = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
)


class PasskeyError(AppError):
    """A passkey was refused."""

    code: ClassVar[str] = "passkey_refused"
    keeps_changes: bool = True  # the challenge is used up


class ChallengeOverError(PasskeyError):
    """The challenge was used, or its time is over."""

    code = "passkey_too_late"


class UnknownPasskeyError(PasskeyError):
    """The customer has no such passkey."""

    code = "unknown_passkey"


class PasskeyNamelessError(PasskeyError):
    """A passkey needs a name, and not too long a one."""

    code = "passkey_nameless"


class PasskeyKnownError(PasskeyError):
    """This passkey is enrolled already."""

    code = "passkey_known"


class EnoughPasskeysError(PasskeyError):
    """There are as many as may be."""

    code = "enough_passkeys"


class NoPasskeysHereError(PasskeyError):
    """Browsers make no passkeys for the address of this centre."""

    code = "no_passkeys_here"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom a passkey is made: name in the address, whole origin, and a title."""

    name: str
    origin: str
    title: str = "certferry"  # what browsers show beside it


@dataclass(frozen=True, slots=True)
class Registration:
    """A public key that an authenticator made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def relying_party_for(public_url: str, opened_url: str = "") -> RelyingParty | None:
    """Return for whom passkeys are made here; None where browsers make none.

    An address of digits has no passkeys (WebAuthn 5.1.2). A centre that runs on this
    very machine can be opened as localhost instead.
    """
    public, opened = urlsplit(public_url), urlsplit(opened_url)
    name = public.hostname or ""
    if _is_loopback(name) and opened.hostname == "localhost":
        return RelyingParty("localhost", f"{opened.scheme}://{opened.netloc}")
    if _is_number(name) or not name:
        return None
    if public.scheme != "https" and name != "localhost":
        return None
    return RelyingParty(name, f"{public.scheme}://{public.netloc}")


def local_address(public_url: str) -> str | None:
    """Return the address with a name of a centre that runs on this very machine."""
    public = urlsplit(public_url)
    if public.scheme != "http" or not _is_loopback(public.hostname or ""):
        return None
    return f"http://localhost:{public.port or 80}"


def user_handle(holder: str, secret: str) -> bytes:
    """Return what an authenticator knows a person by; it tells nothing about them.

    `holder` is the number of a customer, or "operator:" and that of an operator.
    """
    return hmac.digest(secret.encode(), f"passkey:{holder}".encode(), "sha256")


def creation_options(
    relying_party: RelyingParty,
    challenge: bytes,
    *,
    handle: bytes,
    login_id: str,
    credential_ids: list[bytes],
) -> dict[str, Any]:
    """Return the options for a new passkey, as JSON has them."""
    options = webauthn.generate_registration_options(
        rp_id=relying_party.name,
        rp_name=relying_party.title,
        user_name=login_id,
        user_id=handle,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=credential_id)
            for credential_id in credential_ids
        ],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(
    relying_party: RelyingParty, challenge: bytes, credential_ids: list[bytes]
) -> dict[str, Any]:
    """Return the options for a signature; without IDs, by any passkey of the site."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party.name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[
            PublicKeyCredentialDescriptor(id=credential_id)
            for credential_id in credential_ids
        ],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def verify_registration(
    credential: object, relying_party: RelyingParty, challenge: bytes
) -> Registration:
    """Return the passkey that was made.

    Raises:
        PasskeyError: it was not made for this, or its holder was not verified.
    """
    try:
        verified = webauthn.verify_registration_response(
            credential=_as_dict(credential),
            expected_challenge=challenge,
            expected_rp_id=relying_party.name,
            expected_origin=relying_party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except _UNREADABLE:
        raise PasskeyError from None
    return Registration(
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
    )


def parse_credential(credential: object) -> bytes:
    """Return which passkey an answer says that it is from.

    Raises:
        PasskeyError: it is no such answer.
    """
    try:
        return parse_authentication_credential_json(_as_dict(credential)).raw_id
    except _UNREADABLE:
        raise PasskeyError from None


def verify_authentication(
    credential: object,
    relying_party: RelyingParty,
    challenge: bytes,
    passkey: Registration,
) -> int:
    """Return the new count of signatures of a passkey that signed `challenge`.

    Raises:
        PasskeyError: the signature is not its own, the holder was not verified, or the
            count did not go up, as if there were a copy of the key.
    """
    try:
        verification = webauthn.verify_authentication_response(
            credential=_as_dict(credential),
            expected_challenge=challenge,
            expected_rp_id=relying_party.name,
            expected_origin=relying_party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise PasskeyError from None
    return verification.new_sign_count


def _as_dict(credential: object) -> dict[str, Any]:
    # A round trip: only what JSON can hold goes on to the library.
    if not isinstance(credential, dict):
        raise PasskeyError
    fields: dict[str, Any] = json.loads(json.dumps(credential))
    return fields


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_number(host) and ip_address(host).is_loopback)
