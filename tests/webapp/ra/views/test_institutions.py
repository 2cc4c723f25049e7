"""Institutions at the counter: secret shown once, changed, ended, by administrators."""

import re

import pytest
from sqlalchemy import select

from tests.webapp.ra.conftest import WHY
from webapp.accounts.models import Role
from webapp.audit.models import AuditEntry
from webapp.relying.institutions.errors import InstitutionRefusedError
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.service import authenticate

FIELDS = {
    "name": "Other bank",
    "reason": "Sign-in of its customers",
    "page": "https://bank.example/",
    "purposes": "sign_in",
    "redirect_uris": "https://bank.example/callback",
    "backchannel_logout_uri": "https://bank.example/logout",
}
NEW = "/counter/institutions/new"


@pytest.fixture
def administrator(operator_of):
    return operator_of(Role.ADMINISTRATOR)


def register(browser, **fields):
    browser.open(NEW)
    return browser.submit(NEW, **{**FIELDS, **fields})


def secret_in(page):
    return re.search(r'id="client-secret">([^<]+)<', page.text)[1]


def test_a_secret_is_shown_once_and_works(administrator, stored):
    page = register(administrator)

    institution = stored.scalars(select(Institution)).one()
    secret = secret_in(page)
    assert authenticate(stored, institution.id, secret) is institution
    assert "Other bank" in administrator.open("/counter/institutions").text
    overview = administrator.open(f"/counter/institutions/{institution.id}")
    assert overview.status_code == 200
    assert secret not in overview.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("page", "http://bank.example/"),
        ("redirect_uris", ""),
        ("redirect_uris", "https://bank.example/*"),
        ("purposes", "everything"),
        ("sector", "other.example"),
    ],
)
def test_what_cannot_be_used_is_refused_and_stays_typed(
    administrator, stored, field, value
):
    page = register(administrator, **{field: value})

    assert page.status_code == 422
    assert "Sign-in of its customers" in page.text
    assert stored.scalars(select(Institution)).all() == []


def test_a_change_stands_in_the_log_by_its_fields(administrator, stored):
    register(administrator)
    institution = stored.scalars(select(Institution)).one()
    path = f"/counter/institutions/{institution.id}"
    administrator.open(path)

    answer = administrator.submit(
        path, **{**FIELDS, "redirect_uris": "https://bank.example/other"}
    )

    stored.expire_all()
    entry = stored.scalars(
        select(AuditEntry).where(AuditEntry.event == "institution.changed")
    ).one()
    assert answer.status_code == 303
    assert institution.redirect_uris == ("https://bank.example/other",)
    assert '"fields": "redirect_uris"' in entry.detail


def test_a_new_secret_ends_the_one_before(administrator, stored):
    before = secret_in(register(administrator))
    institution = stored.scalars(select(Institution)).one()
    path = f"/counter/institutions/{institution.id}/secret"
    administrator.open(path)

    after = secret_in(administrator.submit(path, **WHY))

    stored.expire_all()
    assert authenticate(stored, institution.id, after)
    with pytest.raises(InstitutionRefusedError):
        authenticate(stored, institution.id, before)


def test_an_institution_is_ended_after_a_question_and_with_a_reason(
    administrator, stored
):
    register(administrator)
    institution = stored.scalars(select(Institution)).one()
    path = f"/counter/institutions/{institution.id}/end"

    asked = administrator.open(path)
    without = administrator.submit(path)
    ended = administrator.submit(path, **WHY)

    stored.expire_all()
    assert "Other bank" in asked.text
    assert (without.status_code, ended.status_code) == (422, 303)
    assert institution.is_ended


def test_an_institution_that_is_not_there_is_404(administrator):
    assert administrator.open(f"/counter/institutions/{'0' * 16}").status_code == 404


@pytest.mark.parametrize("role", [Role.COUNTER, Role.AUDITOR])
def test_others_neither_see_nor_register(operator_of, role, stored):
    browser = operator_of(role)

    assert browser.open("/counter/institutions").status_code == 403
    assert register(browser).status_code == 403
    assert stored.scalars(select(Institution)).all() == []
