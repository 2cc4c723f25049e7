"""Write tests/vectors/signing_request.json: good and hostile signing requests.

Run `python -m tests.webapp.pki.forge` after a change here. Keys are made anew, so
that the file differs each time; the names and the codes are what counts.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID, NameOID

from tests.makers import key_of, make_certificate, make_request
from webapp.pki import der
from webapp.pki.key_policy import KeyKind

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "signing_request.json"

NO_NAME: Final = der.sequence()
NO_ATTRIBUTES: Final = der.tlv(0xA0)
NULL: Final = b"\x05\x00"
ECDSA_SHA256: Final = der.sequence(der.oid("1.2.840.10045.4.3.2"))
ECDSA_SHA1: Final = der.sequence(der.oid("1.2.840.10045.4.1"))
RSA_SHA256: Final = der.sequence(der.oid("1.2.840.113549.1.1.11"), NULL)
RSA_SHA1: Final = der.sequence(der.oid("1.2.840.113549.1.1.5"), NULL)
RSA_MD5: Final = der.sequence(der.oid("1.2.840.113549.1.1.4"), NULL)
RSA: Final = der.sequence(der.oid("1.2.840.113549.1.1.1"), NULL)
EC: Final = der.oid("1.2.840.10045.2.1")
P_256: Final = der.oid("1.2.840.10045.3.1.7")
EXTENSION_REQUEST: Final = der.oid("1.2.840.113549.1.9.14")
CHALLENGE: Final = der.oid("1.2.840.113549.1.9.7")
BASIC_CONSTRAINTS: Final = "2.5.29.19"

MALFORMED, POSSESSION = "request_malformed", "proof_of_possession"
ALGORITHM, KEY = "signature_algorithm", "key_unsupported"


def spki_of(key: Any) -> bytes:
    """Return the SubjectPublicKeyInfo of a private key."""
    return bytes(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


@dataclass(frozen=True)
class Forgery:
    """A P-256 request in which any part can be replaced; signed if not told else."""

    version: bytes = der.integer(0)
    subject: bytes = NO_NAME
    spki: bytes | None = None
    attributes: bytes = NO_ATTRIBUTES
    algorithm: bytes = ECDSA_SHA256
    signature: bytes | None = None

    def encode(self) -> bytes:
        """Return the request in DER, or in what stands for it."""
        key = key_of(KeyKind.P_256)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        spki = self.spki or spki_of(key)
        info = der.sequence(self.version, self.subject, spki, self.attributes)
        signature = self.signature
        if signature is None:
            signature = der.bit_string(key.sign(info, ec.ECDSA(hashes.SHA256())))
        return der.sequence(info, self.algorithm, signature)


def asking(*extension_lists: bytes) -> bytes:
    """Return attributes with extension requests."""
    return der.tlv(
        0xA0,
        *(
            der.sequence(EXTENSION_REQUEST, der.tlv(0x31, der.sequence(one)))
            for one in extension_lists
        ),
    )


def rsa_spki(n: bytes, e: int = 65537) -> bytes:
    """Return an RSA SubjectPublicKeyInfo around an encoded modulus."""
    return der.sequence(RSA, der.bit_string(der.sequence(n, der.integer(e))))


def ec_spki(point: bytes, curve: bytes = P_256) -> bytes:
    """Return an EC SubjectPublicKeyInfo around an encoded point."""
    return der.sequence(der.sequence(EC, curve), der.bit_string(point))


def rsa_request(algorithm: bytes, digest: Any, pad: Any = None) -> bytes:
    """Return an RSA-2048 request signed in a way of one's choice."""
    key = key_of(KeyKind.RSA_2048)
    assert isinstance(key, rsa.RSAPrivateKey)
    info = der.sequence(der.integer(0), NO_NAME, spki_of(key), NO_ATTRIBUTES)
    signature = key.sign(info, pad or padding.PKCS1v15(), digest)
    return der.sequence(info, algorithm, der.bit_string(signature))


