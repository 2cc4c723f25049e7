"""What the page writes opens in programs that we did not write."""

import shutil
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12
from pyasn1.codec.der.decoder import decode
from pyasn1_alt_modules import rfc7292

from mobile_bridge.npki.key_file import decrypt_key
from mobile_bridge.npki.pfx import read_pfx
from tests.support.external_verifiers import pinksign
from tests.support.page_modules import PASSWORD, run
from tests.support.pkcs8_reader import decrypt_pbes2

SECRET = PASSWORD.encode()
R_IDENTIFIER = "1.2.410.200004.10.1.1.3"


def spki_of(key: PublicKeyTypes) -> bytes:
    """Return the public key in DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_openssl_and_pyca_find_the_request_signed_by_its_own_key(key_set: Path) -> None:
    request = x509.load_der_x509_csr((key_set / "request.der").read_bytes())

    run("openssl", "req", "-inform", "DER", "-in", key_set / "request.der", "-verify")
    assert request.is_signature_valid
    assert spki_of(request.public_key()) == (key_set / "spki.der").read_bytes()
    assert list(request.subject) == []
    assert list(request.extensions) == []


def test_openssl_and_pyca_open_the_key_file(key_set: Path) -> None:
    key = serialization.load_der_private_key(
        (key_set / "signPri.key").read_bytes(), password=SECRET
    )
    public = run(
        *("openssl", "pkey", "-inform", "DER", "-in", key_set / "signPri.key"),
        *("-passin", f"pass:{PASSWORD}", "-pubout", "-outform", "DER"),
    )

    assert spki_of(key.public_key()) == (key_set / "spki.der").read_bytes()
    assert public == (key_set / "spki.der").read_bytes()


def test_the_key_file_holds_the_key_with_its_r_byte_for_byte(key_set: Path) -> None:
    plain = decrypt_pbes2((key_set / "signPri.key").read_bytes(), PASSWORD)

    assert plain == (key_set / "plain.der").read_bytes()
    assert plain.endswith(b"\x03\x15\x00" + (key_set / "r.bin").read_bytes())


def test_openssl_sees_r_as_an_attribute_of_the_key(key_set: Path) -> None:
    printed = run(
        "openssl", "asn1parse", "-inform", "DER", "-in", key_set / "plain.der"
    )

    assert f":{R_IDENTIFIER}\n" in printed.decode()


def test_pypinksign_finds_r_and_signs_with_the_key(rsa_key_set: Path) -> None:
    plain = (rsa_key_set / "plain.der").read_bytes().hex()
    locked = pinksign("encrypt_key", plain=plain, password=PASSWORD)
    opened = pinksign(
        "open_key",
        certificate=(rsa_key_set / "signCert.der").read_bytes().hex(),
        key_file=locked["key_file"],
        password=PASSWORD,
    )

    assert opened == {"r": (rsa_key_set / "r.bin").read_bytes().hex(), "signs": True}
    assert len(bytes.fromhex(locked["key_file"])) == 1300


@pytest.mark.parametrize("form", ["A", "B"])
def test_pypinksign_opens_the_korean_key_files(rsa_key_set: Path, form: str) -> None:
    opened = pinksign(
        "open_key",
        certificate=(rsa_key_set / "signCert.der").read_bytes().hex(),
        key_file=(rsa_key_set / f"{form}.key").read_bytes().hex(),
        password=PASSWORD,
    )

    assert opened == {"r": (rsa_key_set / "r.bin").read_bytes().hex(), "signs": True}


@pytest.mark.parametrize("form", ["A", "B", "P"])
def test_the_terminal_opens_every_key_file_of_the_page(
    key_set: Path, form: str
) -> None:
    opened = decrypt_key((key_set / f"{form}.key").read_bytes(), PASSWORD)

    assert opened == (key_set / "plain.der").read_bytes()


def test_openssl_opens_the_key_file_under_triple_des(key_set: Path) -> None:
    public = run(
        *("openssl", "pkey", "-inform", "DER", "-in", key_set / "P.key"),
        *("-passin", f"pass:{PASSWORD}", "-pubout", "-outform", "DER"),
    )

    assert public == (key_set / "spki.der").read_bytes()


def test_openssl_and_pyca_open_the_older_p12(key_set: Path) -> None:
    opened = pkcs12.load_pkcs12((key_set / "older.p12").read_bytes(), SECRET)
    printed = run(
        *("openssl", "pkcs12", "-in", key_set / "older.p12", "-nodes", "-info"),
        *("-passin", f"pass:{PASSWORD}"),
    )

    assert opened.key is not None
    assert spki_of(opened.key.public_key()) == (key_set / "spki.der").read_bytes()
    assert printed.count(b"BEGIN CERTIFICATE") == 2
    assert len(opened.additional_certs) == 1


def test_the_terminal_opens_both_p12_of_the_page(key_set: Path) -> None:
    for name in ("set.p12", "older.p12"):
        opened = read_pfx((key_set / name).read_bytes(), PASSWORD)

        plain = (key_set / "plain.der").read_bytes()
        assert [key.private_key_info for key in opened.keys] == [plain]


def test_openssl_and_pyca_open_the_p12_with_key_certificate_and_chain(
    key_set: Path,
) -> None:
    opened = pkcs12.load_pkcs12((key_set / "set.p12").read_bytes(), SECRET)
    printed = run(
        *("openssl", "pkcs12", "-in", key_set / "set.p12", "-nodes"),
        *("-passin", f"pass:{PASSWORD}"),
    )

    der = serialization.Encoding.DER
    assert opened.key is not None
    assert spki_of(opened.key.public_key()) == (key_set / "spki.der").read_bytes()
    assert opened.cert is not None
    assert opened.cert.friendly_name == "김하나".encode()
    leaf = opened.cert.certificate.public_bytes(der)
    assert leaf == (key_set / "signCert.der").read_bytes()
    chain = [one.certificate.public_bytes(der) for one in opened.additional_certs]
    assert chain == [(key_set / "ca.der").read_bytes()]
    assert printed.count(b"BEGIN CERTIFICATE") == 2
    assert printed.count(b"BEGIN PRIVATE KEY") == 1


def test_the_p12_holds_the_key_with_its_r_byte_for_byte(key_set: Path) -> None:
    pfx, _ = decode((key_set / "set.p12").read_bytes(), asn1Spec=rfc7292.PFX())
    inside, _ = decode(pfx["authSafe"]["content"])
    safe, _ = decode(bytes(inside), asn1Spec=rfc7292.AuthenticatedSafe())
    bags, _ = decode(safe[1]["content"])
    keys, _ = decode(bytes(bags), asn1Spec=rfc7292.SafeContents())

    assert str(keys[0]["bagId"]) == str(rfc7292.id_pkcs8ShroudedKeyBag)
    shrouded = bytes(keys[0]["bagValue"])
    assert decrypt_pbes2(shrouded, PASSWORD) == (key_set / "plain.der").read_bytes()


def test_pypinksign_opens_the_p12(rsa_key_set: Path) -> None:
    opened = pinksign("open_p12", path=str(rsa_key_set / "set.p12"), password=PASSWORD)

    assert opened == {"common_name": "김하나(KIM HANA)0000001234", "signs": True}


@pytest.mark.parametrize("name", ["set.p12", "older.p12"])
def test_java_reads_the_p12_where_java_is(key_set: Path, name: str) -> None:
    run(
        *("openssl", "pkcs12", "-in", key_set / name, "-noout"),
        *("-passin", f"pass:{PASSWORD}"),
    )

    if keytool := shutil.which("keytool"):
        printed = run(
            *(keytool, "-list", "-v", "-storetype", "PKCS12"),
            *("-keystore", key_set / name, "-storepass", PASSWORD),
        ).decode()
        assert "PrivateKeyEntry" in printed
        assert "Certificate chain length: 2" in printed
