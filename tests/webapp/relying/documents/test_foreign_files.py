"""A PDF of another program is signed and then found good, or refused by its reason."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.makers import NOON, make_root_authority
from tests.support.pdf_signing import make_pdf, sign_prepared
from tests.webapp.relying.verification.documents import updated_pdf
from webapp.relying.documents import errors
from webapp.relying.documents.placement import Corner, Placement
from webapp.relying.documents.preparation import prepare
from webapp.relying.verification.validation.paths import State, StatusAnswer, Trust
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Note, Reason, Verdict
from webapp.relying.verification.validation.verifier import verify

FILES = Path(__file__).parent / "files"
IN_FIELD = Placement(-1, Corner.BOTTOM_RIGHT, prefers_field=True)
IN_CORNER = Placement(-1, Corner.BOTTOM_RIGHT)

SIGNED = (
    *("reportlab", "form", "object-streams", "linearized", "version-2", "hybrid"),
    *("rotated-90", "rotated-180", "rotated-270"),
    *("empty-fields", "nested-field", "field-apart-from-widget"),
    *("field-that-asks-another-kind", "200 pages"),
)
REFUSED = {
    "owner-password": errors.PdfEncryptedError,
    "password-aes256": errors.PdfEncryptedError,
    "password-rc4": errors.PdfEncryptedError,
    "bytes-in-front": errors.PdfUnreadableError,
    "no-eof": errors.PdfUnreadableError,
    "field-with-a-dot": errors.PdfUnreadableError,
}


def file_named(name: str) -> bytes:
    return (
        make_pdf(200) if name == "200 pages" else (FILES / f"{name}.pdf").read_bytes()
    )


def sign(pdf: bytes, signer, placement=IN_FIELD) -> bytes:
    prepared = prepare(pdf, signer.der, placement=placement, now=NOON).pdf
    return sign_prepared(prepared, signer.key, *signer.chain)


def report_on(pdf: bytes, signer):
    issuing, root = (one.public_bytes(Encoding.DER) for one in signer.issuers)
    trust = Trust((root,), (issuing,), (_root_list(signer.issuers[1]),))
    request = VerificationRequest(document=pdf)
    return verify(
        request, trust, now=NOON, status_source=lambda _query: StatusAnswer(State.GOOD)
    )


def _root_list(root: x509.Certificate) -> bytes:
    builder = x509.CertificateRevocationListBuilder(
        root.subject, NOON - timedelta(hours=1), NOON + timedelta(days=9)
    )
    key = make_root_authority().key
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def field_names(report):
    return [one.field for one in report.findings]


@pytest.mark.parametrize("name", SIGNED)
def test_two_signatures_are_found_good_here_and_by_poppler(hana, tmp_path, name):
    original = file_named(name)

    signed = sign(sign(original, hana), hana)

    report = report_on(signed, hana)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    poppler = subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, check=True, text=True
    ).stdout
    assert signed.startswith(original)
    assert (report.verdict, len(report.findings)) == (Verdict.VALID, 2)
    assert poppler.count("Signature is Valid") == 2
    assert poppler.count("Total document signed") == 1


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_signed_is_refused_with_its_reason(hana, name):
    with pytest.raises(REFUSED[name]):
        sign(file_named(name), hana)


@pytest.mark.parametrize("name", ["owner-password", "password-aes256", "password-rc4"])
def test_a_document_with_a_password_is_not_checked(hana, name):
    report = report_on(file_named(name), hana)

    assert report.decisive.reasons[0] in (Reason.ENCRYPTED, Reason.NOT_SIGNED)
    assert report.verdict is not Verdict.VALID


def test_a_field_that_waits_is_signed_in_and_then_the_next_one(hana):
    once = sign(file_named("empty-fields"), hana)
    twice = sign(once, hana)
    thrice = sign(twice, hana)

    *_both, third = field_names(report_on(thrice, hana))
    assert field_names(report_on(once, hana)) == ["Buyer"]
    assert field_names(report_on(twice, hana)) == ["Buyer", "Seller"]
    assert third.startswith("Signature-")


def test_a_field_that_waits_is_left_alone_where_a_corner_is_chosen(hana):
    signed = sign(file_named("empty-fields"), hana, IN_CORNER)

    assert field_names(report_on(signed, hana))[0].startswith("Signature-")


def test_a_field_that_demands_another_kind_is_left_alone(hana):
    signed = sign(file_named("field-that-asks-another-kind"), hana)

    assert field_names(report_on(signed, hana))[0].startswith("Signature-")


def test_a_document_that_a_signature_locked_takes_no_further_one(hana):
    locked = sign(file_named("field-that-locks"), hana)

    assert report_on(locked, hana).verdict is Verdict.VALID
    with pytest.raises(errors.PdfClosedError):
        sign(locked, hana)


def test_a_hybrid_file_that_was_changed_after_signing_is_found(hana):
    signed = sign(file_named("hybrid"), hana)

    report = report_on(updated_pdf(signed, strict=False), hana)

    assert report.decisive.reasons == (Reason.CHANGED_AFTER_SIGNING,)


@pytest.mark.parametrize("behind", [b"\n", b"\r\n\0\0\0", b"%PDF-", b"<script>"])
def test_bytes_behind_the_end_are_told(hana, behind):
    report = report_on(sign(make_pdf(), hana) + behind, hana)

    is_told = Note.BYTES_BEHIND in report.decisive.notes
    assert report.verdict is Verdict.VALID
    assert is_told == bool(behind.strip(b"\r\n\0"))


def test_an_end_in_what_stands_behind_does_not_hide_it(hana):
    report = report_on(sign(make_pdf(), hana) + b"hidden\n%%EOF\n", hana)

    assert report.verdict is not Verdict.VALID or (
        Note.BYTES_BEHIND in report.decisive.notes
    )