def foreign_request(key: Any) -> bytes:
    """Return an honest request for a key of a kind we do not certify."""
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def good() -> Iterator[tuple[str, KeyKind, bytes, bytes]]:
    """Yield name, kind, request and the key's one encoding."""
    for kind in KeyKind:
        yield f"{kind}", kind, make_request(kind), spki_of(key_of(kind))
    key = key_of(KeyKind.P_256)
    spki, kind = spki_of(key), KeyKind.P_256
    yield "names somebody else", kind, make_request(asks_for="mallory"), spki
    yield (
        "asks to be an authority",
        kind,
        make_request(asks_to_be_an_authority=True),
        spki,
    )
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"secret")
    signed = builder.sign(key, hashes.SHA512()).public_bytes(Encoding.DER)
    yield "challenge password, SHA-512", kind, signed, spki
    public_key = key.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    point = public_key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    yield "compressed point", kind, Forgery(spki=ec_spki(point)).encode(), spki


def bad_bytes() -> Iterator[tuple[str, str, bytes]]:
    """Yield what is no strict DER, or not one request."""
    honest = make_request()
    body = honest[2:] if honest[1] < 0x80 else honest[3:]
    pem = x509.load_der_x509_csr(honest).public_bytes(Encoding.PEM)
    deep = b""
    for _ in range(40):
        deep = der.sequence(deep)
    yield "nothing", MALFORMED, b""
    yield "one byte", MALFORMED, b"\x30"
    yield "text", MALFORMED, b"hello"
    yield "PEM", "request_is_pem", pem
    yield "PEM after blank lines", "request_is_pem", b"\r\n\n" + pem
    yield "too large", "request_too_large", der.sequence(der.octet_string(bytes(16384)))
    yield "cut off", MALFORMED, honest[:-1]
    yield "one byte behind it", MALFORMED, honest + b"\x00"
    yield "two requests", MALFORMED, honest + honest
    yield "longer length form", MALFORMED, _long_form(body)
    yield "indefinite length", MALFORMED, b"\x30\x80" + body + b"\x00\x00"
    yield "nested deeply", MALFORMED, Forgery(attributes=der.tlv(0xA0, deep)).encode()
    yield "high tag number", MALFORMED, b"\x3f\x81\x00" + honest
    constructed = der.tlv(0x23, der.bit_string(bytes(64)))
    yield "signature in pieces", MALFORMED, Forgery(signature=constructed).encode()
    a_certificate = make_certificate().public_bytes(Encoding.DER)
    yield "a certificate", MALFORMED, a_certificate
    yield "a bare key", MALFORMED, spki_of(key_of(KeyKind.P_256))


def _long_form(body: bytes) -> bytes:
    return b"\x30\x84" + len(body).to_bytes(4) + body


def bad_content() -> Iterator[tuple[str, str, bytes]]:
    """Yield DER that is no PKCS#10 request."""
    ca = der.extension(BASIC_CONSTRAINTS, der.sequence(b"\x01\x01\xff"))
    broken = der.extension(BASIC_CONSTRAINTS, b"\x04\x01x")
    name = der.tlv(0x31, der.sequence(der.oid("2.5.4.3"), der.tlv(0x0C, b"\xff\xfe")))
    cases = {
        "version 2": Forgery(version=der.integer(1)),
        "version -1": Forgery(version=b"\x02\x01\xff"),
        "version padded": Forgery(version=b"\x02\x02\x00\x00"),
        "version a boolean": Forgery(version=b"\x01\x01\x00"),
        "no attributes field": Forgery(attributes=b""),
        "subject a number": Forgery(subject=der.integer(1)),
        "subject not UTF-8": Forgery(subject=der.sequence(name)),
        "empty part of a name": Forgery(subject=der.sequence(der.tlv(0x31))),
        "extension twice": Forgery(attributes=asking(ca + ca)),
        "two extension requests": Forgery(attributes=asking(ca, ca)),
        "extension broken": Forgery(attributes=asking(broken)),
        "extension request a number": Forgery(
            attributes=der.tlv(
                0xA0, der.sequence(EXTENSION_REQUEST, der.tlv(0x31, der.integer(1)))
            )
        ),
        "attribute without value": Forgery(
            attributes=der.tlv(0xA0, der.sequence(CHALLENGE, der.tlv(0x31)))
        ),
        "signature a number": Forgery(signature=der.integer(1)),
    }
    for label, forgery in cases.items():
        yield label, MALFORMED, forgery.encode()


