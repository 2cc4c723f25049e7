"""Certificate files, opened and listed: `python -m benchmarks.files [--json]`.

Nothing is sent; all of it is what a terminal or a page does on its own device. A figure
that could not be measured says why, and the others are measured all the same.

    open_key_python_ms   a key file of form A (2,048 rounds), on one core, of Python
    open_key_node_ms     the same in Node, by the browser's module
    list_tree_python_s   a tree of 200 certificates, each read and looked at, of Python
    list_tree_node_s     the same tree in Node, each certificate read
    import_page_kb       what the import page's scripts weigh in gzip as it opens
    import_page_all_kb   the same with all that they fetch when a file asks for it
"""

import argparse
import base64
import gzip
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.goals import Goal, print_goals
from mobile_bridge.npki.files.folder import TreeFile, find_holders
from mobile_bridge.npki.key_file import KeyForm, decrypt_key, encrypt_key, read_form
from mobile_bridge.npki.pfx import read_pfx
from mobile_bridge.npki.sets.diagnosis import diagnose

ROOT: Final = Path(__file__).parents[1]
DIST: Final = ROOT / "static" / "dist"
VECTORS: Final = ROOT / "tests" / "vectors" / "npki_pfx.json"
IMPORT_PAGE: Final = "bring_page.js"
PFX: Final = "the p12 of Korean programs, with R"
PASSWORD: Final = "qwer1234!@"
TIMES: Final = 50
HOLDERS: Final = 200
# Names, units and what each may be at most.
LIMITS: Final = {
    "open_key_python_ms": ("form A opened in Python", 15.0, "ms"),
    "open_key_node_ms": ("form A opened in Node", 30.0, "ms"),
    "list_tree_python_s": ("200 certificates listed in Python", 1.0, "s"),
    "list_tree_node_s": ("200 certificates listed in Node", 1.0, "s"),
    "import_page_kb": ("import page's scripts, gzip", 90.0, "KB"),
}
# What a bundle imports before it runs; import("…") is fetched when it is needed.
_STATIC_IMPORT: Final = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
_ANY_IMPORT: Final = re.compile(r"""["']\./([\w.-]+\.js)["']""")


class MissingError(Exception):
    """Something is not there that a figure needs; the text says what to do."""


def measure() -> tuple[dict[str, float | None], dict[str, str]]:
    """Return every figure, and for those that are None why."""
    certificate, key = holder_files()
    measures: dict[str, Callable[[], float]] = {
        "open_key_python_ms": lambda: open_with_python(key),
        "open_key_node_ms": lambda: open_with_node(key),
        "list_tree_python_s": lambda: list_with_python(make_tree(certificate, key)),
        "list_tree_node_s": lambda: list_with_node(make_tree(certificate, key)),
        "import_page_kb": lambda: weigh_import_page(_STATIC_IMPORT),
        "import_page_all_kb": lambda: weigh_import_page(_ANY_IMPORT),
    }
    figures: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    for name, take in measures.items():
        try:
            figures[name] = round(take(), 2)
        except MissingError as error:
            figures[name], missing[name] = None, str(error)
    return figures, missing


def holder_files() -> tuple[bytes, bytes]:
    """Return a certificate and its key file in form A with R."""
    cases = json.loads(VECTORS.read_text("utf-8"))["cases"]
    (case,) = (one for one in cases if one["what"] == PFX)
    contents = read_pfx(base64.b64decode(case["file"]), case["password"])
    plain = contents.keys[0].private_key_info
    key = encrypt_key(plain, PASSWORD, KeyForm.A, random=lambda size: bytes(size))
    return contents.certificates[0].der, key


def open_with_python(key: bytes) -> float:
    """Return the milliseconds of the processor that opening takes, the median."""

    def once() -> float:
        begun = time.process_time()
        decrypt_key(key, PASSWORD)
        return 1000 * (time.process_time() - begun)

    assert read_form(key) is KeyForm.A
    once()
    return statistics.median(once() for _ in range(TIMES))


def open_with_node(key: bytes) -> float:
    """Return the milliseconds that opening takes in Node, the median."""
    with tempfile.NamedTemporaryFile(suffix=".key") as file:
        file.write(key)
        file.flush()
        answer = node("open_key.mjs", [file.name, PASSWORD, str(TIMES)])
    return float(str(answer["median_ms"]))


