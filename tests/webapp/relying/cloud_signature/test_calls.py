"""What a program is told, and that a SAD is good for its own call and once."""

import base64
import hashlib
import json
import threading
import time
from datetime import timedelta

import pytest
from asn1crypto import cms
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.cloud_signature import (
    Program,
    approve,
    decline,
    encode,
    open_requests,
)
from tests.support.customers import register as register_customer
from tests.support.openid import Person
from tests.support.revocation import revoke, suspend
from webapp.accounts.models import Customer
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import verify_over_digest
from webapp.relying.asking.models import AskingRequest
from webapp.relying.cloud_signature.errors import OtherCertificateError
from webapp.relying.cloud_signature.models import CloudSignature
from webapp.relying.cloud_signature.rules import RSA_SHA_256
from webapp.relying.connections import service as connections
from webapp.relying.deliveries.kinds import Sender

ONE, TWO, THREE = (hashlib.sha256(bytes([n])).digest() for n in range(3))


@pytest.fixture
def credential_id(program):
    (only,) = program.credential_ids()
    return only


@pytest.fixture
def sad_for(program, credential_id, person, stored, now):
    """Have hashes authorized on the phone; return the SAD."""

    def authorize(*hashes, **fields):
        pending = program.authorize(credential_id, hashes, **fields)
        assert pending.json["code"] == "csc_pending", pending.json
        (request,) = open_requests(stored)
        approve(person, request.id, now)
        return program.authorize(credential_id, hashes, **fields).json["SAD"]

    return authorize


@pytest.fixture
def stranger(app, stored, factory, now):
    """Another customer, with a key and a certificate."""
    customer = Customer(
        login_id="other",
        password_hash="",
        session_key="other",
        name="이두리",
        latin_name="LEE DURI",
        birth_date=(now - timedelta(days=12000)).date(),
        number="999999",
        created_at=now,
    )
    customer = register_customer(stored, customer, now)
    key = new_key(KeyKind.P_256)
    order = factory.order(
        factory.ready(now - timedelta(days=1), customer=customer), key
    )
    certificate = factory.issue(order, now - timedelta(days=1), customer)
    return Person(app.test_client(), stored, key, certificate)


def refusal(answer):
    """Return status, the standard's word and our code; its form has to be right."""
    assert set(answer.json) == {"error", "error_description", "code"}, answer.text
    assert answer.json["error_description"].strip()
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json["error"], answer.json["code"]


def test_info_names_the_service_and_its_methods(app):
    answer = Program(app.test_client(), "").call("info")

    assert answer.json["specs"] == "1.0.4.0"
    assert answer.json["authType"] == ["oauth2code"]
    assert answer.json["oauth2"] == "http://127.0.0.1:8000/csc/v1"
    assert "signatures/signHash" in answer.json["methods"]
    for path in answer.json["methods"]:
        rule = f"/csc/v1/{path}"
        assert rule in {one.rule for one in app.url_map.iter_rules()}


def test_addresses_of_oauth_stand_under_the_service(app, bank, person, now):
    answer = person.open(f"/csc/v1/oauth2/authorize?{bank.address().partition('?')[2]}")

    assert answer.status_code == 303
    assert answer.location == bank.address()


def test_token_of_the_service_alone_is_enough(program_of, bank, person):
    assert len(program_of(bank, person, scope="service").credential_ids()) == 1


def test_revoked_token_calls_no_more(program, bank, app):
    answer = app.test_client().post(
        "/csc/v1/oauth2/revoke", data={"token": program.token}, auth=bank.auth
    )

    assert answer.status_code == 200
    assert refusal(program.call("credentials/list")) == (
        401,
        "invalid_token",
        "csc_token_refused",
    )


def test_token_of_another_institution_is_not_revoked(program, bank_of, app):
    other = bank_of("sign_in", name="부산은행")

    answer = app.test_client().post(
        "/csc/v1/oauth2/revoke", data={"token": program.token}, auth=other.auth
    )

    assert answer.json["error"] == "invalid_grant"
    assert program.credential_ids()


