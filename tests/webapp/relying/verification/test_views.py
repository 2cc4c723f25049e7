"""The call and the page answer with the same verdict, and refuse with a code."""

import base64
import hashlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support import revocation
from tests.webapp.relying.verification.documents import TEXT, cms, signed_pdf
from tests.webapp.relying.verification.hierarchy import (
    NOON,
    Party,
    hierarchy,
)
from webapp import create_app
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import ServiceKind
from webapp.relying.verification import service, views
from webapp.relying.verification.service import TrustedRootsError


def b64(octets):
    return base64.b64encode(octets).decode()


@pytest.fixture
def call(app):
    """Call as a program does; return status and JSON."""

    def verify(**fields):
        reply = app.test_client().post("/api/v1/verify", json=fields)
        return reply.status_code, reply.get_json()

    return verify


@pytest.fixture
def holder(factory, now):
    """A certificate of the centre, and its key."""
    key = new_key(KeyKind.P_256)
    stored = factory.issued(now, key=key)
    return Party(x509.load_der_x509_certificate(stored.der), key), stored


def test_a_certificate_of_the_centre_is_valid_in_both_languages(call, holder):
    party, _stored = holder

    status, answer = call(document=b64(party.der))

    assert (status, answer["verdict"], answer["reasons"]) == (200, "valid", [])
    assert answer["kind"] == "certificate"
    assert set(answer["sentences"]) == {"ko", "en"}
    assert answer["sentences"]["ko"].startswith("진짜예요")


def test_a_suspension_and_a_revocation_show_at_once(call, holder, stored, now):
    party, certificate = holder

    revocation.suspend(stored, certificate, actor=None, now=now)
    suspended = call(document=b64(party.der))[1]
    revocation.resume(stored, certificate, actor=None, now=now)
    resumed = call(document=b64(party.der))[1]
    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, actor=None, now=now
    )
    revoked = call(document=b64(party.der))[1]

    assert [one["verdict"] for one in (suspended, resumed, revoked)] == [
        "suspended",
        "valid",
        "revoked",
    ]


def test_a_signed_pdf_and_a_cms_signature_of_a_holder_are_valid(call, holder, tmp_path):
    party, _stored = holder

    pdf = call(document=b64(signed_pdf(party)))[1]
    signature = call(document=b64(TEXT), signature=b64(cms(tmp_path, TEXT, party)))[1]

    assert (pdf["verdict"], pdf["kind"]) == ("valid", "pdf")
    assert (signature["verdict"], signature["kind"]) == ("valid", "cms")


def test_a_certificate_that_the_centre_has_no_record_of_is_not_valid(
    call, holder, stored
):
    party, certificate = holder
    stored.delete(certificate)
    stored.commit()

    answer = call(document=b64(party.der))[1]

    assert (answer["verdict"], answer["reasons"]) == (
        "status_unavailable",
        ["not_in_records"],
    )


def test_the_centres_own_services_are_valid(call, app, now):
    signer = app.extensions["certferry.ca"].services.signer(
        ServiceKind.TIME_STAMPING, now
    )

    answer = call(document=b64(signer.certificate.public_bytes(Encoding.DER)))[1]

    assert answer["verdict"] == "valid"


def test_a_form_of_files_is_taken_too(app, holder, tmp_path):
    party, _stored = holder
    signature = cms(tmp_path, TEXT, party)

    reply = app.test_client().post(
        "/api/v1/verify",
        data={
            "document": (io.BytesIO(TEXT), "text"),
            "signature": (io.BytesIO(signature), "text.p7s"),
        },
    )

    assert reply.get_json()["verdict"] == "valid"


def test_a_receipt_is_verified_by_openssl_with_the_root_alone(
    call, app, holder, tmp_path, config
):
    party, _stored = holder

    answer = call(document=b64(party.der), receipt=True)[1]

    (tmp_path / "receipt.p7s").write_bytes(base64.b64decode(answer["receipt"]))
    content = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-purpose", "any", "-inform", "DER"),
            *("-in", "receipt.p7s", "-CAfile", str(config.root_certificate)),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    ).stdout
    receipt = json.loads(content)
    assert (receipt["verdict"], receipt["type"]) == ("valid", "certferry.verification")
    assert receipt["input"]["document"] == hashlib.sha256(party.der).hexdigest()
    assert receipt["at"] == answer["at"]


