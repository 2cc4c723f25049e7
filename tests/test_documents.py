"""What documents, comments and docstrings say of other files is true."""

import ast
import builtins
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = frozenset(
    subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
)
DOCUMENTS = sorted(
    file for file in FILES if file.endswith(".md") and file != "CHANGELOG.md"
)
NAMED_FILE = re.compile(r"`([\w*][\w./*-]*\.(?:py|js|mjs|cjs|toml|html|css|sh))`")
PYTHON_MODULE = re.compile(r"`((?:webapp|mobile_bridge)(?:\.[a-z_]+)+)`")


def is_there(name: str) -> bool:
    """Tell whether a file has this path, or ends in it; `*` stands for anything."""
    return any(fnmatch(file, name) or fnmatch(file, f"*/{name}") for file in FILES)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_files_that_are_there(document):
    text = (ROOT / document).read_text("utf-8")

    assert [name for name in NAMED_FILE.findall(text) if not is_there(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_modules_that_are_there(document):
    text = (ROOT / document).read_text("utf-8")
    missing = [
        name
        for name in PYTHON_MODULE.findall(text)
        # The last part may be something in a module.
        if not any(
            is_there(f"{path}.py") or is_there(f"{path}/__init__.py")
            for path in (
                name.replace(".", "/"),
                name.rpartition(".")[0].replace(".", "/"),
            )
        )
    ]

    assert missing == []


def test_docstrings_and_comments_name_errors_that_are_there():
    sources = {
        file: (ROOT / file).read_text("utf-8")
        for file in sorted(FILES)
        if file.startswith(("webapp/", "mobile_bridge/")) and file.endswith(".py")
    }
    defined = set(dir(builtins))
    named: dict[str, str] = {}
    for file, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.alias):
                defined.add((node.asname or node.name).rpartition(".")[2])
            elif isinstance(node, ast.Attribute):
                defined.add(node.attr)
        named |= dict.fromkeys(re.findall(r"\b[A-Z]\w+Error\b", source), file)

    assert {name: file for name, file in named.items() if name not in defined} == {}
