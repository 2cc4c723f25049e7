"""Those that look at every page of a crawl and collect what is wrong with it."""

import re
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from tests.e2e.server_processes import ROOT

LAYOUT_CHECKS = Path(__file__).with_name("layout_checks.js").read_text("utf-8")
VISIBLE_TEXT = Path(__file__).with_name("visible_text.js").read_text("utf-8")
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


class PageCheck:
    """Collects complaints; `visited` are the pages that were looked at."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.visited: list[str] = []

    def check(self) -> None:
        """Fail where anything was wrong."""
        assert len(self.visited) > 5
        assert not self.complaints, "\n" + "\n".join(dict.fromkeys(self.complaints))


class LayoutCheck(PageCheck):
    """Measures a page in each size, in light and in dark."""

    def visit(self, name: str, page: Page) -> None:
        """Measure a page as it stands."""
        page.wait_for_load_state()  # with its style
        before = page.viewport_size
        self.visited.append(name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for light in ("light", "dark"):
                page.emulate_media(color_scheme=light, reduced_motion="reduce")
                complaints = page.evaluate(LAYOUT_CHECKS) + page.evaluate(WRONG)
                context = f"{name}, {width}, {light}"
                self.complaints += [
                    f"{context}: {complaint}" for complaint in complaints
                ]
        page.set_viewport_size(before)


class LanguageCheck(PageCheck):
    """Reads all that a page says, also where only a screen reader says it."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._english = _english_sentences()

    def visit(self, name: str, page: Page) -> None:
        """Read a page as it stands."""
        page.wait_for_load_state()
        self.visited.append(name)
        expect(page.locator("html")).to_have_attribute("lang", self._language)
        is_wrong = self._is_english if self._language == "ko" else _is_korean
        complaints = page.evaluate(VISIBLE_TEXT)
        self.complaints += [f"{name}: {text}" for text in complaints if is_wrong(text)]

    def _is_english(self, text: str) -> bool:
        return any(sentence.search(text) for sentence in self._english)


def _is_korean(text: str) -> bool:
    return any(word not in OF_ITSELF for word in HANGUL.findall(text))


def _english_sentences() -> list[re.Pattern[str]]:
    """Return patterns of what a page says where it is not translated."""
    folder = ROOT / "webapp" / "translations" / "ko" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    patterns = []
    for message in catalogue:
        forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
        for form in forms:
            if form == message.string:
                continue  # names of systems and programs are the same in both
            parts = re.split(r"%\(\w+\)[sd]", " ".join(form.split()))
            if len("".join(parts)) >= LONG:
                patterns.append(re.compile(".+".join(map(re.escape, parts))))
    assert len(patterns) > 100
    return patterns
