"""What the voice says on the phone, as TwiML: one language after the other.

The two digits are never said: only who sees the page may know them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Gather, VoiceResponse

from mobile_bridge.languages import LANGUAGES, N_, Translator, translators
from webapp.authenticators.phone_call.rules import VoicePrompt
from webapp.values.brand import Brand

KEYING = 8  # seconds for the digits, after the voice has ended
TIMES = 2  # how often the voice asks
MESSAGES: Final[Mapping[VoicePrompt, str]] = MappingProxyType(
    {
        VoicePrompt.ASK: N_(
            "Please key in the two digits on your screen. If you did not ask "
            "for this call, just hang up."
        ),
        VoicePrompt.ASK_AGAIN: N_(
            "Those are not the digits on the screen. Please key in the two "
            "digits on your screen once more."
        ),
        VoicePrompt.THANK: N_("Thank you. Please go on at your screen."),
        VoicePrompt.REFUSE: N_(
            "Those are not the digits on the screen. This call ends now. You "
            "can ask for another one on your screen."
        ),
        VoicePrompt.OVER: N_("This call is over. Please look at your screen."),
    }
)
_ASKING = (VoicePrompt.ASK, VoicePrompt.ASK_AGAIN)


def sentences(prompt: VoicePrompt, brand: Brand) -> dict[str, str]:
    """Return what is said, by language; who calls says so first."""
    says_who = prompt == VoicePrompt.ASK and brand.is_named
    return {
        translator.language: (_caller(brand, translator) if says_who else "")
        + translator.gettext(MESSAGES[prompt])
        for translator in translators()
    }


def twiml(prompt: VoicePrompt, digits_url: str, brand: Brand) -> str:
    """Return the TwiML of a reply; where it asks, the digits go to `digits_url`."""
    response = VoiceResponse()
    for _again in range(TIMES if prompt in _ASKING else 1):
        verb = _gather(digits_url) if prompt in _ASKING else response
        _say(verb, sentences(prompt, brand))
        if verb is not response:
            response.append(verb)
    response.hangup()
    return str(response)


def announcement(sentences: Mapping[str, str]) -> str:
    """Return the TwiML that says something twice, in each language, and hangs up.

    Twice, since whoever picks up rarely hears the first words.
    """
    response = VoiceResponse()
    for _again in range(TIMES):
        _say(response, sentences)
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


def _say(verb: TwiML, sentences: Mapping[str, str]) -> None:
    for language, sentence in sentences.items():
        verb.say(sentence, language=LANGUAGES[language].tag)


def _caller(brand: Brand, translator: Translator) -> str:
    name = brand.name_in(translator.language)
    return translator.gettext("This is %(centre)s.", centre=name) + " "
