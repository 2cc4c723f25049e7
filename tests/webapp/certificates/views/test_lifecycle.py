"""The doors say first what they do, do it once, and only for whom it belongs to."""

from datetime import timedelta

import pytest
from cryptography import x509
from sqlalchemy import select, update

from tests.makers import make_request
from tests.support.certificate_factory import CertificateFactory, proof_of, signed
from tests.support.customers import register
from tests.webapp.browser_client import Browser
from webapp.accounts.service import new_customer
from webapp.audit.models import AuditEntry
from webapp.certificates.lifecycle import Initiator, StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.views.lifecycle import REASONS
from webapp.enrolment.models import Application
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind

P_256 = KeyKind.P_256
AGREED = {"privacy": "yes", "privacy_version": PRIVACY_VERSION}
DOORS = ("reissue", "renew", "suspend", "resume", "revoke")


@pytest.fixture
def factory(app, stored):
    return CertificateFactory.of(app, stored)


@pytest.fixture
def key():
    return new_key(P_256)


@pytest.fixture
def certificate(factory, now, key):
    """A certificate of today."""
    return factory.issued(now, key=key)


@pytest.fixture
def ending(factory, now, key):
    """A certificate in its last 30 days."""
    return factory.issued(now - timedelta(days=350), key=key)


def state_of(stored, certificate):
    stored.expire_all()
    return stored.get_one(Certificate, certificate.id).state


def code_of(answer):
    return answer.text.split("<code>")[1].split("</code>")[0]


def test_reissue_says_first_that_the_old_one_is_revoked(customer, certificate):
    page = customer.open(f"/certificates/{certificate.id}/reissue")

    assert page.status_code == 200
    main = page.text[page.text.index("<main") :]
    assert main.index("effect-notice") < main.index("<form")
    assert main.count("primary") == 1


@pytest.mark.parametrize("door", ["suspend", "revoke"])
def test_looking_at_a_door_changes_nothing(customer, stored, certificate, door):
    assert customer.open(f"/certificates/{certificate.id}/{door}").status_code == 200

    assert state_of(stored, certificate) == StoredState.VALID


def test_renew_before_its_time_is_refused_and_nothing_is_begun(
    customer, stored, certificate
):
    for answer in (
        customer.open(f"/certificates/{certificate.id}/renew"),
        customer.submit(f"/certificates/{certificate.id}/renew"),
    ):
        assert (answer.status_code, code_of(answer)) == (409, "renewal_too_early")
    stmt = select(Application).where(Application.closed_at.is_(None))
    assert stored.scalar(stmt) is None


@pytest.mark.parametrize("door", DOORS)
def test_another_customers_certificate_is_not_there(
    app, customer, factory, stored, certificate, now, door
):
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
    fields = {"reason": "key_compromise", "confirmed": "yes"}

    assert stranger.open(f"/certificates/{certificate.id}/{door}").status_code == 404
    answer = stranger.submit(f"/certificates/{certificate.id}/{door}", **fields)
    assert answer.status_code == 404
    assert state_of(stored, certificate) == StoredState.VALID


@pytest.mark.parametrize("door", DOORS)
def test_a_door_asks_who_is_there(app, certificate, door):
    visitor = Browser(app.test_client())

    assert "login_id" in visitor.open(f"/certificates/{certificate.id}/{door}").text
    answer = visitor.submit(f"/certificates/{certificate.id}/{door}")
    assert "/sign-in" in answer.headers["Location"]


def test_suspended_with_one_press_and_resumed_with_one(customer, stored, certificate):
    """Resuming wants one more check before: see test_step_up."""
    done = customer.submit(f"/certificates/{certificate.id}/suspend")
    assert done.headers["Location"] == f"/certificates/{certificate.id}"
    assert state_of(stored, certificate) == StoredState.SUSPENDED
    again = customer.submit(f"/certificates/{certificate.id}/suspend")
    assert (again.status_code, code_of(again)) == (409, "certificate_suspended")

    customer.has_shown()
    customer.submit(f"/certificates/{certificate.id}/resume")

    assert state_of(stored, certificate) == StoredState.VALID
    logged = stored.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert logged[-2:] == ["certificate.suspended", "certificate.resumed"]


