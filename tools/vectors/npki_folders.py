"""Trees of files as people have them, and whose sets are in them; written by hand.

What is drawn (keys, certificates) is kept from one writing to the next.
"""

import base64
import json
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from tools.vectors.recorded_random import VECTORS

FILE: Final = VECTORS / "npki_folders.json"
PASSWORD: Final = b"Horse-Battery-1"
HANA: Final = "김하나(KIM HANA)0000001234"
DN: Final = f"cn={HANA},ou=HANA,ou=personal4IB,o=yessign,c=kr"
DN_2: Final = "cn=Lee Dul()0000005678,ou=personal4IB,o=SignKorea,c=kr"
NPKI: Final = f"NPKI/yessign/USER/{DN}"
NPKI_2: Final = f"NPKI/SignKorea/USER/{DN_2}"

Name = Sequence[tuple[x509.ObjectIdentifier, str]]
C, O, OU, CN = (  # noqa: E741 (as X.520 abbreviates them)
    NameOID.COUNTRY_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.COMMON_NAME,
)
YESSIGN: Final = (
    (C, "kr"),
    (O, "yessign"),
    (OU, "AccreditedCA"),
    (CN, "yessignCA Class 3"),
)
KOSCOM: Final = (
    (C, "KR"),
    (O, "SignKorea"),
    (OU, "AccreditedCA"),
    (CN, "SignKorea CA4"),
)
OURS: Final = ((C, "KR"), (O, "certferry demo"), (CN, "certferry demo issuing CA"))
SUBJECT: Final = (
    *((C, "kr"), (O, "yessign"), (OU, "personal4IB"), (OU, "HANA"), (CN, HANA)),
)
SUBJECT_2: Final = (
    *((C, "KR"), (O, "SignKorea"), (OU, "personal4IB"), (CN, "Lee Dul()0000005678")),
)
# A certificate for each name, and the folders that it gets.
NAMES: Final[Sequence[tuple[Name, Name, Sequence[str]]]] = (
    (SUBJECT, YESSIGN, ("yessign", "USER", DN)),
    (SUBJECT_2, KOSCOM, ("SignKorea", "USER", DN_2)),
    (((CN, HANA),), OURS, ("certferry demo", "USER", f"cn={HANA}")),
    # CN first, wherever it stands; of one type in the order of the most particular.
    (
        ((CN, "a"), (C, "KR"), (OU, "one"), (OU, "two")),
        ((CN, "KISA RootCA 4"),),
        ("KISA", "USER", "cn=a,ou=two,ou=one,c=kr"),
    ),
    # Signs of file systems, of the way up, and those that hide or turn the direction.
    (
        ((O, 'a/b\\c:d*e?f"g<h>i|j,k+l'), (CN, "../../etc/\u202epasswd\x01")),
        ((O, "../.."),),
        ("_", "USER", "cn=.._.._etc__passwd_,o=a_b_c_d_e_f_g_h_i_j_k_l"),
    ),
    (((CN, "a. . "),), ((O, "CON"),), ("_CON", "USER", "cn=a")),
    (((CN, "a"),), ((O, "aux.txt"),), ("_aux.txt", "USER", "cn=a")),
    (((CN, "a"),), ((O, "-rf"),), ("rf", "USER", "cn=a")),
    (((CN, "a"),), ((O, "..."), (CN, "signGATE CA5")), ("KICA", "USER", "cn=a")),
    (((CN, "a"),), (), ("CA", "USER", "cn=a")),
    (
        ((CN, unicodedata.normalize("NFD", "김하나")),),
        ((O, "은하은행"),),
        ("은하은행", "USER", "cn=김하나"),
    ),
)


