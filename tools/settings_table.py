"""Write the table of settings into README.md: `python -m tools.settings_table`."""

import sys
from pathlib import Path

from webapp.authenticators.factors import factor_options
from webapp.config.settings import Setting, settings_for

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- settings -->\n", "<!-- /settings -->\n"


def table() -> str:
    """Return the settings as a Markdown table."""
    rows = [
        f"| {_names(setting)} | {setting.needed or 'no'} | {setting.meaning} |"
        for setting in settings_for(factor_options())
    ]
    return "\n".join(
        ["| Setting | Needed | What it says |", "|---|---|---|", *rows, ""]
    )


def _names(setting: Setting) -> str:
    return f"`{setting.full_name}`{' or `…_FILE`' if setting.is_secret else ''}"


def with_table(text: str) -> str:
    """Return the document with the table as the program has it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("README.md has no place for the settings")
    return before + BEGIN + table() + END + after


def main() -> int:
    """Write it; with `--check` only say whether it is as it should be."""
    text = README.read_text("utf-8")
    current = with_table(text)
    if "--check" in sys.argv:
        return int(current != text)
    README.write_text(current, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
