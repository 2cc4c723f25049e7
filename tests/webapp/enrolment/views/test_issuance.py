"""A certificate is delivered once its holder's browser has read it back."""

import re

import pytest
from sqlalchemy import select

from tests.makers import make_request
from webapp.audit.models import AuditEntry
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

P_256 = KeyKind.P_256


def test_delivery_is_noted_once_and_ends_the_application(customer, stored):
    application = customer.walk()
    where = customer.order(application, make_request(key=new_key(P_256))).headers[
        "Location"
    ]

    for _ in range(2):
        answer = customer.send_json(f"{where}/delivered", {"place": "browser"})
        assert answer.status_code == 204

    done = customer.open(f"/applications/{application}")
    assert done.request.path.endswith("/done")
    logged = stored.scalars(select(AuditEntry.event)).all()
    assert logged.count("certificate.delivered") == 1


@pytest.mark.parametrize("body", [{"place": "cloud"}, {}])
def test_an_unknown_place_is_refused(customer, body):
    where = customer.order(customer.walk(), make_request(key=new_key(P_256))).headers[
        "Location"
    ]

    answer = customer.send_json(f"{where}/delivered", body)

    assert (answer.status_code, answer.json["code"]) == (422, "unknown_place")


@pytest.mark.parametrize(("body", "status"), [([], 400), ("text", 400), (None, 415)])
def test_what_is_no_object_is_refused(customer, body, status):
    where = customer.order(customer.walk(), make_request(key=new_key(P_256))).headers[
        "Location"
    ]

    answer = customer.send_json(f"{where}/delivered", body)

    assert (answer.status_code, answer.json["code"]) == (status, "bad_request")


def test_a_body_of_nothing_but_brackets_is_refused_like_any_other(customer):
    where = customer.order(customer.walk(), make_request(key=new_key(P_256))).headers[
        "Location"
    ]

    answer = customer.client.post(
        f"{where}/delivered",
        data=b"[" * 60_000,
        headers={"Content-Type": "application/json", "X-CSRFToken": customer.token},
    )

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


@pytest.fixture
def phone_only(customer):
    """Where a certificate of a type for one phone only was just issued."""
    application = customer.walk(type_id="demo-phone-only")
    answer = customer.order(application, make_request(key=new_key(P_256)), sealed="")
    assert answer.status_code == 201
    return answer.headers["Location"]


@pytest.mark.parametrize("place", ["browser", "hard-disk", "removable-disk", "file"])
def test_one_for_a_phone_only_is_kept_nowhere_else(customer, phone_only, stored, place):
    refused = customer.send_json(f"{phone_only}/delivered", {"place": place})

    assert (refused.status_code, refused.json["code"]) == (409, "phone_only")
    assert refused.json["sentence"]
    assert refused.json["next"]
    logged = stored.scalars(select(AuditEntry.event)).all()
    assert "certificate.delivered" not in logged
    taken = customer.send_json(f"{phone_only}/delivered", {"place": "phone"})
    assert taken.status_code == 204


@pytest.mark.parametrize(
    ("place", "event", "status", "code"),
    [
        ("file", "saved", 409, "phone_only"),
        ("hard-disk", "saved", 409, "phone_only"),
        ("removable-disk", "saved", 409, "phone_only"),
        ("phone", "sent", 409, "phone_only"),
        ("computer", "sent", 409, "phone_only"),
        ("browser", "removed", 409, "phone_only"),
        ("cloud", "saved", 422, "unknown_place"),
        ("phone", "made", 422, "unknown_place"),
    ],
)
def test_no_copy_of_one_for_a_phone_only_is_noted(
    customer, phone_only, place, event, status, code
):
    report = {"place": place, "how": event}

    answer = customer.send_json(f"{phone_only}/kept", report)

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_that_it_was_deleted_on_the_phone_is_noted(customer, phone_only):
    customer.send_json(f"{phone_only}/delivered", {"place": "phone"})

    answer = customer.send_json(
        f"{phone_only}/kept", {"place": "phone", "how": "removed"}
    )

    assert answer.status_code == 204
    page = customer.open(f"{phone_only}/places")
    assert page.text.count("<time") == 2


def test_its_step_offers_the_phone_alone(customer):
    application = customer.walk(type_id="demo-phone-only")

    page = customer.open(f"/applications/{application}/keep").text

    assert 'data-key-storage="phone-only"' in page
    assert 'id="phone-only"' in page
    places = re.findall(r'name="place" value="([a-z-]+)"', page)
    assert places == ["phone-made", "phone"]


def test_other_types_have_no_key_for_a_phone_only(customer):
    page = customer.open(f"/applications/{customer.walk()}/keep").text

    assert 'data-key-storage="anywhere"' in page
    assert 'id="phone-only"' not in page
    assert 'value="browser"' in page
