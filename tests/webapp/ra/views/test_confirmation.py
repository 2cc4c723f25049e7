"""The pages that ask: they act on nothing, name whom it meets, and lead back."""

import json

import pytest
from sqlalchemy import select

from tests.webapp.ra.conftest import WHY
from tests.webapp.ra.test_actions import everything
from webapp.accounts.models import Role
from webapp.audit.models import AuditEntry

SEEN = {"type_id": "corporate-bank"}
# Address, what is sent beside the reason, where the page leads back to.
PAGES = {
    "contact": (
        "/customers/{customer}/contact",
        {"phone": "010-9999-8888"},
        "customer",
    ),
    "lock": ("/customers/{customer}/do/lock", {}, "customer"),
    "password": ("/customers/{customer}/password", {}, "customer"),
    "card": ("/customers/{customer}/card", {}, "customer"),
    "app": ("/customers/{customer}/do/remove-one-time", {}, "customer"),
    "passkeys": ("/customers/{customer}/do/remove-passkeys", {}, "customer"),
    "suspend": ("/certificates/{certificate}/suspend", {}, "customer"),
    "revoke": ("/certificates/{certificate}/revoke", {"confirmed": "yes"}, "customer"),
    "waive": ("/charges/{charge}/waive", {}, "customer"),
    "approve": ("/approvals/{application}/approve", SEEN, "approvals"),
}
NO_REASON = {
    "settle": ("/charges/{charge}/settle", {}, "customer"),
    "decline": ("/approvals/{application}/decline", SEEN, "approvals"),
}
every_page = pytest.mark.parametrize("act", [*PAGES, *NO_REASON])


def path_of(act, targets):
    return "/counter" + (PAGES | NO_REASON)[act][0].format(**targets)


@every_page
def test_to_open_the_page_does_nothing(operator_of, stored, targets, act):
    browser, before = operator_of(), everything(stored)

    page = browser.open(path_of(act, targets))

    assert page.status_code == 200
    assert everything(stored) == before


@every_page
def test_the_page_names_the_customer_and_covers_the_day_of_birth(
    operator_of, someone, targets, act
):
    page = operator_of().open(path_of(act, targets)).text
    main = page.split("<main")[1].split("</main>")[0]

    for fact in (someone.name, someone.number, someone.login_id, "1990"):
        assert fact in main
    assert "01-31" not in main


@every_page
def test_the_page_says_what_begins_and_leads_back(operator_of, targets, act):
    browser = operator_of()
    browser.submit("/language/en")
    back = (PAGES | NO_REASON)[act][2]

    main = browser.open(path_of(act, targets)).text.split("<main")[1]

    assert "What begins" in main
    where = f"customers/{targets['customer']}" if back == "customer" else back
    assert f'href="/counter/{where}">Back, change nothing' in main


@every_page
@pytest.mark.parametrize("role", [Role.AUDITOR, None])
def test_who_may_not_do_it_is_not_asked(operator_of, targets, act, role):
    own = {"customer_id": targets["customer"]} if role is None else {}

    page = operator_of(role or Role.COUNTER, **own).open(path_of(act, targets))

    assert page.status_code == 403


@pytest.mark.parametrize("act", PAGES)
def test_without_a_reason_nothing_is_done_and_what_was_typed_stays(
    operator_of, stored, targets, act
):
    browser, before = operator_of(), everything(stored)
    sent = PAGES[act][1] | {"asked_at": targets["asked_at"], "reason": "other"}

    answer = browser.submit(path_of(act, targets), **sent)

    assert answer.status_code == 422
    assert 'id="refusal"' in answer.text
    if act != "revoke":  # its reasons are those of the list
        assert 'value="other" required checked' in answer.text
    assert everything(stored) == before


@pytest.mark.parametrize("act", PAGES)
def test_the_log_has_the_reason(operator_of, stored, targets, act):
    reason = WHY | ({"reason": "key_compromise"} if act == "revoke" else {})
    sent = PAGES[act][1] | {"asked_at": targets["asked_at"]} | reason

    assert operator_of().submit(path_of(act, targets), **sent).status_code in (200, 303)

    stored.rollback()
    newest = stored.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    detail = json.loads(newest.detail)
    assert {"reason": detail["reason"], "note": detail["note"]} == reason


@pytest.mark.parametrize("act", ["lock", "app", "passkeys", "suspend", "waive"])
def test_what_is_so_already_is_not_asked(operator_of, targets, act):
    browser = operator_of()
    browser.submit(path_of(act, targets), **WHY)

    assert browser.open(path_of(act, targets)).status_code == 409


@pytest.mark.parametrize("action", ["role", "password", "close"])
def test_operators_are_asked_about_by_name(operator_of, action):
    chief, other = operator_of(Role.ADMINISTRATOR), operator_of(Role.COUNTER)
    path = f"/counter/operators/{other.operator}/{action}"

    assert "박창구" in chief.open(path).text.split("<main")[1]
    assert chief.submit(path, role="auditor").status_code == 422
    assert other.open("/counter").request.path == "/counter"
    own = f"/counter/operators/{chief.operator}/{action}"
    assert chief.open(own).status_code == 403


def test_an_unlock_is_one_press_and_no_page(operator_of, targets):
    path = f"/counter/customers/{targets['customer']}/do/unlock-card"

    assert operator_of().open(path).status_code == 422
    assert operator_of().submit(path).status_code == 303
