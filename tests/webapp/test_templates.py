"""What must hold for every form and button in every template, also in new ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
# Opens a dialog that only a script opens; its buttons then close it without one.
DIALOG = "dialog"
OWN_PASSWORDS = {"current-password", "new-password"}


@dataclass
class Form:
    """A form as it stands in a template."""

    attributes: dict[str, str | None]
    fields: list[dict[str, str | None]] = field(default_factory=list)


class Scan(HTMLParser):
    """Collects buttons and fields with the form around them."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self.buttons: list[tuple[dict[str, str | None], Form | None]] = []
        self.inputs: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.form = Form(attributes)
        elif tag == "button":
            self.buttons.append((attributes, self.form))
        elif tag == "input":
            self.inputs.append(attributes)
            if self.form:
                self.form.fields.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None


def scan(template: Path) -> Scan:
    """Read a template without what Jinja says."""
    text = template.read_text("utf-8")
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    scanned = Scan()
    scanned.feed(re.sub(r"\{\{.*?\}\}", "x", text, flags=re.DOTALL))
    return scanned


def lost_presses(template: Path) -> Iterator[str]:
    """Return the buttons that could be pressed and that nobody would hear."""
    for button, form in scan(template).buttons:
        method = (form.attributes.get("method") or "") if form else ""
        is_sent = method in {"post", "get", DIALOG} and button.get("type") != "button"
        # A button in a macro stands alone here; its form is where the macro is used.
        is_key = template.name == "phone_console.html" and "name" in button
        if not (is_sent or is_key or "disabled" in button or "hidden" in button):
            yield str(button)


def test_the_scan_reads_the_templates():
    assert len(ALL) > 50
    buttons = scan(TEMPLATES / "bridge" / "phone.html").buttons
    assert len(buttons) > 8


@pytest.mark.parametrize("template", ALL, ids=lambda path: path.stem)
def test_what_only_a_script_hears_cannot_be_pressed_before_it_hears(template):
    assert list(lost_presses(template)) == []


@pytest.mark.parametrize("template", ALL, ids=lambda path: path.stem)
def test_only_passwords_that_people_choose_are_password_fields(template):
    """Managers take every other form with such a field for a sign-in, and fill it."""
    for control in scan(template).inputs:
        if control.get("type") == "password":
            words = control.get("autocomplete") or ""
            assert words == "x" or words in OWN_PASSWORDS, control


@pytest.mark.parametrize("template", ALL, ids=lambda path: path.stem)
def test_every_field_that_is_typed_into_says_what_may_be_filled_in(template):
    typed = [
        control
        for control in scan(template).inputs
        if (control.get("type") or "text")
        in {"text", "password", "tel", "email", "search"}
        and "readonly" not in control
    ]

    for control in typed:
        # Where a macro says it, an attribute called "x" stands in its place.
        assert "autocomplete" in control or "x" in control, control


# What a person compares or types letter by letter: a browser that translates a page
# changes names and numbers too, unless it is told not to.
EXACT_CLASSES = {"fingerprint", "check-code", "pairing-number", "phone-digits"}
EXACT_VALUE = re.compile(
    r"<(?!title|option|meta)(\w+)((?:[^<>{]|\{\{[^}]*\}\})*)>"
    r"\{\{ (?:[a-z_]+\.)+(?:latin_name|login_id|serial)(?: or [^}]*)? \}\}<"
)


def translated_values(template: Path) -> Iterator[str]:
    """Return what stands in a template and a browser would translate."""
    text = template.read_text("utf-8")
    for match in EXACT_VALUE.finditer(text):
        if 'translate="no"' not in match[2]:
            yield match[0]
    for tag in re.findall(r"<[a-z0-9]+\s[^<>]*>", text):
        classes = re.search(r'class="([^"]*)"', tag)
        is_exact = classes and EXACT_CLASSES & set(classes[1].split())
        if is_exact and 'translate="no"' not in tag:
            yield tag


@pytest.mark.parametrize("template", ALL, ids=lambda path: path.stem)
def test_no_browser_translates_names_numbers_and_codes(template):
    assert list(translated_values(template)) == []
