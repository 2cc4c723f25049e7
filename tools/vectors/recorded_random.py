"""What is random in the vectors: kept from one writing to the next, or drawn anew.

Everything else follows from it, so that writing the vectors again changes nothing
unless the protocol changed.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mobile_bridge.core import protocol as p
from mobile_bridge.core.bundle import FileRole, unpack
from mobile_bridge.core.protocol import split_fields

HOLDER, ISSUER = "김하나(KIM HANA)0000001234", "certferry demo CA"
VECTORS = Path(__file__).parents[2] / "tests" / "vectors"
MODES = tuple(
    (mode, direction)
    for direction in (p.Direction.INITIATOR_SENDS, p.Direction.RESPONDER_SENDS)
    for mode in (p.Mode.QR, p.Mode.QR, p.Mode.TYPED)
)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the two devices of one handshake drew; m2 holds HPKE's own chance."""

    mode: p.Mode
    direction: p.Direction
    seed: bytes
    sid: bytes
    private: bytes
    nonce: bytes
    secret: bytes
    m2: bytes

    @property
    def psk(self) -> bytes:
        """The secret both have beforehand, if the QR code gave one."""
        return p.pre_shared_key(self.seed) if self.seed else p.NO_PSK

    @property
    def m1(self) -> bytes:
        """The first message."""
        public = p.key_pair(self.private).public
        mode, direction = self.mode, self.direction
        return p.make_m1(self.sid, public, self.nonce, mode=mode, direction=direction)

    @classmethod
    def draw(cls, mode: p.Mode, direction: p.Direction) -> Self:
        """Draw a handshake."""
        seed = secrets.token_bytes(32) if mode is p.Mode.QR else b""
        sid = p.session_id(seed) if seed else secrets.token_bytes(16)
        private, nonce, secret = (secrets.token_bytes(32) for _ in range(3))
        start = cls(mode, direction, seed, sid, private, nonce, secret, b"")
        m2 = p.make_m2(start.m1, secret, start.psk)
        return cls(mode, direction, seed, sid, private, nonce, secret, m2)

    @classmethod
    def load(cls, run: dict[str, str]) -> Self:
        """Read a handshake from its vector."""
        names = ("seed", "sid", "skG", "nG", "kS", "m2")
        values = (bytes.fromhex(run[name]) for name in names)
        return cls(p.Mode(run["mode"]), p.Direction(run["dir"]), *values)


Holder = tuple[bytes, bytes]
Code = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Issuance:
    """A request, the certificate for it, its issuer's, and one for another key; DER."""

    handshakes: tuple[Handshake, Handshake]
    request: bytes
    certificate: bytes
    issuer: bytes
    other: bytes

    @classmethod
    def draw(cls) -> Self:
        """Draw them, and a handshake in each mode."""
        key, other, authority = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(3)
        )
        request = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(x509.Name([]))
            .sign(key, hashes.SHA256())
        )
        quick, typed = (
            Handshake.draw(mode, p.Direction.RESPONDER_MAKES_KEY)
            for mode in (p.Mode.QR, p.Mode.TYPED)
        )
        return cls(
            (quick, typed),
            request.public_bytes(serialization.Encoding.DER),
            _certificate(HOLDER, key, authority),
            _certificate(ISSUER, authority, authority),
            _certificate(HOLDER, other, authority),
        )

    @classmethod
    def load(cls) -> Self:
        """Read them from their vectors."""
        vector = read("brg1_issuing.json")
        quick, typed = (
            Handshake.load(transcript["run"]) for transcript in vector["transcripts"]
        )
        of_another_key = split_fields(bytes.fromhex(vector["foreign"][0]["content"]))
        return cls(
            (quick, typed),
            bytes.fromhex(vector["request"]["request"]),
            bytes.fromhex(vector["certificate"]),
            bytes.fromhex(vector["chain"][0]),
            of_another_key[1],
        )


@dataclass(frozen=True, slots=True)
class RecordedRandom:
    """All of it: handshakes, two holders' files, seed and fingerprint of a code for
    each direction, and an issuing."""

    handshakes: tuple[Handshake, ...]
    holders: tuple[Holder, Holder]
    codes: tuple[Code, ...]
    issuance: Issuance

    @classmethod
    def draw(cls) -> Self:
        """Draw everything."""
        handshakes = tuple(Handshake.draw(mode, direction) for mode, direction in MODES)
        codes = tuple(
            (secrets.token_bytes(32), secrets.token_bytes(16)) for _ in p.Direction
        )
        return cls(handshakes, (_holder(), _holder()), codes, Issuance.draw())

    @classmethod
    def load(cls) -> Self:
        """Read everything from the vectors that are there."""
        handshakes = tuple(Handshake.load(run) for run in read("brg1.json")["runs"])
        carried = read("brg1_bundle.json"), read("brg1_transfer.json")
        first, second = (_pair(bytes.fromhex(vector["payload"])) for vector in carried)
        codes = tuple(
            (bytes.fromhex(good["seed"]), bytes.fromhex(good["fp"]))
            for good in read("brg1_links.json")["good"]
        )
        return cls(handshakes, (first, second), codes, Issuance.load())


def read(name: str) -> Any:
    """Return one vector file as it stands."""
    return json.loads((VECTORS / name).read_text("utf-8"))


def _pair(payload: bytes) -> Holder:
    files = {file.role: file.content for file in unpack(payload)}
    return files[FileRole.SIGNING_CERTIFICATE], files[FileRole.SIGNING_KEY]


def _holder() -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    protection = serialization.BestAvailableEncryption(b"certferry-vector-1!")
    encrypted = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, protection
    )
    return _certificate(HOLDER, key, key), encrypted


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> bytes:
    """Return a certificate of the vectors' issuer in DER."""
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(ISSUER))
        .public_key(key.public_key())
        .serial_number(0x0A1B2C3D4E5F)
        .not_valid_before(datetime(2026, 11, 22, 3, tzinfo=UTC))
        .not_valid_after(datetime(2027, 11, 22, 14, 59, 59, tzinfo=UTC))
        .sign(signer, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