def test_credential_is_described_as_the_standard_says(program, credential_id, person):
    answer = program.call(
        "credentials/info",
        credentialID=credential_id,
        certificates="chain",
        certInfo=True,
    ).json

    assert answer["key"] == {
        "status": "enabled",
        "algo": ["1.2.840.10045.4.3.2"],
        "len": 256,
        "curve": "1.2.840.10045.3.1.7",
    }
    assert answer["authMode"] == "implicit"
    assert (answer["SCAL"], answer["multisign"]) == ("2", 20)
    assert answer["cert"]["status"] == "valid"
    assert len(answer["cert"]["certificates"]) == 3
    assert answer["cert"]["certificates"][0] == encode(person.certificate.signed_der)
    assert answer["cert"]["serialNumber"] == person.certificate.serial
    assert len(answer["cert"]["validTo"]) == 15


def test_certificates_are_sent_as_they_are_asked_for(program, credential_id):
    counts = {}
    for form in ("none", "single", "chain"):
        answer = program.call(
            "credentials/info", credentialID=credential_id, certificates=form
        )
        counts[form] = len(answer.json["cert"].get("certificates", []))

    assert counts == {"none": 0, "single": 1, "chain": 3}


def test_signatures_are_those_of_the_phone_in_the_order_of_the_hashes(
    program, credential_id, sad_for, person
):
    sad = sad_for(ONE, TWO, description="Two contracts")

    answer = program.sign(credential_id, sad, (ONE, TWO))

    signatures = [base64.b64decode(one) for one in answer.json["signatures"]]
    public = person.key.public_key()
    assert [
        verify_over_digest(public, signature, digest)
        for signature, digest in zip(signatures, (ONE, TWO), strict=True)
    ] == [True, True]


def test_same_call_again_asks_the_person_once(program, credential_id, stored):
    for _ in range(3):
        program.authorize(credential_id, (ONE,))

    assert len(open_requests(stored)) == 1


def test_other_hashes_are_another_request(program, credential_id, stored):
    program.authorize(credential_id, (ONE,))
    program.authorize(credential_id, (TWO,))

    assert len(open_requests(stored)) == 2


def test_sad_is_good_once(program, credential_id, sad_for):
    sad = sad_for(ONE)
    assert program.sign(credential_id, sad, (ONE,)).status_code == 200

    assert refusal(program.sign(credential_id, sad, (ONE,))) == (
        400,
        "invalid_request",
        "csc_sad_used",
    )


def test_lost_answer_is_called_for_again_and_ends_the_sad_before(
    program, credential_id, sad_for
):
    lost = sad_for(ONE)
    sad = program.authorize(credential_id, (ONE,)).json["SAD"]

    assert refusal(program.sign(credential_id, lost, (ONE,)))[2] == "csc_sad_unknown"
    assert program.sign(credential_id, sad, (ONE,)).status_code == 200


@pytest.mark.parametrize("hashes", [(TWO,), (ONE, TWO), (TWO, ONE, THREE), (TWO, ONE)])
def test_sad_is_good_for_its_own_hashes(program, credential_id, sad_for, hashes):
    sad = sad_for(ONE, THREE) if len(hashes) == 1 else sad_for(ONE, THREE, TWO)

    answer = program.sign(credential_id, sad, hashes)

    assert refusal(answer) == (400, "invalid_request", "csc_sad_hash")


def test_sad_is_of_no_use_to_another_program(
    program, credential_id, sad_for, program_of, bank_of, person
):
    sad = sad_for(ONE)
    other = program_of(bank_of(name="부산은행"), person)

    answer = other.sign(credential_id, sad, (ONE,))

    assert refusal(answer)[2] == "csc_sad_unknown"
    assert program.sign(credential_id, sad, (ONE,)).status_code == 200


