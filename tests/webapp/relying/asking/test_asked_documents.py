"""Documents that were sent are read and signed on the device, for any program."""

import hashlib
import subprocess
from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.support.asked_documents import SigningDevice
from tests.support.asking import make_request
from tests.support.external_verifiers import openssl
from tests.support.pdf_signing import make_pdf
from tests.support.revocation import suspend
from tests.webapp.browser_client import Browser
from webapp.audit.actors import KEY_HOLDER
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking import service, views
from webapp.relying.asking.contents import Document, Documents, Format
from webapp.relying.asking.documents import finishing
from webapp.relying.asking.documents import service as documents
from webapp.relying.asking.documents.files import DocumentFile
from webapp.relying.asking.request_context import asking_key
from webapp.relying.asking.rules import State
from webapp.relying.documents.errors import SignatureTooLargeError
from webapp.relying.timestamps.models import Timestamp
from webapp.relying.verification.validation import other_names  # noqa: F401  # pyHanko reads VID

TEXT = "전세 계약서\n보증금 1억\n".encode()
KINDS = {"personal-sign": KeyKind.P_256, "personal-bank": KeyKind.RSA_2048}
FILES = (DocumentFile(TEXT), DocumentFile(make_pdf(), -1, "bottom-right"))


class Asked:
    """A request for signatures, and the device that is going to make them."""

    def __init__(self, app, stored, factory, now, type_id="personal-sign", files=FILES):
        self.app, self.stored, self.now = app, stored, now
        key = new_key(KINDS[type_id])
        made_at = now - timedelta(days=1)
        certificate = factory.issued(made_at, key=key, type_id=type_id)
        formats = (Format.CMS, Format.PDF)
        digests = [
            file.digest if file else hashlib.sha256(TEXT).digest() for file in files
        ]
        self.contents = Documents(
            tuple(
                Document(title, digest, format_)
                for title, digest, format_ in zip(
                    ("계약서.txt", "Contract.pdf"), digests, formats, strict=True
                )
            )
        )
        self.id = make_request(stored, now, self.contents, opener="demo")
        with unit_of_work_on(stored):
            documents.attach(stored, self.id, self.contents, files)
        with app.test_request_context():
            asking = asking_key()
        self.device = SigningDevice(
            Browser(app.test_client()),
            certificate,
            key,
            asking_key=asking,
            request_id=self.id,
        )

    def state(self):
        self.stored.expire_all()
        return service.state_of(self.stored, self.id, self.now)

    def result(self, number):
        self.stored.expire_all()
        return documents.read_result(self.stored, self.id, number)


@pytest.fixture(params=["personal-sign", "personal-bank"])
def asked(request, app, stored, factory, now):
    return Asked(app, stored, factory, now, request.param)


@pytest.fixture
def asked_once(app, stored, factory, now):
    return Asked(app, stored, factory, now)


def test_a_signature_beside_its_document_is_good_for_openssl(asked, tmp_path, app):
    asked.device.open()
    answer = asked.device.approve(asked.stored)
    assert answer.status_code == 200, answer.json
    root = app.extensions["certferry.ca"].root_certificate
    pem = x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM)
    (tmp_path / "root.pem").write_bytes(pem)
    (tmp_path / "contract.txt").write_bytes(TEXT)
    (tmp_path / "contract.p7s").write_bytes(asked.result(1))

    def judge(name):
        return openssl(
            *("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"),
            *("-attime", str(int(asked.now.timestamp()))),
            *("-in", str(tmp_path / "contract.p7s"), "-content", str(tmp_path / name)),
            *("-CAfile", str(tmp_path / "root.pem"), "-out", str(tmp_path / "out")),
            "-cades",
        )

    assert "Verification successful" in judge("contract.txt")
    (tmp_path / "other.txt").write_bytes(TEXT + b"!")
    assert "Verification successful" not in judge("other.txt")


def test_a_signature_beside_its_document_says_when_and_what_it_was_called(asked_once):
    asked_once.device.open()
    asked_once.device.approve(asked_once.stored)

    content = cms.ContentInfo.load(asked_once.result(1))["content"]
    (signer,) = content["signer_infos"]
    types = {one["type"].dotted for one in signer["signed_attrs"]}
    assert "1.2.840.113549.1.9.16.2.4" in types
    assert "계약서.txt".encode() in signer["signed_attrs"].dump()
    (token,) = signer["unsigned_attrs"]
    assert token["type"].native == "signature_time_stamp_token"
    assert asked_once.stored.query(Timestamp).count() == 2


