"""Those who look at every page of a tour and collect what is wrong with it."""

import re
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from tests.e2e.centres import ROOT

LOOK = Path(__file__).with_name("look.js").read_text("utf-8")
SAID = Path(__file__).with_name("said.js").read_text("utf-8")
# Firefox reads these out as wrong; what is only empty is not wrong.
WRONG = """() => Array.from(
  document.querySelectorAll(":is(input, select, textarea):invalid"),
  ({ id, name }) => `${id || name} is said to be wrong before it is sent`,
)"""
WIDTHS = (1280, 390, 360)
HANGUL = re.compile("[가-힣]+")
# Names of people and of the other language stay as they are.
OF_ITSELF = {"김하나", "한국어", "님"}
LONG = 12


class Inspector:
    """Collects complaints; `seen` are the pages that were looked at."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.seen: list[str] = []

    def check(self) -> None:
        """Fail where anything was wrong."""
        assert len(self.seen) > 5
        assert not self.complaints, "\n" + "\n".join(dict.fromkeys(self.complaints))


class Surveyor(Inspector):
    """Measures a page in each size, in light and in dark."""

    def look(self, name: str, page: Page) -> None:
        """Measure a page as it stands."""
        page.wait_for_load_state()  # with its style
        before = page.viewport_size
        self.seen.append(name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for light in ("light", "dark"):
                page.emulate_media(color_scheme=light, reduced_motion="reduce")
                said = page.evaluate(LOOK) + page.evaluate(WRONG)
                here = f"{name}, {width}, {light}"
                self.complaints += [f"{here}: {each}" for each in said]
        page.set_viewport_size(before)


class Reader(Inspector):
    """Reads all that a page says, also where only a screen reader says it."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._english = _english_sentences()

    def look(self, name: str, page: Page) -> None:
        """Read a page as it stands."""
        page.wait_for_load_state()
        self.seen.append(name)
        expect(page.locator("html")).to_have_attribute("lang", self._language)
        is_wrong = self._is_english if self._language == "ko" else _is_korean
        said = page.evaluate(SAID)
        self.complaints += [f"{name}: {text}" for text in said if is_wrong(text)]

    def _is_english(self, text: str) -> bool:
        return any(sentence.search(text) for sentence in self._english)


def _is_korean(text: str) -> bool:
    return any(word not in OF_ITSELF for word in HANGUL.findall(text))


def _english_sentences() -> list[re.Pattern[str]]:
    """Return patterns of what a page says where it is not translated."""
    folder = ROOT / "webapp" / "translations" / "ko" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    found = []
    for message in catalogue:
        forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
        for form in forms:
            parts = re.split(r"%\(\w+\)[sd]", " ".join(form.split()))
            if len("".join(parts)) >= LONG:
                found.append(re.compile(".+".join(map(re.escape, parts))))
    assert len(found) > 100
    return found