def test_sad_ends_in_minutes(program, credential_id, sad_for, stored, now):
    sad = sad_for(ONE)
    with unit_of_work_on(stored):
        stored.execute(update(CloudSignature).values(sad_expires_at=now))

    answer = program.sign(credential_id, sad, (ONE,))

    assert refusal(answer) == (400, "expired_token", "csc_sad_expired")


@pytest.mark.parametrize("end", ["suspend", "revoke"])
def test_certificate_that_ends_after_the_approval_signs_nothing(
    program, person, stored, factory, now, end
):
    key = new_key(KeyKind.P_256)
    signing = factory.issued(now - timedelta(hours=1), key=key)
    phone = Person(person.client, stored, key, signing)
    program.authorize(signing.fingerprint, (ONE,))
    (request,) = open_requests(stored)
    approve(phone, request.id, now)
    sad = program.authorize(signing.fingerprint, (ONE,)).json["SAD"]
    if end == "suspend":
        suspend(stored, signing, actor=None, now=now)
    else:
        revoke(stored, signing, reason=ReasonCode.SUPERSEDED, actor=None, now=now)

    answer = program.sign(signing.fingerprint, sad, (ONE,))

    code = {"suspend": "signer_suspended", "revoke": "signer_revoked"}[end]
    assert refusal(answer)[1:] == ("invalid_request", code)
    assert signing.fingerprint not in program.credential_ids()
    answer = program.authorize(signing.fingerprint, (TWO,))
    assert refusal(answer)[2] == code


def test_suspended_certificate_of_the_sign_in_ends_the_token(
    program, credential_id, sad_for, person, stored, now
):
    sad = sad_for(ONE)
    suspend(stored, person.certificate, actor=None, now=now)

    answer = program.sign(credential_id, sad, (ONE,))

    assert refusal(answer)[2] == "csc_token_refused"


def test_declined_request_is_told_and_not_asked_again_by_waiting_on(
    program, credential_id, person, stored, now
):
    program.authorize(credential_id, (ONE,))
    (request,) = open_requests(stored)
    decline(person, request.id, now)

    answer = program.authorize(credential_id, (ONE,))

    assert refusal(answer) == (403, "access_denied", "csc_declined")
    assert open_requests(stored) == []
    answer = program.authorize(credential_id, (ONE,))
    assert refusal(answer)[2] == "csc_pending"


def test_other_certificate_of_the_person_approves_nothing(
    program, credential_id, person, stored, factory, now
):
    key = new_key(KeyKind.P_256)
    other = factory.issued(now - timedelta(hours=1), key=key)
    program.authorize(credential_id, (ONE,))
    (request,) = open_requests(stored)
    phone = Person(person.client, stored, key, other)

    with pytest.raises(OtherCertificateError):
        approve(phone, request.id, now)

    assert len(open_requests(stored)) == 1


@pytest.mark.parametrize("name", ["credentials/info", "credentials/authorize"])
def test_credential_of_somebody_else_is_none(program, stranger, name):
    answer = program.call(
        name,
        credentialID=stranger.certificate.fingerprint,
        numSignatures=1,
        hash=[encode(ONE)],
    )

    assert refusal(answer) == (400, "invalid_request", "csc_credential_unknown")


def test_sad_with_the_credential_of_somebody_else_signs_nothing(
    program, credential_id, sad_for, stranger, program_of, bank
):
    sad = sad_for(ONE)
    theirs = stranger.certificate.fingerprint
    other = program_of(bank, stranger)

    assert refusal(program.sign(theirs, sad, (ONE,)))[2] == "csc_credential_unknown"
    assert refusal(other.sign(theirs, sad, (ONE,)))[2] == "csc_sad_unknown"
    assert (
        refusal(other.sign(credential_id, sad, (ONE,)))[2] == "csc_credential_unknown"
    )


