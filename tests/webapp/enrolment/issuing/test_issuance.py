"""A certificate is issued once, whole, and to whom it belongs."""

import hashlib
import threading
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.makers import make_request
from tests.support.certificate_factory import CertificateFactory
from tests.support.customers import register
from tests.webapp.browser_client import Browser
from webapp import create_app, db
from webapp.accounts.models import Customer
from webapp.accounts.service import new_customer
from webapp.audit.models import AuditEntry
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.enrolment.issuing.issuance_request import IssuanceRequest
from webapp.enrolment.models import Application
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

P_256 = KeyKind.P_256


def counted(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_certificate_carries_the_key_of_the_request_and_the_name_on_record(
    customer,
):
    key = new_key(P_256)

    answer = customer.order(customer.walk(), make_request(key=key, asks_for="mallory"))

    assert answer.status_code == 201
    issued = x509.load_der_x509_certificate(answer.data)
    assert issued.public_key() == key.public_key()
    assert "김하나(KIM HANA)" in issued.subject.rfc4514_string()
    assert "mallory" not in issued.subject.rfc4514_string()


def test_the_same_idempotency_key_gives_the_same_certificate(customer, stored):
    application, request = customer.walk(), make_request(key=new_key(P_256))

    first = customer.order(application, request)
    again = customer.order(application, request)

    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"]
    assert counted(stored, Certificate) == 1


def test_the_answer_comes_again_after_the_application_expired(customer, stored, now):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    first = customer.order(application, request)
    stored.execute(update(Application).values(expires_at=now - timedelta(days=9)))
    stored.commit()

    assert customer.order(application, request).data == first.data


def test_an_idempotency_key_with_another_request_is_refused(customer):
    application = customer.walk()
    customer.order(application, make_request(key=new_key(P_256)))

    answer = customer.order(application, make_request(key=new_key(P_256)))

    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_mismatch")


def test_an_idempotency_key_is_not_used_again_in_another_application(customer, stored):
    first = customer.order(customer.walk(), make_request(key=new_key(P_256)))
    customer.send_json(first.headers["Location"] + "/delivered", {"place": "browser"})

    answer = customer.order(customer.walk(), make_request(key=new_key(P_256)))

    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_mismatch")
    assert counted(stored, Certificate) == 1


def test_an_application_gives_one_certificate(customer, stored):
    application = customer.walk()
    customer.order(application, make_request(key=new_key(P_256)), key="a" * 16)

    answer = customer.order(application, make_request(key=new_key(P_256)), key="b" * 16)

    assert (answer.status_code, answer.json["code"]) == (409, "application_used")
    assert counted(stored, Certificate) == 1


def test_a_key_is_certified_once(customer):
    key = new_key(P_256)
    first = customer.order(customer.walk(), make_request(key=key), key="a" * 16)
    customer.send_json(first.headers["Location"] + "/delivered", {"place": "browser"})

    answer = customer.order(customer.walk(), make_request(key=key), key="b" * 16)

    assert (answer.status_code, answer.json["code"]) == (409, "key_seen")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space and more"])
def test_an_idempotency_key_of_another_form_is_refused(customer, key):
    answer = customer.order(customer.walk(), make_request(), key=key)

    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"", "request_malformed"),
        (b"\x30\x80", "request_malformed"),
        (b"-----BEGIN CERTIFICATE REQUEST-----", "request_is_pem"),
        (b"\x30" * 20_000, "request_too_large"),
    ],
)
def test_a_hostile_request_is_refused_with_words_and_nothing_is_used_up(
    customer, request_, code
):
    application = customer.walk()

    answer = customer.order(application, request_)

    assert answer.status_code == 400
    assert answer.json["code"] == code
    assert answer.json["sentence"]
    assert answer.json["next"]
    whole = customer.order(application, make_request(key=new_key(P_256)))
    assert whole.status_code == 201


def test_a_key_of_another_kind_than_the_type_wants_is_refused(customer):
    application = customer.walk(type_id="personal-bank")

    answer = customer.order(application, make_request(P_256))

    assert (answer.status_code, answer.json["code"]) == (400, "key_kind")


def test_nothing_is_issued_before_all_steps_are_passed(customer, stored):
    application = customer.begin()

    answer = customer.order(application, make_request())

    assert (answer.status_code, answer.json["code"]) == (409, "step_out_of_order")
    assert counted(stored, Certificate) == 0


