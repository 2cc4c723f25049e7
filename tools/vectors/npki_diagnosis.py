"""Sets as people have them, and what is the matter with each; written by hand.

What is drawn (keys, certificates, key files) is kept from one writing to the next.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from mobile_bridge.core.bundle import describe_certificate
from mobile_bridge.npki.files.pem import write_pem
from mobile_bridge.npki.identity import (
    Vid,
    VidHash,
    compute_vid,
    with_random_number,
    write_identify_data,
)
from mobile_bridge.npki.key_file import KeyForm, decrypt_key, encrypt_key
from mobile_bridge.npki.pfx import write_pfx
from mobile_bridge.pki.certificate import fingerprint
from mobile_bridge.pki.der import OCTET_STRING, SEQUENCE, read, written
from tools.vectors.recorded_random import VECTORS

FILE: Final = VECTORS / "npki_diagnosis.json"
PASSWORD: Final = "Horse-Battery-1"
OTHER_PASSWORD: Final = "Horse-Battery-2"
NUMBER: Final = "0000123456789"
R: Final = bytes(range(1, 21))
NOW: Final = "2026-11-30T03:00:00Z"
Case = tuple[str, dict[str, str | bytes], dict[str, Any], dict[str, Any]]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_ROUNDS: Final = 1000  # of form D; a real one takes more
_SEED: Final = bytes.fromhex("2a831a8c9a44010f")
# As long as each other, so that what is around stays as it is.
_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_SM2: Final = bytes.fromhex("06082a811ccf5501822d")
_TRIPLE_DES: Final = bytes.fromhex("060a2a864886f70d010c0103")
_RC4: Final = bytes.fromhex("060a2a864886f70d010c0101")
_AES_256: Final = bytes.fromhex("060960864801650304012a")
_AES_256_GCM: Final = bytes.fromhex("060960864801650304012e")
_SHA1: Final = bytes.fromhex("06052b0e03021a")
_OTHER_DIGEST: Final = bytes.fromhex("06052b0e03027f")
_UNKNOWN: Final = bytes.fromhex("2a831a8c9a44017f")

_NOTHING: Final[Mapping[str, Any]] = {
    "format": None,
    "cert": None,
    "key_opens": None,
    "key_matches_cert": None,
    "random_num": None,
    "vid_present": None,
    "valid_now": None,
    "problems": [],
}
_OPEN: Final[Mapping[str, Any]] = {
    "key_opens": True,
    "key_matches_cert": True,
    "random_num": True,
    "vid_present": True,
    "valid_now": True,
}


def npki_diagnosis(*, is_fresh: bool) -> dict[str, Any]:
    """Return the vectors; with `is_fresh` of new keys and certificates."""
    recorded = None if is_fresh or not FILE.exists() else json.loads(FILE.read_text())
    material = recorded["material"] if recorded else _draw()
    octets = {label: base64.b64decode(text) for label, text in material.items()}
    return {
        "material": material,
        "cases": [_case(octets, *case) for case in _cases(octets)],
    }


def _case(
    octets: Mapping[str, bytes],
    name: str,
    files: Mapping[str, str | bytes],
    given: Mapping[str, Any],
    expected: Mapping[str, Any],
) -> dict[str, Any]:
    cert = expected.get("cert")
    der = octets[cert] if isinstance(cert, str) else cert or b""
    described = (
        {**describe_certificate(der), "sha256": fingerprint(der)} if der else None
    )
    return {
        "name": name,
        "files": {
            path: base64.b64encode(
                octets[content] if isinstance(content, str) else content
            ).decode()
            for path, content in files.items()
        },
        **{"password": PASSWORD, "now": NOW, "number": None, **given},
        "diagnosis": {**_NOTHING, **expected, "cert": described},
    }


def _cases(
    m: Mapping[str, bytes],
) -> list[Case]:
    """Return name, files, what is given, and what is said."""
    pair: dict[str, str | bytes] = {"signCert.der": "hana", "signPri.key": "hana_A"}
    no_r: dict[str, str | bytes] = {"signCert.der": "hana", "signPri.key": "hana_no_r"}
    plain: dict[str, str | bytes] = {"signCert.der": "dul", "signPri.key": "dul_D"}
    well = {**_OPEN, "format": "npki-A", "cert": "hana"}
    seen = {"cert": "hana", "vid_present": True, "valid_now": True}
    neither = {**_OPEN, "cert": "dul", "random_num": False, "vid_present": False}
    damaged = m["hana_A"].replace(_SEED, _UNKNOWN)
    no_password = {"password": None}
    rsa_key = read(m["hana_plain"]).children()[2].expect(OCTET_STRING).content
    dsa_key = written(SEQUENCE, b"\x02\x01\x00" * 6)
    return [
        ("all is well, form A", pair, {}, well),
        (
            "all is well, form B",
            {**pair, "signPri.key": "hana_B"},
            {},
            {**well, "format": "npki-B"},
        ),
        ("number and R fit", pair, {"number": NUMBER}, well),
        (
            "number and R fit a VID of SHA-1",
            {**pair, "signCert.der": "old"},
            {"number": NUMBER},
            {**well, "cert": "old"},
        ),
        (
            "another number",
            pair,
            {"number": f"{NUMBER}1"},
            {**well, "problems": ["vid_mismatch"]},
        ),
        ("without a password", pair, no_password, {**seen, "format": "npki-A"}),
        (
            "without a password, with a number",
            pair,
            {**no_password, "number": NUMBER},
            {**seen, "format": "npki-A"},
        ),
        (
            "another password",
            pair,
            {"password": OTHER_PASSWORD},
            {
                **seen,
                **{"format": "npki-A", "key_opens": False},
                "problems": ["wrong_password"],
            },
        ),
        (
            "the last second counts",
            pair,
            {"now": "2027-11-30T14:59:59Z"},
            well,
        ),
        (
            "one second later it is expired",
            pair,
            {"now": "2027-11-30T15:00:00Z"},
            {**well, "valid_now": False, "problems": ["certificate_expired"]},
        ),
        (
            "not yet",
            pair,
            {"now": "2025-12-31T23:59:59Z"},
            {**well, "valid_now": False, "problems": ["certificate_not_yet_valid"]},
        ),
        (
            "the key of somebody else, and no R",
            {**pair, "signPri.key": "dul_D"},
            {},
            {
                **well,
                **{"format": "npki-D", "key_matches_cert": False, "random_num": False},
                "problems": ["key_mismatch", "random_num_missing"],
            },
        ),
        (
            "R was lost on the way",
            no_r,
            {"number": NUMBER},
            {**well, "random_num": False, "problems": ["random_num_missing"]},
        ),
        ("neither R nor VID", plain, {}, {**neither, "format": "npki-D"}),
        (
            "neither R nor VID, and a number",
            plain,
            {"number": NUMBER},
            {**neither, "format": "npki-D", "problems": ["vid_missing"]},
        ),
        (
            "the second pair has another password",
            {**pair, "kmCert.der": "dul", "kmPri.key": "dul_other"},
            {},
            {**well, "problems": ["km_wrong_password"]},
        ),
        (
            "the second pair is half",
            {**pair, "kmCert.der": "dul"},
            {},
            {**well, "problems": ["km_key_missing"]},
        ),
        (
            "no key",
            {"signCert.der": "hana"},
            {},
            {**seen, "format": "npki", "problems": ["key_missing"]},
        ),
        (
            "no certificate",
            {"signPri.key": "hana_A"},
            {},
            {
                **{"format": "npki-A", "key_opens": True, "random_num": True},
                "problems": ["certificate_missing"],
            },
        ),
        (
            "no certificate, no password",
            {"signPri.key": "hana_A"},
            no_password,
            {"format": "npki-A", "problems": ["certificate_missing"]},
        ),
        (
            "a certificate alone",
            {"a.cer": "hana"},
            {},
            {**seen, "format": "certificate", "problems": ["key_missing"]},
        ),
        (
            "a key that is encrypted in an unknown way",
            {**pair, "signPri.key": damaged},
            {},
            {**seen, "format": "npki", "problems": ["key_unknown"]},
        ),
        (
            "a key in the clear needs no password",
            {"a.pem": write_pem("PRIVATE KEY", m["hana_plain"]), "a.cer": "hana"},
            no_password,
            {**well, "format": "pair-plain", "problems": ["key_plain"]},
        ),
        (
            "a key that opens with no password is in the clear",
            {**pair, "signPri.key": _encrypted(m["hana_plain"], KeyForm.A, 2048, "")},
            {"password": ""},
            {**well, "problems": ["key_plain"]},
        ),
        (
            "a key of RSA alone, as OpenSSL wrote it before PKCS#8",
            {"a.pem": write_pem("RSA PRIVATE KEY", rsa_key), "a.cer": "hana"},
            no_password,
            {
                **{**well, "random_num": False, "format": "pair-plain"},
                "problems": ["key_plain", "random_num_missing"],
            },
        ),
        (
            "a key of another algorithm alone",
            {"a.pem": write_pem("DSA PRIVATE KEY", dsa_key), "a.cer": "hana"},
            no_password,
            {
                **seen,
                **{"format": "pair-plain", "key_opens": None},
                "problems": ["key_unknown", "key_plain"],
            },
        ),
        (
            "which certificate is the key's is seen when it is open",
            {"1.cer": "dul", "2.cer": "hana", "3.key": "hana_A"},
            {},
            {**well, "format": "pair-A"},
        ),
        (
            "which certificate is the key's is not known before",
            {"1.cer": "dul", "2.cer": "hana", "3.key": "hana_A"},
            no_password,
            {"format": "pair-A"},
        ),
        ("an older p12", {"a.p12": "pfx"}, {}, {**well, "format": "p12-P"}),
        (
            "an older p12 without a password",
            {"a.p12": "pfx"},
            no_password,
            {"format": "p12-P"},
        ),
        (
            "an older p12 and another password",
            {"a.p12": "pfx"},
            {"password": OTHER_PASSWORD},
            {"format": "p12-P", "key_opens": False, "problems": ["wrong_password"]},
        ),
        *_unknown_cases(m),
    ]


def _unknown_cases(
    m: Mapping[str, bytes],
) -> list[Case]:
    """Return sets with a part that is not known here, and a password with a NUL."""
    sm2_key = decrypt_key(m["dul_D"], PASSWORD).replace(_P256, _SM2)
    sm2 = m["dul"].replace(_P256, _SM2)
    judged = {
        **{"key_opens": True, "random_num": False, "vid_present": False},
        **{"valid_now": True, "problems": ["key_unknown"]},
    }
    modern = _pfx(m["hana_plain"], m["hana"], encoding="modern")
    cases: list[Case] = [
        (
            "a pair on a curve that nobody compares here",
            {"signCert.der": sm2, "signPri.key": _encrypted(sm2_key, KeyForm.A, 2048)},
            {},
            {**judged, "format": "npki-A", "cert": sm2},
        ),
        (
            "a p12 of a curve that nobody compares here",
            {"a.p12": _pfx(sm2_key, sm2)},
            {},
            {**judged, "format": "p12-P", "cert": sm2},
        ),
        (
            "a p12 of such a curve, and a certificate that can be compared",
            {"a.p12": _pfx(sm2_key, sm2, m["hana"])},
            {},
            {**judged, "format": "p12-P", "cert": sm2},
        ),
        (
            "a p12 of such a curve, and a certificate of another kind",
            {"a.p12": _pfx(sm2_key, m["dul"])},
            {},
            {
                **{**judged, "format": "p12-P", "cert": "dul"},
                **{"key_matches_cert": False, "problems": ["key_mismatch"]},
            },
        ),
        (
            "a NUL after the password of a modern p12",
            {"a.p12": modern},
            {"password": f"{PASSWORD}\0"},
            {"format": "p12-D", "key_opens": False, "problems": ["wrong_password"]},
        ),
        (
            "a NUL after the password of an older p12",
            {"a.p12": "pfx"},
            {"password": f"{PASSWORD}\0"},
            {"format": "p12-P", "key_opens": False, "problems": ["wrong_password"]},
        ),
    ]
    parts = {
        "a key and certificates under RC4": m["pfx"].replace(_TRIPLE_DES, _RC4),
        "a key and certificates under AES in GCM": modern.replace(
            _AES_256, _AES_256_GCM
        ),
        "a MAC of an unknown digest": m["pfx"].replace(_SHA1, _OTHER_DIGEST),
    }
    passwords = {
        "the password": PASSWORD,
        "another password": OTHER_PASSWORD,
        "no password": None,
    }
    unknown = {"format": "p12", "problems": ["key_unknown"]}
    return cases + [
        (f"{name}, {label}", {"a.p12": file}, {"password": password}, unknown)
        for name, file in parts.items()
        for label, password in passwords.items()
    ]


def _pfx(
    plain: bytes,
    certificate: bytes,
    *chain: bytes,
    encoding: Literal["modern", "older"] = "older",
) -> bytes:
    return write_pfx(
        *(plain, certificate, chain, PASSWORD), random=_random, encoding=encoding
    )


def _draw() -> dict[str, str]:
    """Draw two keys: one with R and a certificate with VID, and one without."""
    hana = rsa.generate_private_key(65537, 2048)
    dul = ec.generate_private_key(ec.SECP256R1())
    without_r = _plain(hana)
    plain = with_random_number(without_r, R)
    hana_cert = _certificate("김하나(KIM HANA)0000001234", hana, VidHash.SHA_256)
    ders = {
        "hana": hana_cert,
        "old": _certificate("김하나(KIM HANA)0000001234", hana, VidHash.SHA_1),
        "dul": _certificate("Lee Dul", dul),
        "hana_plain": plain,
        "hana_A": _encrypted(plain, KeyForm.A, 2048),
        "hana_B": _encrypted(plain, KeyForm.B, 2048),
        "hana_no_r": _encrypted(without_r, KeyForm.A, 2048),
        "dul_D": _encrypted(_plain(dul), KeyForm.D, _ROUNDS),
        "dul_other": _encrypted(_plain(dul), KeyForm.D, _ROUNDS, OTHER_PASSWORD),
        "pfx": write_pfx(
            *(plain, hana_cert, (), PASSWORD), random=_random, encoding="older"
        ),
    }
    return {label: base64.b64encode(der).decode() for label, der in ders.items()}


def _random(count: int) -> bytes:
    return bytes(range(1, count + 1))


def _plain(key: Key) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _encrypted(
    plain: bytes, form: KeyForm, rounds: int, password: str = PASSWORD
) -> bytes:
    return encrypt_key(plain, password, form, random=_random, rounds=rounds)


def _certificate(name: str, key: Key, vid_hash: VidHash | None = None) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "yessignCA Class 3")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 11, 30, 14, 59, 59, tzinfo=UTC))
    )
    if vid_hash:
        vid = Vid(vid_hash, compute_vid(NUMBER, R, vid_hash))
        data = write_identify_data(name, vid)
        names = written(SEQUENCE, data)
        extension = x509.UnrecognizedExtension(
            x509.ObjectIdentifier("2.5.29.17"), names
        )
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
