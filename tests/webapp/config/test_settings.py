"""The documents name the settings that there are, as the program has them."""

import re
from pathlib import Path

import pytest

from tools.settings_table import README, with_table
from webapp.config.settings import KNOWN

ROOT = README.parent
DOCUMENTS = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "deploy").iterdir(),
    README,
    ROOT / "CHANGELOG.md",
]


def test_readme_has_every_setting_as_the_table_of_the_program_says():
    text = README.read_text("utf-8")

    assert with_table(text) == text, "run: python -m tools.settings_table"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_documents_name_only_settings_that_there_are(document: Path):
    named = re.findall(r"CERTFERRY_[A-Z_]*[A-Z]", document.read_text("utf-8"))

    # What the terminal reads once, while a command runs, is no setting of a centre.
    assert set(named) <= {*KNOWN, "CERTFERRY_NEW_PASSWORD", "CERTFERRY_PASSPHRASE"}
