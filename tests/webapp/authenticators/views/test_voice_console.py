"""The console: calls are printed, and a page with keys stands for the phone."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.support.voice_gateway import digits_on, other_than
from tests.webapp.browser_client import PAGE, STEPS, Browser
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call.rules import State


@pytest.fixture
def config(config):
    return replace(config, require_phone_check=True)


@pytest.fixture
def step(customer):
    """The address of the step, and who stands before it."""
    application = customer.begin()
    for name, fields in STEPS:
        customer.submit(f"/applications/{application}/{name}", **fields)
    return f"/applications/{application}/phone-check"


@pytest.fixture
def owner(app):
    """Whoever reads the terminal, in a browser of their own."""
    return Browser(app.test_client())


def ring(customer, step, capsys):
    """Have the centre call; return the digits and the address in the terminal."""
    capsys.readouterr()
    customer.submit(step)
    output = capsys.readouterr().out
    return digits_on(customer.open(step)), re.search(r"/voice/console/\S+", output)[0]


def test_the_terminal_says_loudly_that_it_is_not_for_production(customer, step, capsys):
    customer.submit(step)

    output = capsys.readouterr().out
    assert "NOT FOR PRODUCTION" in output
    assert "010-****-0000" in output
    # Addresses and the number have digits of their own.
    words = re.sub(r"https?://\S+|010-\*{4}-0000", "", output)
    assert digits_on(customer.open(step)) not in words


def test_the_page_says_in_a_demo_where_the_call_is(config, customer, step, password):
    assert "실제 전화는 울리지 않아요" in customer.open(step).text

    other = Browser(create_app(replace(config, demo=False)).test_client())
    other.sign_in("demo", password)
    assert "실제 전화는 울리지 않아요" not in other.open(step).text


def test_the_keys_pass_the_step(customer, owner, step, capsys, stored):
    digits, phone = ring(customer, step, capsys)
    owner.open(phone)
    assert stored.scalar(select(PhoneCall.state)) == State.RINGING
    owner.submit(phone, press="answer")
    half = owner.submit(phone, key=digits[0])
    assert f'name="so_far" value="{digits[0]}"' in half.text

    owner.submit(phone, so_far=digits[0], key=digits[1])

    assert customer.open(step).request.path.endswith("/keep")
    assert "확인했어요" in owner.open(phone).text


def test_wrong_keys_are_said_and_end_the_call_the_second_time(
    customer, owner, step, capsys, stored
):
    digits, phone = ring(customer, step, capsys)
    wrong = other_than(digits)
    owner.open(phone)
    owner.submit(phone, press="answer")
    owner.submit(phone, so_far=wrong[0], key=wrong[1])
    assert "화면의 숫자와 달라요" in owner.open(phone).text

    owner.submit(phone, so_far=wrong[0], key=wrong[1])

    assert stored.scalar(select(PhoneCall.state)) == State.WRONG


@pytest.mark.parametrize("fields", [{}, {"press": "explode"}, {"key": "*"}])
def test_what_no_phone_does_changes_nothing(
    customer, owner, step, capsys, stored, fields
):
    _digits, phone = ring(customer, step, capsys)
    owner.open(phone)

    answer = owner.submit(phone, **fields)

    assert answer.status_code == 200
    assert stored.scalar(select(PhoneCall.state)) == State.RINGING


def test_keys_before_the_answer_are_refused(customer, owner, step, capsys):
    digits, phone = ring(customer, step, capsys)
    owner.open(phone)

    assert owner.submit(phone, so_far=digits[0], key=digits[1]).status_code == 409


def test_only_the_address_in_the_terminal_opens_the_phone(
    customer, owner, step, capsys, stored
):
    ring(customer, step, capsys)
    call_id = stored.scalar(select(PhoneCall.id))

    for name in ("x" * 32, call_id):
        assert (
            owner.client.get(f"/voice/console/{name}", headers=PAGE).status_code == 404
        )


def test_a_centre_with_a_real_gateway_has_no_such_page_and_a_console_no_webhooks(
    config, customer, step, capsys, stored
):
    _digits, phone = ring(customer, step, capsys)
    call_id = stored.scalar(select(PhoneCall.id))
    real = create_app(replace(config, phone_gateway="twilio")).test_client()

    assert real.get(phone, headers=PAGE).status_code == 404
    for hook in ("answer", "digits", "status"):
        refused = customer.client.post(f"/voice/{call_id}/{hook}")
        assert (refused.status_code, refused.json["code"]) == (403, "voice_refused")


def test_the_registered_number_decides_what_is_called(customer, step, stored):
    stored.scalar(select(Customer)).phone = "010-1234-5678"
    stored.commit()

    assert customer.submit(step).status_code == 409
    assert stored.scalar(select(PhoneCall)) is None
