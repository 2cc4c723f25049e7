"""Passkeys: bound to this site, this customer, this challenge and one use."""

import json
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from tests.support.committed import committed_module
from tests.support.customers import register
from tests.support.webauthn_authenticator import Authenticator, bytes_of, text_of
from webapp.accounts.service import new_customer
from webapp.authenticators.models import PasskeyChallenge
from webapp.authenticators.passkey import service as passkey_service
from webapp.authenticators.passkey.rules import (
    ChallengeOverError,
    EnoughPasskeysError,
    PasskeyError,
    PasskeyKnownError,
    PasskeyNamelessError,
    RelyingParty,
    UnknownPasskeyError,
    local_address,
    relying_party_for,
    user_handle,
)

service = committed_module(passkey_service)
SITE = RelyingParty("ca.example", "https://ca.example")
HANDLE = b"h" * 32


def chance(count):
    return Random(7).randbytes(count)


@pytest.fixture
def config(config):
    return replace(
        config, require_security_card=True, second_checks=("passkey", "card")
    )


@pytest.fixture
def device(stored, hana, now):
    """A device with a passkey of hers."""
    authenticator = Authenticator(SITE.origin)
    enrol(stored, hana, authenticator, now)
    return authenticator


def enrol(stored, hana, device, now, *, name="phone", site=SITE):
    begun = service.begin_enrolment(
        stored, hana, site, chance, handle=HANDLE, account_name="demo", now=now
    )
    service.enrol(
        stored,
        hana,
        site,
        device.make(begun["options"]),
        challenge_id=begun["id"],
        name=name,
        allow=lambda: None,
        now=now,
    )


def begin(stored, hana, now):
    return service.begin_check(stored, hana, SITE, chance, now)


def check(stored, hana, answer, begun, now, *, site=SITE):
    service.check_passkey(stored, hana, site, answer, challenge_id=begun["id"], now=now)
    stored.commit()


def mallory_in(stored, hana, now):
    new = new_customer(
        login_id="mallory",
        password="long-enough-1",
        name="말로리",
        latin_name="MALLORY",
        birth_date=hana.birth_date,
    )
    return register(stored, new, now)


# For whom.


@pytest.mark.parametrize(
    ("public", "opened", "name", "origin"),
    [
        ("https://ca.example", "", "ca.example", "https://ca.example"),
        ("https://ca.example:8443", "", "ca.example", "https://ca.example:8443"),
        ("http://localhost:8000", "", "localhost", "http://localhost:8000"),
        (
            "http://127.0.0.1:8000",
            "http://localhost:8000/",
            "localhost",
            "http://localhost:8000",
        ),
        # Whoever sends another Host is answered for the address that we know.
        (
            "https://ca.example",
            "http://localhost:8000/",
            "ca.example",
            "https://ca.example",
        ),
    ],
)
def test_passkeys_are_made_for_the_name_in_the_address(public, opened, name, origin):
    assert relying_party_for(public, opened) == RelyingParty(name, origin)


@pytest.mark.parametrize(
    ("public", "opened"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ("https://192.168.0.9:8000", "http://localhost:8000/"),
        ("https://[2001:db8::1]", ""),
        ("http://ca.example", ""),
    ],
)
def test_an_address_of_digits_or_in_the_clear_has_no_passkeys(public, opened):
    assert relying_party_for(public, opened) is None


def test_what_a_device_knows_a_customer_by_tells_nothing_and_stays():
    assert user_handle("1", "secret") == user_handle("1", "secret")
    assert user_handle("1", "secret") != user_handle("operator:1", "secret")
    assert len(user_handle("1", "secret")) == 32


# Enrolling.


def test_the_browser_is_asked_to_verify_the_person_and_to_keep_the_key(
    stored, hana, now
):
    options = service.begin_enrolment(
        stored, hana, SITE, chance, handle=HANDLE, account_name="demo", now=now
    )["options"]

    chosen = options["authenticatorSelection"]
    assert chosen["userVerification"] == "required"
    assert chosen["residentKey"] == "required"
    assert options["rp"]["id"] == "ca.example"
    assert hana.name not in json.dumps(options, ensure_ascii=False)


