"""What becomes of a call: the gateway's webhooks, and the console's page with keys.

A webhook is believed by its signature alone, made with the account's token over the
public address. Its numbers (From, To) are never looked at.
"""

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from twilio.request_validator import RequestValidator

from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import calls
from webapp.authenticators.phone_call.gateways import has_console
from webapp.authenticators.phone_call.rules import (
    GATEWAY_EVENTS,
    Event,
    State,
    UnknownCallError,
    VoicePrompt,
    VoiceRefusedError,
    state_at,
)
from webapp.authenticators.phone_call.voice_prompts import sentences, twiml
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.web.branding import current_brand
from webapp.web.i18n import language
from webapp.web.security import csrf

blueprint = Blueprint("voice", __name__, url_prefix="/voice")


@blueprint.post("/<call_id>/answer")
def answer(call_id: str) -> ResponseReturnValue:
    """Say what to key in, to whoever took the call."""
    call = _signed(call_id)
    with unit_of_work() as work:
        prompt = calls.answer(work, call, utc_now())
    return _say(prompt, call_id)


@blueprint.post("/<call_id>/digits")
def digits(call_id: str) -> ResponseReturnValue:
    """Compare what was keyed in."""
    digits_text = request.form.get("Digits", "")
    call = _signed(call_id)
    with unit_of_work() as work:
        prompt = calls.submit_digits(work, call, digits_text, utc_now())
    return _say(prompt, call_id)


@blueprint.post("/<call_id>/status")
def status(call_id: str) -> ResponseReturnValue:
    """Note how a call goes."""
    call = _signed(call_id)
    event = GATEWAY_EVENTS.get(request.form.get("CallStatus", ""))
    if event is not None:
        _happen(call, event)
    return "", 204


for _webhook in (answer, digits, status):
    csrf.exempt(_webhook)  # signed instead; no cookie is looked at


@blueprint.get("/console/<token>")
def console(token: str) -> ResponseReturnValue:
    """Show a phone, where calls are for development only."""
    return _keypad(_rung(token))


@blueprint.post("/console/<token>")
def press(token: str) -> ResponseReturnValue:
    """Do with the phone what its owner does."""
    call, pressed = _rung(token), request.form.get("press", "")
    so_far = request.form.get("so_far", "")[:1] + request.form.get("key", "")[:1]
    if pressed in _PRESSED:
        _PRESSED[pressed](call)
    elif len(so_far) < 2:
        return _keypad(call, so_far)
    else:
        with unit_of_work() as work:
            calls.submit_digits(work, call, so_far, utc_now())
    return redirect(url_for(".console", token=token))


_PRESSED: dict[str, Callable[[PhoneCall], object]] = {
    "answer": lambda call: _happen(call, Event.ANSWERED),
    "hang-up": lambda call: _happen(call, Event.ENDED),
    "ignore": lambda call: _happen(call, Event.NOBODY),
    "busy": lambda call: _happen(call, Event.LINE_BUSY),
}


# What the voice says to whoever holds the phone.
_HEARD = {
    State.IN_PROGRESS: VoicePrompt.ASK,
    State.RIGHT: VoicePrompt.THANK,
    State.WRONG: VoicePrompt.REFUSE,
    State.OVER: VoicePrompt.OVER,
}


def _happen(call: PhoneCall, event: Event) -> None:
    with unit_of_work() as work:
        calls.apply_event(work, call, event, utc_now())


def _signed(call_id: str) -> PhoneCall:
    """Return the call that a webhook of the gateway is about.

    Raises:
        VoiceRefusedError: it is not signed, or there is no such call: nobody learns.
    """
    config = current_ca().config
    if config.phone_gateway != "twilio" or config.voice is None:
        raise VoiceRefusedError
    query = request.query_string.decode("ascii", "replace")
    # As the gateway called it, whatever a proxy in between made of it.
    address = f"{config.public_url}{request.path}{'?' if query else ''}{query}"
    judge = RequestValidator(str(config.voice.token))
    signature = request.headers.get("X-Twilio-Signature", "")
    if not judge.validate(address, request.form, signature):
        raise VoiceRefusedError
    return calls.find_call(session(), call_id, request.form.get("CallSid", ""))


def _say(prompt: VoicePrompt, call_id: str) -> Response:
    digits_url = f"{current_ca().config.public_url}/voice/{call_id}/digits"
    return Response(twiml(prompt, digits_url, current_brand()), mimetype="text/xml")


def _rung(token: str) -> PhoneCall:
    if not has_console(current_ca().config):
        raise UnknownCallError
    return calls.find_by_gateway_id(session(), token)


def _keypad(call: PhoneCall, so_far: str = "") -> ResponseReturnValue:
    state = state_at(State(call.state), call.ends_at, utc_now())
    tried = state == State.IN_PROGRESS and call.errors > 0
    prompt = VoicePrompt.ASK_AGAIN if tried else _HEARD.get(state)
    return render_template(
        "authenticators/phone_console.html",
        token=call.gateway_id,
        state=state,
        so_far=so_far,
        heard=sentences(prompt, current_brand())[language()] if prompt else "",
    )
