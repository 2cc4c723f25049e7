"""With CERTFERRY_FOUR_EYES=institutions a second administrator agrees to them."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from webapp import create_app
from webapp.accounts.models import Role
from webapp.relying.institutions import service
from webapp.relying.institutions.errors import InstitutionUnknownError
from webapp.relying.institutions.models import Institution

FIELDS = {
    "name": "한강은행",
    "reason": "Sign-in",
    "page": "https://bank.example/",
    "purposes": "sign_in",
    "redirect_uris": "https://bank.example/callback",
}
PATH = "/counter/institutions"


@pytest.fixture
def config(config):
    return replace(config, four_eyes=frozenset({"institutions"}))


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def chief(operator_of):
    return operator_of(Role.ADMINISTRATOR)


@pytest.fixture
def colleague(operator_of):
    return operator_of(Role.ADMINISTRATOR)


def only(stored):
    stored.rollback()
    stored.expire_all()
    return stored.scalars(select(Institution)).one()


def submit(browser, path, **fields):
    browser.open(PATH)
    return browser.submit(path, **fields)


@pytest.fixture
def registered(chief, stored):
    answer = submit(chief, f"{PATH}/new", **FIELDS)
    assert answer.status_code == 200, answer.text
    return only(stored)


@pytest.fixture
def agreed(registered, colleague, stored):
    path = f"{PATH}/{registered.id}/agree"
    assert submit(colleague, path).status_code == 303
    return only(stored)


def test_a_new_one_asks_nobody_until_a_second_agrees(
    registered, chief, colleague, stored
):
    path = f"{PATH}/{registered.id}/agree"
    with pytest.raises(InstitutionUnknownError):
        service.find_active(stored, registered.id)

    assert submit(chief, path).status_code == 403
    assert submit(colleague, path).status_code == 303
    assert submit(colleague, path).status_code == 409
    assert service.find_active(stored, only(stored).id).asked_by is None


def test_a_changed_one_goes_on_as_before_until_a_second_agrees(
    agreed, chief, colleague, stored
):
    path = f"{PATH}/{agreed.id}"
    changed = {**FIELDS, "events_uri": "https://bank.example/told"}

    assert submit(chief, path, **changed).status_code == 303
    assert only(stored).events_uri == ""
    assert "https://bank.example/told" in colleague.open(path).text
    assert submit(chief, path, **FIELDS).status_code == 409
    assert submit(chief, f"{path}/agree").status_code == 403
    assert only(stored).events_uri == ""
    assert submit(colleague, f"{path}/agree").status_code == 303
    assert only(stored).events_uri == "https://bank.example/told"


def test_a_change_can_be_given_up_by_either(agreed, chief, colleague, stored):
    path = f"{PATH}/{agreed.id}"
    for browser in (chief, colleague):
        submit(chief, path, **{**FIELDS, "name": "다른은행"})

        assert submit(browser, f"{path}/decline").status_code == 303
        assert submit(colleague, f"{path}/agree").status_code == 409
    assert only(stored).name == "한강은행"


def test_what_was_ended_meanwhile_is_not_agreed_to(agreed, chief, colleague, stored):
    path = f"{PATH}/{agreed.id}"
    submit(chief, path, **{**FIELDS, "name": "다른은행"})
    chief.open(f"{path}/end")
    chief.submit(f"{path}/end", reason="not_needed")

    assert submit(colleague, f"{path}/agree").status_code == 409
    assert only(stored).name == "한강은행"
