"""The own page: what there is, and that no second way comes out of a password alone."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from tests.support.webauthn_authenticator import Authenticator
from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.authenticators.passkey.service import list_passkeys
from webapp.authenticators.security_card.service import challenge_of, find_card
from webapp.authenticators.totp.service import find_totp
from webapp.authenticators.views import enrolment

HERE = "/me/security"
ORIGIN = "http://localhost"


@pytest.fixture
def config(config):
    return replace(config, second_checks=("card", "one-time-code", "passkey"))


def answer_card(visitor, stored, hana, issued, *, aim="one-time", wrong=False):
    stored.expire_all()
    asked = challenge_of(find_card(stored, hana))
    first, second = (
        issued.codes[asked.first - 1][:2],
        issued.codes[asked.second - 1][2:],
    )
    return visitor.submit(
        f"{HERE}/prove",
        aim=aim,
        first=first,
        second=f"{(int(second) + wrong) % 100:02}",
        ask_first=str(asked.first),
        ask_second=str(asked.second),
    )


def set_up_app(customer):
    customer.submit(f"{HERE}/one-time")
    page = customer.open(f"{HERE}/one-time").text
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    return pyotp.TOTP(shown), page


def make_passkey(customer, device, name="내 휴대폰"):
    begun = customer.send_json(f"{HERE}/passkey/options", {}).json
    answer = device.make(begun["options"])
    sent = {"id": begun["id"], "answer": answer, "name": name}
    return customer.send_json(f"{HERE}/passkey", sent)


def test_the_page_shows_the_card_and_none_of_its_codes(customer, issued):
    page = customer.open(HERE).text

    assert issued.number in page
    assert not any(
        re.search(rf"\b{code}\b", page)
        for code in issued.codes
        if code not in issued.number
    )


def test_only_who_is_signed_in_sees_it(visitor):
    assert "/sign-in" in visitor.open(HERE).request.path


@pytest.mark.parametrize("page", ["one-time", "passkey"])
def test_a_new_way_is_begun_only_after_an_older_one(customer, issued, page):
    opened = customer.open(f"{HERE}/{page}")

    assert opened.request.path == f"{HERE}/prove"
    assert 'name="first"' in opened.text


@pytest.mark.parametrize(
    "path", ["one-time", "one-time/confirm", "passkey/options", "passkey"]
)
def test_no_post_gets_past_the_proof(customer, stored, hana, issued, path):
    customer.open(HERE)

    answer = customer.submit(f"{HERE}/{path}", code="123456")

    assert answer.status_code == 403
    assert "proof_needed" in answer.text
    assert find_totp(stored, hana) is None


def test_a_wrong_answer_proves_nothing_and_counts_at_the_card(
    customer, stored, hana, issued
):
    customer.open(f"{HERE}/prove")

    answer = answer_card(customer, stored, hana, issued, wrong=True)

    assert answer.status_code == 422
    assert customer.submit(f"{HERE}/one-time").status_code == 403
    stored.expire_all()
    assert find_card(stored, hana).errors == 1


def test_an_app_is_set_up_with_a_card_and_one_code(customer, stored, hana, issued):
    customer.open(f"{HERE}/prove")
    assert answer_card(customer, stored, hana, issued).headers["Location"] == (
        f"{HERE}/one-time"
    )
    app, page = set_up_app(customer)
    assert "<svg" in page
    assert customer.submit(f"{HERE}/one-time/confirm", code="12").status_code == 422

    done = customer.submit(f"{HERE}/one-time/confirm", code=app.now())

    assert done.status_code == 302
    assert find_totp(stored, hana).confirmed_at is not None
    assert app.secret not in customer.open(HERE).text.replace(" ", "")


def test_the_secret_is_in_no_address(customer, stored, hana, issued):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued)
    answer = customer.submit(f"{HERE}/one-time")

    assert answer.headers["Location"] == f"{HERE}/one-time"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_proof_is_worth_ten_minutes(customer, stored, hana, issued, monkeypatch):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued)
    real, passed = enrolment.utc_now, enrolment.SITTING
    assert customer.open(f"{HERE}/one-time").request.path == f"{HERE}/one-time"

    monkeypatch.setattr(enrolment, "utc_now", lambda: real() + passed)

    assert customer.open(f"{HERE}/one-time").request.path == f"{HERE}/prove"


def test_a_proof_ends_with_the_sitting(customer, stored, hana, issued, password):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued)
    customer.submit("/sign-out")
    customer.sign_in("demo", password)

    assert customer.open(f"{HERE}/one-time").request.path == f"{HERE}/prove"


def test_who_has_nothing_is_sent_to_the_counter(customer, stored, hana, now):
    find_card(stored, hana).closed_at = now
    stored.commit()

    page = customer.open(f"{HERE}/prove")

    assert page.status_code == 200
    assert 'name="first"' not in page.text
    assert answer_without_card(customer).status_code == 409


def answer_without_card(customer):
    return customer.submit(f"{HERE}/prove", first="12", second="34")


def test_an_app_that_is_there_proves_too(customer, stored, hana, issued, monkeypatch):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued)
    app, _page = set_up_app(customer)
    real = enrolment.utc_now
    before = real()
    customer.submit(f"{HERE}/one-time/confirm", code=app.at(before))
    with customer.client.session_transaction() as cookie:
        del cookie[enrolment.PROVED]
    later = app.at(before + timedelta(seconds=30))

    answer = customer.submit(f"{HERE}/prove/one-time-code", aim="passkey", code=later)

    assert answer.headers["Location"] == f"{HERE}/passkey"


def test_removing_the_app_takes_it_away(customer, stored, hana, issued):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued)
    app, _page = set_up_app(customer)
    customer.submit(f"{HERE}/one-time/confirm", code=app.now())

    assert customer.submit(f"{HERE}/one-time/remove").status_code == 302
    assert find_totp(stored, hana) is None
    assert customer.submit(f"{HERE}/one-time/remove").status_code == 409


def test_a_passkey_is_registered_used_and_removed(customer, stored, hana, issued):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued, aim="passkey")
    device = Authenticator(ORIGIN)

    enrolled = make_passkey(customer, device)

    assert enrolled.json == {"next": f"{HERE}?done=passkey"}
    [(kept, name)] = [
        (passkey.id, passkey.name) for passkey in list_passkeys(stored, hana)
    ]
    assert name == "내 휴대폰"
    with customer.client.session_transaction() as cookie:
        del cookie[enrolment.PROVED]
    begun = customer.send_json(f"{HERE}/prove/passkey/options", {}).json
    sent = {"id": begun["id"], "answer": device.sign(begun["options"])}
    proved = customer.send_json(f"{HERE}/prove/passkey", {**sent, "next": "one-time"})
    assert proved.json == {"next": f"{HERE}/one-time"}
    assert customer.submit(f"{HERE}/passkey/{kept}/remove").status_code == 302
    stored.expire_all()
    assert list_passkeys(stored, hana) == []
    assert customer.submit(f"{HERE}/passkey/{kept}/remove").status_code == 404


def test_the_name_of_a_passkey_is_shown_as_text(customer, stored, hana, issued):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued, aim="passkey")
    make_passkey(customer, Authenticator(ORIGIN), name="<script>x</script>")

    page = customer.open(HERE).text

    assert "<script>x" not in page
    assert html.escape("<script>x</script>") in page


def test_what_the_operator_does_not_allow_is_not_there(config, password):
    plain = replace(config, second_checks=("card",))
    customer = Browser(create_app(plain).test_client())
    customer.sign_in("demo", password)
    page = customer.open(HERE).text

    assert f"{HERE}/one-time" not in page
    assert f"{HERE}/passkey" not in page
    assert customer.client.get(f"{HERE}/one-time").status_code == 409
    assert customer.client.get(f"{HERE}/passkey").status_code == 404


def test_a_centre_without_the_key_shows_the_page_all_the_same(config, password):
    keyless = replace(config, identity_key=None)
    customer = Browser(create_app(keyless).test_client())
    customer.sign_in("demo", password)

    assert customer.open(HERE).status_code == 200


# Signing in with a passkey.


def registered(customer, stored, hana, issued):
    """Register a passkey, sign out, and return the device."""
    device = Authenticator(ORIGIN)
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued, aim="passkey")
    make_passkey(customer, device)
    customer.submit("/sign-out")
    customer.open("/sign-in")
    return device


def sign_in_with(visitor, device, **more):
    begun = visitor.send_json(f"{HERE}/sign-in/options", {}).json
    sent = {"id": begun["id"], "answer": device.sign(begun["options"]), **more}
    return visitor.send_json(f"{HERE}/sign-in", sent)


def test_a_passkey_signs_in_and_leads_where_one_wanted_to(
    customer, stored, hana, issued
):
    device = registered(customer, stored, hana, issued)

    answer = sign_in_with(customer, device, next=HERE)

    assert answer.status_code == 200
    assert customer.open(answer.json["next"]).request.path == HERE


def test_a_passkey_leads_nobody_to_another_site(customer, stored, hana, issued):
    device = registered(customer, stored, hana, issued)
    answer = sign_in_with(customer, device, next="https://evil.example/")

    led = customer.client.get(answer.json["next"])
    assert led.headers["Location"] == "/"


def test_a_locked_account_is_not_opened_by_a_passkey(
    customer, stored, hana, issued, now
):
    device = registered(customer, stored, hana, issued)
    stored.refresh(hana)
    hana.locked_at = now
    stored.commit()

    answer = sign_in_with(customer, device)

    assert answer.status_code >= 400
    assert "/sign-in" in customer.open(HERE).request.path


def test_a_removed_passkey_signs_nobody_in(customer, stored, hana, issued):
    device = registered(customer, stored, hana, issued)
    for passkey in list_passkeys(stored, hana):
        stored.delete(passkey)
    stored.commit()

    answer = sign_in_with(customer, device)

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_passkey")


def test_a_stranger_to_the_page_signs_nobody_in(customer, stored, hana, issued):
    device = registered(customer, stored, hana, issued)
    begun = customer.send_json(f"{HERE}/sign-in/options", {}).json
    sent = {"id": begun["id"], "answer": device.sign(begun["options"])}

    answer = customer.client.post(f"{HERE}/sign-in", json=sent)

    assert answer.status_code == 400  # without the page's token


def test_a_passkey_alone_does_not_replace_a_printed_password(
    customer, stored, hana, issued, password
):
    device = registered(customer, stored, hana, issued)
    stored.refresh(hana)
    hana.must_change_password = True
    stored.commit()
    sign_in_with(customer, device)
    assert 'name="old"' in customer.open("/me/password").text
    new = {"new": "Calm-River-88", "again": "Calm-River-88"}

    assert customer.submit("/me/password", **new).status_code == 422
    assert customer.submit("/me/password", old=password, **new).status_code == 302


def test_a_number_too_large_for_a_passkey_is_none(customer):
    path = f"{HERE}/passkey/99999999999999999999/remove"

    assert customer.submit(path).status_code == 404


@pytest.mark.parametrize("field", ["id", "next"])
@pytest.mark.parametrize("value", [chr(0xD800), "a" + chr(0)])
def test_half_a_character_is_refused_when_signing_in(visitor, field, value):
    visitor.open("/sign-in")

    answer = visitor.send_json(f"{HERE}/sign-in", {"answer": {}, field: value})

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_half_a_character_is_no_name_of_a_passkey(customer, stored, hana, issued):
    customer.open(f"{HERE}/prove")
    answer_card(customer, stored, hana, issued, aim="passkey")

    answer = make_passkey(customer, Authenticator(ORIGIN), name=chr(0xD800))

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_half_a_character_in_an_answer_is_no_answer(visitor):
    visitor.open("/sign-in")
    begun = visitor.send_json(f"{HERE}/sign-in/options", {}).json
    sent = {"id": begun["id"], "answer": {"id": chr(0xD800), "rawId": chr(0xD800)}}

    assert visitor.send_json(f"{HERE}/sign-in", sent).status_code == 400


@pytest.mark.parametrize("depth", [900, 30_000])
def test_brackets_without_end_are_no_answer(visitor, depth):
    visitor.open("/sign-in")
    sent = '{"answer": {"id": ' + "[" * depth + "]" * depth + "}}"
    headers = {"X-CSRFToken": visitor.token, "Content-Type": "application/json"}

    answer = visitor.client.post(f"{HERE}/sign-in", data=sent, headers=headers)

    assert 400 <= answer.status_code < 500