def npki_folders(*, is_fresh: bool) -> dict[str, Any]:
    """Return the vectors; with `is_fresh` of new keys and certificates."""
    recorded = None if is_fresh or not FILE.exists() else json.loads(FILE.read_text())
    material = recorded["material"] if recorded else _draw()
    certificates = (
        [entry["certificate"] for entry in recorded["names"]]
        if recorded and len(recorded["names"]) == len(NAMES)
        else [_text(make_certificate(subject, issuer)) for subject, issuer, _ in NAMES]
    )
    octets = {label: base64.b64decode(text) for label, text in material.items()}
    return {
        "password": PASSWORD.decode(),
        "material": material,
        "trees": [_tree(*case, octets) for case in _trees(octets)],
        "names": [
            {"certificate": certificate, "parts": list(parts)}
            for certificate, (_, _, parts) in zip(certificates, NAMES, strict=True)
        ],
        "max_bytes": [
            ["NPKI/yessign/USER/cn=a/signCert.der", 16384],
            ["SIGNPRI.KEY", 16384],
            ["capubs", 262144],
            ["a/b.PEM", 262144],
            ["a\\b.Pfx", 131072],
            ["backup.zip", 16777216],
            ["a/notes.txt", 0],
            ["a/.pem", 0],
            ["a.pem/b", 0],
            ["", 0],
        ],
    }


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _tree(
    name: str,
    files: Mapping[str, bytes],
    expected: Mapping[str, Any],
    octets: Mapping[str, bytes],
) -> dict[str, Any]:
    labels = {
        label for holder in expected.get("holders", ()) for label in _named(holder)
    }
    assert labels <= set(octets)
    return {
        "name": name,
        "files": {path: _text(content) for path, content in files.items()},
        "holders": [{**_EMPTY, **holder} for holder in expected.get("holders", ())],
        "pfx_files": expected.get("pfx_files", []),
        "problems": expected.get("problems", []),
    }


_EMPTY: Final[Mapping[str, Any]] = {
    "authority": "",
    "sign_cert": None,
    "sign_key": None,
    "km_cert": None,
    "km_key": None,
    "candidates": [],
    "ca": [],
}


def _named(holder: Mapping[str, Any]) -> list[str]:
    ones = (holder.get(key) for key in ("sign_cert", "sign_key", "km_cert", "km_key"))
    return [*filter(None, ones), *holder.get("candidates", ()), *holder.get("ca", ())]