def bad_keys() -> Iterator[tuple[str, str, bytes]]:
    """Yield requests whose key we cannot or will not use."""
    n = bytes([0xC0]) + bytes(range(255)) + b"\x01"  # 2056 bits
    keys: dict[str, tuple[str, bytes]] = {
        "point cut off": (MALFORMED, ec_spki(b"\x04" + bytes(63))),
        "point off the curve": (MALFORMED, ec_spki(b"\x04" + b"\x01" * 64)),
        "point at infinity": (MALFORMED, ec_spki(b"\x00")),
        "no point": (MALFORMED, ec_spki(b"")),
        "unknown curve": (KEY, ec_spki(b"\x04" + bytes(64), der.oid("1.2.3.4"))),
        "unknown key": (
            KEY,
            der.sequence(der.sequence(der.oid("1.2.3.4")), der.bit_string(b"key")),
        ),
        "key not whole bytes": (
            MALFORMED,
            der.sequence(der.sequence(EC, P_256), der.tlv(0x03, b"\x03", bytes(65))),
        ),
        "modulus of 2056 bits": (KEY, rsa_spki(der.tlv(0x02, b"\x00" + n))),
        "modulus of 16,384 bits": (
            KEY,
            rsa_spki(der.tlv(0x02, b"\x00" + b"\xc1" * 2048)),
        ),
        "modulus negative": (MALFORMED, rsa_spki(der.tlv(0x02, n))),
        "modulus zero": (MALFORMED, rsa_spki(der.integer(0))),
        "exponent even": (MALFORMED, rsa_spki(der.tlv(0x02, b"\x00" + n), 65536)),
        "exponent one": (MALFORMED, rsa_spki(der.tlv(0x02, b"\x00" + n), 1)),
    }
    for label, (code, spki) in keys.items():
        yield label, code, Forgery(spki=spki).encode()
    small = rsa.generate_private_key(65537, 1024)
    yield "RSA-1024", KEY, foreign_request(small)
    yield "P-521", KEY, foreign_request(ec.generate_private_key(ec.SECP521R1()))
    yield "secp256k1", KEY, foreign_request(ec.generate_private_key(ec.SECP256K1()))
    yield "Ed25519", KEY, foreign_request(ed25519.Ed25519PrivateKey.generate())
    exchange = spki_of(x25519.X25519PrivateKey.generate())
    yield "X25519", KEY, Forgery(spki=exchange).encode()


def bad_signatures() -> Iterator[tuple[str, str, bytes]]:
    """Yield well-formed requests that prove nothing."""
    honest = Forgery().encode()
    other = spki_of(key_of(KeyKind.P_256, 2))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]).public_bytes()
    signature = der.bit_string(x509.load_der_x509_csr(honest).signature)
    yield "key of somebody else", POSSESSION, Forgery(spki=other).encode()
    yield "last bit flipped", POSSESSION, honest[:-1] + bytes([honest[-1] ^ 1])
    yield (
        "signature of another request",
        POSSESSION,
        Forgery(subject=name, signature=signature).encode(),
    )
    yield "no signature", POSSESSION, Forgery(signature=der.bit_string(b"")).encode()
    odd = der.tlv(0x03, b"\x01", b"ab")
    yield "signature not whole bytes", POSSESSION, Forgery(signature=odd).encode()
    zeros = der.bit_string(der.sequence(der.integer(0), der.integer(0)))
    yield "signature of zeros", POSSESSION, Forgery(signature=zeros).encode()
    yield (
        "padding PSS under the name of PKCS#1 v1.5",
        POSSESSION,
        rsa_request(RSA_SHA256, hashes.SHA256(), pss),
    )
    yield "RSA name on an EC key", POSSESSION, Forgery(algorithm=RSA_SHA256).encode()
    yield "SHA-1 by ECDSA", ALGORITHM, Forgery(algorithm=ECDSA_SHA1).encode()
    yield "SHA-1 by RSA", ALGORITHM, rsa_request(RSA_SHA1, hashes.SHA1())
    yield "MD5 by RSA", ALGORITHM, rsa_request(RSA_MD5, hashes.MD5())
    unknown = der.sequence(der.oid("1.2.3.4"))
    yield "unknown algorithm", ALGORITHM, Forgery(algorithm=unknown).encode()


def vectors() -> dict[str, list[dict[str, str]]]:
    """Return everything as it stands in the file."""
    hostile = (*bad_bytes(), *bad_content(), *bad_keys(), *bad_signatures())
    return {
        "good": [
            {
                "name": name,
                "der": request.hex(),
                "key_kind": kind,
                "spki": spki.hex(),
                "key_hash": hashlib.sha256(spki).hexdigest(),
            }
            for name, kind, request, spki in good()
        ],
        "hostile": [
            {"name": name, "der": request.hex(), "code": code}
            for name, code, request in hostile
        ],
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
