"""BRG1's handshake as pure functions: bytes in, bytes out.

Every name here is a name of docs/moving.md. Nothing in this file knows of a relay,
a page, a clock or a source of chance, and nothing decides what happens next: that is
handshake.py. Its JavaScript twin is frontend/bridge/core/protocol.js.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256, shake_256
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from mobile_bridge.errors import ProtocolError

MAGIC = b"BRG1\x01"
SEED_BYTES = 32
SID_BYTES = 16
PUBLIC_KEY_BYTES = 1216  # ML-KEM-768 key (1184) then X25519 key (32)
SEALED_BYTES = 1120 + 32 + 16  # encapsulation, kS, tag
HASH_BYTES = 32
FINGERPRINT_BYTES = 16
CODE_DIGITS = 6
NO_PSK = bytes(HASH_BYTES)  # mode T: the typed number enters no key

_MLKEM_KEY_BYTES = 1184
_M1_LENGTHS = [len(MAGIC), 1, 2, SID_BYTES, PUBLIC_KEY_BYTES, HASH_BYTES]
# RFC 9180 with X-Wing (draft-connolly-cfrg-xwing-kem).
SUITE = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM
)


class Mode(StrEnum):
    """How the responder finds the initiator."""

    QR = "Q"
    TYPED = "T"


class Direction(StrEnum):
    """Who sends a certificate to whom; or that the responder makes the key of one.

    With `RESPONDER_MAKES_KEY` the initiator has the certificate issued: a request comes
    back and the certificate goes over, and no key travels.
    """

    INITIATOR_SENDS = "GS"
    RESPONDER_SENDS = "SG"
    RESPONDER_MAKES_KEY = "GK"


_MODES = {mode.value.encode(): mode for mode in Mode}
_DIRECTIONS = {direction.value.encode(): direction for direction in Direction}


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The initiator's one-time key pair; its public half as it travels."""

    private: hpke.MLKEM768X25519PrivateKey
    public: bytes


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """What the first message says."""

    mode: Mode
    direction: Direction
    sid: bytes
    public_key: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """What both sides know when the handshake is through."""

    transcript: bytes
    prk: bytes
    confirm_initiator: bytes
    confirm_responder: bytes
    initiator_to_responder: bytes
    responder_to_initiator: bytes
    code: bytes


def length_prefix(*fields: bytes | str) -> bytes:
    """Join fields, each after its 4-byte big-endian length."""
    parts = []
    for field in fields:
        octets = field.encode() if isinstance(field, str) else field
        parts += [len(octets).to_bytes(4, "big"), octets]
    return b"".join(parts)


def split_fields(joined: bytes) -> list[bytes]:
    """Split what `lp` joined.

    Raises:
        ProtocolError: a length runs past the end.
    """
    fields, at = [], 0
    while at < len(joined):
        start = at + 4
        at = start + int.from_bytes(joined[at:start], "big")
        if start > len(joined) or at > len(joined):
            fail()
        fields.append(joined[start:at])
    return fields


def session_id(seed: bytes) -> bytes:
    """Return the sid a QR's seed stands for."""
    return _expand(_from_seed(seed), length_prefix("BRG1", "sid", ""), SID_BYTES)


def pre_shared_key(seed: bytes) -> bytes:
    """Return the key only the camera that saw the QR can know."""
    return _expand(_from_seed(seed), length_prefix("BRG1", "psk", ""), HASH_BYTES)


def key_pair(seed: bytes) -> KeyPair:
    """Return the X-Wing key pair of a 32-byte seed.

    draft-connolly-cfrg-xwing-kem 5.2: SHAKE-256 of the seed is the ML-KEM seed
    (64 bytes) and the X25519 key (32 bytes).
    """
    stream = shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(stream[:64])
    x25519 = X25519PrivateKey.from_private_bytes(stream[64:])
    public = (
        mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    )
    return KeyPair(hpke.MLKEM768X25519PrivateKey(mlkem, x25519), public)


def read_public_key(octets: bytes) -> hpke.MLKEM768X25519PublicKey:
    """Return the X-Wing key of 1216 bytes.

    Raises:
        ProtocolError: they are no such key.
    """
    try:
        return hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(octets[:_MLKEM_KEY_BYTES]),
            X25519PublicKey.from_public_bytes(octets[_MLKEM_KEY_BYTES:]),
        )
    except ValueError:
        fail()


def make_m1(
    sid: bytes, public_key: bytes, nonce: bytes, *, mode: Mode, direction: Direction
) -> bytes:
    """Return the initiator's first message, which commits to `nonce`."""
    commitment = _commitment(sid, public_key, nonce)
    return length_prefix(MAGIC, mode, direction, sid, public_key, commitment)


