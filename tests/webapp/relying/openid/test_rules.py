"""What comes next follows from who signed, what was agreed to, and what is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.relying.openid.rules import (
    Agreed,
    Claim,
    KeyPlace,
    Prompt,
    Request,
    SignedIn,
    Step,
    claims_of,
    key_place,
    next_step,
    parse_max_age,
    parse_prompts,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def request(*prompts, max_age=None, claims=(Claim.NAME,), subject=None):
    return Request(
        claims=claims,
        prompts=frozenset(prompts),
        max_age=max_age,
        made_at=NOW,
        subject=subject,
    )


def signed(minutes_ago):
    return SignedIn(subject="s", signed_at=NOW - minutes_ago * MINUTE)


def agreed(minutes_ago, *claims):
    return Agreed(asked=frozenset(claims), agreed_at=NOW - minutes_ago * MINUTE)


ALL = agreed(5, Claim.NAME)


@pytest.mark.parametrize(
    ("asked", "signed_in", "consent", "step"),
    [
        (request(), None, None, Step.SIGN),
        (request(), None, ALL, Step.SIGN),
        (request(), signed(5), None, Step.CONSENT),
        (request(), signed(5), ALL, Step.ISSUE),
        (request(), signed(60), ALL, Step.SIGN),
        (request(claims=tuple(Claim)), signed(5), ALL, Step.CONSENT),
        (request(Prompt.NONE), None, ALL, Step.LOGIN_REQUIRED),
        (request(Prompt.NONE), signed(5), None, Step.CONSENT_REQUIRED),
        (request(Prompt.NONE), signed(5), ALL, Step.ISSUE),
        (request(Prompt.LOGIN), signed(5), ALL, Step.SIGN),
        (request(Prompt.LOGIN), signed(-1), ALL, Step.ISSUE),
        (request(Prompt.SELECT_ACCOUNT), signed(5), ALL, Step.SIGN),
        (request(Prompt.CONSENT), signed(5), ALL, Step.CONSENT),
        (request(Prompt.CONSENT), signed(5), agreed(-1, Claim.NAME), Step.ISSUE),
        (request(max_age=300), signed(5), ALL, Step.SIGN),
        (request(max_age=301), signed(5), ALL, Step.ISSUE),
        (request(max_age=0), signed(0), ALL, Step.ISSUE),
        (request(Prompt.NONE, max_age=1), signed(5), ALL, Step.LOGIN_REQUIRED),
        (request(subject="s"), signed(5), ALL, Step.ISSUE),
        (request(subject="other"), signed(5), ALL, Step.SIGN),
        (request(Prompt.NONE, subject=""), signed(5), ALL, Step.LOGIN_REQUIRED),
    ],
)
def test_the_next_step(asked, signed_in, consent, step):
    assert next_step(asked, signed_in, consent, NOW) is step


def test_scopes_ask_for_claims():
    assert claims_of("openid") == ()
    assert claims_of("openid profile offline_access") == (Claim.NAME, Claim.BIRTH_DATE)
    assert claims_of("certificate openid name") == (Claim.NAME, Claim.FINGERPRINT)
    assert claims_of("profile") is None
    assert claims_of(None) is None


def test_prompts_are_read():
    assert parse_prompts(None) == frozenset()
    assert parse_prompts("login unknown") == {Prompt.LOGIN}
    assert parse_prompts("none") == {Prompt.NONE}
    assert parse_prompts("none consent") is None


@pytest.mark.parametrize("text", ["", "-1", "1.5", "٥", "9" * 10])
def test_an_age_is_a_number_of_seconds(text):
    assert parse_max_age("60") == 60
    with pytest.raises(ValueError, match="seconds"):
        parse_max_age(text)


def test_where_a_key_is():
    assert key_place({"phone"}, is_phone_only=True) is KeyPlace.PHONE
    assert key_place({"browser"}, is_phone_only=False) is KeyPlace.BROWSER
    assert key_place({"browser", "file"}, is_phone_only=False) is KeyPlace.COPIED
    assert key_place(set(), is_phone_only=False) is KeyPlace.COPIED