def test_nobody_calls_without_a_token(app):
    for name in ("credentials/list", "credentials/info", "signatures/signHash"):
        answer = Program(app.test_client(), "").call(name)
        assert refusal(answer) == (401, "invalid_token", "csc_token_refused")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_token_for_signing_in_alone_sees_no_credentials(program_of, bank, person):
    program = program_of(bank, person, scope="openid profile")

    assert refusal(program.call("credentials/list")) == (
        403,
        "insufficient_scope",
        "csc_scope_missing",
    )


def test_person_who_cleared_the_choice_is_not_listed(app, bank, person, now):
    answer = person.open(bank.address(scope="openid service"))
    answer = person.sign(answer.location, now)
    answer = person.agree(answer.location, claims=[])
    code = answer.location.partition("code=")[2].partition("&")[0]
    token = bank.exchange(code).json["access_token"]

    answer = Program(app.test_client(), token).call("credentials/list")

    assert refusal(answer)[2] == "csc_scope_missing"


def test_ended_connection_ends_the_calls(program, bank, stored, config, now):
    customer = stored.query(Customer).first()
    with unit_of_work_on(stored):
        connections.end_connection(
            stored, customer, bank.id, Sender(config=config, now=now)
        )

    assert refusal(program.call("credentials/list"))[2] == "csc_token_refused"


def test_institution_without_the_purpose_asks_for_nothing(program_of, bank_of, person):
    program = program_of(bank_of("sign_in"), person)

    assert refusal(program.call("credentials/list")) == (
        403,
        "unauthorized_client",
        "csc_purpose_missing",
    )


def test_rsa_key_is_listed_only_where_attributes_are_signed(
    app, stored, factory, program_of, bank_of, now
):
    key = new_key(KeyKind.RSA_2048)
    certificate = factory.issued(
        now - timedelta(days=1), key=key, type_id="personal-general"
    )
    person = Person(app.test_client(), stored, key, certificate)
    bare = program_of(bank_of(), person)
    documents = program_of(
        bank_of("sign_in", "sign_documents", name="부산은행"), person
    )

    assert bare.credential_ids() == []
    assert documents.credential_ids() == [certificate.fingerprint]
    answer = bare.authorize(certificate.fingerprint, (ONE,))
    assert refusal(answer)[2] == "csc_key_kind"


def attributes_of(digest):
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [digest]},
        ]
    ).dump()


def client_data(*attributes):
    return json.dumps({"signedAttributes": [encode(one) for one in attributes]})


def test_attributes_are_signed_with_an_rsa_key_and_without_the_purpose_of_hashes(
    app, stored, factory, program_of, bank_of, now
):
    key = new_key(KeyKind.RSA_2048)
    certificate = factory.issued(
        now - timedelta(days=1), key=key, type_id="personal-general"
    )
    person = Person(app.test_client(), stored, key, certificate)
    program = program_of(bank_of("sign_in", "sign_documents"), person)
    attributes = attributes_of(ONE)
    hashes = (hashlib.sha256(attributes).digest(),)
    data = client_data(attributes)
    program.authorize(certificate.fingerprint, hashes, clientData=data)
    (request,) = open_requests(stored)
    approve(person, request.id, now)

    sad = program.authorize(certificate.fingerprint, hashes, clientData=data).json[
        "SAD"
    ]
    answer = program.sign(certificate.fingerprint, sad, hashes, signAlgo=RSA_SHA_256)

    assert len(answer.json["signatures"]) == 1
    bare = program.authorize(certificate.fingerprint, hashes)
    assert refusal(bare)[2] == "csc_purpose_missing"


