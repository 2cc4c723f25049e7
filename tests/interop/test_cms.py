"""What the page signs is a CMS signature to OpenSSL and to pyHanko."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

from tests.makers import (
    NOON,
    SIGN,
    key_of,
    make_authority,
    make_certificate,
    make_root_authority,
)
from tests.support.external_verifiers import openssl
from tests.support.page_modules import INTEROP, run
from webapp.pki.key_policy import KeyKind

DOCUMENT = "계약서: 2026년 3월 5일\n".encode()


@pytest.fixture(scope="module", params=[KeyKind.P_256, KeyKind.P_384, KeyKind.RSA_2048])
def signed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder with a document and what the page's modules signed of it."""
    folder = tmp_path_factory.mktemp("signed")
    key = key_of(request.param, 3)
    profile = replace(SIGN, key_kind=request.param)
    certificate = make_certificate(profile=profile, public_key=key.public_key())
    (folder / "document").write_bytes(DOCUMENT)
    options = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.der").write_bytes(key.private_bytes(*options))
    for name, one in (
        ("certificate", certificate),
        ("issuing", make_authority().certificate),
        ("root", make_root_authority().certificate),
    ):
        (folder / f"{name}.der").write_bytes(one.public_bytes(Encoding.DER))
        (folder / f"{name}.pem").write_bytes(one.public_bytes(Encoding.PEM))
    run("node", INTEROP / "sign_cms.js", folder)
    return folder


def verify_with_openssl(folder: Path) -> str:
    return openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades"),
        *("-in", str(folder / "signature.p7s"), "-content", str(folder / "document")),
        *("-CAfile", str(folder / "root.pem"), "-out", str(folder / "verified")),
        *("-attime", str(int(NOON.timestamp()) + 60)),
    )


def test_openssl_verifies_signature_and_signing_certificate(signed: Path) -> None:
    verdict = verify_with_openssl(signed)

    assert "CAdES Verification successful" in verdict
    assert (signed / "verified").read_bytes() == DOCUMENT


def test_openssl_refuses_a_changed_document(signed: Path, tmp_path: Path) -> None:
    for name in ("signature.p7s", "root.pem"):
        (tmp_path / name).write_bytes((signed / name).read_bytes())
    (tmp_path / "document").write_bytes(DOCUMENT + b".")

    verdict = verify_with_openssl(tmp_path)

    assert "Verification failure" in verdict


def test_pyhanko_judges_it_good(signed: Path) -> None:
    content = cms.ContentInfo.load((signed / "signature.p7s").read_bytes())
    root = asn1_x509.Certificate.load((signed / "root.der").read_bytes())
    context = ValidationContext(
        trust_roots=[root],
        moment=NOON,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )

    status = asyncio.run(
        async_validate_detached_cms(
            DOCUMENT, content["content"], signer_validation_context=context
        )
    )

    assert status.bottom_line
    assert status.signer_reported_dt == datetime(2026, 3, 5, 3, 0, tzinfo=UTC)


def test_structure_is_der_to_the_last_octet(signed: Path) -> None:
    der = (signed / "signature.p7s").read_bytes()

    content = cms.ContentInfo.load(der, strict=True)

    assert content.copy().dump(force=True) == der
