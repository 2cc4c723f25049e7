"""A person signs in at a bank: each step, and everything that is refused."""

import json
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import select

from tests.support.openid import CALLBACK, VERIFIER, Person, query_of
from tests.support.revocation import revoke, suspend
from webapp.audit.models import AuditEntry
from webapp.db import unit_of_work_on
from webapp.pki.crl import ReasonCode
from webapp.relying.asking import limits
from webapp.relying.asking.models import AskingRequest
from webapp.relying.deliveries.models import Delivery
from webapp.relying.institutions import service as institutions
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.models import Grant, SignIn, SigningKey

ISSUER = "http://127.0.0.1:8000"


def claims_of(app, id_token):
    keys = app.test_client().get("/openid/keys").get_json()
    return jwt.decode(
        id_token, KeySet.import_key_set(keys), algorithms=["RS256"]
    ).claims


def test_a_person_signs_in_and_the_bank_learns_what_was_agreed(
    app, bank, person, now, stored
):
    back = person.sign_in(bank, now)
    answer = bank.exchange(back["code"])

    assert back["state"] == "s1"
    assert back["iss"] == ISSUER
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.get_json()
    claims = claims_of(app, tokens["id_token"])
    assert (claims["iss"], claims["aud"]) == (ISSUER, bank.id)
    assert claims["nonce"] == "n1"
    assert claims["acr"].startswith("urn:certferry:acr:certificate:")
    assert claims["amr"] == ["swk"]
    assert abs(claims["auth_time"] - now.timestamp()) < 5
    assert "name" not in claims
    userinfo = bank.userinfo(tokens["access_token"]).get_json()
    assert userinfo == {
        "sub": claims["sub"],
        "name": "김하나",
        "birthdate": "1990-01-31",
        "certificate_fingerprint": person.certificate.fingerprint,
    }
    events = stored.scalars(select(AuditEntry.event)).all()
    assert "consent.given" in events


def test_what_a_person_does_not_want_told_is_not_told(bank, person, now):
    waiting = person.open(bank.address())
    consent = person.sign(waiting.location, now)
    back = query_of(person.agree(consent.location, claims=["name", "admin"]))

    tokens = bank.exchange(back["code"]).get_json()

    assert set(bank.userinfo(tokens["access_token"]).get_json()) == {"sub", "name"}


def test_a_token_tells_no_more_than_it_was_asked_for(bank, person, now):
    person.sign_in(bank, now)
    back = query_of(person.open(bank.address(scope="openid name")))

    tokens = bank.exchange(back["code"]).get_json()

    assert set(bank.userinfo(tokens["access_token"]).get_json()) == {"sub", "name"}


def test_who_agreed_and_signed_is_not_asked_again_for_an_hour(bank, person, now):
    person.sign_in(bank, now)

    silent = person.open(bank.address(prompt="none"))

    assert "code" in query_of(silent)


def test_more_is_agreed_to_anew(bank, person, now):
    person.sign_in(bank, now, scope="openid name")

    silent = person.open(bank.address(prompt="none"))
    asked = person.open(bank.address())

    assert query_of(silent)["error"] == "consent_required"
    assert asked.location.startswith("/openid/consent/")


@pytest.mark.parametrize(
    "changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}]
)
def test_a_bank_may_have_a_person_sign_anew(bank, person, now, changes):
    person.sign_in(bank, now)

    answer = person.open(bank.address(**changes))

    assert answer.location.startswith("/ask/")
    assert "code" in query_of(person.sign(answer.location, now + timedelta(seconds=9)))


def test_a_bank_may_have_the_consent_asked_anew(bank, person, now):
    person.sign_in(bank, now)

    answer = person.open(bank.address(prompt="consent"))

    assert answer.location.startswith("/openid/consent/")
    assert "code" in query_of(person.agree(answer.location))


def test_nobody_is_asked_where_nobody_may_be(bank, person):
    back = query_of(person.open(bank.address(prompt="none")))

    assert (back["error"], back["state"], back["iss"]) == (
        "login_required",
        "s1",
        ISSUER,
    )


def test_a_person_who_says_no_is_led_back(bank, person, now):
    waiting = person.open(bank.address())
    consent = person.sign(waiting.location, now)

    back = query_of(person.agree(consent.location, answer="no"))

    assert back["error"] == "access_denied"
    assert person.open(consent.location).status_code == 404


def test_a_person_who_takes_too_long_is_led_back(bank, person, stored):
    waiting = person.open(bank.address())
    asked = stored.scalars(select(AskingRequest)).one()
    asked.expires_at = asked.asked_at
    stored.commit()

    back = query_of(person.open(waiting.location.replace("/ask/", "/openid/resume/")))

    assert (back["error"], back["state"]) == ("access_denied", "s1")