def test_what_the_counter_suspended_its_holder_does_not_resume(
    customer, stored, certificate, now
):
    stored.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id)
        .values(
            state=StoredState.SUSPENDED,
            suspended_at=now,
            suspended_by=Initiator.COUNTER,
        )
    )
    stored.commit()

    answer = customer.submit(f"/certificates/{certificate.id}/resume")

    assert (answer.status_code, code_of(answer)) == (403, "suspended_by_other")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "unknown_reason"),
        ({"reason": "superseded", "confirmed": "yes"}, "unknown_reason"),
        ({"reason": "key_compromise"}, "revocation_not_confirmed"),
        ({"reason": "key_compromise", "confirmed": "no"}, "revocation_not_confirmed"),
    ],
)
def test_nothing_is_revoked_without_a_reason_and_a_confirmation(
    customer, stored, certificate, fields, code
):
    from tests.support.error_messages import ERROR_MESSAGES

    customer.open(f"/certificates/{certificate.id}/revoke")
    answer = customer.submit(f"/certificates/{certificate.id}/revoke", **fields)

    assert answer.status_code == ERROR_MESSAGES[code].status == 422
    assert 'role="alert"' in answer.text
    assert state_of(stored, certificate) == StoredState.VALID


@pytest.mark.parametrize("reason", REASONS)
def test_revoked_with_its_reason(customer, stored, certificate, reason):
    customer.has_shown()
    customer.submit(
        f"/certificates/{certificate.id}/revoke", reason=reason, confirmed="yes"
    )

    assert state_of(stored, certificate) == StoredState.REVOKED
    row = stored.get_one(Certificate, certificate.id)
    assert (row.revocation_reason, row.revoked_by) == (reason, Initiator.HOLDER)
    again = customer.submit(
        f"/certificates/{certificate.id}/revoke", reason=reason, confirmed="yes"
    )
    assert (again.status_code, code_of(again)) == (409, "certificate_revoked")


def test_a_line_is_revoked_from_any_of_its_certificates(
    customer, factory, stored, ending, now
):
    customer.has_shown()
    new = factory.renewed(ending, now)
    stored.execute(
        update(Certificate)
        .where(Certificate.id == ending.id)
        .values(state=StoredState.REVOKED, revoked_at=now)
    )
    stored.commit()

    page = customer.open(f"/certificates/{new.id}/revoke")
    assert page.status_code == 200
    customer.submit(
        f"/certificates/{new.id}/revoke",
        reason="key_compromise",
        scope="line",
        confirmed="yes",
    )

    assert state_of(stored, new) == StoredState.REVOKED


def test_a_reissue_walks_through_the_checks_and_not_through_the_type(
    customer, stored, certificate
):
    opened = customer.submit(f"/certificates/{certificate.id}/reissue").headers[
        "Location"
    ]
    application = opened.rsplit("/", 1)[-1]
    steps = f"/applications/{application}"
    customer.submit(f"{steps}/terms", version=TERMS_VERSION, accepted="yes", **AGREED)
    customer.submit(f"{steps}/you", birth_date="19900131")

    answer = customer.order(application, make_request(key=new_key(P_256)))

    assert answer.status_code == 201, answer.json
    new = x509.load_der_x509_certificate(answer.data)
    assert new.not_valid_after_utc == certificate.not_after
    assert state_of(stored, certificate) == StoredState.REVOKED


def test_a_renewal_walks_through_the_proof_alone(customer, stored, ending, key):
    opened = customer.submit(f"/certificates/{ending.id}/renew").headers["Location"]
    application = opened.rsplit("/", 1)[-1]
    steps = f"/applications/{application}"
    customer.submit(f"{steps}/terms", version=TERMS_VERSION, accepted="yes", **AGREED)
    page = customer.open(f"{steps}/proof")
    renewal = stored.get_one(Application, application)
    assert renewal.proof_challenge.hex() in page.text
    signature = signed(key, proof_of(renewal, ending, origin="http://localhost"))

    early = customer.order(application, make_request(key=new_key(P_256)))
    assert early.json["code"] == "step_out_of_order"
    wrong = post_bytes(customer, f"{steps}/proof", b"x")
    assert (wrong.status_code, wrong.json["code"]) == (422, "proof_refused")
    assert post_bytes(customer, f"{steps}/proof", signature).status_code == 204
    replayed = post_bytes(customer, f"{steps}/proof", signature)
    assert (replayed.status_code, replayed.json["code"]) == (422, "proof_refused")
    answer = customer.order(application, make_request(key=new_key(P_256)))

    assert answer.status_code == 201, answer.json
    assert state_of(stored, ending) == StoredState.VALID
    assert customer.open(f"{steps}/proof").request.path.endswith("/keep")


