"""A prepared PDF is the document that was sent, with room for a signature behind."""

import re
import subprocess
from contextlib import suppress
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from structlog.testing import capture_logs

from tests.makers import NOON
from tests.support.pdf_signing import make_pdf, sign_prepared
from webapp.relying.documents import errors, preparation
from webapp.relying.documents.pdf_file import MAX_PDF
from webapp.relying.documents.placement import Corner, Placement
from webapp.relying.documents.preparation import prepare

LAST = Placement(-1, Corner.BOTTOM_RIGHT)


def prepared_field(pdf):
    reader = PdfFileReader(BytesIO(pdf), strict=False)
    *_, last = reader.root["/AcroForm"]["/Fields"]
    return last.get_object()


def written(writer) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def encrypted(password: str = "") -> bytes:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(make_pdf())))
    writer.encrypt(owner_pass="owner", user_pass=password)
    return written(writer)


def with_xfa() -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(make_pdf()))
    form = generic.DictionaryObject(
        {
            pdf_name("/Fields"): generic.ArrayObject(),
            pdf_name("/XFA"): generic.pdf_string("<xdp/>"),
        }
    )
    writer.root["/AcroForm"] = writer.add_object(form)
    writer.update_root()
    return written(writer)


def certified(signer, permission) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(make_pdf()))
    metadata = signers.PdfSignatureMetadata(
        field_name="Author",
        certify=True,
        docmdp_permissions=permission,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    external = signers.ExternalSigner(asn1_x509.Certificate.load(signer.der), None)
    session = signers.PdfSigner(metadata, external).init_signing_session(writer)
    output = BytesIO()
    session.prepare_tbs_document(None, 16384).digest_tbs_document(output=output)
    return sign_prepared(output.getvalue(), signer.key, *signer.chain)


def test_document_stays_as_it_was_and_a_revision_follows(hana):
    pdf = make_pdf(2)

    prepared = prepare(pdf, hana.der, placement=LAST, now=NOON).pdf

    assert prepared.startswith(pdf)
    assert len(re.findall(rb"/ByteRange", prepared[len(pdf) :])) == 1


def test_name_date_and_kind_stand_in_the_signature(hana):
    prepared = prepare(make_pdf(), hana.der, placement=LAST, now=NOON).pdf

    value = prepared_field(prepared)["/V"]
    assert value["/Name"] == "김하나"
    assert value["/M"] == "D:20260305120000+09'00'"
    assert value["/SubFilter"] == "/ETSI.CAdES.detached"


def test_korean_name_is_seen_as_text_in_an_embedded_font(hana, tmp_path):
    path = tmp_path / "prepared.pdf"
    prepared = prepare(make_pdf(), hana.der, placement=LAST, now=NOON).pdf
    path.write_bytes(sign_prepared(prepared, hana.key, *hana.chain))

    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    fonts = subprocess.run(["pdffonts", path], capture_output=True, check=True)

    assert "김하나" in text.stdout.decode()
    assert "2026-03-05 12:00 KST" in text.stdout.decode()
    assert "NanumSquare" in fonts.stdout.decode()
    assert len(prepared) < 100_000  # a subset, not the whole font


def test_without_a_place_nothing_is_seen(hana):
    prepared = prepare(make_pdf(), hana.der, placement=None, now=NOON).pdf

    assert list(prepared_field(prepared)["/Rect"]) == [0, 0, 0, 0]


def test_chosen_page_carries_it(hana):
    placement = Placement(2, Corner.TOP_LEFT)

    prepared = prepare(make_pdf(3), hana.der, placement=placement, now=NOON).pdf

    reader = PdfFileReader(BytesIO(prepared))
    pages = [one.get_object() for one in reader.root["/Pages"]["/Kids"]]
    assert ["/Annots" in page for page in pages] == [False, True, False]


@pytest.mark.parametrize("page", [0, -2, 4, 10**9])
def test_page_that_is_not_there_is_refused(hana, page):
    placement = Placement(page, Corner.TOP_LEFT)

    with pytest.raises(errors.PdfPageError):
        prepare(make_pdf(3), hana.der, placement=placement, now=NOON)


def test_second_signature_leaves_the_first_one_as_it_is(hana):
    first = prepare(make_pdf(), hana.der, placement=LAST, now=NOON).pdf
    signed = sign_prepared(first, hana.key, *hana.chain)

    second = prepare(signed, hana.der, placement=LAST, now=NOON).pdf

    both = sign_prepared(second, hana.key, *hana.chain)
    assert both.startswith(signed)
    one, other = PdfFileReader(BytesIO(both)).embedded_signatures
    one.compute_integrity_info()
    assert one.summarise_integrity_info()["docmdp_ok"]
    assert one.sig_field["/Rect"] != other.sig_field["/Rect"]


REFUSED = {
    "not a PDF": (lambda _: b"PK\x03\x04 a zip", errors.NotPdfError),
    "empty": (lambda _: b"", errors.NotPdfError),
    "too large": (lambda _: b"%PDF-1.7" + bytes(MAX_PDF), errors.PdfTooLargeError),
    "cut off": (lambda _: make_pdf()[:400], errors.PdfUnreadableError),
    "only a header": (lambda _: b"%PDF-1.7\n", errors.PdfUnreadableError),
    "locked": (lambda _: encrypted("open"), errors.PdfEncryptedError),
    "without a password": (lambda _: encrypted(), errors.PdfEncryptedError),
    "XFA form": (lambda _: with_xfa(), errors.PdfXfaError),
    "certified as it is": (
        lambda signer: certified(signer, fields.MDPPerm.NO_CHANGES),
        errors.PdfClosedError,
    ),
}


@pytest.mark.parametrize(("make", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_signed_is_refused_with_its_reason(hana, make, error):
    with pytest.raises(error):
        prepare(make(hana), hana.der, placement=LAST, now=NOON)


def test_a_fault_of_the_program_is_not_told_as_one_of_the_document(hana, monkeypatch):
    def find_page(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(preparation, "page_index", find_page)

    with pytest.raises(RuntimeError):
        prepare(make_pdf(), hana.der, placement=LAST, now=NOON)


def test_where_a_document_cannot_be_read_is_logged_and_nothing_of_it(hana):
    with capture_logs() as entries, pytest.raises(errors.PdfUnreadableError):
        prepare(make_pdf()[:400], hana.der, placement=LAST, now=NOON)

    (entry,) = entries
    assert entry["place"].startswith("pyhanko.")
    assert set(entry) == {"event", "log_level", "kind", "place"}


def test_certified_for_filling_in_may_be_signed(hana):
    pdf = certified(hana, fields.MDPPerm.FILL_FORMS)

    prepared = prepare(pdf, hana.der, placement=None, now=NOON).pdf

    signed = sign_prepared(prepared, hana.key, *hana.chain)
    author, _ = PdfFileReader(BytesIO(signed)).embedded_signatures
    author.compute_integrity_info()
    assert author.summarise_integrity_info()["docmdp_ok"]


def test_what_is_no_certificate_is_refused():
    with pytest.raises(errors.SignerUnreadableError):
        prepare(make_pdf(), b"no certificate", placement=LAST, now=NOON)


def test_each_cut_of_a_document_is_prepared_or_refused(hana):
    prepared = prepare(make_pdf(), hana.der, placement=None, now=NOON).pdf
    pdf = sign_prepared(prepared, hana.key, *hana.chain)

    for end in range(0, len(pdf), 997):
        with suppress(errors.DocumentError):
            prepare(pdf[:end], hana.der, placement=LAST, now=NOON)
