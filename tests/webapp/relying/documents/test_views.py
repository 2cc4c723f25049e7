"""Documents come, go back, and leave nothing behind but a line of the log."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from sqlalchemy import select

from tests.support.pdf_signing import make_pdf, sign_prepared
from tests.support.revocation import revoke, suspend
from tests.webapp.browser_client import Browser
from tests.webapp.relying.documents.test_foreign_files import FILES
from webapp.audit.actors import KEY_HOLDER
from webapp.audit.models import AuditEntry
from webapp.ca.service_certificates import ServiceSignerError
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.relying.documents import views
from webapp.relying.documents.pdf_file import MAX_PDF
from webapp.relying.timestamps.models import Timestamp
from webapp.relying.verification.validation import other_names  # noqa: F401  # pyHanko reads VID

KEY = new_key(KeyKind.P_256)


@pytest.fixture
def certificate(factory, now):
    return factory.issued(now, key=KEY)


@pytest.fixture
def stranger(app):
    visitor = Browser(app.test_client())
    visitor.open("/sign")
    return visitor


@pytest.fixture
def chain(app, certificate):
    ca = app.extensions["certferry.ca"]
    ders = (certificate.signed_der, ca.issuing_certificate, ca.root_certificate)
    return [x509.load_der_x509_certificate(der) for der in ders]


@pytest.mark.parametrize(("corner", "is_in_field"), [("field", True), ("", False)])
def test_the_documents_own_field_is_signed_in_on_request(
    stranger, certificate, corner, is_in_field
):
    pdf = (FILES / "empty-fields.pdf").read_bytes()
    order = {"certificate": certificate.signed_der.hex(), "corner": corner}

    reply = send(
        stranger, "/sign/pdf/prepare", json.dumps(order).encode() + b"\n" + pdf
    )

    reader = PdfFileReader(BytesIO(reply.data))
    ((name, _value, _field),) = enumerate_sig_fields(reader, filled_status=True)
    assert (name == "Buyer") == is_in_field


def send(visitor, path, body, kind="application/octet-stream"):
    return visitor.client.post(
        path,
        data=body,
        headers={"X-CSRFToken": visitor.token, "Accept": "application/json"},
        content_type=kind,
    )


def prepare(visitor, certificate, pdf=None, **changes):
    order = {"certificate": certificate.signed_der.hex(), "page": -1, "corner": ""}
    head = json.dumps(order | changes).encode()
    return send(visitor, "/sign/pdf/prepare", head + b"\n" + (pdf or make_pdf()))


def sign(visitor, certificate, chain, **changes):
    prepared = prepare(visitor, certificate, **changes)
    assert prepared.status_code == 200, prepared.json
    return sign_prepared(prepared.data, KEY, *chain)


def complete(visitor, pdf):
    return send(visitor, "/sign/pdf/complete", pdf)


def judge(app, pdf, moment):
    reader = PdfFileReader(BytesIO(pdf))
    root = app.extensions["certferry.ca"].root_certificate
    settings = {
        "trust_roots": [asn1_x509.Certificate.load(root)],
        "moment": moment,
        "allow_fetching": False,
        "revocation_mode": "hard-fail",
    }
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
    (signature,) = reader.embedded_regular_signatures
    return validate_pdf_signature(signature, signer_validation_context=context)


def test_stranger_with_a_key_signs_a_pdf_that_lasts(app, stranger, certificate, chain):
    answer = complete(stranger, sign(stranger, certificate, chain))

    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    assert answer.headers["Signature-Level"] == "B-LT"
    stamped = judge(app, answer.data, certificate.not_before + timedelta(minutes=6))
    assert stamped.bottom_line


def test_signature_made_before_a_revocation_stays_good(
    app, stored, stranger, certificate, chain, now
):
    signed = complete(stranger, sign(stranger, certificate, chain)).data
    revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, actor=KEY_HOLDER, now=now
    )

    verdict = judge(app, signed, now + timedelta(minutes=1))

    assert verdict.bottom_line


def test_log_and_history_say_that_it_signed_and_nothing_of_the_document(
    stored, stranger, certificate, chain
):
    complete(stranger, sign(stranger, certificate, chain))

    (entry,) = stored.scalars(
        select(AuditEntry).where(AuditEntry.event == "document.signed")
    )
    assert entry.certificate_id == certificate.id
    assert entry.customer_id == certificate.customer_id
    assert (entry.actor, entry.detail) == (str(KEY_HOLDER), "{}")


def test_preparing_alone_leaves_nothing_behind(stored, stranger, certificate):
    prepare(stranger, certificate)

    stored.expire_all()
    events = set(stored.scalars(select(AuditEntry.event)))
    assert "document.signed" not in events
    assert stored.scalars(select(Timestamp)).all() == []


def end_by(stored, certificate, way, now):
    if way == "suspended":
        suspend(stored, certificate, actor=KEY_HOLDER, now=now)
        return
    revoke(stored, certificate, reason=ReasonCode.SUPERSEDED, actor=KEY_HOLDER, now=now)


@pytest.mark.parametrize("way", ["suspended", "revoked"])
def test_certificate_that_does_not_count_gets_no_stamp(
    stored, stranger, certificate, chain, now, way
):
    signed = sign(stranger, certificate, chain)
    end_by(stored, certificate, way, now)

    answer = complete(stranger, signed)

    assert (answer.status_code, answer.json["code"]) == (409, f"signer_{way}")
    stored.expire_all()
    assert stored.scalars(select(Timestamp)).all() == []


def make_foreign(now, issuer, *, days=1):
    return (
        x509.CertificateBuilder()
        .subject_name(issuer)
        .issuer_name(issuer)
        .public_key(KEY.public_key())
        .serial_number(9)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .sign(KEY, SHA256())
    )


def sign_with(visitor, certificate):
    head = json.dumps({"certificate": certificate.public_bytes(Encoding.DER).hex()})
    body = head.encode() + b"\n" + make_pdf()
    prepared = send(visitor, "/sign/pdf/prepare", body)
    return sign_prepared(prepared.data, KEY, certificate)


OTHER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Elsewhere")])


def test_certificate_of_another_issuer_gets_a_stamp_and_no_more(stranger, now):
    signed = sign_with(stranger, make_foreign(now, OTHER))

    answer = complete(stranger, signed)

    assert answer.headers["Signature-Level"] == "B-T"
    assert b"/DSS" not in answer.data


def test_certificate_that_only_names_us_is_refused(app, stranger, now):
    own_name = app.extensions["certferry.ca"].authority.certificate.subject

    answer = complete(stranger, sign_with(stranger, make_foreign(now, own_name)))

    assert (answer.status_code, answer.json["code"]) == (409, "signer_unknown")


def test_certificate_that_is_over_is_refused(stranger, now):
    signed = sign_with(stranger, make_foreign(now, OTHER, days=-1))

    answer = complete(stranger, signed)

    assert (answer.status_code, answer.json["code"]) == (409, "signer_expired")


BODIES = {
    "no line": b"",
    "no JSON": b"certificate\n%PDF-1.7",
    "a list": b"[]\n%PDF-1.7",
    "no certificate": b"{}\n%PDF-1.7",
    "odd digits": b'{"certificate": "abc"}\n%PDF-1.7',
    "another corner": b'{"certificate": "ab", "corner": "middle"}\n%PDF-1.7',
    "page as text": b'{"certificate": "ab", "page": "1"}\n%PDF-1.7',
    "endless line": b'{"certificate": "' + b"ab" * 40_000 + b'"}\n%PDF-1.7',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_order_that_is_none_is_400(stranger, body):
    assert send(stranger, "/sign/pdf/prepare", body).status_code == 400


@pytest.mark.parametrize("path", ["/sign/pdf/prepare", "/sign/pdf/complete"])
def test_too_much_is_413(stranger, path):
    answer = send(stranger, path, bytes(MAX_PDF + 512 * 1024))

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/sign/pdf/prepare", "/sign/pdf/complete"])
def test_another_media_type_is_415(stranger, path):
    assert send(stranger, path, b"{}", "text/plain").status_code == 415


def test_refusal_says_what_and_what_next(stranger, certificate):
    answer = prepare(stranger, certificate, pdf=b"PK no pdf")

    assert (answer.status_code, answer.json["code"]) == (422, "pdf_not_one")
    assert answer.json["sentence"]
    assert answer.json["next"]


def test_without_the_stamping_key_nothing_is_written(
    stored, stranger, certificate, chain, monkeypatch
):
    def refuse(_now):
        raise ServiceSignerError

    monkeypatch.setattr(views, "current_authority", refuse)

    answer = complete(stranger, sign(stranger, certificate, chain))

    assert answer.status_code == 503
    events = set(stored.scalars(select(AuditEntry.event)))
    assert "document.signed" not in events


def test_page_shows_a_pdf_of_its_own_and_no_other_site(stranger):
    policy = stranger.client.get("/sign").headers["Content-Security-Policy"]

    assert "frame-src blob:;" in policy
    assert (
        "frame-src"
        not in stranger.client.get("/revoke").headers["Content-Security-Policy"]
    )