def test_one_person_has_one_name_in_a_sector_and_another_elsewhere(
    app, bank_of, person, now
):
    elsewhere = {"page": "https://shop.example/", "redirect_uris": CALLBACK}
    subjects = []
    for bank in (bank_of(), bank_of(), bank_of(**elsewhere, sector="bank.example")):
        back = person.sign_in(bank, now)
        tokens = bank.exchange(back["code"]).get_json()
        subjects.append(claims_of(app, tokens["id_token"])["sub"])

    assert len(set(subjects)) == 1
    other = bank_of(
        redirect_uris=f"{CALLBACK}\nhttps://shop.example/cb", sector="shop.example"
    )
    tokens = other.exchange(person.sign_in(other, now)["code"]).get_json()
    assert claims_of(app, tokens["id_token"])["sub"] not in subjects


# What is refused on our own page: its institution must not be led to


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        f"{CALLBACK}/",
        f"{CALLBACK}?x=1",
        f"{CALLBACK}#x",
        CALLBACK.upper(),
        "https://bank.example@evil.example/callback",
        "javascript:alert(1)",
        "//evil.example",
        "",
        '"><script>',
    ],
)
def test_no_other_address_is_led_to(bank, person, address):
    answer = person.open(bank.address(redirect_uri=address))

    assert (answer.status_code, answer.location) == (400, None)
    assert "openid_redirect_refused" in answer.text or "redirect" not in answer.text


@pytest.mark.parametrize("client_id", ["", "0" * 16, "x" * 500, "김"])
def test_who_is_not_registered_is_refused(bank, person, client_id):
    answer = person.client.get(
        bank.address(client_id=client_id), headers={"Accept": "application/json"}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (
        400,
        "openid_client_unknown",
    )


def test_who_may_ask_for_something_else_only_signs_nobody_in(bank_of, person):
    bank = bank_of(purposes=("consent",))

    assert person.open(bank.address()).status_code == 400


def test_an_ended_institution_signs_nobody_in(bank, person, now, stored):
    back = person.sign_in(bank, now)
    institution = stored.get_one(Institution, bank.id)
    with unit_of_work_on(stored):
        institutions.end(
            stored, institution, operator_id=institution.made_by, detail={}, now=now
        )

    assert person.open(bank.address()).status_code == 400
    assert bank.exchange(back["code"]).status_code == 401


# What its institution reads


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"state": "s" * 2001}, "invalid_request"),
    ],
)
def test_a_bad_request_is_told_to_the_bank(bank, person, changes, error):
    back = query_of(person.open(bank.address(**changes)))

    assert back["error"] == error
    assert back["iss"] == ISSUER
    assert back["state"] == changes.get("state", "s1")


def test_a_parameter_that_comes_twice_is_refused(bank, person):
    back = query_of(person.open(bank.address() + "&nonce=n2"))
    twice = person.open(bank.address() + "&redirect_uri=https://evil.example/")

    assert back["error"] == "invalid_request"
    assert twice.status_code == 400


# Codes


def test_a_code_works_once_and_twice_ends_its_token(bank, person, now):
    code = person.sign_in(bank, now)["code"]
    tokens = bank.exchange(code).get_json()

    again = bank.exchange(code)

    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert bank.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "https://bank.example/other"}, "invalid_grant"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": '"\\김'}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_bound_to_its_request(bank, person, now, changes, error):
    code = person.sign_in(bank, now)["code"]

    answer = bank.exchange(code, **changes)

    assert answer.status_code == 400
    assert answer.get_json()["error"] == error
    assert bank.exchange(code).status_code == 200  # whose it is can still use it


def test_another_client_cannot_use_a_code(bank, bank_of, person, now):
    code = person.sign_in(bank, now)["code"]

    answer = bank_of().exchange(code)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


def test_a_code_is_over_after_a_minute(bank, person, now, stored):
    code = person.sign_in(bank, now)["code"]
    grant = stored.scalars(select(Grant)).one()
    grant.code_expires_at = now - timedelta(seconds=1)
    stored.commit()

    assert bank.exchange(code).get_json()["error"] == "invalid_grant"


def test_a_wrong_secret_opens_nothing(bank, person, now):
    code = person.sign_in(bank, now)["code"]
    bank.secret, secret = "0" * 64, bank.secret

    answer = bank.exchange(code)

    bank.secret = secret
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" in answer.headers or answer.status_code == 401
    assert bank.exchange(code).status_code == 200


def test_a_secret_in_the_body_is_not_taken(bank, person, now):
    code = person.sign_in(bank, now)["code"]
    fields = {"grant_type": "authorization_code", "code": code}

    answer = bank.client.post(
        "/openid/token",
        data={
            **fields,
            "client_id": bank.id,
            "client_secret": bank.secret,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        },
    )

    assert answer.status_code == 401


