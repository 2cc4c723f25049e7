"""A rule that exists twice comes apart: each of these stands in one module a language.

A pattern finds the marks of a rule in the source; it may stand in the named files only.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("webapp", "mobile_bridge", "frontend", "tests", "tools", "benchmarks")
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".js", ".mjs"}
    and "node_modules" not in path.parts
    and path != Path(__file__)
}
RULES = {
    "whether a key signed our own words, and not their hash alone": (
        r"key_proof import .*\bverify_signature\b",
        ("webapp/certificates/proof.py", "tests/"),
    ),
    "Korean time": (
        r"timezone\(timedelta\(hours=9\)|ZoneInfo\(|timeZone: \"Asia|\b9 \* 3600",
        ("mobile_bridge/formats/korean_time.py", "frontend/lib/dates.js"),
    ),
    "a day of Korea": (
        r"astimezone\(KST\)\.date|combine\(.*\bKST\)",
        ("mobile_bridge/formats/korean_time.py",),
    ),
    "a revocation list": (
        r"load_(der|pem)_x509_crl|\.value\.crl_number|is_signature_valid\(",
        ("webapp/pki/crl.py", "tests/"),
    ),
    "a QR code": (
        r"import qrcode|from qrcode",
        ("mobile_bridge/formats/qr_code.py", "tests/"),
    ),
    "what a browser says of itself": (
        r"\bMobi\b|SamsungBrowser|KAKAOTALK",
        ("mobile_bridge/server/user_agent.py", "frontend/lib/in_app.js", "tests/"),
    ),
    "a formula in a table": (
        r"""["']=["'], ["']\+["']|\[=\+""",
        ("webapp/web/csv_export.py", "frontend/ra/csv.js", "tests/"),
    ),
    "a table for spreadsheets": (
        r"csv\.writer\(",
        ("webapp/web/csv_export.py", "tests/"),
    ),
    "a page of a listing": (
        r"coalesce\((\w+), \1\)|entries\[size|partition\(\"~\"\)",
        ("webapp/web/pagination.py",),
    ),
    "a length in DER": (
        r"(?i)not the shortest length|shortest form, hence neither",
        ("mobile_bridge/pki/der.py", "frontend/pki/der/der_reader.js"),
    ),
    "a file for its owner only": (
        r"os\.O_EXCL",
        ("webapp/private_file.py", "mobile_bridge/device/file_store.py"),
    ),
}


@pytest.mark.parametrize(("pattern", "homes"), RULES.values(), ids=RULES)
def test_a_rule_stands_in_one_module(pattern, homes):
    marked = {name for name, text in SOURCES.items() if re.search(pattern, text)}

    assert marked >= {home for home in homes if not home.endswith("/")}
    assert {name for name in marked if not name.startswith(homes)} == set()
