"""R in keys and VIDs in certificates; what comes out is put together by hand."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

R: Final = bytes(range(1, 21))
NUMBER: Final = "0000001234"
SHA_256: Final = "0609608648016503040201"
SHA_1: Final = "06052b0e03021a"
HAS_160: Final = "06082a831a8c9a440102"
VID_OID: Final = "060a2a831a8c9a440a010101"
IDENTIFY_DATA: Final = ObjectIdentifier("1.2.410.200004.10.1.1")
OTHER_NAME: Final = ObjectIdentifier("1.3.6.1.4.1.32473.1")


def identity() -> Mapping[str, object]:
    """Return keys, numbers and certificates, each with what is read or refused."""
    return {
        "keys": _keys(),
        "vids": _vids(),
        "certificates": _certificates(),
    }


def _tlv(tag: str, content: str) -> str:
    size = len(content) // 2
    octets = size.to_bytes((size.bit_length() + 7) // 8).hex()
    length = f"{size:02x}" if size < 128 else f"{0x80 + len(octets) // 2:02x}{octets}"
    return tag + length + content


def _key(*attributes: str, after: str = "") -> str:
    algorithm = "300d06092a864886f70d0101010500"
    held = _tlv("a0", "".join(attributes)) if attributes else ""
    return _tlv("30", "020100" + algorithm + _tlv("04", "ab" * 32) + held + after)


def _r(bits: str, *, identifier: str = "060a2a831a8c9a440a010103") -> str:
    return _tlv("30", identifier + _tlv("31", bits))


def _keys() -> list[Mapping[str, str | None]]:
    own = _r("031500" + R.hex())
    other = _r("020101", identifier="06022a03")
    public = _tlv("81", "0004")
    wrong = "bad_random_number"
    read: dict[str, tuple[str, str | None]] = {
        "with R": (_key(own), R.hex()),
        "R after another attribute": (_key(other, own), R.hex()),
        "R before a public key": (_key(own, after=public), R.hex()),
        "R of zeros": (_key(_r("031500" + "00" * 20)), "00" * 20),
        "without attributes": (_key(), None),
        "with another attribute": (_key(other), None),
        "with an empty set": (_key(""), None),
    }
    refused = {
        "19 bytes": _key(_r("031400" + "01" * 19)),
        "21 bytes": _key(_r("031600" + "01" * 21)),
        "no byte": _key(_r("030100")),
        "an empty BIT STRING": _key(_r("0300")),
        "unused bits": _key(_r("031504" + R.hex())),
        "an OCTET STRING": _key(_r("0414" + R.hex())),
        "no value": _key(_r("")),
        "two values": _key(_r(("031500" + R.hex()) * 2)),
        "two attributes": _key(own, own),
        "an attribute of one part": _key(_tlv("30", "060a2a831a8c9a440a010103")),
        "two sets": _key(own, after=_tlv("a0", own)),
        "no PrivateKeyInfo": _tlv("30", "020100"),
        "a certificate's shape": _tlv("30", "30003000030100"),
        "cut off": _key(own)[:-2],
        "a byte behind": _key(own) + "00",
        "nothing": "",
    }
    return [
        *({"name": n, "key": k, "random_number": r} for n, (k, r) in read.items()),
        *(_refused(n, wrong, key=k) for n, k in refused.items()),
    ]


def _refused(name: str, error: str, **of: str) -> dict[str, str | None]:
    return {"name": name, **of, "error": error}


def _vid(number: str, random_number: bytes, name: str) -> str:
    """Hash `SEQUENCE { PrintableString, BIT STRING }` twice."""
    idn = _tlv("13", number.encode().hex())
    content = bytes.fromhex(_tlv("30", idn + _tlv("03", "00" + random_number.hex())))
    return hashlib.new(name, hashlib.new(name, content).digest()).hexdigest()


def _vids() -> list[dict[str, str]]:
    names = {"SHA-256": "sha256", "SHA-1": "sha1"}
    computed = [
        {
            "number": number,
            "random_number": random_number.hex(),
            "hash": hash_,
            "vid": _vid(number, random_number, name),
        }
        for number in (NUMBER, "1", "9" * 64, "0" * 13)
        for random_number in (R, bytes(20), b"\xff" * 20)
        for hash_, name in names.items()
    ]
    numbers = ("", "0" * 65, "12-34", " 1234", "1234\n", "１２３", "١٢٣", "12a", "+12")
    return [
        *computed,
        *(
            {
                "number": number,
                "random_number": R.hex(),
                "hash": "SHA-256",
                "error": "bad_identity_number",
            }
            for number in numbers
        ),
        *(
            {
                "number": NUMBER,
                "random_number": "01" * size,
                "hash": "SHA-256",
                "error": "bad_random_number",
            }
            for size in (0, 19, 21)
        ),
    ]


def _identify(*vids: str, name: str = "0c09eab980ed9598eb8298") -> str:
    """Return IdentifyData with these values of id-kisa-vid; the name is 김하나."""
    entries = "".join(_tlv("30", VID_OID + value) for value in vids)
    return _tlv("30", name + (_tlv("30", entries) if vids else ""))


def _value(algorithm: str, digest: str) -> str:
    return _tlv("30", _tlv("30", algorithm) + digest)


def _certificates() -> list[Mapping[str, object]]:
    new, old = _vid(NUMBER, R, "sha256"), _vid(NUMBER, R, "sha1")
    held = _tlv("a0", _tlv("04", new))
    plain = _value(SHA_256 + "0500", held)
    mail = x509.RFC822Name("hana@example.org")
    other = x509.OtherName(OTHER_NAME, bytes.fromhex(_identify(plain)))
    read: dict[str, tuple[list[x509.GeneralName], str, str]] = {
        "SHA-256 with NULL": (_named(_identify(plain)), "SHA-256", new),
        "SHA-256 without NULL": (
            _named(_identify(_value(SHA_256, held))),
            "SHA-256",
            new,
        ),
        "SHA-1 with NULL": (
            _named(_identify(_value(SHA_1 + "0500", _tlv("a0", _tlv("04", old))))),
            "SHA-1",
            old,
        ),
        "SHA-1 without NULL": (
            _named(_identify(_value(SHA_1, _tlv("a0", _tlv("04", old))))),
            "SHA-1",
            old,
        ),
        "the tag taken for IMPLICIT": (
            _named(_identify(_value(SHA_256, _tlv("80", new)))),
            "SHA-256",
            new,
        ),
        "behind an e-mail address and another name": (
            [mail, other, *_named(_identify(plain))],
            "SHA-256",
            new,
        ),
        "a PrintableString as the name": (
            _named(_identify(plain, name="130448616e61")),
            "SHA-256",
            new,
        ),
        "of somebody else": (
            _named(_identify(_value(SHA_256, _tlv("a0", _tlv("04", "ab" * 32))))),
            "SHA-256",
            "ab" * 32,
        ),
    }
    without: dict[str, list[x509.GeneralName]] = {
        "no alternative name": [],
        "an e-mail address only": [mail],
        "a name without VID": _named(_identify()),
        "a VID under another name": [other],
    }
    refused = {
        "two VIDs": _named(_identify(plain, plain)),
        "a VID in each of two names": _named(_identify(plain)) * 2,
        "a digest too short": _named(
            _identify(_value(SHA_256, _tlv("a0", _tlv("04", "ab" * 31))))
        ),
        "a digest of the other hash": _named(
            _identify(_value(SHA_1, _tlv("a0", _tlv("04", new))))
        ),
        "a digest that is no OCTET STRING": _named(
            _identify(_value(SHA_256, _tlv("a0", _tlv("0c", "41" * 32))))
        ),
        "no digest": _named(_identify(_tlv("30", _tlv("30", SHA_256)))),
        "parameters of a hash": _named(_identify(_value(SHA_256 + "020101", held))),
        "two NULLs": _named(_identify(_value(SHA_256 + "05000500", held))),
        "no hash": _named(_identify(_value("", held))),
        "no IdentifyData": _named("0c0141"),
    }
    strange = _named(_identify(_value(HAS_160 + "0500", held)))
    broken = _certificate(_named(_identify(plain)))
    return [
        *(
            {
                "name": name,
                "certificate": _certificate(names),
                "hash": hash_,
                "digest": digest,
                "number": NUMBER,
                "random_number": R.hex(),
                "matches": digest in (new, old),
            }
            for name, (names, hash_, digest) in read.items()
        ),
        *(
            {"name": name, "certificate": _certificate(names), "digest": None}
            for name, names in without.items()
        ),
        *(
            _refused(name, "bad_identity", certificate=_certificate(names))
            for name, names in refused.items()
        ),
        _refused(
            "a strange hash", "vid_hash_unknown", certificate=_certificate(strange)
        ),
        _refused("cut off", "bad_identity", certificate=broken[:-2]),
        _refused("nothing", "bad_identity", certificate=""),
        _refused("a key", "bad_identity", certificate=_key()),
    ]


def _named(identify_data: str) -> list[x509.GeneralName]:
    return [x509.OtherName(IDENTIFY_DATA, bytes.fromhex(identify_data))]


def _certificate(names: list[x509.GeneralName]) -> str:
    """Return a certificate that is the same whenever it is made."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "김하나()0000001234")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    )
    if names:
        san = x509.SubjectAlternativeName(names)
        builder = builder.add_extension(san, critical=False)
    return builder.sign(key, None).public_bytes(Encoding.DER).hex()