def test_a_passkey_of_a_device_that_verified_nobody_is_refused(stored, hana, now):
    with pytest.raises(PasskeyError):
        enrol(stored, hana, Authenticator(SITE.origin, verifies=False), now)
    assert service.list_passkeys(stored, hana) == []


@pytest.mark.parametrize(
    "origin", ["https://ca.example.evil", "http://ca.example", "https://evil.example"]
)
def test_a_passkey_made_on_another_site_is_refused(stored, hana, now, origin):
    with pytest.raises(PasskeyError):
        enrol(stored, hana, Authenticator(origin), now)


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u202e\u3164", "x" * 41])
def test_a_passkey_needs_a_name(stored, hana, now, name):
    with pytest.raises(PasskeyNamelessError):
        enrol(stored, hana, Authenticator(SITE.origin), now, name=name)


def test_a_passkeys_name_moves_nothing_around_it(stored, hana, now):
    device = Authenticator(SITE.origin)

    enrol(stored, hana, device, now, name="work\u202e\u200b\nphone")

    assert "work phone" in {
        passkey.name for passkey in service.list_passkeys(stored, hana)
    }


def test_the_same_passkey_is_registered_once(stored, hana, device, now):
    with pytest.raises(PasskeyKnownError):
        enrol(stored, hana, device, now)


def test_nobody_registers_a_passkey_of_somebody_else_again(stored, hana, device, now):
    mallory = mallory_in(stored, hana, now)

    with pytest.raises(PasskeyKnownError):
        enrol(stored, mallory, device, now)


def test_ten_are_as_many_as_may_be(stored, hana, now):
    for _ in range(service.MAX_PASSKEYS):
        enrol(stored, hana, Authenticator(SITE.origin), now)

    with pytest.raises(EnoughPasskeysError):
        enrol(stored, hana, Authenticator(SITE.origin), now)


# Using.


def test_a_signature_of_the_passkey_is_accepted(stored, hana, device, now):
    begun = begin(stored, hana, now)

    check(stored, hana, device.sign(begun["options"]), begun, now)

    [kept] = service.list_passkeys(stored, hana)
    assert (kept.sign_count, kept.used_at) == (1, now)


def test_a_challenge_is_used_once(stored, hana, device, now):
    begun = begin(stored, hana, now)
    answer = device.sign(begun["options"])
    check(stored, hana, answer, begun, now)

    with pytest.raises(ChallengeOverError):
        check(stored, hana, answer, begun, now)


def test_a_wrong_answer_uses_the_challenge_up_too(stored, hana, device, now):
    begun = begin(stored, hana, now)
    with pytest.raises(PasskeyError):
        check(stored, hana, {}, begun, now)

    with pytest.raises(ChallengeOverError):
        check(stored, hana, device.sign(begun["options"]), begun, now)


def test_a_challenge_lives_for_three_minutes(stored, hana, device, now):
    ends = now + service.CHALLENGE_TTL
    begun = begin(stored, hana, now)
    last = ends - timedelta(seconds=1)
    check(stored, hana, device.sign(begun["options"]), begun, last)
    begun = begin(stored, hana, now)

    with pytest.raises(ChallengeOverError):
        check(stored, hana, device.sign(begun["options"]), begun, ends)


def test_challenges_that_are_over_are_cleared_away(stored, hana, device, now):
    begin(stored, hana, now)
    begin(stored, hana, now + service.CHALLENGE_TTL)

    assert len(stored.scalars(select(PasskeyChallenge)).all()) == 1


def test_a_challenge_of_another_customer_is_none(stored, hana, device, now):
    mallory = mallory_in(stored, hana, now)
    enrol(stored, mallory, Authenticator(SITE.origin), now)
    begun = begin(stored, mallory, now)

    with pytest.raises(ChallengeOverError):
        check(stored, hana, device.sign(begun["options"]), begun, now)


