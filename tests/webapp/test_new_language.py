"""A language is a line and a catalogue: a made-up one leaves no sentence untranslated.

Each of its messages is the English one between ⟦ and ⟧. What people read outside of
these marks has to be data: names, numbers, addresses.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from shutil import copytree

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from click.testing import CliRunner

from mobile_bridge import languages
from mobile_bridge.cli.commands import COMMANDS
from mobile_bridge.cli.terminal_messages import ERROR_MESSAGES, system_language
from mobile_bridge.languages import LANGUAGES, Language, Translator
from tests.support.certificate_factory import CertificateFactory
from tests.webapp.browser_client import PAGE, Browser
from tests.webapp.notifications.test_expiry_email import LETTER, SENDER
from tests.webapp.ra.conftest import (
    HASHED,
    OperatorBrowser,
    make_customer,
    seed_customer,
)
from tools.translations import collect
from webapp import create_app
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import Operator, Role
from webapp.authenticators.phone_call.rules import VoicePrompt
from webapp.authenticators.phone_call.voice_prompts import sentences, twiml
from webapp.ca.certificate_types import DEMO_PATH, load_types, packaged_types
from webapp.notifications.change_email import (
    ChangeEmail,
    compose_change_email,
    spoken_notice,
)
from webapp.notifications.expiry_email import compose_expiry_email
from webapp.values.brand import Brand
from webapp.web import assets
from webapp.web.i18n import script_messages

CODE = "eo"  # any language that CLDR has the days of
READ_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
UNREAD = {"code", "script", "style"}  # `code`: what programs and supporters read
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
LETTER_SIGN = re.compile(r"[^\W\d_]")
# Types are named in their file, where the English stands for languages it lacks.
TYPES = (*packaged_types().values(), *load_types(DEMO_PATH).values())
TYPE_NAME = re.compile(
    "|".join(
        re.escape(texts["en"]) for type_ in TYPES for texts in (type_.name, type_.use)
    )
)
# Data, wherever it stands.
DATA = re.compile(
    r"""
    certferry | Esperanto | Android | iPhone | Windows | Mac | "demo"
    | C:\\Program\ Files\\NPKI
    | chief | colleague | operator | hana2001
    | ^phone\ ·
    | KIM\ HANA | LEE\ HANA | 김하나 | 이하나 | 박도움 | 이함께 | 박창구
    | https?://\S+ | \S+@\S+\.\w+ | SHA-256 | CSV | UTF-8 | KB
    | \b[0-9A-F]{4}(?:-[0-9A-F]{4})+\b | \b(?:[0-9A-Fa-f]{2}:?){8,}\b
    """,
    re.VERBOSE,
)


@pytest.fixture
def made_up(monkeypatch, tmp_path):
    """Switch a third language on; return its folder of catalogues."""
    folder = copytree(languages.CATALOGUES, tmp_path / "translations")
    catalogue = Catalog(locale=CODE, fuzzy=False)
    for message in collect():
        forms = message if isinstance(message, tuple) else (message,)
        marked = tuple(f"⟦{form}⟧" for form in forms)
        catalogue.add(message, marked if len(marked) > 1 else marked[0])
    place = folder / CODE / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    line = Language(name="Esperanto", english_name="Esperanto", locale="eo_001")
    monkeypatch.setitem(LANGUAGES, CODE, line)
    monkeypatch.setattr(languages, "CATALOGUES", folder)
    return folder


@pytest.fixture
def app(config, made_up):
    return create_app(config)


class Reader(HTMLParser):
    """Collects what people read on a page and what is no data there."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0  # of marks that are open
        self.elements: list[tuple[str, bool]] = []  # and whether it holds data
        self.untranslated: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        is_data = (
            attributes.get("translate") == "no"
            or (tag != "html" and "lang" in attributes)  # a language calls itself
            or "code" in (attributes.get("class") or "").split()
        )
        is_unread = tag in UNREAD or (bool(self.elements) and self.elements[-1][1])
        if tag not in VOID:
            self.elements.append((tag, is_data or is_unread))
        if is_data or is_unread:
            return
        for name, value in attrs:
            is_about = name == "content" and attributes.get("name") == "description"
            is_word = name.startswith("data-") and " " in (value or "").strip()
            if is_word and value and value.startswith("{"):
                for text in json.loads(value).values():
                    self.untranslated += untranslated(text)
            elif name in READ_ATTRIBUTES or is_about or is_word:
                self.untranslated += untranslated(value or "")

    def handle_endtag(self, tag: str) -> None:
        while self.elements and self.elements.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][1]:
            return
        left, self.depth = outside(data, self.depth)
        if LETTER_SIGN.search(DATA.sub("", TYPE_NAME.sub("", left))):
            self.untranslated.append(" ".join(left.split()))


def outside(text: str, depth: int = 0) -> tuple[str, int]:
    """Return what stands outside of all marks, and how many stay open."""
    left = []
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        left.append(sign if depth == 0 and sign != "⟧" else "")
    return "".join(left), depth


def untranslated(text: str) -> list[str]:
    """Return the text that is no data and stands outside of marks, if any."""
    left, depth = outside(text)
    assert depth == 0, text
    return (
        [left.strip()]
        if LETTER_SIGN.search(DATA.sub("", TYPE_NAME.sub("", left)))
        else []
    )


def read_page(text: str) -> list[str]:
    """Return what is not translated on a page."""
    reader = Reader()
    reader.feed(text)
    return reader.untranslated


def paths(app, ids: dict[str, str]) -> Iterator[str]:
    """Yield every address that is read, with the ids that are known."""
    for rule in app.url_map.iter_rules():
        is_file = rule.rule.startswith(("/static", "/pki", "/bridge", "/socket.io"))
        if "GET" in rule.methods and not is_file and set(rule.arguments) <= set(ids):
            with app.test_request_context():
                yield app.url_for(rule.endpoint, **{a: ids[a] for a in rule.arguments})


