"""The catalogue, so that a test names a sentence and not its Korean wording."""

import gettext
from functools import cache

from tests.e2e.server_processes import ROOT


@cache
def catalogue() -> gettext.GNUTranslations:
    """Return the Korean catalogue as it is served."""
    folder = ROOT / "webapp" / "translations" / "ko" / "LC_MESSAGES"
    with (folder / "messages.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def korean(sentence: str) -> str:
    """Return an English sentence as a Korean page says it."""
    translation = catalogue().gettext(sentence)
    assert translation != sentence, f"there is no Korean for {sentence!r}"
    return translation
