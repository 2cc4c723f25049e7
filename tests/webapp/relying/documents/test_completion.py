"""A signed PDF gets its time stamp and lasts: pyHanko, poppler and openssl agree."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from tests.makers import (
    NOON,
    SIGN,
    key_of,
    make_authority,
    make_certificate,
    make_list,
    make_root_authority,
)
from tests.support.external_verifiers import openssl
from tests.support.pdf_signing import make_pdf, sign_prepared
from tests.webapp.pki.services.test_timestamp import make_stamper
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.timestamp import TimestampRequest, issue_token
from webapp.relying.documents import errors
from webapp.relying.documents.completion import (
    ValidationData,
    complete,
    digest_of,
    read_new_signature,
)
from webapp.relying.documents.placement import Corner, Placement
from webapp.relying.documents.preparation import prepare

LAST = Placement(-1, Corner.BOTTOM_RIGHT)
SOON = NOON + timedelta(minutes=1)


def signed_by(signer, pdf=None):
    prepared = prepare(pdf or make_pdf(), signer.der, placement=LAST, now=NOON).pdf
    return sign_prepared(prepared, signer.key, *signer.chain)


def data_of(signer):
    lists = [make_list(make_authority()), make_list(make_root_authority())]
    issuers = [one.public_bytes(Encoding.DER) for one in signer.issuers]
    return ValidationData(issuers, lists)


def completed(signer, pdf=None, *, lasting=True):
    signed = signed_by(signer, pdf)
    signature = read_new_signature(signed)
    request = TimestampRequest.for_sha256(digest_of(signature))
    token = issue_token(make_stamper(KeyKind.P_256), request, serial=1, moment=NOON)
    return complete(signed, signature, token, data_of(signer) if lasting else None)


def roots():
    der = make_root_authority().certificate.public_bytes(Encoding.DER)
    return [asn1_x509.Certificate.load(der)]


def judge(pdf):
    """Return what pyHanko says of the last signature, by the document's own data."""
    reader = PdfFileReader(BytesIO(pdf))
    settings = {
        "trust_roots": roots(),
        "moment": SOON,
        "allow_fetching": False,
        "revocation_mode": "hard-fail",
    }
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
    signature = reader.embedded_regular_signatures[-1]
    return validate_pdf_signature(signature, signer_validation_context=context)


def test_pyhanko_judges_it_good_by_what_the_document_holds(hana):
    status = judge(completed(hana))

    assert status.bottom_line
    stamp = status.timestamp_validity
    assert stamp.intact
    assert stamp.valid
    assert stamp.trusted
    assert stamp.timestamp == NOON


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.P_384, KeyKind.RSA_2048])
def test_each_kind_of_key_signs(hana, kind):
    key = key_of(kind, 5)
    profile = replace(SIGN, key_kind=kind)
    certificate = make_certificate(profile=profile, public_key=key.public_key())

    status = judge(completed(replace(hana, certificate=certificate, key=key)))

    assert status.bottom_line


def test_several_sign_one_document_and_all_stay_good(hana):
    pdf = completed(hana, completed(hana, completed(hana)))

    context = ValidationContext(
        trust_roots=roots(), moment=SOON, revocation_mode="soft-fail"
    )
    verdicts = [
        validate_pdf_signature(one, signer_validation_context=context).bottom_line
        for one in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    ]
    assert verdicts == [True, True, True]


def test_poppler_finds_it_valid(hana, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(completed(hana))

    command = ["pdfsig", "-nocert", str(path)]
    text = subprocess.run(command, capture_output=True, check=False).stdout.decode()

    assert "Signature Validation: Signature is Valid." in text
    assert "CN=김하나" in text


def test_openssl_verifies_what_stands_in_the_document(hana, tmp_path):
    pdf = completed(hana)
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[-1]
    start, begin, end, length = (int(number) for number in signature.byte_range)
    (tmp_path / "text").write_bytes(pdf[start:begin] + pdf[end : end + length])
    (tmp_path / "signature").write_bytes(signature.pkcs7_content)
    root = make_root_authority().certificate.public_bytes(Encoding.PEM)
    (tmp_path / "root").write_bytes(root)

    verdict = openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades"),
        *("-in", str(tmp_path / "signature"), "-content", str(tmp_path / "text")),
        *("-CAfile", str(tmp_path / "root"), "-out", "/dev/null"),
        *("-attime", str(int(SOON.timestamp()))),
    )

    assert "CAdES Verification successful" in verdict


def test_data_for_later_is_added_only_where_it_is_there(hana):
    lasting, bare = completed(hana), completed(hana, lasting=False)

    assert b"/DSS" in lasting
    assert b"/DSS" not in bare


def test_changed_document_is_refused(hana):
    signed = signed_by(hana)

    with pytest.raises(errors.SignatureBrokenError):
        read_new_signature(signed.replace(b"Contract, page 1", b"Contract, page 2"))


def test_signature_of_another_key_is_refused(hana):
    prepared = prepare(make_pdf(), hana.der, placement=None, now=NOON).pdf
    signed = sign_prepared(prepared, key_of(SIGN.key_kind, 9), *hana.chain)

    with pytest.raises(errors.SignatureBrokenError):
        read_new_signature(signed)


def test_document_without_a_signature_is_refused():
    with pytest.raises(errors.NoNewSignatureError):
        read_new_signature(make_pdf())


@pytest.mark.parametrize("lasting", [True, False])
def test_completed_document_is_not_completed_again(hana, lasting):
    with pytest.raises(errors.NoNewSignatureError):
        read_new_signature(completed(hana, lasting=lasting))


def test_signature_in_a_hole_too_small_for_a_stamp_is_refused(hana, monkeypatch):
    monkeypatch.setattr("webapp.relying.documents.preparation.RESERVED", 10_000)

    with pytest.raises(errors.SignatureTooLargeError):
        read_new_signature(signed_by(hana))


def test_prepared_and_never_signed_is_refused(hana):
    prepared = prepare(make_pdf(), hana.der, placement=None, now=NOON).pdf

    with pytest.raises(errors.DocumentError):
        read_new_signature(prepared)
