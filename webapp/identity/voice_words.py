"""What the voice says on the phone, as TwiML: Korean first, English after it.

The two digits are never said: only who sees the page may know them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Gather, VoiceResponse

from webapp.brand import Brand
from webapp.identity.phone import Reply

KEYING = 8  # seconds for the digits, after the voice has ended
TIMES = 2  # how often the voice asks
SAID: Final[Mapping[Reply, tuple[str, str]]] = MappingProxyType(
    {
        Reply.ASK: (
            "화면에 보이는 숫자 두 자리를 눌러 주세요. "
            "이 전화를 요청하지 않았다면 그냥 끊어 주세요.",
            "Please key in the two digits on your screen. "
            "If you did not ask for this call, just hang up.",
        ),
        Reply.ASK_AGAIN: (
            "화면의 숫자와 달라요. 화면에 보이는 숫자 두 자리를 다시 눌러 주세요.",
            "Those are not the digits on the screen. Please key in the two digits "
            "on your screen once more.",
        ),
        Reply.THANK: (
            "확인했어요. 화면에서 계속해 주세요.",
            "Thank you. Please go on at your screen.",
        ),
        Reply.REFUSE: (
            "화면의 숫자와 달라서 전화를 끊을게요. 화면에서 전화를 다시 요청해 주세요.",
            "Those are not the digits on the screen. This call ends now. "
            "You can ask for another one on your screen.",
        ),
        Reply.OVER: (
            "이 전화는 끝났어요. 화면을 확인해 주세요.",
            "This call is over. Please look at your screen.",
        ),
    }
)
_ASKING = (Reply.ASK, Reply.ASK_AGAIN)


def sentences(reply: Reply, brand: Brand) -> tuple[str, str]:
    """Return what is said, in Korean and in English; who calls says so first."""
    korean, english = SAID[reply]
    if reply == Reply.ASK and brand.is_named:
        korean = f"{brand.name_in('ko')}에서 거는 전화예요. {korean}"
        english = f"This is {brand.name_in('en')}. {english}"
    return korean, english


def spoken(reply: Reply, digits_url: str, brand: Brand) -> str:
    """Return the TwiML of a reply; where it asks, the digits go to `digits_url`."""
    response = VoiceResponse()
    for _again in range(TIMES if reply in _ASKING else 1):
        place = _gather(digits_url) if reply in _ASKING else response
        _say(place, sentences(reply, brand))
        if place is not response:
            response.append(place)
    response.hangup()
    return str(response)


def announcement(sentences: tuple[str, str]) -> str:
    """Return the TwiML that says something twice, in Korean and English, and hangs up.

    Twice, since whoever picks up rarely hears the first words.
    """
    response = VoiceResponse()
    for _again in range(TIMES):
        response.say(sentences[0], language="ko-KR")
        response.say(sentences[1], language="en-US")
    response.hangup()
    return str(response)


def _gather(digits_url: str) -> Gather:
    return Gather(
        input="dtmf",
        num_digits=2,
        finish_on_key="",
        timeout=KEYING,
        action=digits_url,
        method="POST",
    )


def _say(place: TwiML, said: tuple[str, str]) -> None:
    korean, english = said
    place.say(korean, language="ko-KR")
    place.say(english, language="en-US")