def test_a_challenge_for_something_else_is_none(stored, hana, device, now):
    begun = service.begin_sign_in(stored, SITE, chance, now)

    with pytest.raises(ChallengeOverError):
        check(stored, hana, device.sign(begun["options"]), begun, now)


def test_another_customers_passkey_is_refused(stored, hana, device, now):
    mallory = mallory_in(stored, hana, now)
    hers = Authenticator(SITE.origin)
    enrol(stored, mallory, hers, now)
    begun = begin(stored, hana, now)

    with pytest.raises(UnknownPasskeyError):
        check(stored, hana, hers.sign(begun["options"]), begun, now)


def test_another_key_under_the_same_name_is_refused(stored, hana, device, now):
    forged = Authenticator(SITE.origin, credential_id=device.credential_id)
    begun = begin(stored, hana, now)

    with pytest.raises(PasskeyError):
        check(stored, hana, forged.sign(begun["options"]), begun, now)


def test_a_signature_without_a_verified_person_is_refused(stored, hana, device, now):
    device.verifies = False
    begun = begin(stored, hana, now)

    with pytest.raises(PasskeyError):
        check(stored, hana, device.sign(begun["options"]), begun, now)


def test_a_signature_given_to_another_site_is_refused(stored, hana, device, now):
    device.origin = "https://ca.example.evil"
    begun = begin(stored, hana, now)

    with pytest.raises(PasskeyError):
        check(stored, hana, device.sign(begun["options"]), begun, now)


@pytest.mark.parametrize("back", [1, 2])
def test_a_count_that_does_not_go_up_is_a_copy_and_refused(
    stored, hana, device, now, back
):
    for _ in range(2):
        begun = begin(stored, hana, now)
        check(stored, hana, device.sign(begun["options"]), begun, now)
    device.count -= back
    begun = begin(stored, hana, now)

    with pytest.raises(PasskeyError):
        check(stored, hana, device.sign(begun["options"]), begun, now)
    [kept] = service.list_passkeys(stored, hana)
    assert kept.sign_count == 2


def test_a_device_that_does_not_count_is_accepted_each_time(stored, hana, device, now):
    for _ in range(2):
        device.count = -1
        begun = begin(stored, hana, now)
        check(stored, hana, device.sign(begun["options"]), begun, now)


def test_who_has_none_is_asked_for_none(stored, hana, now):
    with pytest.raises(UnknownPasskeyError):
        begin(stored, hana, now)


def test_whose_passkey_signed_is_who_signs_in(stored, hana, device, now):
    begun = service.begin_sign_in(stored, SITE, chance, now)
    assert (
        "allowCredentials" not in begun["options"]
        or not (begun["options"]["allowCredentials"])
    )

    challenge = service.consume_sign_in_challenge(stored, begun["id"], now)
    customer = service.check_sign_in(
        stored, SITE, device.sign(begun["options"]), challenge=challenge, now=now
    )

    assert customer.id == hana.id


def test_another_customers_passkey_cannot_be_removed(stored, hana, device, now):
    mallory = mallory_in(stored, hana, now)
    [kept] = service.list_passkeys(stored, hana)

    with pytest.raises(UnknownPasskeyError):
        service.remove_passkey(stored, mallory, kept.id, actor=None, now=now)


# What comes from outside.


def hostile(answer):
    """Yield answers that no authenticator gives."""
    yield from (None, [], "x", 7, {}, {"id": 1}, {"id": [], "response": {}})
    for name in ("id", "rawId", "type", "response"):
        for value in (None, 7, [], {}, "", "!", "AAAA", "x" * 3000):
            yield {**answer, name: value}
        yield {k: v for k, v in answer.items() if k != name}
    for name in answer["response"]:
        for value in (None, 7, [], {}, "", "!", "AAAA", text_of(b"\xff" * 60)):
            yield {**answer, "response": {**answer["response"], name: value}}
        cut = bytes_of(answer["response"][name] or "")
        for at in range(0, len(cut), 7):
            changed = bytes([*cut[:at], cut[at] ^ 0x55, *cut[at + 1 :]])
            for value in (text_of(cut[:at]), text_of(changed)):
                yield {**answer, "response": {**answer["response"], name: value}}


