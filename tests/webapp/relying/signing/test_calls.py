"""A program asks, looks, withdraws and fetches; each request is its own alone."""

import hashlib
import json
import time
from base64 import b64decode
from datetime import date, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select

from tests.support.asked_documents import ORIGIN
from tests.support.customers import register as register_customer
from tests.support.external_verifiers import openssl
from tests.support.pdf_signing import make_pdf
from tests.support.revocation import revoke, suspend
from tests.support.signing import PATH, RETURN, encoded, make_program
from webapp.accounts.models import Customer
from webapp.audit.actors import KEY_HOLDER
from webapp.db import unit_of_work_on
from webapp.pki.crl import ReasonCode
from webapp.relying.asking.models import AskingRequest
from webapp.relying.institutions import service as institutions
from webapp.relying.openid.models import Consent, Subject
from webapp.relying.signing import service
from webapp.relying.signing.models import IdempotencyKey, SigningRequest

TEXT = "약관에 동의합니다.\n둘째 줄".encode()
DIGEST = hashlib.sha256(TEXT).hexdigest()
CENTRE = "http://localhost"


def approve(program, device_for, start, stored, **fields):
    placed = program.make(**fields)
    assert placed.status_code == 201, placed.json
    start(placed.json["id"])
    device = device_for(placed.json["id"])
    assert device.open().status_code == 200
    answer = device.approve(stored)
    assert answer.status_code == 200, answer.json
    return placed.json["id"]


def verified(app, tmp_path, der, content=None):
    """Return what openssl says of a CMS signature, and what it holds."""
    root = app.extensions["certferry.ca"].root_certificate
    pem = x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM)
    (tmp_path / "root.pem").write_bytes(pem)
    (tmp_path / "signature").write_bytes(der)
    options = []
    if content is not None:
        (tmp_path / "content").write_bytes(content)
        options = ["-content", str(tmp_path / "content")]
    printed = openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"),
        *("-in", str(tmp_path / "signature"), "-CAfile", str(tmp_path / "root.pem")),
        *("-out", str(tmp_path / "out"), *options),
    )
    assert "Verification successful" in printed
    return (tmp_path / "out").read_bytes()


def test_a_sign_in_goes_from_the_program_to_its_result(
    app, program, device_for, start, stored, tmp_path
):
    placed = program.make(binding="00ff", expires_in=120)
    assert placed.status_code == 201
    assert placed.json["state"] == "made"
    request_id = placed.json["id"]
    assert placed.json["url"].endswith(f"/ask/for/{request_id}")
    browser = start(request_id)
    device = device_for(request_id)
    device.open()
    assert program.get(request_id).json["state"] == "seen"
    assert program.get(f"{request_id}/result").json["code"] == "signing_no_result"

    assert device.approve(stored).status_code == 200

    state = browser.client.get(f"/ask/{request_id}/state").json
    assert state == {"state": "approved", "next": f"/ask/for/{request_id}/done"}
    led = browser.client.get(state["next"])
    assert (led.status_code, led.location) == (303, f"{RETURN}?request={request_id}")
    assert app.test_client().get(state["next"]).status_code == 404
    assert program.get(request_id).json["state"] == "approved"
    result = program.get(f"{request_id}/result").json
    assert result["binding"] == "00ff"
    assert len(result["sub"]) == 42
    receipt = program.get(f"{request_id}/receipt").data
    assert hashlib.sha256(receipt).hexdigest() == result["receipt"]["sha256"]
    fields = json.loads(verified(app, tmp_path, receipt))
    assert fields["sub"] == result["sub"]
    assert "certificate" not in fields  # who they are elsewhere stays theirs


def test_the_same_person_has_the_same_sub_in_each_request(
    program, other_program, device_for, start, stored
):
    results = [
        program.get(f"{approve(program, device_for, start, stored)}/result").json
        for _ in range(2)
    ]
    elsewhere = approve(
        other_program,
        device_for,
        start,
        stored,
        return_uri="https://other.example/answered",
    )

    assert results[0]["sub"] == results[1]["sub"]
    other = other_program.get(f"{elsewhere}/result").json
    assert other["sub"] != results[0]["sub"]


