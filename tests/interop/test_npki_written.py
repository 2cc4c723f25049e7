"""Key files and PKCS#12 files of certferry open in other programs, R and all."""

import hashlib
import os
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)

from mobile_bridge.npki.key_file import KeyForm, encrypt_key
from mobile_bridge.npki.pfx import Encoding as PfxEncoding
from mobile_bridge.npki.pfx import encrypted_keys, read_pfx, write_pfx
from tests.support.bridge import vectors
from tests.support.external_verifiers import pinksign
from tests.support.page_modules import INTEROP, run

PASSWORD = "qwer1234!@"
LEGACY = ("-provider", "legacy", "-provider", "default")
ENCODINGS: tuple[PfxEncoding, ...] = ("modern", "older")
R = bytes(range(1, 21))

Material = tuple[bytes, bytes, bytes]


@pytest.fixture(scope="module")
def material() -> Material:
    """Return a key with R, its certificate and another certificate."""
    cases = vectors("npki_pfx.json")["cases"]
    (case,) = (c for c in cases if c["what"] == "two keys and their certificates")
    contents = read_pfx(b64decode(case["file"]), case["password"])
    first, second = (certificate.der for certificate in contents.certificates)
    return contents.keys[0].private_key_info, first, second


def without_attributes(private_key_info: bytes) -> bytes:
    """Return the key as a library writes it anew."""
    key = load_der_private_key(private_key_info, None)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("form", [KeyForm.A, KeyForm.B])
def test_pypinksign_opens_the_forms_of_the_field_with_r(
    material: Material, form: KeyForm
) -> None:
    key, certificate, _ = material
    file = encrypt_key(key, PASSWORD, form, random=os.urandom)

    opened = pinksign(
        "open_key",
        certificate=certificate.hex(),
        key_file=file.hex(),
        password=PASSWORD,
    )

    assert opened == {"r": R.hex(), "signs": True}


@pytest.mark.parametrize("form", [KeyForm.B, KeyForm.D, KeyForm.P])
def test_openssl_opens_what_it_knows(
    material: Material, tmp_path: Path, form: KeyForm
) -> None:
    key = material[0]
    file = tmp_path / "signPri.key"
    file.write_bytes(encrypt_key(key, PASSWORD, form, random=os.urandom))

    opened = run(
        *("openssl", "pkcs8", *LEGACY, "-inform", "DER", "-in", file),
        *("-passin", f"pass:{PASSWORD}", "-outform", "DER"),
    )

    # It leaves attributes out, and so R: that is why no key object is written here.
    expected = without_attributes(key)
    assert (
        load_der_private_key(opened, None).private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
        )
        == expected
    )
    assert R not in opened


@pytest.mark.parametrize("form", [KeyForm.D, KeyForm.P])
def test_node_forge_finds_the_same_bytes(
    material: Material, tmp_path: Path, form: KeyForm
) -> None:
    key = material[0]
    file = tmp_path / "key"
    file.write_bytes(encrypt_key(key, PASSWORD, form, random=os.urandom))

    assert run("node", INTEROP / "open_with_forge.mjs", file, PASSWORD) == key


@pytest.fixture(scope="module", params=ENCODINGS)
def pfx(
    request: pytest.FixtureRequest,
    material: Material,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return a PKCS#12 file in each encoding."""
    key, certificate, issuer = material
    file = tmp_path_factory.mktemp("pfx") / f"{request.param}.p12"
    octets = write_pfx(
        *(key, certificate, [issuer], PASSWORD),
        random=os.urandom,
        friendly_name="김하나",
        encoding=request.param,
    )
    file.write_bytes(octets)
    return file


def test_openssl_opens_the_pfx_without_its_legacy_provider(pfx: Path) -> None:
    printed = run(
        *("openssl", "pkcs12", "-in", pfx, "-passin", f"pass:{PASSWORD}", "-nodes")
    )

    assert printed.count(b"BEGIN PRIVATE KEY") == 1
    assert printed.count(b"BEGIN CERTIFICATE") == 2


def test_java_opens_the_pfx(pfx: Path) -> None:
    printed = run(
        *("keytool", "-list", "-v", "-storetype", "PKCS12"),
        *("-keystore", pfx, "-storepass", PASSWORD),
    ).decode()

    assert "PrivateKeyEntry" in printed


def test_nss_opens_the_pfx(pfx: Path, tmp_path: Path) -> None:
    run("certutil", "-N", "-d", f"sql:{tmp_path}", "--empty-password")
    run("pk12util", "-i", pfx, "-d", f"sql:{tmp_path}", "-W", PASSWORD)

    printed = run("certutil", "-K", "-d", f"sql:{tmp_path}").decode()
    assert "김하나" in printed


def test_python_opens_the_pfx(pfx: Path, material: Material) -> None:
    opened = pkcs12.load_pkcs12(pfx.read_bytes(), PASSWORD.encode())

    assert opened.cert is not None
    assert opened.cert.friendly_name == "김하나".encode()
    certificate = opened.cert.certificate.public_bytes(Encoding.DER)
    assert hashlib.sha256(certificate).digest() == hashlib.sha256(material[1]).digest()


def test_node_forge_finds_the_same_bytes_in_the_pfx(
    pfx: Path, material: Material, tmp_path: Path
) -> None:
    (encrypted,) = encrypted_keys(pfx.read_bytes())
    (tmp_path / "key").write_bytes(encrypted)

    opened = run("node", INTEROP / "open_with_forge.mjs", tmp_path / "key", PASSWORD)
    assert opened == material[0]
