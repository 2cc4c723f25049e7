"""The phone check over HTTP: pages, a gateway that speaks TwiML, and its webhooks."""

import json
import logging
import re
import threading
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.support.voice_gateway import (
    ACCOUNT,
    NUMBER,
    TOKEN,
    Gateway,
    digits_on,
    other_than,
    sign,
)
from tests.webapp.browser_client import PAGE, STEPS, Browser
from webapp import create_app, logging_config
from webapp.accounts.models import Customer
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import twilio_gateway
from webapp.authenticators.phone_call.rules import PAUSE, State
from webapp.clock import utc_now
from webapp.config import Secret, VoiceGatewayConfig
from webapp.enrolment.models import Application

PHONE = "+821000000000"


@pytest.fixture
def gateway():
    with Gateway().running() as running:
        yield running


@pytest.fixture
def config(config, gateway):
    """A centre that checks by phone, through the gateway on this machine."""
    server = make_server("127.0.0.1", 0, None, threaded=True)  # only for its port
    port = server.server_port
    server.server_close()
    voice = VoiceGatewayConfig(
        account=ACCOUNT, token=Secret(TOKEN), number=NUMBER, url=gateway.url
    )
    return replace(
        config,
        require_phone_check=True,
        phone_gateway="twilio",
        voice=voice,
        public_url=f"http://127.0.0.1:{port}",
    )


