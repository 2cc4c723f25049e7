"""What a call may ask for, and how long an authorization lives. Pure.

Sections are those of the CSC API 1.0.4.0.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asn1crypto import cms

from webapp.relying.asking.contents import MAX_DOCUMENTS
from webapp.relying.cloud_signature.errors import (
    AlgorithmError,
    AttributesError,
    HashListError,
    SadExpiredError,
    SadHashError,
    SadUsedError,
    SignatureCountError,
)

VERSION: Final = "1.0.4.0"
MAX_SIGNATURES: Final = MAX_DOCUMENTS  # of one authorization (multisign)
SCAL: Final = "2"  # the authorization is bound to the hashes
LIFE: Final = timedelta(minutes=5)  # of a request on the phone
SAD_LIFE: Final = timedelta(minutes=5)  # from the approval on
MAX_WAIT: Final = 50  # seconds that a call is kept, below what proxies allow
SHA_256: Final = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA_256: Final = "1.2.840.10045.4.3.2"
RSA_SHA_256: Final = "1.2.840.113549.1.1.11"
P_256: Final = "1.2.840.10045.3.1.7"
_ENCODED_HASH: Final = 44  # signs of base64
_MAX_ATTRIBUTES: Final = 4096  # bytes of one SET
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a program has to know it: its signature algorithm, size and curve."""

    algorithm: str  # OID of the signature with SHA-256
    bits: int
    curve: str | None = None  # OID

    @property
    def signs_bare_hashes(self) -> bool:
        """Whether a device of ours signs a hash alone with it."""
        return self.curve == P_256


def parse_hashes(encoded: Sequence[str], count: int) -> tuple[bytes, ...]:
    """Return the hashes of a call, whose number has to be numSignatures (11.6).

    Raises:
        HashListError: none, too many, one twice, or no base64 of 32 bytes.
        SignatureCountError: there are more or fewer than are said to be signed.
    """
    if not 0 < len(encoded) <= MAX_SIGNATURES:
        raise HashListError
    hashes = tuple(_hash(text) for text in encoded)
    if len(set(hashes)) != len(hashes):
        raise HashListError
    if count != len(hashes):
        raise SignatureCountError
    return hashes


def parse_attributes(client_data: str) -> tuple[bytes, ...]:
    """Return the CMS attributes that stand in clientData, one for each hash.

    It is `{"signedAttributes": ["<base64>", …]}`; what is no JSON object with that
    field is the program's own affair, and none.

    Raises:
        AttributesError: the field is there, and no list of such attributes.
    """
    try:
        fields = json.loads(client_data)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(fields, dict) or "signedAttributes" not in fields:
        return ()
    listed = fields["signedAttributes"]
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_SIGNATURES:
        raise AttributesError
    return tuple(_attributes(encoded) for encoded in listed)


def check_attributes(hashes: Sequence[bytes], attributes: Sequence[bytes]) -> None:
    """Take attributes, where there are any, that are what the hashes are of.

    Raises:
        AttributesError
    """
    digests = [hashlib.sha256(one).digest() for one in attributes]
    if attributes and digests != list(hashes):
        raise AttributesError


def check_algorithms(key: Key, *, hash_algo: str, sign_algo: str, params: str) -> None:
    """Take what a call to sign names: SHA-256 with the key's own algorithm (11.9).

    Raises:
        AlgorithmError
    """
    if sign_algo != key.algorithm or hash_algo not in ("", SHA_256) or params:
        raise AlgorithmError


def check_sad(
    *,
    authorized: Collection[bytes],
    asked: Collection[bytes],
    used_at: datetime | None,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Take an authorization for the very hashes that it was given for, once, in time.

    Raises:
        SadUsedError, SadExpiredError, SadHashError
    """
    if used_at is not None:
        raise SadUsedError
    if now >= expires_at:
        raise SadExpiredError
    if tuple(authorized) != tuple(asked):
        raise SadHashError


def parse_wait(preference: str) -> int:
    """Return for how many seconds a call may be kept (RFC 7240 4.3: `wait=…`)."""
    preferred = _WAIT.search(preference)
    return min(int(preferred[1]), MAX_WAIT) if preferred else MAX_WAIT


def _hash(text: str) -> bytes:
    if len(text) != _ENCODED_HASH:
        raise HashListError
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise HashListError from None
    if len(octets) != 32:
        raise HashListError
    return octets


def _attributes(encoded: object) -> bytes:
    """Return CMS attributes as they were sent (RFC 5652 5.3, 11.1, 11.2)."""
    if not isinstance(encoded, str) or len(encoded) > _MAX_ATTRIBUTES * 2:
        raise AttributesError
    try:
        octets = base64.b64decode(encoded, validate=True)
        parsed = cms.CMSAttributes.load(octets, strict=True)
        values = {one["type"].native: one["values"].native for one in parsed}
        is_der = parsed.dump(force=True) == octets
    except (binascii.Error, ValueError, TypeError, KeyError):
        raise AttributesError from None
    digests = values.get("message_digest", [])
    is_whole = len(values) == len(parsed) and len(digests) == 1
    if not is_der or not is_whole or len(octets) > _MAX_ATTRIBUTES:
        raise AttributesError
    if len(digests[0]) != 32 or len(values.get("content_type", [])) != 1:
        raise AttributesError
    return octets
