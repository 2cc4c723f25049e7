"""Rules of the house: what tests reach for is public, and names are nouns.

A name that begins with one underscore belongs to the module that defines it. A test
that reads one holds the code in the shape that it has today.

A local is called by what it is. `found` or `wanted` may be a row, a statement or a
text, and nobody can search for it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
# Documented although they begin with an underscore.
PUBLIC = {"_exit", "_replace", "_asdict", "_fields", "_make", "_mapping"}
PRIVATE = re.compile(r"_(?!_)\w+")
# "package.module._name", as monkeypatch.setattr takes it.
PRIVATE_PATH = re.compile(r"[a-z]\w*(?:\.\w+)*\.(_(?!_)\w+)(?:\.\w+)*")
JS_PRIVATE = re.compile(r"(?<!this)\.(_(?!_)\w+)")

# PyPinkSign, a program that judges ours, says nowhere else what R it read.
OF_PYPINKSIGN = {"_rand_num"}
# `asyncio.events.__all__` has both, for those who write loops: no public name says it.
OF_ASYNCIO = {"_get_running_loop", "_set_running_loop"}


def files(suffix: str) -> list[str]:
    """Return the tests' files of a kind, as paths below tests/."""
    paths = sorted(TESTS.rglob(f"*{suffix}"))
    return [path.relative_to(TESTS).as_posix() for path in paths]


def private_names(source: str) -> Iterator[str]:
    """Yield each private name that a test module reaches for in another module."""
    tree = ast.parse(source)
    own = set(_defined(tree))
    for node in ast.walk(tree):
        for name in _reached(node):
            if PRIVATE.fullmatch(name) and name not in own | PUBLIC:
                yield name


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(
                value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()
            ):
                yield name


def _reached(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Attribute(attr=name):
            yield name
        case ast.ImportFrom(module=module, names=names):
            yield from (module or "").split(".")
            yield from (alias.name for alias in names)
        case ast.Import(names=names):
            yield from (part for alias in names for part in alias.name.split("."))
        case ast.Constant(value=str(text)):
            path = PRIVATE_PATH.fullmatch(text)
            if path or PRIVATE.fullmatch(text):
                yield path[1] if path else ""
        case ast.Call(
            func=ast.Name(id="getattr" | "setattr" | "delattr" | "hasattr")
            | ast.Attribute(attr="setattr" | "delattr" | "object"),
            args=[_, ast.Constant(value=str(name)), *_],
        ):
            yield name


def test_a_test_reads_no_private_name_of_another_module() -> None:
    reads = {
        file: set(private_names((TESTS / file).read_text("utf-8")))
        for file in files(".py")
        if file != Path(__file__).name
    }

    assert reads.pop("support/verifiers/pinksign.py") == OF_PYPINKSIGN
    assert reads.pop("conftest.py") == OF_ASYNCIO
    assert {file: names for file, names in reads.items() if names} == {}


def test_a_script_s_test_reads_no_private_name() -> None:
    reads = {
        file: set(JS_PRIVATE.findall((TESTS / file).read_text("utf-8")))
        for file in [*files(".js"), *files(".mjs")]
    }

    assert {file: names for file, names in reads.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "store._capacity",
        "from webapp.module import _rule",
        "from library._module import name",
        'monkeypatch.setattr("webapp.module._RULE", 1)',
        'monkeypatch.setattr(module, "_RULE", 1)',
        'getattr(store, "_capacity")',
    ],
)
def test_reaching_in_is_found(source: str) -> None:
    assert len(list(private_names(source))) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "def _own(): ...\n_own()",
        "class A:\n    def a(self): self._b = 1\n    def c(self, other): other._b",
        "os._exit(0)",
        "row.__class__",
    ],
)
def test_what_is_its_own_or_public_is_not(source: str) -> None:
    assert list(private_names(source)) == []


_PRONOUN = "found|wanted|said|fresh|each|what|by|how|made|known|most|least"
PRONOUNS = set(_PRONOUN.split("|"))
# const each = …, for (let each of …), each => …, (each, i) => …, function f(a, each) {
JS_PRONOUN = re.compile(
    rf"\b(?:const|let|var) \[?({_PRONOUN})\b"
    rf"|(?<![\w.$])({_PRONOUN})(?:,[^(){{}};]*)?\)? =>"
    rf"|\bfunction #?\w*\((?:[^(){{}}]*, )?({_PRONOUN})\b"
    rf"|^ +(?:static |async )*#?\w+\((?:[^(){{}}]*, )?({_PRONOUN})\b[^(){{}}]*\) {{",
    re.MULTILINE,
)


def pronouns(source: str) -> Iterator[str]:
    """Yield each pronoun that a Python module gives to a value.

    A field of a class is left out: it may be a column or travel under its name.
    """
    tree = ast.parse(source)
    fields = {
        id(field.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if id(node) not in fields:
                yield from {name} & PRONOUNS
            case ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield from {name} & PRONOUNS


def test_no_value_is_called_by_a_pronoun() -> None:
    folders = ("webapp", "mobile_bridge", "tests", "tools", "benchmarks")
    files = [file for folder in folders for file in modules(folder)]
    named = {file: set(pronouns(file.read_text("utf-8"))) for file in files}

    assert {str(file): names for file, names in named.items() if names} == {}


def test_no_value_of_the_scripts_is_called_by_a_pronoun() -> None:
    files = [*modules("frontend", ".js"), *modules("tests", ".js")]
    named = {file: JS_PRONOUN.findall(file.read_text("utf-8")) for file in files}

    assert {str(file): names for file, names in named.items() if names} == {}


def modules(folder: str, suffix: str = ".py") -> list[Path]:
    """Return the modules below a folder of the tree."""
    return sorted((ROOT / folder).rglob(f"*{suffix}"))


@pytest.mark.parametrize(
    "source",
    [
        "found = session.get(Row, 1)",
        "def find(wanted): ...",
        "[each.id for each in rows]",
        "if made := make(): ...",
    ],
)
def test_a_pronoun_is_found(source: str) -> None:
    assert len(list(pronouns(source))) == 1


@pytest.mark.parametrize("source", ["class Copy:\n    how: str", "copy.how", "f(by=1)"])
def test_a_field_of_that_name_is_no_pronoun(source: str) -> None:
    assert list(pronouns(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "const found = 1;",
        "for (const each of rows) {",
        "rows.map((each) => each.id)",
        "rows.map(each => each.id)",
        "rows.map((each, i) => 1)",
        "function isCount(number, most) {",
        "  #join(memory, found) {",
        "(/** @type {Row} */ each) => 1",
    ],
)
def test_a_pronoun_of_a_script_is_found(source: str) -> None:
    assert len(JS_PRONOUN.findall(source)) == 1


@pytest.mark.parametrize(
    "source",
    ["const { how } = saved;", "copy.how = 1;", "  if (said(known)) {", "by: endedBy"],
)
def test_a_field_of_a_script_is_no_pronoun(source: str) -> None:
    assert JS_PRONOUN.findall(source) == []
