"""The languages that people read, and the catalogue of each (GNU gettext). Pure.

Pages, scripts, letters, phone calls and the terminal share one catalogue a language,
`webapp/translations/<code>/LC_MESSAGES/messages.mo`. The sentences in the code are
English, which needs none. A new language is a line in `LANGUAGES` and its catalogue.
"""

import gettext
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What a language is called, and how others know it."""

    name: str  # in the language itself
    english_name: str
    locale: str  # with a country, as Open Graph and CLDR write it: ko_KR

    @property
    def tag(self) -> str:
        """The same for a voice gateway, ko-KR (BCP 47)."""
        return self.locale.replace("_", "-")


# By ISO 639-1 code, in the order in which letters and calls say everything.
LANGUAGES: Final = {
    "ko": Language(name="한국어", english_name="Korean", locale="ko_KR"),
    "en": Language(name="English", english_name="English", locale="en_US"),
}
DEFAULT_LANGUAGE: Final = "ko"  # of who names none of them, and of a centre's own name
SOURCE_LANGUAGE: Final = "en"  # of the sentences in the code
CATALOGUES = Path(__file__).resolve().parents[1] / "webapp" / "translations"


class Translator:
    """The sentences of one language, also where no page is asked for."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = gettext.translation(
            "messages", CATALOGUES, languages=[language], fallback=True
        )

    def gettext(self, message: str, **blanks: object) -> str:
        """Return an English message in this language, `%(name)s` filled in."""
        text = self._catalogue.gettext(message)
        return text % blanks if blanks else text


def translators() -> Iterator[Translator]:
    """Yield all languages, for what is said in each of them."""
    return map(Translator, LANGUAGES)


def localized(texts: Mapping[str, str], language: str) -> str:
    """Return the text in a language; else in English, else in the default one.

    Empty where there is none of these.
    """
    for code in (language, SOURCE_LANGUAGE, DEFAULT_LANGUAGE):
        if text := texts.get(code):
            return text
    return ""


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Mark a message for the catalogue; it is translated where it is said."""
    return message