def test_a_receipt_is_given_for_a_bad_verdict_as_well(call):
    answer = call(document=b64(b"nothing"), receipt=True)[1]

    assert answer["verdict"] == "malformed"
    assert answer["receipt"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"document": "no base64!"},
        {"document": ""},
        {"document": 5},
        {"document": b64(b"x"), "unknown": 1},
        {"document": b64(b"x"), "at": "yesterday"},
        {"document": b64(b"x"), "at": "2026-03-05T12:00"},
        {"document": b64(b"x"), "at": "0001-01-01T00:00:00+14:00"},
        {"document": b64(b"x"), "algorithm": "md5"},
        {"document": b64(b"x"), "intermediates": ["", "x"]},
        {"document": b64(b"x"), "receipt": "yes"},
    ],
)
def test_a_call_of_another_form_is_refused_with_its_code(call, fields):
    status, answer = call(**fields)

    assert (status, answer["code"]) == (422, "verify_input")


def test_a_call_that_is_no_json_is_refused(app):
    client = app.test_client()

    broken = client.post("/api/v1/verify", data=b"{", content_type="application/json")
    text = client.post("/api/v1/verify", data=b"x", content_type="text/plain")

    assert (broken.status_code, text.status_code) == (400, 415)
    assert text.headers["Content-Type"] == "application/json"


def test_a_page_of_another_site_cannot_call(app):
    reply = app.test_client().post(
        "/api/v1/verify",
        json={"document": b64(b"x")},
        headers={"Origin": "https://elsewhere.example"},
    )

    assert (reply.status_code, reply.get_json()["code"]) == (403, "other_origin")


def test_calls_without_a_key_are_few(config, isolated, monkeypatch):
    monkeypatch.setattr(service, "IsolatedVerifier", lambda: isolated)
    client = create_app(replace(config, rate_limits=True)).test_client()

    statuses = [client.post("/api/v1/verify", json={}).status_code for _ in range(21)]

    assert statuses == [422] * 20 + [429]


def test_roots_that_an_operator_named_are_trusted(
    config, isolated, monkeypatch, tmp_path
):
    """Their status is in no record, so that only a document with lists can be valid."""
    monkeypatch.setattr(service, "IsolatedVerifier", lambda: isolated)
    (tmp_path / "roots.pem").write_bytes(hierarchy().root.pem)
    app = create_app(replace(config, trusted_roots=tmp_path / "roots.pem"))
    fields = {
        "document": b64(hierarchy().holder.der),
        "intermediates": [b64(hierarchy().authority.der)],
        "at": NOON.isoformat(),
    }

    answer = app.test_client().post("/api/v1/verify", json=fields).get_json()

    assert answer["reasons"] == ["status_unknown"]


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_centre_does_not_start_with_a_broken_file_of_roots(config, tmp_path, content):
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(TrustedRootsError):
        create_app(replace(config, trusted_roots=path))


def check(visitor, *contents):
    visitor.open("/verify")
    files = [(io.BytesIO(one), f"file{n}") for n, one in enumerate(contents)]
    return visitor.client.post(
        "/verify",
        data={"csrf_token": visitor.token, "files": files},
        headers={"Accept": "text/html", "Accept-Language": "en"},
        content_type="multipart/form-data",
    )


def test_the_page_says_that_a_document_is_genuine_and_whose(visitor, holder):
    party, _stored = holder

    page = check(visitor, signed_pdf(party))

    assert page.status_code == 200
    assert 'data-verdict="valid"' in page.text
    assert "Genuine" in page.text
    assert "김하나" in page.text


def test_the_page_takes_a_document_and_its_signature_in_any_order(
    visitor, holder, tmp_path
):
    party, _stored = holder
    signature = cms(tmp_path, TEXT, party)

    for contents in ((TEXT, signature), (signature, TEXT)):
        assert 'data-verdict="valid"' in check(visitor, *contents).text


