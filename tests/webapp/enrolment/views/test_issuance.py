"""A certificate is delivered once its holder's browser has read it back."""

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