def test_a_signed_pdf_lasts_and_shows_who_asked_for_what(asked, tmp_path, app):
    asked.device.open()
    answer = asked.device.approve(asked.stored)
    assert answer.status_code == 200, answer.json
    pdf = asked.result(2)

    assert pdf.startswith(FILES[1].content)
    reader = PdfFileReader(BytesIO(pdf))
    root = app.extensions["certferry.ca"].root_certificate
    settings = {
        "trust_roots": [asn1_x509.Certificate.load(root)],
        "moment": asked.now + timedelta(minutes=6),
        "allow_fetching": False,
        "revocation_mode": "hard-fail",
    }
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
    (signature,) = reader.embedded_regular_signatures
    assert validate_pdf_signature(
        signature, signer_validation_context=context
    ).bottom_line
    assert signature.sig_object["/Reason"] == "한강은행: Contract.pdf"
    (tmp_path / "signed.pdf").write_bytes(pdf)
    printed = subprocess.run(
        ["pdfsig", "-nocert", str(tmp_path / "signed.pdf")],
        capture_output=True,
        timeout=60,
        check=False,
    ).stdout.decode()
    assert "Signature Validation: Signature is Valid." in printed
    assert "Total document signed" in printed or "DSS" in pdf.decode("latin1")


def test_documents_are_read_before_they_are_signed(asked_once):
    assert asked_once.device.read(1).status_code == 409  # nobody opened it
    opened = asked_once.device.open().json

    assert opened["files"] == [
        {"document": 1, "type": "text/plain"},
        {"document": 2, "type": "application/pdf"},
    ]
    assert [one["format"] for one in opened["contents"]["documents"]] == ["cms", "pdf"]
    assert asked_once.device.read(1).data == TEXT
    assert asked_once.device.read(2).data == FILES[1].content
    for number in (0, 3, -1, 999_999_999):
        answer = asked_once.device.read(number)
        assert (answer.status_code, answer.json["code"]) == (404, "request_document")


def test_a_digest_alone_is_signed_and_cannot_be_read(app, stored, factory, now):
    asked = Asked(app, stored, factory, now, files=(None, FILES[1]))
    opened = asked.device.open().json

    assert [one["document"] for one in opened["files"]] == [2]
    assert asked.device.read(1).status_code == 404
    assert asked.device.approve(asked.stored).status_code == 200
    assert cms.ContentInfo.load(asked.result(1))["content_type"].native == "signed_data"


def test_a_pdf_is_made_ready_the_same_each_time(asked_once):
    asked_once.device.open()

    first, second = (asked_once.device.prepare(2) for _ in range(2))

    assert first.status_code == 200
    assert first.data == second.data
    assert first.data.startswith(FILES[1].content)
    assert asked_once.device.prepare(1).status_code == 404  # it is no PDF


def test_another_certificate_has_its_own_revision(asked_once, factory, now):
    device = asked_once.device
    device.open()
    body = device.body(asked_once.stored)
    other = factory.issued(now - timedelta(days=1))
    again = device.browser.send_json(
        "/a/prepared",
        {"token": device.token, "document": 2, "serial": other.serial},
    )
    assert again.status_code == 200

    refused = device.browser.send_json("/a/approve", body)

    assert (refused.status_code, refused.json["code"]) == (422, "request_signature")
    assert asked_once.state() is State.SEEN
    assert device.approve(asked_once.stored).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"signedAfter": 3},
        {"signedAfter": -5},
        {"signedAfter": 999_999_999},
        {"signedAfter": "2"},
        {"signatures": []},
        {"signatures": ["00" * 70] * 2},
    ],
    ids=lambda change: str(change)[:30],
)
def test_what_was_not_signed_like_this_does_not_count(asked_once, change):
    asked_once.device.open()

    answer = asked_once.device.approve(asked_once.stored, **change)

    assert (answer.status_code, answer.json["code"]) == (422, "request_signature")
    assert asked_once.state() is State.SEEN
    assert asked_once.stored.query(Timestamp).count() == 0


def test_signatures_of_two_documents_do_not_change_places(asked_once):
    asked_once.device.open()
    body = asked_once.device.body(asked_once.stored)
    body["signatures"].reverse()

    answer = asked_once.device.browser.send_json("/a/approve", body)

    assert answer.json["code"] == "request_signature"


def test_a_suspended_certificate_gets_nothing_made_ready(asked_once, now):
    asked_once.device.open()
    body = asked_once.device.body(asked_once.stored)
    suspend(asked_once.stored, asked_once.device.certificate, actor=KEY_HOLDER, now=now)

    for answer in (
        asked_once.device.prepare(2),
        asked_once.device.browser.send_json("/a/approve", body),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "signer_suspended")


def test_what_was_cut_off_after_the_approval_is_finished_later(
    asked_once, app, monkeypatch
):
    def cut_off(_request_id):
        raise SignatureTooLargeError

    asked_once.device.open()
    monkeypatch.setattr(views.finishing, "finish", cut_off)
    assert asked_once.device.approve(asked_once.stored).status_code == 200
    assert documents.list_unfinished(asked_once.stored, asked_once.id) == [2]
    monkeypatch.undo()

    with app.test_request_context():
        finishing.finish(asked_once.id)
        finishing.finish(asked_once.id)

    assert asked_once.result(2).startswith(FILES[1].content)
