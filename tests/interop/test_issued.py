"""What the centre issues to the page's key is a joint certificate to other programs.

The VID is computed here from the R that PyPinkSign finds in the key file and the number
that openssl reads in the certificate's name, by no code of ours.
"""

import hashlib
import plistlib
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.type.char import PrintableString
from pyasn1.type.univ import BitString, Sequence
from sqlalchemy.orm import Session

from tests.support.certificate_factory import CertificateFactory
from tests.support.external_verifiers import pinksign
from tests.support.page_modules import INTEROP, PASSWORD, run
from webapp import create_app
from webapp.demo import instance
from webapp.enrolment.issuing.issuance_request import IssuanceRequest

URL = "http://127.0.0.1:8000"
SCRIPT = INTEROP / "issue_with_page.js"


@pytest.fixture(scope="module")
def issued_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with a bank certificate, issued to the page's key."""
    folder, now = tmp_path_factory.mktemp("issued"), datetime.now(UTC)
    demo_instance = instance.create_or_open(
        tmp_path_factory.mktemp("centre"), public_url=URL, pki_url=URL, now=now
    )
    app = create_app(
        replace(
            demo_instance.config, require_phone_check=False, require_security_card=False
        )
    )
    ca = app.extensions["certferry.ca"]
    (folder / "identity.key").write_bytes(ca.identity_key.public)
    (folder / "ca.der").write_bytes(ca.issuing_certificate)
    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        factory = CertificateFactory.of(app, session)
        application = factory.ready(now, type_id="personal-bank")
        run("node", SCRIPT, "begin", folder, "rsa-2048", application.id)
        order = IssuanceRequest(
            application_id=application.id,
            idempotency_key=secrets.token_hex(16),
            request=(folder / "request.der").read_bytes(),
            sealed_random_number=(folder / "sealed.bin").read_bytes(),
        )
        certificate = factory.issue(order, now)
        (folder / "signCert.der").write_bytes(certificate.signed_der)
    run("node", SCRIPT, "finish", folder, PASSWORD)
    yield folder
    shutil.rmtree(folder)


def test_pypinksign_finds_r_that_makes_the_vid_in_the_certificate(
    issued_set: Path,
) -> None:
    opened = pinksign(
        "open_key",
        certificate=(issued_set / "signCert.der").read_bytes().hex(),
        key_file=(issued_set / "signPri.key").read_bytes().hex(),
        password=PASSWORD,
    )

    assert opened["signs"] is True
    content = Sequence()
    content[0] = PrintableString(number_in_name(issued_set / "signCert.der"))
    content[1] = BitString.fromOctetString(bytes.fromhex(opened["r"]))
    first = hashlib.sha256(encode(content)).digest()
    assert vid_in(issued_set / "signCert.der") == hashlib.sha256(first).digest()


def test_openssl_shows_the_vid_where_readers_look_for_it(issued_set: Path) -> None:
    certificate = ("-inform", "DER", "-in", issued_set / "signCert.der")
    printed = run("openssl", "x509", *certificate, "-noout", "-text").decode()
    at = run("openssl", "asn1parse", *certificate).decode()

    assert re.search(r"othername:\s*1\.2\.410\.200004\.10\.1\.1\b", printed)
    assert "1.2.410.200004.10.1.1" not in at  # inside of the extension's octets
    start = re.search(
        r"X509v3 Subject Alternative Name\n\s*(\d+):d=\d.*OCTET STRING", at
    )
    assert start is not None
    inside = run("openssl", "asn1parse", *certificate, "-strparse", start[1]).decode()
    assert ":1.2.410.200004.10.1.1.1\n" in inside
    assert vid_in(issued_set / "signCert.der").hex().upper() in inside


def test_openssl_verifies_the_certificate_under_its_issuer(issued_set: Path) -> None:
    for name in ("ca", "signCert"):
        source = ("-inform", "DER", "-in", issued_set / f"{name}.der")
        run("openssl", "x509", *source, "-out", issued_set / f"{name}.pem")

    output = run(
        *("openssl", "verify", "-partial_chain", "-x509_strict"),
        *("-CAfile", issued_set / "ca.pem", issued_set / "signCert.pem"),
    )

    assert output.endswith(b": OK\n")


def test_the_p12_of_it_opens_in_pypinksign_openssl_and_java(issued_set: Path) -> None:
    path = str(issued_set / "set.p12")

    opened = pinksign("open_p12", path=path, password=PASSWORD)
    printed = run(
        *("openssl", "pkcs12", "-in", path, "-nodes", "-passin", f"pass:{PASSWORD}")
    )

    assert opened["signs"] is True
    assert printed.count(b"BEGIN PRIVATE KEY") == 1
    assert printed.count(b"BEGIN CERTIFICATE") == 2
    if keytool := shutil.which("keytool"):
        listed = run(
            *(keytool, "-list", "-v", "-storetype", "PKCS12"),
            *("-keystore", path, "-storepass", PASSWORD),
        ).decode()
        assert "PrivateKeyEntry" in listed
        assert "1.2.410.200004.10.1.1" in listed


def test_the_profile_for_apples_store_holds_a_p12_of_the_older_encryption(
    issued_set: Path,
) -> None:
    profile = plistlib.loads((issued_set / "set.mobileconfig").read_bytes())

    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.pkcs12"
    assert payload["PayloadContent"] == (issued_set / "older.p12").read_bytes()
    assert "Password" not in payload
    assert profile["PayloadDisplayName"] == '김하나 & <b>"'
    assert {UUID(part["PayloadUUID"]).version for part in (profile, payload)} == {8}
    assert profile["PayloadUUID"] != payload["PayloadUUID"]
    path = str(issued_set / "older.p12")
    opened = pinksign("open_p12", path=path, password=PASSWORD)
    assert opened["signs"] is True


def number_in_name(certificate: Path) -> str:
    """Return the digits behind the names in the CN, as openssl prints it."""
    name = run(
        *("openssl", "x509", "-inform", "DER", "-in", certificate, "-noout"),
        *("-subject", "-nameopt", "utf8,sep_multiline"),
    ).decode()
    number = re.search(r"CN=.*\)([0-9]+)$", name, re.MULTILINE)
    assert number is not None, name
    return number[1]


def vid_in(path: Path) -> bytes:
    """Return the VID of a certificate, as pyasn1 reads it."""
    certificate = x509.load_der_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    (other,) = names.value.get_values_for_type(x509.OtherName)
    data, _ = decode(other.value)
    return bytes(data[1][0][1][1])