def test_neither_code_nor_token_stands_in_the_database(bank, person, now, stored):
    code = person.sign_in(bank, now)["code"]
    token = bank.exchange(code).get_json()["access_token"]

    grant = stored.scalars(select(Grant)).one()
    values = [getattr(grant, name) for name in Grant.__table__.columns.keys()]  # noqa: SIM118
    assert code not in values
    assert token not in values


# Keys of the institution's own


def assertion(bank, key, **changes):
    claims = {
        "iss": bank.id,
        "sub": bank.id,
        "aud": ISSUER,
        "exp": changes.pop("exp"),
        "jti": secrets.token_hex(8),
        **changes,
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def exchange_signed(bank, code, text):
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return bank.client.post(
        "/openid/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            "client_assertion_type": kind,
            "client_assertion": text,
        },
    )


@pytest.fixture
def key():
    return ECKey.generate_key("P-256", {"kid": "k1"})


@pytest.fixture
def signing_bank(bank_of, key):
    return bank_of(
        auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
    )


def test_a_bank_may_prove_itself_by_its_key_each_time_anew(
    signing_bank, key, person, now
):
    text = assertion(signing_bank, key, exp=int(now.timestamp()) + 60)
    code = person.sign_in(signing_bank, now)["code"]

    first = exchange_signed(signing_bank, code, text)
    code = person.sign_in(signing_bank, now)["code"]
    second = exchange_signed(signing_bank, code, text)

    assert first.status_code == 200
    assert second.get_json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://evil.example"},
        {"iss": "somebody"},
        {"jti": ""},
        {"jti": 5},
        {"after": -3600},
        {"after": 7200},
    ],
)
def test_another_assertion_is_refused(signing_bank, key, person, now, changes):
    code = person.sign_in(signing_bank, now)["code"]
    after = changes.pop("after", 60)
    text = assertion(signing_bank, key, exp=int(now.timestamp()) + after, **changes)

    answer = exchange_signed(signing_bank, code, text)

    assert answer.get_json()["error"] == "invalid_client"


@pytest.mark.parametrize("text", ["", "e30.e30.", "a.b.c", "김.김.김", "e30"])
def test_what_is_no_assertion_is_refused(signing_bank, person, now, text):
    code = person.sign_in(signing_bank, now)["code"]

    assert exchange_signed(signing_bank, code, text).status_code in (400, 401)


def test_another_key_or_a_key_as_secret_is_refused(signing_bank, key, person, now):
    code = person.sign_in(signing_bank, now)["code"]
    other = ECKey.generate_key("P-256", {"kid": "k1"})

    text = assertion(signing_bank, other, exp=int(now.timestamp()) + 60)

    assert exchange_signed(signing_bank, code, text).status_code in (400, 401)
    signing_bank.secret = "x"
    assert signing_bank.exchange(code).status_code == 401


# Browsers


def test_another_browser_cannot_go_on(app, bank, person, now):
    waiting = person.open(bank.address())
    other = Person(app.test_client(), person.session, person.key, person.certificate)

    answer = other.sign(waiting.location, now)

    assert answer.status_code == 404
    consent = person.open(waiting.location.replace("/ask/", "/openid/resume/"))
    assert other.open(consent.location).status_code == 404


def test_consent_needs_the_token_of_its_page(bank, person, now):
    waiting = person.open(bank.address())
    consent = person.sign(waiting.location, now)

    answer = person.client.post(consent.location, data={"answer": "yes"})

    assert answer.status_code == 400
    assert "code" in query_of(person.agree(consent.location))


def test_a_request_is_answered_once(bank, person, now):
    waiting = person.open(bank.address())
    consent = person.sign(waiting.location, now)
    person.agree(consent.location)

    resumed = waiting.location.replace("/ask/", "/openid/resume/")

    assert person.open(consent.location).status_code == 404
    assert person.open(resumed).status_code == 404