def test_documents_come_back_signed_and_the_same_each_time(
    app, program, device_for, start, stored, tmp_path
):
    pdf = make_pdf()
    documents = [
        {"title": "약관", "content": encoded(TEXT)},
        {"title": "Contract", "content": encoded(pdf), "format": "pdf"},
        {"title": "Annex", "digest": DIGEST},
    ]
    request_id = approve(
        program,
        device_for,
        start,
        stored,
        purpose="sign_documents",
        documents=documents,
    )

    result = program.get(f"{request_id}/result").json
    assert [one["level"] for one in result["documents"]] == ["B-T", "B-LT", "B-T"]
    for one in result["documents"]:
        path = one["href"].partition(PATH + "/")[2]
        answers = [program.get(path) for _ in range(2)]
        assert answers[0].data == answers[1].data
        assert hashlib.sha256(answers[0].data).hexdigest() == one["sha256"]
        assert answers[0].mimetype == one["media_type"]
        if one["format"] == "cms":
            assert verified(app, tmp_path, answers[0].data, TEXT) == TEXT
        else:
            assert answers[0].data.startswith(pdf)
    files = {
        "document": (tmp_path / "content").open("rb"),
        "signature": (tmp_path / "signature").open("rb"),
    }
    judged = app.test_client().post("/api/v1/verify", data=files)
    assert judged.json["verdict"] == "valid", judged.json


def test_consent_is_proved_by_a_receipt_with_the_signature(
    app, program, device_for, start, stored, certificate, tmp_path
):
    request_id = approve(
        program, device_for, start, stored, purpose="consent", text="동의합니다."
    )

    receipt = program.get(f"{request_id}/receipt").data
    fields = json.loads(verified(app, tmp_path, receipt))

    assert fields["contents"]["text"] == "동의합니다."
    assert b64decode(fields["certificate"]) == certificate.signed_der
    assert len(fields["signatures"]) == 1
    assert fields["page"] == ORIGIN


def test_facts_are_those_of_the_moment_of_the_approval(
    program, device_for, start, stored, certificate
):
    request_id = approve(
        program, device_for, start, stored, purpose="prove", facts=["name", "adult"]
    )
    customer = stored.get_one(Customer, certificate.customer_id)
    name = customer.name
    with unit_of_work_on(stored):
        customer.name = "다른이름"

    facts = program.get(f"{request_id}/result").json["facts"]

    assert facts == {"adult": True, "name": name}