def test_hostile_answers_are_refused_and_nothing_else(stored, hana, device, now):
    ignored = {"userHandle"}  # the credential's own id says whose it is
    begun = begin(stored, hana, now)
    good = device.sign(begun["options"])
    for answer in hostile(good):
        begun = begin(stored, hana, now)
        if (
            isinstance(answer, dict)
            and isinstance(answer.get("response"), dict)
            and all(
                answer["response"].get(k) == v
                for k, v in good["response"].items()
                if k not in ignored
            )
            and {k: answer.get(k) for k in ("id", "rawId", "type")}
            == {k: good[k] for k in ("id", "rawId", "type")}
        ):
            continue
        with pytest.raises(PasskeyError):
            check(stored, hana, answer, begun, now)


def test_hostile_new_passkeys_are_refused_and_nothing_else(stored, hana, now):
    def begin_one():
        return service.begin_enrolment(
            stored, hana, SITE, chance, handle=HANDLE, account_name="demo", now=now
        )

    good = Authenticator(SITE.origin).make(begin_one()["options"])
    attestation = good["response"]["attestationObject"]
    for answer in hostile(good):
        if isinstance(answer, dict) and isinstance(answer.get("response"), dict):
            changed = answer["response"].get("attestationObject")
            is_text = isinstance(changed, str) and changed != attestation
            if is_text and len(changed) == len(attestation):
                continue  # another key or id is another passkey, and nobody's harm
        begun = begin_one()
        with pytest.raises(PasskeyError):
            service.enrol(
                stored,
                hana,
                SITE,
                answer,
                challenge_id=begun["id"],
                name="x",
                allow=lambda: None,
                now=now,
            )


# The step.


def test_the_passkey_takes_the_place_of_the_card(customer, stored, hana, now):
    device = Authenticator("http://localhost")
    enrol(stored, hana, device, now, site=RelyingParty("localhost", "http://localhost"))
    where = f"/applications/{customer.walk()}/security-card"
    page = customer.open(where).text
    assert 'data-does="check"' in page

    begun = customer.send_json(f"{where}/passkey/options", {}).json
    sent = {"id": begun["id"], "answer": device.sign(begun["options"])}
    answer = customer.send_json(f"{where}/passkey", sent)

    assert answer.json == {"next": where.removesuffix("/security-card")}
    assert customer.open(answer.json["next"]).request.path.endswith("/keep")


@pytest.mark.parametrize("body", [{}, {"id": 7, "answer": "x"}])
def test_what_no_page_sends_is_refused(customer, stored, hana, now, body):
    device = Authenticator("http://localhost")
    enrol(stored, hana, device, now, site=RelyingParty("localhost", "http://localhost"))
    where = f"/applications/{customer.walk()}/security-card"

    answer = customer.send_json(f"{where}/passkey", body)

    assert answer.status_code == 409
    assert answer.json["code"] == "passkey_too_late"


@pytest.mark.parametrize(("body", "status"), [(None, 415), ([], 400), ("x", 400)])
def test_what_is_no_object_is_refused(customer, stored, hana, now, body, status):
    device = Authenticator("http://localhost")
    enrol(stored, hana, device, now, site=RelyingParty("localhost", "http://localhost"))
    where = f"/applications/{customer.walk()}/security-card"

    answer = customer.send_json(f"{where}/passkey", body)

    assert (answer.status_code, answer.json["code"]) == (status, "bad_request")


def test_without_a_passkey_none_is_asked_for(customer):
    where = f"/applications/{customer.walk()}/security-card"

    answer = customer.send_json(f"{where}/passkey/options", {})

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_passkey")


def test_only_a_centre_on_this_machine_has_another_name_here():
    assert local_address("http://127.0.0.1:8000") == "http://localhost:8000"
    assert local_address("https://ca.example") is None
    assert local_address("https://192.168.0.9:8000") is None
