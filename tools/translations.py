"""Keep the catalogues in step with the sentences in code, pages and scripts.

    python -m tools.translations            collect, keep translations, compile
    python -m tools.translations --check    fail when anything is missing or stale

Scripts' sentences come from static/dist/*.words.json, which bundling writes.
"""

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from mobile_bridge.languages import CATALOGUES, LANGUAGES, SOURCE_LANGUAGE

ROOT = Path(__file__).resolve().parent.parent
Messages = list[str | tuple[str, ...]]
BEGUN = datetime(2026, 11, 22, tzinfo=UTC)
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**.html": {"trimmed": "true"}}
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "lazy_gettext")),
    "ngettext": (1, 2),
}


def main() -> int:
    """Update or check the catalogue of each language; return the exit code."""
    messages = collect()
    is_check = "--check" in sys.argv
    return max(
        merge(language, messages, is_check=is_check)
        for language in LANGUAGES
        if language != SOURCE_LANGUAGE
    )


def merge(language: str, messages: Messages, *, is_check: bool) -> int:
    """Update or check the catalogue of one language; return the exit code."""
    folder = CATALOGUES / language / "LC_MESSAGES"
    po, mo = folder / "messages.po", folder / "messages.mo"
    catalogue = read_catalogue(language, po)
    catalogue.update(fill(language, messages), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    missing = [
        message.id
        for message in catalogue
        if message.id and not is_translated(message.string)
    ]
    text, compiled = render(catalogue, LANGUAGES[language].english_name)
    for sentence in missing:
        print(f"no {LANGUAGES[language].english_name} for: {sentence!r}")
    if is_check:
        stale = po.read_bytes() != text or mo.read_bytes() != compiled
        if stale:
            print("The catalogue is stale: python -m tools.translations")
        return int(stale or bool(missing))
    folder.mkdir(parents=True, exist_ok=True)
    po.write_bytes(text)
    mo.write_bytes(compiled)
    return 0


def collect() -> Messages:
    """Return every sentence there is, in a fixed order; plural forms as tuples."""
    messages: set[str | tuple[str, ...]] = set()
    for folder in ("webapp", "mobile_bridge", "templates"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, KEYWORDS
        ):
            messages.add(message)
    for words in sorted((ROOT / "static" / "dist").glob("*.words.json")):
        messages.update(json.loads(words.read_text("utf-8")))
    return sorted(messages, key=str)


def fill(language: str, messages: Messages) -> Catalog:
    """Return a catalogue without translations and without places."""
    catalogue = Catalog(locale=language, fuzzy=False)
    for message in messages:
        catalogue.add(message)
    return catalogue


def read_catalogue(language: str, path: Path) -> Catalog:
    """Return the translations that are there."""
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def render(catalogue: Catalog, name: str) -> tuple[bytes, bytes]:
    """Return the catalogue as PO text and as MO, the same for the same words."""
    # A date that changed at every run would make every check fail.
    catalogue.creation_date = catalogue.revision_date = BEGUN
    catalogue.header_comment = f"# {name} for certferry."
    catalogue.project, catalogue.version = "certferry", "1"
    catalogue.msgid_bugs_address, catalogue.last_translator = "", ""
    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(
        text,
        catalogue,
        omit_header=False,
        sort_output=True,
        ignore_obsolete=True,
        width=100,
    )
    write_mo(compiled, catalogue)
    return text.getvalue(), compiled.getvalue()


def is_translated(string: object) -> bool:
    """Tell whether a translation is there, in all its forms."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    sys.exit(main())