def read_m1(m1: bytes) -> FirstMessage:
    """Take the first message apart.

    Raises:
        ProtocolError: it is not one.
    """
    fields = split_fields(m1)
    if [len(field) for field in fields] != _M1_LENGTHS or fields[0] != MAGIC:
        fail()
    _, mode, direction, sid, public_key, commitment = fields
    if mode not in _MODES or direction not in _DIRECTIONS:
        fail()
    return FirstMessage(
        _MODES[mode], _DIRECTIONS[direction], sid, public_key, commitment
    )


def fingerprint(m1: bytes) -> bytes:
    """Return the 16 bytes by which a QR names its first message."""
    return sha256(length_prefix("BRG1 qr", m1)).digest()[:FINGERPRINT_BYTES]


def make_m2(m1: bytes, secret: bytes, psk: bytes) -> bytes:
    """Seal the responder's 32 random bytes to the key in `m1`."""
    first_message = read_m1(m1)
    sealed = SUITE.encrypt(
        secret, read_public_key(first_message.public_key), info=_m2_info(m1)
    )
    return sealed + _m2_tag(m1, sealed, psk, first_message.mode)


def open_m2(m1: bytes, m2: bytes, private: KeyPair, psk: bytes) -> bytes:
    """Return the responder's secret from `m2`.

    Raises:
        ProtocolError: it was not made for this initiator, or not by who saw the QR.
    """
    sealed, tag = m2[:SEALED_BYTES], m2[SEALED_BYTES:]
    expected = _m2_tag(m1, sealed, psk, read_m1(m1).mode)
    if not hmac.compare_digest(tag, expected):
        fail()
    try:
        secret = SUITE.decrypt(sealed, private.private, info=_m2_info(m1))
    except (InvalidTag, ValueError):
        fail()
    if len(secret) != HASH_BYTES:
        fail()
    return secret


def derive_keys(
    m1: bytes, m2: bytes, nonce: bytes, *, secret: bytes, psk: bytes
) -> Keys:
    """Derive everything both sides share from what went to and fro."""
    transcript = sha256(length_prefix(m1, m2, nonce)).digest()
    prk = _extract(psk, secret)

    def key(name: str) -> bytes:
        return _expand(prk, length_prefix("BRG1", name, transcript), HASH_BYTES)

    return Keys(
        transcript=transcript,
        prk=prk,
        confirm_initiator=key("cG"),
        confirm_responder=key("cS"),
        initiator_to_responder=key("aGS"),
        responder_to_initiator=key("aSG"),
        code=key("sas"),
    )


def initiator_mac(keys: Keys) -> bytes:
    """Return the initiator's confirmation, the second half of m3."""
    return _mac(keys.confirm_initiator, length_prefix("G", keys.transcript))


def responder_mac(keys: Keys) -> bytes:
    """Return the responder's confirmation, which is m4."""
    return _mac(
        keys.confirm_responder, length_prefix("S", keys.transcript, initiator_mac(keys))
    )


def check_opening(m1: bytes, nonce: bytes) -> None:
    """Check that `nonce` is what the first message committed to.

    Raises:
        ProtocolError: it is another one.
    """
    first_message = read_m1(m1)
    expected = _commitment(first_message.sid, first_message.public_key, nonce)
    check_same(first_message.commitment, expected)


def check_code(keys: Keys) -> str:
    """Return the six digits a person carries from one screen to the other."""
    octets = _expand(keys.code, length_prefix("BRG1", "code", keys.transcript), 8)
    number = int.from_bytes(octets, "big") % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}d}"


def check_same(actual: bytes, expected: bytes) -> None:
    """Compare in constant time.

    Raises:
        ProtocolError: they differ.
    """
    if not hmac.compare_digest(actual, expected):
        fail()


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """Return HKDF-Expand (RFC 5869 2.3)."""
    return _expand(prk, info, length)


def fail() -> NoReturn:
    """Raise the one error every fault of the protocol ends in."""
    raise ProtocolError from None


def _from_seed(seed: bytes) -> bytes:
    return _extract(b"BRG1 qr seed", seed)


def _commitment(sid: bytes, public_key: bytes, nonce: bytes) -> bytes:
    return sha256(length_prefix("BRG1 commit", sid, public_key, nonce)).digest()


def _m2_info(m1: bytes) -> bytes:
    return length_prefix("BRG1 m2", sha256(m1).digest())


def _m2_tag(m1: bytes, sealed: bytes, psk: bytes, mode: Mode) -> bytes:
    if mode is Mode.TYPED:
        return bytes(HASH_BYTES)
    info = length_prefix("BRG1", "m2 auth", sha256(m1).digest())
    return _mac(_expand(psk, info, HASH_BYTES), length_prefix(sealed))


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _extract(salt: bytes, secret: bytes) -> bytes:
    return HKDF.extract(hashes.SHA256(), salt, secret)


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(hashes.SHA256(), length, info).derive(prk)
