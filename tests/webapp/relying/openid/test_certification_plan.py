"""The tests of OpenID's basic certification plan, by their public names.

What only their own suite can do is told in docs/openid.md; the names there are these.
"""

import re
from pathlib import Path

import pytest

from tests.support.openid import query_of
from webapp.relying.openid.rules import Claim

DOCUMENT = Path(__file__).parents[4] / "docs" / "openid.md"
# Requests that have to end in a code, whatever of them is not understood.
SUCCEED = {
    "oidcc-server": {},
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow": {"nonce": ""},
    "oidcc-scope-profile": {"scope": "openid profile"},
    "oidcc-scope-email": {"scope": "openid email"},
    "oidcc-scope-address": {"scope": "openid address"},
    "oidcc-scope-phone": {"scope": "openid phone"},
    "oidcc-scope-all": {"scope": "openid profile email address phone"},
    "oidcc-ensure-other-scope-order-succeeds": {"scope": "profile openid"},
    "oidcc-display-page": {"display": "page"},
    "oidcc-display-popup": {"display": "popup"},
    "oidcc-max-age-10000": {"max_age": "10000"},
    "oidcc-ensure-request-with-unknown-parameter-succeeds": {"extra": "foobar"},
    "oidcc-login-hint": {"login_hint": "김하나@example.com"},
    "oidcc-ui-locales": {"ui_locales": "se"},
    "oidcc-claims-locales": {"claims_locales": "se"},
    "oidcc-ensure-request-with-acr-values-succeeds": {"acr_values": "1 2"},
    "oidcc-claims-essential": {"claims": '{"userinfo":{"name":{"essential":true}}}'},
    "oidcc-ensure-request-with-valid-pkce-succeeds": {},
}
REFUSED = {
    "oidcc-response-type-missing": (
        {"response_type": ""},
        "unsupported_response_type",
    ),
    "oidcc-prompt-none-not-logged-in": ({"prompt": "none"}, "login_required"),
    ("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"): (
        {"request": "eyJhbGciOiJub25lIn0.e30."},
        "request_not_supported",
    ),
    "oidcc-ensure-request-object-with-redirect-uri": (
        {"request": "eyJhbGciOiJub25lIn0.e30."},
        "request_not_supported",
    ),
}
APART = {
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-prompt-login",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-id-token-hint",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-refresh-token",
}


@pytest.mark.parametrize("name", SUCCEED)
def test_a_request_ends_in_a_code(bank, person, now, name):
    code = person.sign_in(bank, now, **SUCCEED[name])["code"]

    tokens = bank.exchange(code).get_json()
    assert set(bank.userinfo(tokens["access_token"]).get_json()) <= {
        "sub",
        *(claim.value for claim in Claim),
    }
    assert "refresh_token" not in tokens


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_is_refused(bank, person, name):
    changes, error = REFUSED[name]

    assert query_of(person.open(bank.address(**changes)))["error"] == error


def test_userinfo_takes_the_token_in_each_place(bank, person, now):
    token = bank.exchange(person.sign_in(bank, now)["code"]).get_json()["access_token"]
    header = {"Authorization": f"Bearer {token}"}

    got = bank.client.get("/openid/userinfo", headers=header)
    posted = bank.client.post("/openid/userinfo", headers=header)
    in_body = bank.client.post("/openid/userinfo", data={"access_token": token})
    in_address = bank.client.get(f"/openid/userinfo?access_token={token}")

    assert got.get_json() == posted.get_json() == in_body.get_json()
    assert in_address.status_code == 401


def test_a_sign_in_that_is_too_old_is_not_enough(bank, person, now):
    person.sign_in(bank, now)

    again = person.open(bank.address(max_age="1", prompt="none"))

    assert query_of(again).keys() & {"code", "error"}


def test_an_id_token_names_whom_the_bank_believes_to_be_there(bank, person, now):
    code = person.sign_in(bank, now)["code"]
    hint = bank.exchange(code).get_json()["id_token"]

    believed = person.open(bank.address(prompt="none", id_token_hint=hint))
    wrong = person.open(bank.address(prompt="none", id_token_hint=f"{hint}x"))

    assert "code" in query_of(believed)
    assert query_of(wrong)["error"] == "login_required"


def test_the_document_has_a_row_for_each():
    rows = set(re.findall(r"^\| `(oidcc-[a-z0-9-]+)`", DOCUMENT.read_text(), re.M))

    assert rows == {*SUCCEED, *REFUSED, *APART}