def test_a_form_of_the_bank_s_page_is_as_good_as_an_address(bank, person):
    answer = person.client.post(
        "/openid/authorize",
        data=bank.parameters(),
        headers={"Origin": "https://bank.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 303
    assert answer.location.startswith("/openid/authorize?")
    assert person.open(answer.location).location.startswith("/ask/")


def test_the_consent_page_lets_its_form_lead_to_the_bank_alone(bank, person, now):
    waiting = person.open(bank.address())
    consent = person.sign(waiting.location, now)

    policy = person.open(consent.location).headers["Content-Security-Policy"]

    assert "form-action 'self' https://bank.example;" in policy


# Pushed requests


def push(bank, **changes):
    fields = bank.parameters(**changes)
    return bank.client.post("/openid/par", data=fields, auth=bank.auth)


def test_a_pushed_request_is_brought_once_and_by_its_client(bank, bank_of, person, now):
    pushed = push(bank)
    uri = pushed.get_json()["request_uri"]
    path = f"/openid/authorize?client_id={bank.id}&request_uri={uri}"
    foreign = f"/openid/authorize?client_id={bank_of().id}&request_uri={uri}"

    refused = person.open(foreign)
    first = person.open(path)
    second = person.open(path)

    assert pushed.status_code == 201
    assert pushed.get_json()["expires_in"] == 90
    assert first.location.startswith("/ask/")
    assert (refused.status_code, second.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({"client_id": "0" * 16}, 400),
        ({"scope": "profile"}, 400),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, 400),
    ],
)
def test_a_bad_request_is_refused_when_it_is_pushed(bank, changes, status):
    answer = push(bank, **changes)

    assert answer.status_code == status
    assert answer.location is None


def test_nobody_pushes_for_another(bank):
    bank.secret = "wrong"

    assert push(bank).status_code == 401


# Certificates that count no more


@pytest.mark.parametrize("change", ["suspended", "revoked"])
def test_a_certificate_that_counts_no_more_ends_everything_at_once(
    bank, person, now, stored, change
):
    code = person.sign_in(bank, now)["code"]
    tokens = bank.exchange(code).get_json()
    late = person.sign_in(bank, now)["code"]
    if change == "suspended":
        suspend(stored, person.certificate, actor=None, now=now)
    else:
        revoke(
            stored,
            person.certificate,
            reason=ReasonCode.KEY_COMPROMISE,
            actor=None,
            now=now,
        )

    assert bank.userinfo(tokens["access_token"]).status_code == 401
    assert bank.exchange(late).get_json()["error"] == "invalid_grant"
    silent = query_of(person.open(bank.address(prompt="none")))
    assert silent["error"] == "login_required"


# The end of a session


def test_a_bank_signs_a_person_out_by_the_token(bank, person, now, stored):
    tokens = bank.exchange(person.sign_in(bank, now)["code"]).get_json()
    hint = tokens["id_token"]
    address = "https://bank.example/bye"

    answer = person.open(
        f"/openid/logout?id_token_hint={hint}&state=x"
        f"&post_logout_redirect_uri={address}"
    )

    assert answer.location == f"{address}?state=x"
    assert stored.scalars(select(SignIn)).one().ended_at is not None
    assert stored.scalars(select(Delivery)).one().done_at is None
    assert bank.userinfo(tokens["access_token"]).status_code == 401


def test_nobody_is_led_elsewhere_after_signing_out(bank, person, now):
    tokens = bank.exchange(person.sign_in(bank, now)["code"]).get_json()

    answer = person.open(
        f"/openid/logout?id_token_hint={tokens['id_token']}"
        "&post_logout_redirect_uri=https://evil.example/"
    )

    assert (answer.status_code, answer.location) == (200, None)


def test_without_a_token_the_person_is_asked(bank, person, now):
    person.sign_in(bank, now)

    page = person.open("/openid/logout")

    assert 'action="/openid/signed-out"' in page.text
    assert "code" in query_of(person.open(bank.address(prompt="none")))


@pytest.mark.parametrize("hint", ["x", "a.b.c", "김"])
def test_a_token_that_is_not_ours_signs_nobody_out(bank, person, hint):
    answer = person.client.get(
        f"/openid/logout?id_token_hint={hint}", headers={"Accept": "application/json"}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (
        400,
        "openid_logout_refused",
    )


def test_the_key_is_sealed(bank, person, now, stored):
    bank.exchange(person.sign_in(bank, now)["code"])

    key = stored.scalars(select(SigningKey)).one()

    assert b"PRIVATE" not in key.sealed
    assert "d" not in json.loads(key.public)


def test_without_a_key_to_seal_with_nothing_is_signed(app, bank, person, now):
    code = person.sign_in(bank, now)["code"]
    ca = app.extensions["certferry.ca"]
    app.extensions["certferry.ca"] = replace(
        ca, config=replace(ca.config, identity_key=None)
    )

    answer = bank.exchange(code)

    assert answer.status_code == 503
    assert answer.get_json()["code"] == "openid_no_key"
    assert person.open(bank.address()).status_code == 503


def test_a_bank_of_which_too_many_are_asked_is_told_to_come_again(
    bank, person, monkeypatch
):
    monkeypatch.setattr(limits, "MAX_OPEN", dict.fromkeys(limits.Scope, 1))
    person.open(bank.address())

    told = query_of(person.open(bank.address()))

    assert (told["error"], told["state"]) == ("temporarily_unavailable", "s1")