def make_tree(certificate: bytes, key: bytes) -> list[TreeFile]:
    """Return an NPKI tree with the sets of many holders."""
    return [
        TreeFile(f"NPKI/yessign/USER/cn=holder{number:03},c=kr/{name}", octets)
        for number in range(HOLDERS)
        for name, octets in (("signCert.der", certificate), ("signPri.key", key))
    ]


def list_with_python(files: Sequence[TreeFile]) -> float:
    """Return the seconds of the processor until all is known without a password."""
    now = datetime.now(UTC)
    begun = time.process_time()
    holders = find_holders(files).holders
    seen = [diagnose(holder, None, now) for holder in holders]
    taken = time.process_time() - begun
    assert len(seen) == HOLDERS
    return taken


def list_with_node(files: Sequence[TreeFile]) -> float:
    """Return the seconds that Node takes for the same tree."""
    tree = [[file.path, base64.b64encode(file.octets).decode()] for file in files]
    answer = node("list_tree.mjs", [], given=json.dumps(tree))
    assert answer["holders"] == HOLDERS
    return float(str(answer["seconds"]))


def node(script: str, arguments: Sequence[str], given: str = "") -> dict[str, object]:
    """Run a script that prints one JSON object.

    Raises:
        MissingError: there is no Node, or the scripts' packages are not installed.
    """
    program = shutil.which("node")
    if program is None:
        raise MissingError("there is no node: install Node 20 or newer")
    if not (ROOT / "node_modules").exists():
        raise MissingError("the scripts' packages are missing: run npm ci")
    done = subprocess.run(
        [program, str(ROOT / "benchmarks" / script), *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "ERR_MODULE_NOT_FOUND" in done.stderr:
        raise MissingError("a module of the scripts is missing: run npm ci")
    if done.returncode:
        raise MissingError(f"{script} failed: {last_line(done.stderr)}")
    result: dict[str, object] = json.loads(done.stdout)
    return result


def last_line(text: str) -> str:
    """Return the line that says what went wrong."""
    errors = [line for line in text.splitlines() if "Error" in line]
    return (errors or ["without a word"])[0].strip()


def weigh_import_page(imports: re.Pattern[str]) -> float:
    """Return the kilobytes of the page's scripts, each in gzip.

    Raises:
        MissingError: they were not built.
    """
    names, to_read = set[str](), [IMPORT_PAGE]
    while to_read:
        name = to_read.pop()
        if name in names:
            continue
        names.add(name)
        if not (DIST / name).exists():
            raise MissingError(f"static/dist/{name} is not there: run npm run build")
        to_read += imports.findall((DIST / name).read_text("utf-8"))
    return sum(len(gzip.compress((DIST / name).read_bytes())) for name in names) / 1024


def goals_for(figures: dict[str, float | None]) -> list[Goal]:
    """Return each figure beside its limit."""
    return [
        Goal(title, figures[name], "<=", limit, unit)
        for name, (title, limit, unit) in LIMITS.items()
    ]


def ratios(figures: dict[str, float | None]) -> dict[str, float | None]:
    """Return each figure divided by its limit: up to 1 is good."""
    return {
        name: None if figure is None else round(figure / LIMITS[name][1], 3)
        for name, figure in figures.items()
        if name in LIMITS
    }


def main() -> None:
    """Measure and print; leave with 1 where a limit is missed or nothing measured."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = options.parse_args()
    figures, missing = measure()
    goals = goals_for(figures)
    if chosen.json:
        limits = {name: limit for name, (_, limit, _) in LIMITS.items()}
        print(
            json.dumps(
                {
                    **figures,
                    "limits": limits,
                    "ratios": ratios(figures),
                    "missing": missing,
                }
            )
        )
    else:
        for name, figure in figures.items():
            print(f"{name:>20}  {'-' if figure is None else figure}")
        print_goals(goals)
    for name, why in missing.items():
        print(f"{name}: {why}", file=sys.stderr)
    if any(goal.is_reached is not True for goal in goals):
        sys.exit(1)


if __name__ == "__main__":
    main()