@pytest.mark.parametrize(
    "data",
    [
        client_data(attributes_of(TWO)),
        client_data(attributes_of(ONE), attributes_of(TWO)),
        client_data(b"certferry asking 1"),
        client_data(b"\x31\x00"),
        '{"signedAttributes": "x"}',
        '{"signedAttributes": []}',
        '{"signedAttributes": [1]}',
        '{"signedAttributes": ["!"]}',
    ],
)
def test_attributes_of_something_else_are_refused(program_of, bank_of, person, data):
    program = program_of(bank_of("sign_in", "sign_documents"), person)
    digest = hashlib.sha256(attributes_of(ONE)).digest()

    answer = program.authorize(
        person.certificate.fingerprint, (digest,), clientData=data
    )

    assert refusal(answer)[2] == "csc_attributes"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"numSignatures": 2}, "csc_count"),
        ({"numSignatures": 0}, "csc_count"),
        ({"numSignatures": "1"}, "csc_body"),
        ({"hash": []}, "csc_hashes"),
        ({"hash": ["x"]}, "csc_hashes"),
        ({"hash": [encode(b"short")]}, "csc_hashes"),
        ({"hash": [encode(ONE)] * 2, "numSignatures": 2}, "csc_hashes"),
        ({"hash": [encode(ONE)] * 21, "numSignatures": 21}, "csc_hashes"),
        ({"hash": [1]}, "csc_body"),
        ({"hash": None}, "csc_body"),
        ({"description": "\u202ex"}, "asking_text"),
        ({"description": "x" * 201}, "asking_text"),
        ({"credentialID": ""}, "csc_credential_unknown"),
        ({"credentialID": "' OR 1=1"}, "csc_credential_unknown"),
    ],
)
def test_odd_calls_are_refused_and_ask_nobody(
    program, credential_id, stored, fields, code
):
    answer = program.authorize(credential_id, (ONE,), **fields)

    assert refusal(answer)[2] == code
    assert open_requests(stored) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"signAlgo": RSA_SHA_256},
        {"signAlgo": ""},
        {"hashAlgo": "1.3.14.3.2.26"},
        {"signAlgoParams": "BQA="},
    ],
)
def test_other_algorithms_are_refused_and_use_nothing_up(
    program, credential_id, sad_for, fields
):
    sad = sad_for(ONE)

    answer = program.sign(credential_id, sad, (ONE,), **fields)

    assert refusal(answer)[2] == "csc_algorithm"
    assert program.sign(credential_id, sad, (ONE,)).status_code == 200


def test_body_that_is_no_json_is_refused_in_the_standards_form(program):
    answer = program.client.post(
        "/csc/v1/credentials/list",
        data="{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.token}"},
    )

    assert refusal(answer) == (400, "invalid_request", "bad_request")


def test_user_is_named_by_the_token_alone(program):
    answer = program.call("credentials/list", userID="somebody")

    assert refusal(answer)[2] == "csc_user_named"


def test_refusals_are_said_in_the_callers_language(app):
    answer = app.test_client().post(
        "/csc/v1/credentials/list", json={}, headers={"Accept-Language": "ko"}
    )

    assert "토큰" in answer.json["error_description"]


def test_unanswered_request_is_told(program, credential_id, stored, now):
    program.authorize(credential_id, (ONE,))
    with unit_of_work_on(stored):
        stored.execute(update(AskingRequest).values(expires_at=now))

    answer = program.authorize(credential_id, (ONE,))

    assert refusal(answer) == (403, "access_denied", "csc_unanswered")


def test_call_that_is_kept_ends_with_the_answer(
    app, program, credential_id, person, stored, now
):
    threading.Timer(0.2, _approve_first, (person, stored, now)).start()

    answer = program.authorize(credential_id, (ONE,), prefer="wait=20")

    assert answer.json["SAD"]
    assert 0 < answer.json["expiresIn"] <= 300


def _approve_first(person, stored, now):
    with Session(stored.get_bind()) as session:
        phone = Person(person.client, session, person.key, person.certificate)
        end = time.monotonic() + 20
        while time.monotonic() < end and not open_requests(session):
            time.sleep(0.05)
        (request,) = open_requests(session)
        approve(phone, request.id, now)


def test_database_has_no_sad(sad_for, stored):
    sad = sad_for(ONE)

    row = stored.query(CloudSignature).one()
    assert row.sad_hash == hashlib.sha256(sad.encode()).hexdigest()