def test_nothing_is_issued_after_fifteen_minutes(customer, stored, now):
    application = customer.walk()
    stored.execute(update(Application).values(expires_at=now - timedelta(seconds=1)))
    stored.commit()

    answer = customer.order(application, make_request())

    assert (answer.status_code, answer.json["code"]) == (410, "application_expired")


def test_another_customers_application_and_certificate_are_not_there(
    app, customer, stored, now
):
    application = customer.walk()
    where = customer.order(application, make_request(key=new_key(P_256))).headers[
        "Location"
    ]
    other = new_customer(
        login_id="other",
        password="other-password",
        name="이두리",
        latin_name="LEE DURI",
        birth_date=now.date(),
    )
    register(stored, other, now)
    stranger = Browser(app.test_client())
    stranger.sign_in("other", "other-password")

    assert stranger.order(application, make_request()).status_code == 404
    assert stranger.open(f"/applications/{application}/keep").status_code == 404
    for path in (where, f"{where}.cer", f"{where}/send"):
        assert stranger.open(path).status_code == 404


def test_what_a_crash_left_reserved_is_completed_at_the_next_start(
    app, config, customer, stored, now
):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    issuer = app.extensions["certferry.issuer"]
    order = IssuanceRequest(
        application_id=application,
        login_session_id=stored.get(Application, application).login_session_id,
        idempotency_key="k" * 16,
        request=request,
        sealed_random_number=CertificateFactory.of(app, stored).sealed(
            application, request
        ),
    )
    person = stored.scalar(select(Customer))
    reserved = issuer.reserve(stored, person, order, now)
    stored.commit()
    assert (reserved.state, reserved.der) == (StoredState.RESERVED, None)

    create_app(config)

    stored.refresh(reserved)
    assert reserved.state == StoredState.VALID
    issued = x509.load_der_x509_certificate(reserved.der)
    assert issued.tbs_certificate_bytes == reserved.to_be_signed
    assert customer.order(application, request).data == reserved.der


def test_a_reserved_certificate_is_not_shown_to_anybody(app, customer, stored, now):
    application, request = customer.walk(), make_request(key=new_key(P_256))
    order = IssuanceRequest(
        application_id=application,
        login_session_id=stored.get(Application, application).login_session_id,
        idempotency_key="k" * 16,
        request=request,
        sealed_random_number=CertificateFactory.of(app, stored).sealed(
            application, request
        ),
    )
    person = stored.scalar(select(Customer))
    issuer = app.extensions["certferry.issuer"]
    reserved = issuer.reserve(stored, person, order, now)
    stored.commit()

    assert customer.open(f"/certificates/{reserved.id}").status_code == 404


def test_two_tabs_that_order_at_once_get_one_certificate(app, customer, stored):
    application = customer.walk()
    requests = [make_request(key=new_key(P_256)) for _ in range(4)]
    issuer = app.extensions["certferry.issuer"]
    outcomes: list[str] = []

    def order(number: int) -> None:
        with app.app_context():
            session = db.session()
            factory = CertificateFactory(issuer, session)
            order_request = IssuanceRequest(
                application_id=application,
                login_session_id=session.get(Application, application).login_session_id,
                idempotency_key=f"{number}" * 16,
                request=requests[number],
                sealed_random_number=factory.sealed(application, requests[number]),
            )
            try:
                from webapp.clock import utc_now

                issued = factory.issue(order_request, utc_now())
                outcomes.append(issued.serial)
            except Exception as error:
                outcomes.append(getattr(error, "code", repr(error)))

    threads = [threading.Thread(target=order, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes)[-3:] == ["application_used"] * 3
    assert counted(stored, Certificate) == 1


def test_the_stored_bytes_are_what_was_signed_and_the_log_says_so(customer, stored):
    customer.order(customer.walk(), make_request(key=new_key(P_256)))

    row = stored.scalar(select(Certificate))
    issued = x509.load_der_x509_certificate(row.der)
    assert issued.tbs_certificate_bytes == row.to_be_signed
    assert f"{issued.serial_number:x}" == row.serial
    spki = issued.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    assert row.key_hash == hashlib.sha256(spki).digest()
    logged = stored.scalars(select(AuditEntry.event)).all()
    assert logged.count("certificate.issued") == 1