def test_the_page_names_the_holder_of_a_forgery_as_a_claim_alone(visitor):
    page = check(visitor, hierarchy().holder.der)

    assert 'data-verdict="untrusted"' in page.text
    assert "Whose it claims to be" in page.text
    assert "Anybody can make such a certificate" in page.text


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ((), "No file was chosen"),
        ((b"one", b"two"), "None of the two files is a signature"),
        ((b"1", b"2", b"3"), "more than two"),
    ],
)
def test_the_page_says_what_is_missing(visitor, contents, sentence):
    page = check(visitor, *contents)

    assert page.status_code == 422
    assert sentence in page.text


def test_the_page_needs_the_token_of_the_session(app):
    reply = app.test_client().post("/verify", data={"files": (io.BytesIO(b"x"), "x")})

    assert reply.status_code == 400


@pytest.mark.parametrize("path", ["/", "/wallet"])
def test_the_page_is_linked_from_where_people_are(visitor, path):
    assert 'href="/verify"' in visitor.open(path).text


def test_a_verdict_for_a_time_before_a_revocation_is_valid(call, factory, stored, now):
    certificate = factory.issued(now)
    revocation.revoke(
        stored, certificate, reason=ReasonCode.SUPERSEDED, actor=None, now=now
    )
    at = (now - timedelta(minutes=2)).isoformat()

    answer = call(document=b64(certificate.der), at=at)[1]

    assert (answer["verdict"], answer["notes"]) == ("valid", ["revoked_later"])
    assert answer["time_basis"] == "asked"


def test_the_page_names_everybody_who_signed(visitor, holder, factory, now):
    party, _stored = holder
    key = new_key(KeyKind.P_256)
    stored = factory.issued(now, key=key)
    second = Party(x509.load_der_x509_certificate(stored.der), key)
    once = signed_pdf(party, field="Buyer")
    twice = signed_pdf(second, document=once, field="Signature-0a1b")

    page = check(visitor, twice)

    assert page.text.count("<h3>") == 2
    assert "Buyer" in page.text
    assert '<dd translate="no">Signature-0a1b</dd>' not in page.text


@pytest.fixture
def tomorrow(monkeypatch, now):
    """Let a day pass for the call."""
    monkeypatch.setattr(views, "utc_now", lambda: now + timedelta(days=1))


@pytest.mark.usefixtures("tomorrow")
def test_a_suspension_that_was_lifted_is_told_for_its_time(call, factory, stored, now):
    certificate = factory.issued(now)
    revocation.suspend(stored, certificate, actor=None, now=now + timedelta(hours=1))
    revocation.resume(stored, certificate, actor=None, now=now + timedelta(hours=2))

    answers = [
        call(
            document=b64(certificate.der),
            at=(now + timedelta(minutes=one)).isoformat(),
        )[1]
        for one in (59, 60, 119, 120)
    ]

    assert [(one["verdict"], one["notes"]) for one in answers] == [
        ("valid", []),
        ("suspended", ["resumed_later"]),
        ("suspended", ["resumed_later"]),
        ("valid", ["suspended_before"]),
    ]
    assert [len(one["suspensions"]) for one in answers] == [0, 1, 1, 1]
    assert answers[1]["since"] == answers[1]["suspensions"][0]["since"]
    assert "was suspended at that time" in answers[1]["sentences"]["en"]


@pytest.mark.usefixtures("tomorrow")
def test_a_hold_that_became_a_revocation_is_no_suspension_that_was_lifted(
    call, factory, stored, now
):
    certificate = factory.issued(now)
    for act, hours in (("suspend", 1), ("resume", 2), ("suspend", 3)):
        moment = now + timedelta(hours=hours)
        getattr(revocation, act)(stored, certificate, actor=None, now=moment)
    revocation.revoke(
        stored,
        certificate,
        reason=ReasonCode.KEY_COMPROMISE,
        actor=None,
        now=now + timedelta(hours=4),
    )

    verdicts = [
        call(
            document=b64(certificate.der),
            at=(now + timedelta(minutes=one)).isoformat(),
        )[1]
        for one in (90, 150, 190)
    ]

    assert [one["verdict"] for one in verdicts] == ["suspended", "valid", "revoked"]
    assert "revoked_later" in verdicts[0]["notes"]