def test_a_state_that_is_known_is_not_sent_again(program, device_for, start):
    request_id = program.make().json["id"]
    first = program.get(request_id)
    again = program.get(request_id, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    start(request_id)
    device_for(request_id).open()

    changed = program.get(request_id, **{"If-None-Match": first.headers["ETag"]})

    assert (changed.status_code, changed.json["state"]) == (200, "seen")


def test_what_is_withdrawn_is_answered_no_more(program, device_for, start, stored):
    placed = program.make(
        purpose="sign_documents",
        documents=[{"title": "약관", "content": encoded(TEXT)}],
    ).json
    start(placed["id"])
    device = device_for(placed["id"])
    device.open()
    body = device.body(stored)

    answer = program.withdraw(placed["id"])

    assert (answer.status_code, answer.json["state"]) == (200, "withdrawn")
    assert answer.json["url"] is None
    refused = device.browser.send_json("/a/approve", body)
    assert refused.json["code"] == "request_withdrawn"
    assert device.read(1).json["code"] == "request_withdrawn"
    assert program.withdraw(placed["id"]).json["code"] == "request_withdrawn"
    assert program.get(f"{placed['id']}/result").json["code"] == "signing_no_result"


def test_what_is_approved_is_not_withdrawn(program, device_for, start, stored):
    request_id = approve(program, device_for, start, stored)

    answer = program.withdraw(request_id)

    assert (answer.status_code, answer.json["code"]) == (409, "request_approved")
    assert program.get(request_id).json["state"] == "approved"


def test_what_is_declined_and_what_is_over_is_told(
    program, device_for, start, stored, now
):
    declined, expired = (program.make(expires_in=60).json["id"] for _ in range(2))
    device = device_for(declined)
    device.open()
    device.browser.send_json("/a/decline", {"token": device.token})
    with unit_of_work_on(stored):
        stored.get_one(AskingRequest, expired).expires_at = now - timedelta(seconds=1)

    assert program.get(declined).json["state"] == "declined"
    over = program.get(expired).json
    assert (over["state"], over["url"]) == ("expired", None)


@pytest.mark.parametrize(
    "change", ["suspended", "revoked", "institution"], ids=lambda change: change
)
def test_nothing_is_told_where_something_ended_in_between(
    program, device_for, start, stored, certificate, now, change
):
    request_id = program.make().json["id"]
    start(request_id)
    device = device_for(request_id)
    device.open()
    body = device.body(stored)
    if change == "suspended":
        suspend(stored, certificate, actor=KEY_HOLDER, now=now)
    elif change == "revoked":
        reason = ReasonCode.KEY_COMPROMISE
        revoke(stored, certificate, reason=reason, actor=KEY_HOLDER, now=now)
    else:
        with unit_of_work_on(stored):
            institutions.end(
                stored,
                program.institution,
                operator_id=program.institution.made_by,
                detail={},
                now=now,
            )

    answer = device.browser.send_json("/a/approve", body)

    assert answer.status_code == 409
    stored.expire_all()
    assert stored.get_one(AskingRequest, request_id).state == "seen"
    assert stored.get_one(SigningRequest, request_id).receipt is None
    if change == "institution":
        assert program.get(request_id).status_code == 401


def test_no_other_institution_sees_a_request(
    program, other_program, device_for, start, stored
):
    request_id = approve(program, device_for, start, stored)
    unknown = "0" * 32
    for path in ("", "/result", "/receipt", "/documents/1"):
        own = other_program.get(f"{request_id}{path}")
        none = other_program.get(f"{unknown}{path}")
        assert (own.status_code, own.data) == (404, none.data)
        assert own.json["code"] == "signing_unknown"
    assert (
        other_program.withdraw(request_id).data == other_program.withdraw(unknown).data
    )


def test_a_program_that_does_not_prove_who_it_is_is_refused(program, other_program):
    request_id = program.make().json["id"]
    for auth in (
        None,
        (program.institution.id, "wrong"),
        (program.institution.id, other_program.secret),
        ("", ""),
        ("0" * 16, program.secret),
    ):
        for method, path in (("GET", f"/{request_id}"), ("POST", "")):
            answer = program.client.open(
                PATH + path, method=method, auth=auth, json={"purpose": "sign_in"}
            )
            assert answer.status_code == 401
            assert answer.json["code"] == "institution_refused"
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    for header in ("Bearer", "Bearer a.b.c", "Bearer " + "x" * 9000, "Basic !!!"):
        answer = program.client.get(
            f"{PATH}/{request_id}", headers={"Authorization": header}
        )
        assert answer.status_code == 401


def test_a_program_with_keys_signs_each_call(app, stored, program, now):
    key = ECKey.generate_key("P-256", {"kid": "one"})
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    with_keys = make_program(
        app.test_client(), stored, now, auth_method="private_key_jwt", jwks=jwks
    )
    client_id = with_keys.institution.id

    def call(signer=key, **changes):
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": app.extensions["certferry.ca"].config.public_url + PATH,
            "exp": int(time.time()) + 60,
            "jti": "1",
            **changes,
        }
        token = jwt.encode({"alg": "ES256", "kid": "one"}, claims, signer)
        return with_keys.client.post(
            PATH,
            json={"purpose": "sign_in", "return_uri": RETURN},
            headers={"Authorization": f"Bearer {token}"},
        )

    assert call().status_code == 201
    assert call().status_code == 401  # used up
    assert call(jti="2").status_code == 201
    assert call(jti="3", aud="https://elsewhere.example").status_code == 401
    assert call(jti="4", exp=int(time.time()) - 600).status_code == 401
    assert call(jti="5", sub=program.institution.id).status_code == 401
    other = ECKey.generate_key("P-256", {"kid": "one"})
    assert call(other, jti="6").status_code == 401


def test_the_same_call_is_answered_once(program, stored):
    first = program.make("key-1")
    again = program.make("key-1")
    quoted = program.make('"key-1"')

    assert first.data == again.data == quoted.data
    assert first.status_code == again.status_code == 201
    assert stored.query(SigningRequest).count() == 1
    assert program.make("key-2").json["id"] != first.json["id"]


def test_a_key_with_another_body_is_refused(program, other_program, stored):
    program.make("key-1")

    answer = program.make("key-1", expires_in=30)

    assert (answer.status_code, answer.json["code"]) == (422, "signing_key_reused")
    assert stored.query(SigningRequest).count() == 1
    elsewhere = {"return_uri": "https://other.example/answered"}
    assert other_program.make("key-1", **elsewhere).status_code == 201


def test_a_refused_call_uses_no_key_up(program, stored):
    assert program.make("key-1", return_uri="https://evil.example").status_code == 422
    assert stored.query(IdempotencyKey).count() == 0
    assert program.make("key-1").status_code == 201


@pytest.mark.parametrize("key", ["", '""', "x" * 201, "한글", "two words"])
def test_an_odd_key_is_refused(program, key):
    answer = program.client.post(
        PATH,
        json={"purpose": "sign_in", "return_uri": RETURN},
        auth=program.auth,
        headers={"Idempotency-Key": key.encode().decode("latin1")},
    )

    assert (answer.status_code, answer.json["code"]) == (400, "signing_key")