def test_the_proof_of_an_application_that_needs_none_is_not_there(
    customer, certificate
):
    opened = customer.submit(f"/certificates/{certificate.id}/reissue").headers[
        "Location"
    ]

    assert customer.open(f"{opened}/proof").status_code == 404
    answer = post_bytes(customer, f"{opened}/proof", b"x")
    assert (answer.status_code, answer.json["code"]) == (409, "step_out_of_order")


def test_a_door_says_that_another_open_application_ends(customer, certificate):
    first = customer.begin()

    assert (
        "notice time" in customer.open(f"/certificates/{certificate.id}/reissue").text
    )
    customer.submit(f"/certificates/{certificate.id}/reissue")
    other_tab = customer.submit(
        f"/applications/{first}/terms", version=TERMS_VERSION, accepted="yes", **AGREED
    )

    assert (other_tab.status_code, code_of(other_tab)) == (409, "application_replaced")


def test_what_is_issued_and_not_kept_goes_first(customer, stored, certificate):
    application = customer.walk()
    customer.order(application, make_request(key=new_key(P_256)))

    assert (
        "notice time" in customer.open(f"/certificates/{certificate.id}/reissue").text
    )
    opened = customer.submit(f"/certificates/{certificate.id}/reissue").headers[
        "Location"
    ]

    assert opened.endswith(application)


def test_the_same_door_in_two_tabs_is_one_application(customer, certificate):
    one = customer.submit(f"/certificates/{certificate.id}/reissue").headers["Location"]
    other = customer.submit(f"/certificates/{certificate.id}/reissue").headers[
        "Location"
    ]

    assert one == other


# What happened?


@pytest.mark.parametrize("answer", ["forgot", "expires", "new-phone", "lost", "new-pc"])
def test_an_answer_survives_signing_in(app, password, certificate, answer):
    visitor = Browser(app.test_client())
    where = f"/help/what-happened?answer={answer}"
    page = visitor.open(where)
    assert f"/sign-in?next=/help/what-happened?answer={answer}" in page.text

    visitor.open(f"/sign-in?next={where}")
    gone = visitor.submit(
        "/sign-in", login_id="demo", password=password, next=where
    ).headers["Location"]

    assert gone == where
    assert f'data-kept="{certificate.id}"' in visitor.open(gone).text


@pytest.mark.parametrize(
    ("answer", "leads"),
    [
        ("forgot", "/reissue"),
        ("expires", "/renew"),
        ("lost", "/suspend"),
        ("new-phone", "/reissue"),
        ("new-pc", "/reissue"),
    ],
)
def test_what_happened_leads_to_the_right_door(customer, ending, answer, leads):
    page = customer.open(f"/help/what-happened?answer={answer}").text

    assert f"/certificates/{ending.id}{leads}" in page
    assert page.index("effect-notice") < page.index(f"/certificates/{ending.id}{leads}")


def test_with_several_certificates_one_is_chosen(customer, factory, certificate, now):
    other = factory.issued(now)

    page = customer.open("/help/what-happened?answer=forgot").text

    assert f"/certificates/{certificate.id}/reissue" in page
    assert f"/certificates/{other.id}/reissue" in page


def test_with_no_certificate_a_new_one_is_offered(customer):
    page = customer.open("/help/what-happened?answer=lost")

    assert 'action="/applications"' in page.text


def test_an_answer_that_is_none_shows_the_question(customer, certificate):
    page = customer.open("/help/what-happened?answer=<script>")

    assert page.status_code == 200
    assert "answer=forgot" in page.text
    assert "<script>" not in page.text.split("<main")[1].split("</main")[0]


def post_bytes(visitor, path, body):
    return visitor.client.post(
        path,
        data=body,
        headers={
            "Content-Type": "application/octet-stream",
            "Accept": "application/json",
            "X-CSRFToken": visitor.token,
        },
    )


def test_reasons_are_those_of_the_trade():
    assert set(REASONS) == {
        ReasonCode.KEY_COMPROMISE,
        ReasonCode.AFFILIATION_CHANGED,
        ReasonCode.CESSATION_OF_OPERATION,
    }
