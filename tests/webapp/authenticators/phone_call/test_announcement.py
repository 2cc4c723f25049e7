"""A spoken notice leaves through the voice gateway and asks for nothing."""

from xml.etree import ElementTree

import pytest

from tests.support.voice_gateway import ACCOUNT, NUMBER, TOKEN, Gateway
from webapp.authenticators.phone_call.console_gateway import ConsoleGateway
from webapp.authenticators.phone_call.twilio_gateway import TwilioGateway
from webapp.authenticators.phone_call.voice_gateway import GatewayError
from webapp.config import Secret, VoiceGatewayConfig

SENTENCES = {
    "ko": "보안카드를 새로 발급했어요.",
    "en": "A new card & more was issued.",
}


def gateway_at(url):
    voice = VoiceGatewayConfig(
        account=ACCOUNT, token=Secret(TOKEN), number=NUMBER, url=url
    )
    return TwilioGateway(voice)


def test_it_is_said_twice_in_both_languages_and_takes_no_digits():
    with Gateway().running() as gateway:
        gateway_at(gateway.url).announce("+821012345678", SENTENCES)

        fields = gateway.phone.fields
    twiml = ElementTree.fromstring(fields["Twiml"])
    assert fields["To"] == "+821012345678"
    assert [verb.tag for verb in twiml] == ["Say"] * 4 + ["Hangup"]
    assert [verb.text for verb in twiml][:2] == list(SENTENCES.values())
    assert [verb.get("language") for verb in twiml][:2] == ["ko-KR", "en-US"]
    assert "Url" not in fields


@pytest.mark.parametrize("mood", ["broken", "nonsense"])
def test_what_the_gateway_refuses_is_not_taken_for_said(mood, capsys):
    with Gateway().running() as gateway:
        gateway.mood = mood

        with pytest.raises(GatewayError):
            gateway_at(gateway.url).announce("+821012345678", SENTENCES)

    assert "12345678" not in capsys.readouterr().out


def test_a_demo_prints_what_would_be_said_and_not_the_whole_number(capsys):
    ConsoleGateway("http://127.0.0.1").announce("+821012345678", SENTENCES)

    out = capsys.readouterr().out
    assert SENTENCES["ko"] in out
    assert "1234-" not in out