DOCUMENT = {"title": "약관", "digest": DIGEST}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"purpose": "dance"}, 422, "signing_input"),
        ({"purpose": "sign_hashes"}, 422, "signing_input"),
        ({"purpose": None}, 422, "signing_input"),
        ({"colour": "red"}, 422, "signing_input"),
        ({"text": "동의"}, 422, "signing_input"),
        ({"purpose": "consent"}, 422, "signing_input"),
        ({"purpose": "consent", "text": ""}, 422, "asking_text"),
        ({"purpose": "consent", "text": "a\u202eb"}, 422, "asking_text"),
        ({"purpose": "consent", "text": "x" * 4001}, 422, "asking_text"),
        ({"purpose": "prove", "facts": []}, 422, "asking_facts"),
        ({"purpose": "prove", "facts": ["name", "name"]}, 422, "asking_facts"),
        ({"purpose": "prove", "facts": ["salary"]}, 422, "signing_input"),
        ({"expires_in": 0}, 422, "signing_input"),
        ({"expires_in": 604801}, 422, "signing_input"),
        ({"expires_in": "60"}, 422, "signing_input"),
        ({"binding": "0"}, 422, "signing_input"),
        ({"binding": "zz"}, 422, "signing_input"),
        ({"binding": "00" * 65}, 422, "signing_input"),
        ({"return_uri": None}, 422, "signing_return"),
        ({"return_uri": RETURN + "/"}, 422, "signing_return"),
        ({"return_uri": "https://bank.example/callback"}, 422, "signing_return"),
        ({"to": {}}, 422, "signing_input"),
        ({"to": {"sub": "a", "login_hint": "b"}}, 422, "signing_input"),
        ({"to": {"sub": "a" * 42}}, 422, "signing_person"),
        ({"to": {"login_hint": "x" * 300}}, 422, "signing_input"),
        ({"to": "hana"}, 422, "signing_input"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_for_is_refused(program, stored, fields, status, code):
    answer = program.make(**fields)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert stored.query(AskingRequest).count() == 0


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ([], "asking_documents"),
        ([DOCUMENT] * 21, "asking_documents"),
        ([{"title": "x"}], "signing_input"),
        ([{"title": "", "digest": DIGEST}], "asking_text"),
        ([{"title": "x", "digest": "00"}], "signing_input"),
        ([{"title": "x", "digest": DIGEST.upper()}], "signing_input"),
        ([{"title": "x", "digest": DIGEST, "format": "statement"}], "signing_input"),
        ([{"title": "x", "digest": DIGEST, "format": "pdf"}], "signing_input"),
        ([{"title": "x", "content": "!!!"}], "signing_input"),
        ([{"title": "x", "content": ""}], "signing_input"),
        ([{"title": "x", "content": encoded(b"y"), "digest": DIGEST}], "signing_input"),
        ([{"title": "x", "content": encoded(TEXT), "format": "pdf"}], "pdf_not_one"),
        (
            [{"title": "x", "content": encoded(b"%PDF-1.7"), "format": "pdf"}],
            "pdf_unreadable",
        ),
        ([{"title": "x", "digest": DIGEST, "corner": "middle"}], "signing_input"),
        ([{"title": "x", "digest": DIGEST, "page": 0}], "signing_input"),
        ([DOCUMENT, 5], "signing_input"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_documents_that_cannot_be_signed_are_refused(program, stored, documents, code):
    answer = program.make(purpose="sign_documents", documents=documents)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert stored.query(AskingRequest).count() == 0


def test_a_refusal_says_which_field_in_both_languages(program):
    body = {"purpose": "sign_documents", "return_uri": RETURN, "documents": [{}]}
    for language, word in (("ko", "확인해"), ("en", "look at")):
        answer = program.client.post(
            PATH, json=body, auth=program.auth, headers={"Accept-Language": language}
        )
        assert "$.documents[0]" in answer.json["sentence"]
        assert word in answer.json["sentence"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff"])
def test_what_is_no_json_object_is_refused(program, body):
    answer = program.send(body)

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_purpose_that_is_not_registered_is_refused(app, stored, program, now):
    weaker = make_program(app.test_client(), stored, now, purposes=("consent",))

    answer = weaker.make()

    assert (answer.status_code, answer.json["code"]) == (403, "signing_purpose")


@pytest.fixture
def addressed(program, stored, certificate):
    """Return the `sub` of the person, whom the institution knows by a sign-in."""
    with unit_of_work_on(stored):
        sector = program.institution.sector
        customer_id = certificate.customer_id
        stored.add(Subject(id="s" * 42, sector=sector, customer_id=customer_id))
    return "s" * 42


def connect(stored, program, certificate, now, *, ended=False):
    with unit_of_work_on(stored):
        stored.add(
            Consent(
                institution_id=program.institution.id,
                customer_id=certificate.customer_id,
                asked="",
                granted="",
                since=now,
                agreed_at=now,
                used_at=now,
                ended_at=now if ended else None,
            )
        )


def test_a_person_is_asked_by_the_name_that_they_have_there(
    program, stored, certificate, addressed, now
):
    connect(stored, program, certificate, now)

    placed = program.make(to={"sub": addressed}, return_uri=None)

    assert (placed.status_code, placed.json["url"]) == (201, None)
    request = stored.get_one(AskingRequest, placed.json["id"])
    assert request.customer_id == certificate.customer_id


def test_nobody_is_asked_who_ended_it_or_never_was_there(
    program, other_program, stored, certificate, addressed, now
):
    never = program.make(to={"sub": addressed})
    connect(stored, program, certificate, now, ended=True)
    ended = program.make(to={"sub": addressed})
    elsewhere = other_program.make(
        to={"sub": addressed}, return_uri="https://other.example/answered"
    )
    unknown = program.make(to={"sub": "t" * 42})

    assert never.json["code"] == "signing_person"
    assert never.data == ended.data == elsewhere.data == unknown.data


def test_a_hint_does_not_tell_whether_there_is_somebody(
    program, stored, certificate, device_for
):
    login_id = stored.get_one(Customer, certificate.customer_id).login_id
    named = program.make(to={"login_hint": login_id}, return_uri=None)
    nobody = program.make(to={"login_hint": "nobody-here"}, return_uri=None)

    def shape(answer):
        fields = dict(answer.json)
        names = (fields.pop("id"), fields.pop("asked_at"), fields.pop("expires_at"))
        assert all(names)
        return answer.status_code, fields

    assert shape(named) == shape(nobody)
    for answer in (named, nobody):
        assert program.get(answer.json["id"]).json["state"] == "made"
        led = program.client.get(f"/ask/for/{answer.json['id']}")
        assert led.status_code == 404
    request = stored.get_one(AskingRequest, named.json["id"])
    assert request.customer_id == certificate.customer_id


def test_a_page_that_loads_the_address_unseen_begins_nothing(program, stored, app):
    request_id = program.make().json["id"]

    answer = app.test_client().get(
        f"/ask/for/{request_id}", headers={"Sec-Fetch-Dest": "image"}
    )

    assert answer.status_code == 404
    assert stored.get_one(SigningRequest, request_id).started_at is None
    assert stored.get_one(AskingRequest, request_id).browser_network == ""


def test_only_the_first_browser_says_where_the_person_sits(program, start, stored, app):
    request_id = program.make().json["id"]
    start(request_id)
    later = app.test_client().get(
        f"/ask/for/{request_id}", environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )

    assert later.status_code == 303
    stored.expire_all()
    assert stored.get_one(AskingRequest, request_id).browser_network == "127.0.0.1"


def test_results_are_gone_after_thirty_days(program, device_for, start, stored, now):
    request_id = approve(
        program,
        device_for,
        start,
        stored,
        purpose="sign_documents",
        documents=[{"title": "약관", "content": encoded(TEXT)}],
    )
    later = now + timedelta(days=30, minutes=1)
    with unit_of_work_on(stored):
        assert service.forget_old(stored, later) >= 1
    with unit_of_work_on(stored):
        stored.get_one(AskingRequest, request_id).ended_at = now - timedelta(days=31)

    for path in ("result", "receipt", "documents/1"):
        answer = program.get(f"{request_id}/{path}")
        assert (answer.status_code, answer.json["code"]) == (410, "signing_result_over")
    stored.expire_all()
    assert stored.get_one(SigningRequest, request_id).receipt is None
    with unit_of_work_on(stored):
        assert service.forget_old(stored, later) == 0


def test_another_person_s_certificate_does_not_answer(
    program, stored, factory, certificate, device_for, now
):
    other = register_customer(
        stored,
        Customer(
            login_id="other",
            password_hash="",
            session_key="other",
            name="이두리",
            latin_name="LEE DURI",
            birth_date=date(1991, 2, 3),
            number="999999",
            created_at=now,
        ),
        now,
    )
    placed = program.make(to={"login_hint": other.login_id}, return_uri=None).json
    device = device_for(placed["id"])
    device.open()

    answer = device.approve(stored)

    assert (answer.status_code, answer.json["code"]) == (403, "request_other_person")
    entry = stored.scalar(select(SigningRequest.receipt))
    assert entry is None
