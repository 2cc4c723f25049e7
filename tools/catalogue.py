"""Keep the Korean catalogue in step with the sentences in code, pages and scripts.

    python -m tools.catalogue            collect, keep translations, compile
    python -m tools.catalogue --check    fail when anything is missing or stale

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

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "webapp" / "translations" / "ko" / "LC_MESSAGES"
BEGUN = datetime(2026, 11, 22, tzinfo=UTC)
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}


def main() -> int:
    """Update or check the catalogue; return the exit code."""
    wanted = collect()
    catalogue = read_catalogue()
    catalogue.update(wanted, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    missing = [each.id for each in catalogue if each.id and not is_said(each.string)]
    written, compiled = render(catalogue)
    if "--check" in sys.argv:
        stale = (HOME / "messages.po").read_bytes() != written or (
            HOME / "messages.mo"
        ).read_bytes() != compiled
        report(missing)
        if stale:
            print("The catalogue is stale: python -m tools.catalogue")
        return int(stale or bool(missing))
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "messages.po").write_bytes(written)
    (HOME / "messages.mo").write_bytes(compiled)
    report(missing)
    return 0


def collect() -> Catalog:
    """Return every sentence there is, without places, in a fixed order."""
    found: set[str | tuple[str, ...]] = set()
    for folder in ("webapp", "mobile_bridge", "templates"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, KEYWORDS
        ):
            found.add(message)
    for words in sorted((ROOT / "static" / "dist").glob("*.words.json")):
        found.update(json.loads(words.read_text("utf-8")))
    catalogue = Catalog(locale="ko", fuzzy=False)
    for message in sorted(found, key=str):
        catalogue.add(message)
    return catalogue


def read_catalogue() -> Catalog:
    """Return the translations that are there."""
    path = HOME / "messages.po"
    if not path.exists():
        return Catalog(locale="ko", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="ko")


def render(catalogue: Catalog) -> tuple[bytes, bytes]:
    """Return the catalogue as PO text and as MO, the same for the same words."""
    # A date that changed at every run would make every check fail.
    catalogue.creation_date = catalogue.revision_date = BEGUN
    catalogue.header_comment = "# Korean for certferry."
    catalogue.project, catalogue.version = "certferry", "1"
    catalogue.msgid_bugs_address, catalogue.last_translator = "", ""
    written, compiled = io.BytesIO(), io.BytesIO()
    write_po(
        written,
        catalogue,
        omit_header=False,
        sort_output=True,
        ignore_obsolete=True,
        width=100,
    )
    write_mo(compiled, catalogue)
    return written.getvalue(), compiled.getvalue()


def is_said(string: object) -> bool:
    """Tell whether a translation is there, in all its forms."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


def report(missing: list[object]) -> None:
    """Print what has no Korean yet."""
    for sentence in missing:
        print(f"no Korean for: {sentence!r}")


if __name__ == "__main__":
    sys.exit(main())
