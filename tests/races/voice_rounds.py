"""What the voice gateway sends: signed webhooks, late, twice and out of order."""

from functools import partial
from typing import Any

from tests.races.customer_rounds import begun
from tests.races.rounds import Factory, Round
from tests.races.world import ACCOUNT_TOKEN, CLIENTS, ORIGIN, TWILIO, World
from tests.support.voice_gateway import sign


def webhook(
    world: World, name: str, *, state: str, fields: dict[str, str], **expected: Any
) -> Round:
    _, application = begun(world, "terms", "you", "type")
    call = world.call(application, state)
    path = f"/voice/{call.id}/{name}"
    sent = {"CallSid": str(call.gateway_id), **fields}
    headers = {"X-Twilio-Signature": sign(ORIGIN + path, sent, ACCOUNT_TOKEN)}
    clients = [world.app(**TWILIO).test_client() for _ in range(CLIENTS)]
    return Round(
        send=lambda number: clients[number].post(path, data=sent, headers=headers),
        succeed=CLIENTS,
        **expected,
    )


_digits = partial(webhook, name="digits", state="in_progress")
ROWS: dict[str, tuple[Factory, ...]] = {
    "voice.answer": (partial(webhook, name="answer", state="ringing", fields={}),),
    "voice.digits": (
        partial(_digits, fields={"Digits": "47"}, events={"phone.checked": 1}),
        partial(_digits, fields={"Digits": "48"}, events={"phone.refused": 2}),
    ),
    "voice.status": (
        partial(
            webhook,
            name="status",
            state="ringing",
            fields={"CallStatus": "no-answer"},
        ),
    ),
}