def walk(visitor: Browser, app, ids: dict[str, str]) -> dict[str, list[str]]:
    """Return what is not translated, by address."""
    visitor.open("/")
    visitor.submit(f"/language/{CODE}")
    untranslated_by_path = {}
    for path in paths(app, ids):
        page = visitor.client.get(path, headers=PAGE, follow_redirects=True)
        if page.mimetype == "text/html":
            assert f'lang="{CODE}"' in page.text, path
            untranslated_by_path[path] = read_page(page.text)
    return {path: texts for path, texts in untranslated_by_path.items() if texts}


def test_pages_of_a_customer_are_translated(app, stored, now, password):
    factory, visitor = (
        CertificateFactory.of(app, stored),
        Browser(app.test_client()),
    )
    certificate = factory.issued(now - timedelta(days=340))
    visitor.sign_in("demo", password)
    application = visitor.begin()

    ids = {"certificate_id": certificate.id, "application_id": application}
    assert walk(visitor, app, ids) == {}


def test_pages_of_everybody_are_translated(app):
    assert walk(Browser(app.test_client()), app, {"language": CODE}) == {}


def test_pages_of_the_counter_are_translated(app, stored, now):
    customer = seed_customer(stored, make_customer(stored, now), now)
    operator = Operator(
        login_id="chief",
        password_hash=HASHED,
        session_key="k",
        name="박창구",
        role=Role.ADMINISTRATOR,
        created_at=now,
    )
    stored.add(operator)
    stored.commit()
    visitor = OperatorBrowser(app.test_client(), operator=operator.id)
    assert visitor.enter("chief").status_code == 302

    ids = {"customer_id": str(customer.id), "operator_id": str(operator.id)}
    assert walk(visitor, app, ids) == {}


def test_refusals_are_translated(app):
    visitor = Browser(app.test_client())
    visitor.open("/")
    visitor.submit(f"/language/{CODE}")
    page = visitor.open("/nowhere")
    answer = visitor.client.get("/certificates", headers={"Accept": "application/json"})

    assert read_page(page.text) == []
    refusal = answer.get_json()
    assert untranslated(refusal["sentence"]) == untranslated(refusal["next"]) == []


def test_scripts_say_everything_in_the_language_of_the_page(app):
    with app.test_request_context(headers={"Cookie": f"language={CODE}"}):
        bundles = assets.asset_path("dist").glob("*.words.json")
        catalogues = [
            script_messages(bundle.name.removesuffix(".words.json"))
            for bundle in bundles
        ]
        carried = app.test_client().get(f"/static/spoken/{CODE}/phone_pairing.js")

    assert len(catalogues) > 10
    for words in catalogues:
        assert [text for text in words.values() if untranslated(text)] == []
    words = json.loads(carried.text.rpartition("export default ")[2].rstrip(";\n"))
    assert [text for text in words.values() if untranslated(text)] == []


def test_a_language_is_chosen_from_a_menu_once_there_are_three(app):
    visitor = Browser(app.test_client())
    page = visitor.open("/sign-in")

    for code in ("en", CODE):
        assert f'formaction="/language/{code}"' in page.text
    visitor.submit(f"/language/{CODE}")
    assert f'lang="{CODE}"' in visitor.open("/sign-in").text


def own_part(text: str) -> str:
    """Return the part of a letter that is in the made-up language, the last one."""
    return text.rpartition("-" * 40)[2]


def test_letters_say_everything_in_every_language(made_up, now):
    letters = [compose_expiry_email(LETTER, sender=SENDER, now=now)]
    letters.append(
        compose_expiry_email(
            replace(LETTER, suspended=True, demo=True), sender=SENDER, now=now
        )
    )
    for kind in set(ChangeKind) - {ChangeKind.REGISTERED}:
        change = ChangeEmail(
            change_id=1,
            kind=kind,
            made_at=now,
            name="김하나",
            address="hana@example.com",
            public_url="https://ca.example",
            demo=True,
        )
        letters.append(compose_change_email(change, sender=SENDER, now=now))

    for letter in letters:
        assert letter["Subject"].count("⟦") >= 1
        assert untranslated(letter["Subject"].rpartition(" / ")[2]) == []
        assert letter.get_content().count("-" * 40) == len(LANGUAGES) - 1
        assert untranslated(own_part(letter.get_content())) == []


def test_calls_say_everything_in_every_language(made_up, now):
    bank = Brand(name={"ko": "은하은행", "en": "Eunha Bank"})
    for reply in VoicePrompt:
        assert untranslated(sentences(reply, bank)[CODE]) == []
    for kind in set(ChangeKind) - {ChangeKind.REGISTERED}:
        assert untranslated(spoken_notice(kind, now)[CODE]) == []

    assert 'language="eo-001"' in twiml(
        VoicePrompt.ASK, "https://ca.example/digits", bank
    )


def test_the_terminal_says_everything_in_the_language_of_the_system(made_up):
    assert system_language({"LANG": "eo_001.UTF-8"}) == CODE
    for message in ERROR_MESSAGES.values():
        assert untranslated(Translator(CODE).gettext(message)) == []
    for name, command in COMMANDS.items():
        shown = CliRunner().invoke(command, ["--help"], env={"LC_ALL": "eo_001.UTF-8"})
        lines = shown.output.splitlines()
        options = [line for line in lines if line.startswith("  --")]
        assert shown.exit_code == 0
        assert lines[0].startswith("⟦Usage: ⟧")
        assert "⟦Examples⟧:" in lines, name
        assert options
        assert "".join(lines).count("⟦") >= len(options)
