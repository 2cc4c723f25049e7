"""As a served centre places calls: in a thread, while other people's requests go on."""

import subprocess
import sys

import pytest

from tests.support.voice_gateway import ACCOUNT, NUMBER, TOKEN, Gateway

PLACE = """
from gevent import monkey; monkey.patch_all()
import sys, gevent
from webapp.config import Secret, VoiceGatewayConfig
from webapp.authenticators.phone_call import twilio_gateway
from webapp.authenticators.phone_call.voice_gateway import GatewayError, call_request
from webapp.web.security import (run_in_thread)

url, account, token, number = sys.argv[1:]
twilio_gateway.PATIENCE = 1.0
voice = VoiceGatewayConfig(account=account, token=Secret(token), number=number, url=url)
ticks = []
def tick():
    while True:
        ticks.append(1)
        gevent.sleep(0.01)
gevent.spawn(tick)
request = call_request("call", "+821000000000", "http://127.0.0.1")
try:
    print(run_in_thread(twilio_gateway.TwilioGateway(voice).place, request))
except GatewayError as error:
    print(error)
print(len(ticks))
"""


@pytest.mark.parametrize(
    ("mood", "expected"), [("well", "CA" + "0" * 32), ("silent", "ReadTimeout")]
)
def test_a_call_is_placed_in_a_thread_and_nobody_else_waits_for_the_gateway(
    mood, expected
):
    with Gateway().running() as gateway:
        gateway.mood = mood

        done = subprocess.run(
            [sys.executable, "-c", PLACE, gateway.url, ACCOUNT, TOKEN, NUMBER],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    name, ticks = [
        line for line in done.stdout.splitlines() if not line.startswith("{")
    ][-2:]
    assert name == expected
    # A blocked loop would not have ticked once more until the gateway was given up.
    assert int(ticks) > (20 if mood == "silent" else 0)
