"""API keys at the counter: shown once, ended with a reason, by administrators."""

import re

import pytest
from sqlalchemy import select

from tests.webapp.ra.conftest import WHY
from webapp.accounts.models import Role
from webapp.relying.api_keys.models import ApiKey
from webapp.relying.api_keys.service import authenticate

FIELDS = {"name": "Other bank", "purpose": "Loans", "calls": "60"}


@pytest.fixture
def administrator(operator_of):
    return operator_of(Role.ADMINISTRATOR)


def make_key(browser, **fields):
    browser.open("/counter/api-keys")
    return browser.submit("/counter/api-keys", **{**FIELDS, **fields})


def test_a_key_is_shown_once_and_works(administrator, stored):
    page = make_key(administrator)

    text = re.search(r'id="api-key">([^<]+)<', page.text)[1]
    assert authenticate(stored, text).name == "Other bank"
    overview = administrator.open("/counter/api-keys").text
    assert "Other bank" in overview
    assert text not in overview


def test_a_key_without_a_name_is_not_made(administrator, stored):
    page = make_key(administrator, name="")

    assert page.status_code == 422
    assert stored.scalars(select(ApiKey)).all() == []


def test_a_key_is_ended_after_a_question_and_with_a_reason(administrator, stored):
    make_key(administrator)
    key = stored.scalars(select(ApiKey)).one()
    path = f"/counter/api-keys/{key.id}/revoke"

    asked = administrator.open(path)
    without = administrator.submit(path)
    ended = administrator.submit(path, **WHY)

    stored.refresh(key)
    assert "Other bank" in asked.text
    assert (without.status_code, ended.status_code) == (422, 303)
    assert key.is_revoked


def test_a_key_that_is_not_there_is_404(administrator):
    page = administrator.open(f"/counter/api-keys/{'0' * 16}/revoke")

    assert page.status_code == 404


@pytest.mark.parametrize("role", [Role.COUNTER, Role.AUDITOR])
def test_others_neither_see_nor_make_keys(operator_of, role, stored):
    browser = operator_of(role)

    assert browser.open("/counter/api-keys").status_code == 403
    assert make_key(browser).status_code == 403
    assert stored.scalars(select(ApiKey)).all() == []