@pytest.fixture
def served(app, config):
    """The centre on a port of its own, for the gateway to reach."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = int(config.public_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield config.public_url
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def step(served, customer):
    """A customer in front of the phone check."""
    return Step(customer, reach(customer))


def reach(visitor):
    application = visitor.begin()
    for step, fields in STEPS:
        visitor.submit(f"/applications/{application}/{step}", **fields)
    return application


class Step:
    """The page of the step, as the customer uses it."""

    def __init__(self, visitor, application):
        self.visitor, self.application = visitor, application
        self.path = f"/applications/{application}/phone-check"

    def open(self):
        return self.visitor.open(self.path)

    def call(self):
        return self.visitor.submit(self.path)

    def ask(self):
        """Press "Call me" and return the digits that the page then shows."""
        answer = self.call()
        assert answer.status_code == 302, answer.text
        return digits_on(self.open())

    def state(self):
        return self.visitor.client.get(f"{self.path}/state").json


def end_pause(stored):
    """Let the last call be long ago."""
    ended = utc_now() - PAUSE
    stored.execute(
        update(PhoneCall).where(PhoneCall.ended_at.is_not(None)).values(ended_at=ended)
    )
    stored.commit()


def test_the_order_names_number_webhooks_and_events_and_never_the_digits(step, gateway):
    step.ask()

    fields = gateway.phone.fields
    assert (fields["To"], fields["From"]) == (PHONE, NUMBER)
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+/voice/[\w-]{22}/answer", fields["Url"]
    )
    assert fields["StatusCallback"] == fields["Url"].replace("/answer", "/status")
    assert fields["StatusCallbackEvent"] == [
        "initiated",
        "ringing",
        "answered",
        "completed",
    ]
    assert (fields["Timeout"], fields["TimeLimit"]) == ("40", "90")
    assert "Digits" not in fields
    assert "SendDigits" not in fields


def test_the_right_digits_pass_the_step_over_the_gateway(step, gateway):
    digits = step.ask()
    assert len(digits) == 2
    phone = gateway.phone

    lines = [step.state()["line"]]
    for event in (lambda: phone.say("initiated"), lambda: phone.say("ringing")):
        assert event().status == 204
        lines.append(step.state()["line"])
    asked = phone.pick_up()
    lines.append(step.state()["line"])
    thanked = phone.key(digits)
    phone.say("completed")

    assert len(set(lines)) == 3
    assert asked.verbs == ["Gather", "Gather", "Hangup"]
    assert asked.twiml.find("Gather").get("numDigits") == "2"
    spoken = [say.get("language") for say in asked.twiml.iter("Say")]
    assert spoken == ["ko-KR", "en-US"] * 2
    assert "화면에 보이는 숫자 두 자리를 눌러 주세요" in asked.body
    assert thanked.verbs == ["Say", "Say", "Hangup"]
    assert step.state()["waits"] is False
    page = step.open()
    assert page.request.path.endswith("/keep")


def test_the_digits_stand_neither_in_twiml_nor_in_addresses(step, gateway):
    digits = step.ask()
    asked = gateway.phone.pick_up()
    again = gateway.phone.key(other_than(digits))

    for response in (asked, again):
        texts = "".join(response.twiml.itertext())
        assert not re.search(r"\d", texts)
    assert gateway.phone.digits_url.endswith("/digits")


def test_wrong_digits_are_asked_for_once_more_and_then_end_the_call(
    step, gateway, stored
):
    digits = step.ask()
    gateway.phone.pick_up()

    again = gateway.phone.key(other_than(digits))
    assert "Gather" in again.verbs
    assert "화면의 숫자와 달라요" in step.state()["line"]
    refused = gateway.phone.key(other_than(digits))

    assert refused.verbs == ["Say", "Say", "Hangup"]
    assert step.state()["waits"] is False
    page = step.open()
    assert "누른 숫자가 화면의 숫자와 달랐어요." in page.text
    assert digits_on(page) == ""
    assert step.call().status_code == 429  # the pause
    end_pause(stored)
    assert step.ask() != ""
    assert len(gateway.rung) == 2


@pytest.mark.parametrize(
    ("statuses", "sentence"),
    [
        (["ringing", "no-answer"], "전화를 받지 않으셨어요."),
        (["busy"], "통화 중이라 전화가 연결되지 않았어요."),
        (["failed"], "전화를 연결하지 못했어요."),
        (["canceled"], "전화를 연결하지 못했어요."),
        (
            ["in-progress", "completed"],
            "숫자 두 자리를 누르기 전에 전화가 끊어졌어요.",
        ),
    ],
)
def test_each_ending_has_a_sentence_of_its_own_and_a_call_again(
    step, gateway, statuses, sentence
):
    step.ask()
    for status in statuses:
        gateway.phone.say(status)

    page = step.open()

    assert page.status_code == 200
    assert sentence in page.text
    assert 'data-again-in="20"' in page.text or 'data-again-in="19"' in page.text
    assert digits_on(page) == ""


@pytest.mark.parametrize("mood", ["broken", "nonsense", "silent"])
def test_a_gateway_that_fails_ends_the_call_with_a_sentence_and_another_works(
    step, gateway, stored, mood, monkeypatch
):
    monkeypatch.setattr(twilio_gateway, "PATIENCE", 0.3)
    gateway.mood = mood

    answer = step.call()

    assert answer.status_code == 302
    assert "전화를 연결하지 못했어요." in step.open().text
    gateway.mood = "well"
    end_pause(stored)
    digits = step.ask()
    gateway.phone.pick_up()
    gateway.phone.key(digits)
    assert step.open().request.path.endswith("/keep")


def test_a_gateway_that_is_away_ends_the_call(app, config, customer):
    away = replace(config.voice, url="http://127.0.0.1:9")
    app.extensions["certferry.ca"] = replace(
        app.extensions["certferry.ca"], config=replace(config, voice=away)
    )
    step = Step(customer, reach(customer))

    step.call()

    assert "전화를 연결하지 못했어요." in step.open().text


def test_a_reload_and_a_second_tab_show_the_same_digits_and_place_no_second_call(
    step, gateway
):
    digits = step.ask()

    assert digits_on(step.open()) == digits
    assert step.ask() == digits
    assert gateway.asked == 1


@pytest.mark.parametrize("hook", ["answer", "digits", "status"])
def test_a_webhook_with_a_wrong_signature_is_refused_and_changes_nothing(
    step, gateway, stored, hook
):
    digits = step.ask()
    phone = gateway.phone
    url = phone.fields["Url"].replace("/answer", f"/{hook}")
    fields = {"CallStatus": "busy", "Digits": digits}
    elsewhere = sign(url.replace("/voice/", "/other/"), {})

    for forged in (
        {"token": "another-token"},
        {"signature": ""},
        {"signature": "x"},
        {"signature": "서명".encode().decode("latin-1")},
        {"signature": elsewhere},
    ):
        refused = phone.tell(url, **forged, **fields)

        assert refused.status == 403
        assert json.loads(refused.body)["code"] == "voice_refused"
    assert stored.scalar(select(PhoneCall.state)) == State.ASKED


def test_an_unknown_call_is_refused_as_a_wrong_signature_is(step, gateway):
    step.ask()
    phone = gateway.phone
    call_id = phone.fields["Url"].split("/")[-2]
    unknown = phone.fields["Url"].replace(call_id, "x" * 22)

    refused = phone.tell(unknown)
    forged = phone.tell(phone.fields["Url"], token="another-token")
    other_sid = phone.tell(phone.fields["Url"], CallSid="CA-of-somebody-else")

    assert refused == forged == other_sid
    assert refused.status == 403


def test_the_signature_is_made_over_the_public_address_whatever_a_proxy_says(
    step, gateway, app, config
):
    digits = step.ask()
    phone = gateway.phone
    path = phone.fields["Url"].removeprefix(config.public_url)
    fields = {"CallSid": phone.sid, "CallStatus": "in-progress"}
    proxied = app.test_client().post(
        path,
        base_url="http://inside:9000",
        data=fields,
        headers={"X-Twilio-Signature": sign(f"{config.public_url}{path}", fields)},
    )
    inside = app.test_client().post(
        path,
        base_url="http://inside:9000",
        data=fields,
        headers={"X-Twilio-Signature": sign(f"http://inside:9000{path}", fields)},
    )

    assert (proxied.status_code, inside.status_code) == (200, 403)
    assert proxied.mimetype == "text/xml"
    assert phone.key(digits).status == 200


def test_digits_before_the_answer_are_refused_and_pass_nothing(step, gateway):
    digits = step.ask()

    refused = gateway.phone.key(digits)

    assert refused.status == 409
    assert json.loads(refused.body)["code"] == "call_not_answered"
    assert step.state()["waits"] is True


def test_late_doubled_and_reordered_webhooks_change_no_result(step, gateway):
    digits = step.ask()
    phone = gateway.phone
    phone.say("completed-soon")
    phone.pick_up()
    phone.pick_up()
    phone.say("ringing")
    phone.say("in-progress")
    phone.say("no-answer")
    first = phone.key(digits)

    for again in (
        phone.key(digits),
        phone.key(other_than(digits)),
        phone.say("failed"),
        phone.say("busy"),
        phone.say("completed"),
        phone.pick_up(),
    ):
        assert again.status in (200, 204)
    assert first.status == 200
    assert step.open().request.path.endswith("/keep")


def test_digits_of_an_earlier_call_of_the_same_application_do_not_pass(
    step, gateway, stored
):
    first_digits = step.ask()
    earlier = gateway.phone
    earlier.pick_up()
    earlier.say("completed")
    end_pause(stored)
    step.ask()
    gateway.phone.pick_up()

    assert "Gather" not in earlier.key(first_digits).verbs
    assert step.state()["waits"] is True


def test_another_customers_step_is_not_found(step, app, stored):
    from tests.support.customers import register
    from webapp.accounts.service import new_customer

    new = new_customer(
        login_id="other",
        password="another-password",
        name="이둘",
        latin_name="LEE DUL",
        birth_date=stored.scalar(select(Customer.birth_date)),
    )
    register(stored, new, utc_now())
    other = Browser(app.test_client())
    other.sign_in("other", "another-password")

    assert other.client.get(step.path, headers=PAGE).status_code == 404
    assert other.submit(step.path).status_code == 404
    assert other.client.get(f"{step.path}/state").status_code == 404
    assert (
        Browser(app.test_client()).client.get(f"{step.path}/state").status_code == 401
    )


def test_who_has_no_phone_is_told_where_to_register_one(step, stored, gateway):
    stored.execute(update(Customer).values(phone=None))
    stored.commit()

    page = step.open()
    asked = step.call()

    assert page.status_code == 200
    assert "인증센터 창구에서 번호를 등록한 다음 다시 오세요." in page.text
    assert asked.status_code == 409
    assert gateway.asked == 0


def test_the_number_is_shown_masked_only(step):
    page = step.open()

    assert "010-****-0000" in page.text
    assert "00000000" not in page.text


def test_the_step_cannot_be_called_for_before_it_is_open(served, customer, gateway):
    application = customer.begin()

    refused = customer.submit(f"/applications/{application}/phone-check")

    assert refused.status_code == 409
    assert "step_out_of_order" in refused.text
    assert gateway.asked == 0


def test_an_application_that_is_over_gets_no_call_and_its_page_is_told(
    step, stored, gateway
):
    stored.execute(update(Application).values(expires_at=utc_now()))
    stored.commit()

    assert step.call().status_code == 410
    refused = step.visitor.client.get(f"{step.path}/state")
    assert (refused.status_code, refused.json["code"]) == (410, "application_expired")
    assert gateway.asked == 0


def test_a_passed_step_leads_on_and_calls_nobody_again(step, gateway):
    digits = step.ask()
    gateway.phone.pick_up()
    gateway.phone.key(digits)

    assert step.call().status_code == 302
    assert step.open().request.path.endswith("/keep")
    assert gateway.asked == 1


def test_a_renewal_and_a_centre_without_the_check_have_no_such_step(
    config, password, gateway
):
    app = create_app(replace(config, require_phone_check=False))
    visitor = Browser(app.test_client())
    visitor.sign_in("demo", password)
    application = reach(visitor)

    page = visitor.open(f"/applications/{application}/phone-check")
    asked = visitor.submit(f"/applications/{application}/phone-check")

    assert page.status_code == 404
    assert asked.status_code == 409
    assert gateway.asked == 0


def test_a_day_of_wrong_digits_locks_and_says_so(step, gateway, stored):
    for _ in range(3):
        digits = step.ask()
        gateway.phone.pick_up()
        for _ in range(2):
            gateway.phone.key(other_than(digits))
        end_pause(stored)

    refused = step.call()

    assert refused.status_code == 429
    assert "오늘은 더 전화하지 않아요." in refused.text
    assert "data-call" not in refused.text
    assert len(gateway.rung) == 3


def test_calls_from_one_network_are_limited(config, password, gateway):
    app = create_app(replace(config, rate_limits=True))
    visitor = Browser(app.test_client())
    visitor.sign_in("demo", password)
    step = Step(visitor, reach(visitor))

    answers = [step.call().status_code for _ in range(21)]

    assert answers[:20] == [302] * 20  # the open call, placed once
    assert answers[20] == 429
    assert gateway.asked == 1


def test_two_visitors_who_press_at_once_are_called_once(app, served, step, gateway):
    answers = []

    def press():
        client = Browser(app.test_client())
        client.client.set_cookie(
            "session", step.visitor.client.get_cookie("session").value
        )
        client.token = step.visitor.token
        answers.append(client.submit(step.path).status_code)

    threads = [threading.Thread(target=press) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert set(answers) <= {302, 503}
    assert gateway.asked == 1


def test_neither_digits_nor_number_nor_token_are_logged(step, gateway, stored, capfd):
    logging_config.configure()
    root = logging.getLogger()
    loud, level = logging.StreamHandler(), root.level
    root.addHandler(loud)
    root.setLevel(logging.DEBUG)
    try:
        gateway.mood = "broken"
        step.call()
        gateway.mood = "well"
        end_pause(stored)
        digits = step.ask()
        gateway.phone.pick_up()
        gateway.phone.key(digits, token="another-token")
        gateway.phone.key(other_than(digits))
        gateway.phone.key(digits)
    finally:
        root.removeHandler(loud)
        root.setLevel(level)
        structlog.reset_defaults()

    output = "".join(capfd.readouterr())
    assert "call_refused" in output
    assert "voice_refused" in output
    for secret in (PHONE, PHONE[1:], "010-*", TOKEN, f"Digits={digits}"):
        assert secret not in output
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        assert not {"digits", "number", "to"} & set(event)


def test_what_is_ordered_does_not_show_the_number():
    from webapp.authenticators.phone_call.voice_gateway import call_request

    assert PHONE not in repr(call_request("a", PHONE, "http://localhost"))


def test_a_failed_order_leaves_no_open_call_in_the_database(step, gateway, app):
    gateway.mood = "broken"

    step.call()

    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        call = session.scalar(select(PhoneCall))
        assert (call.state, call.gateway_id) == (State.FAILED, None)
        assert call.ended_at is not None