def _trees(
    m: Mapping[str, bytes],
) -> list[tuple[str, dict[str, bytes], dict[str, Any]]]:
    """Return name, files and what is in them; certificates and keys by label."""
    pair = {"signCert.der": m["hana"], "signPri.key": m["hana_key"]}
    pair_2 = {"signCert.der": m["dul"], "signPri.key": m["dul_key"]}
    four = {**pair, "kmCert.der": m["hana_km"], "kmPri.key": m["hana_km_key"]}
    own = {"sign_cert": "hana", "sign_key": "hana_key"}
    own_2 = {"sign_cert": "dul", "sign_key": "dul_key"}
    km = {"km_cert": "hana_km", "km_key": "hana_km_key"}

    def at(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
        return {f"{folder}/{name}" if folder else name: f for name, f in files.items()}

    def npki(folder: str, names: Sequence[str], **more: Any) -> dict[str, Any]:
        paths = sorted(f"{folder}/{name}" if folder else name for name in names)
        return {"kind": "npki", "path": folder, "sources": paths, **more}

    two = ("signCert.der", "signPri.key")
    every = (*two, "kmCert.der", "kmPri.key")
    nfd = unicodedata.normalize("NFD", f"NPKI/yessign/USER/{DN}")
    upper = {name.upper(): octets for name, octets in four.items()}
    chain = ["ca", "root"]
    in_order = sorted(
        chain, key=lambda label: m[label]
    )  # X.690 11.6: a SET OF is sorted
    bundles = {
        "DER certificates in a row": (m["ca"] + m["root"], chain),
        "PEM": (_pem("CERTIFICATE", m["ca"]) + _pem("CERTIFICATE", m["root"]), chain),
        "a PKCS#7 bundle": (m["bundle"], in_order),
        "a PKCS#7 bundle in PEM": (_pem("PKCS7", m["bundle"]), in_order),
        "a SEQUENCE OF": (_der(0x30, m["ca"] + m["root"]), chain),
        "what CMP hands over, [1]": (_der(0xA1, m["ca"] + m["root"]), chain),
    }
    pem = _pem("CERTIFICATE", m["hana"])
    pem_key = _pem("ENCRYPTED PRIVATE KEY", m["hana_key"])
    plain = _pem("PRIVATE KEY", m["hana_plain"])
    locked = _pem("EC PRIVATE KEY", bytes(48)).replace(
        b"-----\n",
        b"-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
        1,
    )
    return [
        (
            "a holder's folder with two files",
            pair,
            {"holders": [npki("", two, **own)]},
        ),
        (
            "a holder's folder with four files in capitals",
            at("x", upper),
            {"holders": [npki("x", [n.upper() for n in every], **own, **km)]},
        ),
        (
            "NPKI with two issuers, and what is none of it",
            {
                **at(NPKI, four),
                **at(NPKI_2, pair_2),
                "NPKI/notes.txt": b"mine",
                "NPKI/KISA/root.der": m["root"],
            },
            {
                "holders": [
                    npki(NPKI_2, two, **own_2, authority="SignKorea"),
                    npki(NPKI, every, **own, **km, authority="yessign"),
                ]
            },
        ),
        (
            "a drive with NPKI inside, its path in NFD and with the other slash",
            {f"E:\\{nfd}\\{name}".replace("/", "\\"): f for name, f in pair.items()},
            {"holders": [npki(f"E:/{NPKI}", two, **own, authority="yessign")]},
        ),
        (
            "the issuer's folder: USER is the first part",
            at(f"yessign/user/{DN}", pair),
            {"holders": [npki(f"yessign/user/{DN}", two, **own, authority="yessign")]},
        ),
        *(
            (
                f"CaPubs as {form}",
                at("h", {**pair, "CAPubs": octets}),
                {"holders": [npki("h", (*two, "CAPubs"), **own, ca=labels)]},
            )
            for form, (octets, labels) in bundles.items()
        ),
        (
            "CA certificates beside, one of them twice",
            at(
                "h", {**pair, "ca.der": m["ca"], "ca.pem": _pem("CERTIFICATE", m["ca"])}
            ),
            {"holders": [npki("h", (*two, "ca.der", "ca.pem"), **own, ca=["ca"])]},
        ),
        (
            "files of the names in PEM, with Windows' line ends and a byte order mark",
            at(
                "h",
                {
                    "signCert.der": b"\xef\xbb\xbf" + pem.replace(b"\n", b"\r\n"),
                    "signPri.key": pem_key,
                },
            ),
            {"holders": [npki("h", two, **own)]},
        ),
        (
            "half a set, and the other half of a set",
            {"a/signCert.der": m["hana"], "b/signPri.key": m["dul_key"]},
            {
                "holders": [
                    npki("a", two[:1], sign_cert="hana"),
                    npki("b", two[1:], sign_key="dul_key"),
                ]
            },
        ),
        (
            "files of the names that are something else",
            at("h", {**pair, "kmCert.der": b"0\x82", "kmPri.key": m["hana"]}),
            {
                "holders": [npki("h", two, **own)],
                "problems": [
                    {"path": "h/kmCert.der", "code": "certificate_form"},
                    {"path": "h/kmPri.key", "code": "key_form"},
                ],
            },
        ),
        (
            "a key that is too large",
            at("h", {"signCert.der": m["hana"], "signPri.key": bytes(16385)}),
            {
                "holders": [npki("h", two[:1], sign_cert="hana")],
                "problems": [{"path": "h/signPri.key", "code": "file_too_large"}],
            },
        ),
        (
            "one certificate and one key of other names",
            at("h", {"my cert.cer": m["hana"], "private.p8": m["hana_key"]}),
            {
                "holders": [
                    {
                        **{"kind": "pair", "path": "h/private.p8", **own},
                        "sources": ["h/my cert.cer", "h/private.p8"],
                    }
                ]
            },
        ),
        (
            "cert.pem and key.pem, with a CA's beside",
            {
                "cert.pem": b"Bag Attributes\n  friendlyName: a-b --c\n" + pem,
                "key.pem": pem_key,
                "ca.pem": _pem("CERTIFICATE", m["ca"]),
            },
            {
                "holders": [
                    {
                        **{"kind": "pair", "path": "key.pem", **own, "ca": ["ca"]},
                        "sources": ["ca.pem", "cert.pem", "key.pem"],
                    }
                ]
            },
        ),
        (
            "two pairs, told by their names",
            {
                **{"Hana.crt": m["hana"], "hana.key": m["hana_key"]},
                **{"dul.pem": _pem("CERTIFICATE", m["dul"]), "dul.key": m["dul_key"]},
            },
            {
                "holders": [
                    {
                        **{"kind": "pair", "path": "dul.key", **own_2},
                        "sources": ["dul.key", "dul.pem"],
                    },
                    {
                        **{"kind": "pair", "path": "hana.key", **own},
                        "sources": ["Hana.crt", "hana.key"],
                    },
                ]
            },
        ),
        (
            "two pairs whose names tell nothing",
            {
                **{"1.cer": m["hana"], "2.cer": m["dul"]},
                **{"3.key": m["dul_key"], "4.key": m["hana_key"]},
            },
            {
                "holders": [
                    {
                        **{"kind": "pair", "path": path, "sign_key": key},
                        "candidates": ["hana", "dul"],
                        "sources": ["1.cer", "2.cer", path],
                    }
                    for path, key in (("3.key", "dul_key"), ("4.key", "hana_key"))
                ]
            },
        ),
        (
            "one PEM with key, certificate and chain; another beside it",
            {
                "all.pem": pem_key + pem + _pem("CERTIFICATE", m["ca"]),
                "other.cer": m["dul"],
            },
            {
                "holders": [
                    {
                        **{"kind": "pem", "path": "all.pem", **own, "ca": ["ca"]},
                        "sources": ["all.pem"],
                    }
                ]
            },
        ),
        (
            "a PEM with a key in the clear",
            {"server.pem": plain + pem},
            {
                "holders": [
                    {
                        **{"kind": "pem", "path": "server.pem", "sign_cert": "hana"},
                        **{"sign_key": "hana_plain", "sources": ["server.pem"]},
                    }
                ]
            },
        ),
        (
            "a key alone",
            {"a.key": m["hana_key"]},
            {
                "holders": [
                    {
                        **{"kind": "pair", "path": "a.key", "sign_key": "hana_key"},
                        "sources": ["a.key"],
                    }
                ]
            },
        ),
        (
            "certificates without any key: not those of authorities",
            {"a.cer": m["hana"], "ca.cer": m["ca"]},
            {
                "holders": [
                    {
                        **{"kind": "certificate", "path": "a.cer", "sign_cert": "hana"},
                        "sources": ["a.cer"],
                    }
                ]
            },
        ),
        (
            "PKCS#12 files, one named otherwise, beside a set",
            at("h", {**pair, "b.pfx": m["pfx"], "a.bin": m["pfx"]}),
            {
                "holders": [npki("h", two, **own)],
                "pfx_files": ["h/a.bin", "h/b.pfx"],
            },
        ),
        (
            "a file that is only named like a PKCS#12 file",
            {"a.P12": b"mine", "b.pfx": m["hana"]},
            {
                "holders": [
                    {
                        **{"kind": "certificate", "path": "b.pfx", "sign_cert": "hana"},
                        "sources": ["b.pfx"],
                    }
                ],
                "problems": [{"path": "a.P12", "code": "pfx_form"}],
            },
        ),
        (
            "two folders of one name, in NFC and in NFD",
            {**at(f"NPKI/yessign/USER/{DN}", pair), **at(nfd, pair_2)},
            {
                "holders": [
                    npki(nfd, two, **own_2, authority="yessign"),
                    npki(NPKI, two, **own, authority="yessign"),
                ]
            },
        ),
        (
            "half a set in a folder in NFC, the other half in one in NFD",
            {f"{NPKI}/signCert.der": m["hana"], f"{nfd}/signPri.key": m["dul_key"]},
            {
                "holders": [
                    npki(nfd, two[1:], sign_key="dul_key", authority="yessign"),
                    npki(NPKI, two[:1], sign_cert="hana", authority="yessign"),
                ]
            },
        ),
        (
            "two files of one name, in NFC and in NFD, and one in NFD alone",
            {
                "h/\uae40.p12": m["pfx"],
                "h/\u1100\u1175\u11b7.p12": m["pfx"],
                "h/\u1102\u1161.p12": m["pfx"],
            },
            {
                "pfx_files": [
                    "h/\u1100\u1175\u11b7.p12",
                    "h/\uae40.p12",
                    "h/\ub098.p12",
                ]
            },
        ),
        (
            "two files for one thing: the same one, and another",
            at("h", {**pair, "signCert.pem": pem, "SIGNPRI.KEY": m["dul_key"]}),
            {
                "holders": [
                    npki(
                        "h",
                        ("SIGNPRI.KEY", "signCert.der"),
                        sign_cert="hana",
                        sign_key="dul_key",
                    )
                ],
                "problems": [{"path": "h/signPri.key", "code": "file_duplicate"}],
            },
        ),
        (
            "a key that OpenSSL encrypted in its own way, beside its certificate",
            {"all.pem": locked + pem},
            {
                "holders": [
                    {
                        **{"kind": "certificate", "path": "all.pem"},
                        **{"sign_cert": "hana", "sources": ["all.pem"]},
                    }
                ],
                "problems": [{"path": "all.pem", "code": "key_pem_encrypted"}],
            },
        ),
        (
            "signPri.key that OpenSSL encrypted in its own way",
            at("h", {"signCert.der": m["hana"], "signPri.key": locked}),
            {
                "holders": [npki("h", two[:1], sign_cert="hana")],
                "problems": [{"path": "h/signPri.key", "code": "key_pem_encrypted"}],
            },
        ),
        (
            "a new set that waits beside the one that it was to replace",
            {**at("h", pair), **at("h.certferry-new", pair)},
            {
                "holders": [npki("h", two, **own), npki("h.certferry-new", two, **own)],
                "problems": [{"path": "h.certferry-new", "code": "replacement_left"}],
            },
        ),
        ("nothing", {}, {}),
        ("nothing that is a certificate", {"a.pem": b"-----BEGIN ", "b.der": b"0"}, {}),
    ]


def _pem(label: str, der: bytes) -> bytes:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()


def _der(tag: int, content: bytes) -> bytes:
    return bytes((tag, 0x82)) + len(content).to_bytes(2) + content


def _draw() -> dict[str, str]:
    """Draw keys and certificates: two holders, one with four files, and their CA."""
    keys = {label: ec.generate_private_key(ec.SECP256R1()) for label in _KEYS}
    ders: dict[str, bytes] = {
        "hana": make_certificate(SUBJECT, YESSIGN, keys["hana"]),
        "hana_km": make_certificate(SUBJECT, YESSIGN, keys["hana_km"]),
        "dul": make_certificate(SUBJECT_2, KOSCOM, keys["dul"]),
        "ca": make_certificate(
            YESSIGN, ((CN, "KISA RootCA 4"),), keys["ca"], is_ca=True
        ),
        "root": make_certificate(
            ((CN, "KISA RootCA 4"),), ((CN, "KISA RootCA 4"),), keys["root"], is_ca=True
        ),
    }
    for label in ("hana", "hana_km", "dul"):
        ders[f"{label}_key"] = _encrypted(keys[label])
    ders["hana_plain"] = keys["hana"].private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    certificates = {
        label: x509.load_der_x509_certificate(ders[label]) for label in _KEYS
    }
    ders["bundle"] = pkcs7.serialize_certificates(
        [certificates["ca"], certificates["root"]], Encoding.DER
    )
    ders["pfx"] = pkcs12.serialize_key_and_certificates(
        None,
        keys["hana"],
        certificates["hana"],
        None,
        BestAvailableEncryption(PASSWORD),
    )
    return {label: _text(der) for label, der in ders.items()}


_KEYS: Final = ("hana", "hana_km", "dul", "ca", "root")


def _encrypted(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD)
    )


def make_certificate(
    subject: Name,
    issuer: Name,
    key: ec.EllipticCurvePrivateKey | None = None,
    *,
    is_ca: bool = False,
) -> bytes:
    """Return a certificate in DER; the signature is its own key's."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(parts: Name) -> x509.Name:
    with warnings.catch_warnings():
        # Lengths that RFC 5280 does not allow are meant.
        warnings.simplefilter("ignore")
        return x509.Name(
            [x509.NameAttribute(kind, text, _validate=False) for kind, text in parts]
        )
