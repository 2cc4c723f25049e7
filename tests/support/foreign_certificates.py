"""Certificates of other issuers, with key files as programs of the field write them.

Made with `cryptography` and `hashlib` alone and with nothing of ours, so that a mistake
of ours meets a file that does not have it.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import SEED
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

PASSWORD = "Foreign-Pass-1"
HOLDER = "cn=홍길동()0020041200806232804005,ou=WOORI,ou=personal4IB,o=yessign,c=kr"
# id-kisa-randomNum, 1.2.410.200004.10.1.1.3
_RANDOM_NUMBER = bytes.fromhex("060a2a831a8c9a440a010103")
_SEED_SHA1 = bytes.fromhex("06082a831a8c9a44010f")  # 1.2.410.200004.1.15
_BANK = "1.2.410.200005.1.1.4"


@dataclass(frozen=True)
class ForeignCertificate:
    """A certificate with its key in the clear; R as it stands inside the key."""

    certificate: bytes
    key: rsa.RSAPrivateKey
    private_key_info: bytes
    random_number: bytes

    def locked(self, password: str = PASSWORD, rounds: int = 2048) -> bytes:
        """Return signPri.key in the commonest form: SEED-CBC with SHA-1, PBKDF1."""
        salt = os.urandom(8)
        derived = password.encode() + salt
        for _ in range(rounds):
            derived = sha1(derived).digest()
        iv = sha1(derived[16:20]).digest()[:16]
        fill = 16 - len(self.private_key_info) % 16
        cipher = Cipher(SEED(derived[:16]), modes.CBC(iv)).encryptor()
        plain = self.private_key_info + bytes([fill]) * fill
        ciphertext = cipher.update(plain) + cipher.finalize()
        count = rounds.to_bytes(rounds.bit_length() // 8 + 1, "big")
        parameters = _der(0x30, _der(4, salt), _der(2, count))
        algorithm = _der(0x30, _SEED_SHA1, parameters)
        return _der(0x30, algorithm, _der(4, ciphertext))

    @property
    def serial(self) -> str:
        """The serial number in hexadecimal."""
        return f"{x509.load_der_x509_certificate(self.certificate).serial_number:x}"


def make_foreign(
    name: str = "홍길동",
    *,
    issuer: str = "yessignCA Class 3",
    policy: str = _BANK,
    days: int = 200,
    has_random_number: bool = True,
) -> ForeignCertificate:
    """Make one of another issuer; below zero `days` it is over."""
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    end = (now + timedelta(days=days)).replace(
        hour=14, minute=59, second=59, microsecond=0
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(f"{name}()0020041200806232804005", "personal4IB", "WOORI"))
        .issuer_name(_name(issuer, "AccreditedCA"))
        .public_key(key.public_key())
        .serial_number(int.from_bytes(os.urandom(8), "big") >> 1 | 1 << 61)
        .not_valid_before(min(now, end) - timedelta(days=100))
        .not_valid_after(end)
        .add_extension(_policies(policy), critical=True)
        .sign(rsa.generate_private_key(65537, 2048), hashes.SHA256())
    )
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    number = os.urandom(20)
    whole = _with_random_number(plain, number) if has_random_number else plain
    der = built.public_bytes(Encoding.DER)
    return ForeignCertificate(der, key, whole, number if has_random_number else b"")


def write_npki(
    root: Path,
    foreign: ForeignCertificate,
    management: ForeignCertificate | None = None,
) -> Path:
    """Write the folder of a holder as programs of the field do, and return it."""
    folder = root / "NPKI" / "yessign" / "USER" / HOLDER
    folder.mkdir(parents=True)
    (folder / "signCert.der").write_bytes(foreign.certificate)
    (folder / "signPri.key").write_bytes(foreign.locked())
    if management is not None:
        (folder / "kmCert.der").write_bytes(management.certificate)
        (folder / "kmPri.key").write_bytes(management.locked())
    return folder


def _name(common_name: str, *units: str) -> x509.Name:
    parts = [
        (NameOID.COUNTRY_NAME, "kr"),
        (NameOID.ORGANIZATION_NAME, "yessign"),
        *((NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units),
        (NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _policies(policy: str) -> x509.CertificatePolicies:
    identifier = x509.ObjectIdentifier(policy)
    return x509.CertificatePolicies([x509.PolicyInformation(identifier, None)])


def _with_random_number(private_key_info: bytes, number: bytes) -> bytes:
    header = 2 + (private_key_info[1] & 0x7F if private_key_info[1] & 0x80 else 0)
    bits = _der(3, b"\0" + number)
    attribute = _der(0x30, _RANDOM_NUMBER, _der(0x31, bits))
    return _der(0x30, private_key_info[header:], _der(0xA0, attribute))


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
