"""The tests of OpenID's basic certification plan, one of ours for each, by its name.

The names are those of the plan for clients that are registered beforehand
(`client_registration=static_client`). docs/openid.md has them as a table.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from tests.support.openid import CALLBACK, VERIFIER, query_of
from webapp.relying.openid.models import Grant, SignIn

DOCUMENT = Path(__file__).parents[4] / "docs" / "openid.md"
ISSUER = "http://127.0.0.1:8000"
PROFILE = {"name": "김하나", "birthdate": "1990-01-31"}
UNSIGNED_REQUEST = "eyJhbGciOiJub25lIn0.e30."

# Requests that end in a code, and what userinfo says then beside `sub`; None is
# everything that can be agreed to.
SUCCEED = {
    "oidcc-server": ({}, None),
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow": ({"nonce": ""}, None),
    "oidcc-scope-profile": ({"scope": "openid profile"}, PROFILE),
    "oidcc-scope-email": ({"scope": "openid email"}, {}),
    "oidcc-scope-address": ({"scope": "openid address"}, {}),
    "oidcc-scope-phone": ({"scope": "openid phone"}, {}),
    "oidcc-scope-all": ({"scope": "openid profile email address phone"}, PROFILE),
    "oidcc-ensure-other-scope-order-succeeds": ({"scope": "profile openid"}, PROFILE),
    "oidcc-display-page": ({"display": "page"}, None),
    "oidcc-display-popup": ({"display": "popup"}, None),
    "oidcc-ensure-request-with-unknown-parameter-succeeds": ({"extra": "foobar"}, None),
    "oidcc-login-hint": ({"login_hint": "김하나@example.com"}, None),
    "oidcc-ui-locales": ({"ui_locales": "se"}, None),
    "oidcc-claims-locales": ({"claims_locales": "se"}, None),
    "oidcc-ensure-request-with-acr-values-succeeds": ({"acr_values": "1 2"}, None),
    "oidcc-claims-essential": (
        {"claims": '{"userinfo":{"name":{"essential":true}}}'},
        None,
    ),
}
REFUSED = {
    "oidcc-response-type-missing": (
        {"response_type": ""},
        "unsupported_response_type",
    ),
    "oidcc-prompt-none-not-logged-in": ({"prompt": "none"}, "login_required"),
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": (
        {"request": UNSIGNED_REQUEST},
        "request_not_supported",
    ),
    "oidcc-ensure-request-object-with-redirect-uri": (
        {"request": UNSIGNED_REQUEST, "redirect_uri": "https://bank.example/other"},
        "request_not_supported",
    ),
}


@pytest.fixture
def provider(app):
    """What anybody reads of the centre."""
    client = app.test_client()
    return client.get("/.well-known/openid-configuration").get_json()


@pytest.fixture
def signed_in(app, bank, person, now):
    """Sign in, and return what the id_token says."""

    def sign_in(**changes):
        return claims_of(app, bank, person.sign_in(bank, now, **changes)["code"])

    return sign_in


def claims_of(app, bank, code):
    """Exchange a code, check the id_token by the published keys, and return it."""
    tokens = bank.exchange(code).get_json()
    keys = KeySet.import_key_set(app.test_client().get("/openid/keys").get_json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert token.header["kid"] in {key.kid for key in keys}
    return {**token.claims, "hint": tokens["id_token"], "tokens": tokens}


def age(stored, delta):
    """Let everybody have signed in so much earlier."""
    for sign_in in stored.scalars(select(SignIn)):
        sign_in.signed_at -= delta
    stored.commit()


@pytest.mark.parametrize("name", SUCCEED)
def test_request_ends_in_a_code(app, bank, person, now, name):
    changes, learned = SUCCEED[name]
    back = person.sign_in(bank, now, **changes)

    claims = claims_of(app, bank, back["code"])

    assert (back["state"], back["iss"]) == ("s1", ISSUER)
    assert (claims["iss"], claims["aud"]) == (ISSUER, bank.id)
    assert claims.get("nonce") == (None if "nonce" in changes else "n1")
    assert claims["exp"] > claims["iat"] >= claims["auth_time"] - 5
    assert claims["acr"].startswith("urn:certferry:acr:certificate:")
    assert not {"name", "birthdate", "email"} & claims.keys()
    everything = {
        **PROFILE,
        "certificate_fingerprint": person.certificate.fingerprint,
    }
    expected = everything if learned is None else learned
    userinfo = bank.userinfo(claims["tokens"]["access_token"]).get_json()
    assert userinfo == {"sub": claims["sub"], **expected}


@pytest.mark.parametrize("name", REFUSED)
def test_request_is_refused(bank, person, name):
    changes, error = REFUSED[name]

    address = person.open(bank.address(**changes)).location

    assert f"error={error}&" in address
    assert address.startswith(changes.get("redirect_uri", CALLBACK))
    assert "code=" not in address


def test_oidcc_userinfo_get(bank, signed_in):
    token = signed_in()["tokens"]["access_token"]

    answer = bank.client.get("/openid/userinfo", headers=bearer(token))

    assert answer.get_json()["name"] == "김하나"


def test_oidcc_userinfo_post_header(bank, signed_in):
    token = signed_in()["tokens"]["access_token"]

    answer = bank.client.post("/openid/userinfo", headers=bearer(token))

    assert answer.get_json()["name"] == "김하나"


def test_oidcc_userinfo_post_body(bank, signed_in):
    token = signed_in()["tokens"]["access_token"]

    answer = bank.client.post("/openid/userinfo", data={"access_token": token})
    in_address = bank.client.get(f"/openid/userinfo?access_token={token}")

    assert answer.get_json()["name"] == "김하나"
    assert in_address.status_code == 401  # an address stands in logs


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_oidcc_prompt_login(app, bank, person, now, signed_in, stored):
    first = signed_in()
    age(stored, timedelta(minutes=5))

    waiting = person.open(bank.address(prompt="login"))

    assert waiting.location.startswith("/ask/")
    code = query_of(person.sign(waiting.location, now + timedelta(seconds=9)))["code"]
    again = claims_of(app, bank, code)
    assert again["auth_time"] > first["auth_time"]
    assert again["sub"] == first["sub"]


def test_oidcc_prompt_none_logged_in(app, bank, person, signed_in):
    first = signed_in()

    silent = query_of(person.open(bank.address(prompt="none")))

    again = claims_of(app, bank, silent["code"])
    for name in ("sub", "auth_time", "sid"):
        assert again[name] == first[name]


def test_oidcc_max_age_1(app, bank, person, now, signed_in, stored):
    first = signed_in()
    age(stored, timedelta(seconds=5))

    silent = query_of(person.open(bank.address(max_age="1", prompt="none")))
    waiting = person.open(bank.address(max_age="1"))

    assert silent["error"] == "login_required"
    assert waiting.location.startswith("/ask/")
    code = query_of(person.sign(waiting.location, now + timedelta(seconds=9)))["code"]
    assert claims_of(app, bank, code)["auth_time"] >= first["auth_time"] + 5


def test_oidcc_max_age_10000(app, bank, person, signed_in, stored):
    first = signed_in()
    age(stored, timedelta(minutes=30))

    silent = query_of(person.open(bank.address(max_age="10000", prompt="none")))
    again = claims_of(app, bank, silent["code"])
    age(stored, timedelta(minutes=31))
    later = person.open(bank.address(max_age="10000"))

    assert again["auth_time"] == first["auth_time"] - 1800
    assert again["sub"] == first["sub"]
    assert later.location.startswith("/ask/")  # after an hour, whatever is asked for


def test_oidcc_id_token_hint(bank, bank_of, person, now, signed_in):
    hint = signed_in()["hint"]
    other = bank_of()
    foreign = other.exchange(person.sign_in(other, now)["code"]).get_json()["id_token"]

    believed = query_of(person.open(bank.address(prompt="none", id_token_hint=hint)))

    assert "code" in believed
    for wrong in (f"{hint}x", foreign, "", "a.b.c"):
        address = bank.address(prompt="none") + f"&id_token_hint={wrong}"
        assert query_of(person.open(address))["error"] == "login_required"


def test_oidcc_codereuse(bank, person, now):
    code = person.sign_in(bank, now)["code"]
    first = bank.exchange(code)

    again = bank.exchange(code)

    assert first.status_code == 200
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")


def test_oidcc_codereuse_30seconds(bank, person, now, stored):
    code = person.sign_in(bank, now)["code"]
    token = bank.exchange(code).get_json()["access_token"]
    grant = stored.scalars(select(Grant)).one()
    grant.code_used_at -= timedelta(seconds=30)
    grant.code_expires_at -= timedelta(seconds=30)
    stored.commit()
    assert bank.userinfo(token).status_code == 200

    again = bank.exchange(code)

    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert bank.userinfo(token).status_code == 401


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ko", "등록되지 않은 주소"),
        ("en", "named an address that is not registered"),
    ],
)
def test_oidcc_ensure_registered_redirect_uri(bank, person, language, sentence):
    address = bank.address(redirect_uri=f"{CALLBACK}/x")

    answer = person.client.get(
        address, headers={"Accept": "text/html", "Accept-Language": language}
    )

    assert (answer.status_code, answer.location) == (400, None)
    assert "openid_redirect_refused" in answer.text
    assert sentence in answer.text


def test_oidcc_ensure_post_request_succeeds(bank, person, now):
    answer = person.client.post("/openid/authorize", data=bank.parameters())

    assert answer.status_code == 303
    waiting = person.open(answer.location)
    consent = person.sign(waiting.location, now)
    assert "code" in query_of(person.agree(consent.location))


def test_oidcc_server_client_secret_post(bank, person, now, provider):
    code = person.sign_in(bank, now)["code"]
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": bank.id,
        "client_secret": bank.secret,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }

    answer = bank.client.post("/openid/token", data=fields)

    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert "client_secret_post" not in provider["token_endpoint_auth_methods_supported"]
    assert bank.exchange(code).status_code == 200  # nothing was used up


def test_oidcc_refresh_token(bank, signed_in, provider):
    tokens = signed_in(scope="openid offline_access")["tokens"]

    answer = bank.client.post(
        "/openid/token",
        data={"grant_type": "refresh_token", "refresh_token": "x"},
        auth=bank.auth,
    )

    assert "refresh_token" not in tokens
    assert answer.get_json()["error"] == "unsupported_grant_type"
    assert "refresh_token" not in provider["grant_types_supported"]


def test_oidcc_ensure_request_with_valid_pkce_succeeds(bank, person, now):
    assert "code" in person.sign_in(bank, now)

    without = query_of(person.open(bank.address(code_challenge="")))

    assert without["error"] == "invalid_request"


def test_the_document_has_a_row_for_each_and_each_row_a_test():
    rows = set(re.findall(r"^\| `(oidcc-[a-z0-9-]+)`", DOCUMENT.read_text(), re.M))

    functions = {
        name.removeprefix("test_").replace("_", "-")
        for name in globals()
        if name.startswith("test_oidcc_")
    }
    assert rows == {*SUCCEED, *REFUSED, *functions}
