"""Every event of the log is a member of one table, has its labels, and is written."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from flask_babel import force_locale

import webapp
from webapp.audit.events import AuditEvent, customer_event_label, event_label
from webapp.audit.models import AuditEntry

ROOT = Path(webapp.__file__).parent
TABLE = ROOT / "audit" / "events.py"
CODES = {event.value for event in AuditEvent}
TYPES = ("AuditEvent", "LabelledCode")  # of a parameter that takes an event


@cache
def modules():
    """Every module that may write an event, parsed; migrations say what once was."""
    paths = sorted(set(ROOT.rglob("*.py")) - set((ROOT / "migrations").rglob("*.py")))
    return {path: ast.parse(path.read_text("utf-8")) for path in paths if path != TABLE}


def nodes(kind):
    return [
        (path, node)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, kind)
    ]


def event_parameters():
    """Where the functions and classes of webapp take an event: name, position."""
    parameters = {}
    for _path, node in nodes((ast.FunctionDef, ast.ClassDef)):
        if isinstance(node, ast.FunctionDef):
            names = [(arg.arg, arg.annotation) for arg in node.args.args]
        else:
            fields = [line for line in node.body if isinstance(line, ast.AnnAssign)]
            names = [(field.target.id, field.annotation) for field in fields]
        for position, (name, annotation) in enumerate(names):
            if annotation is not None and ast.unparse(annotation) in TYPES:
                parameters[node.name] = (name, position)
    return parameters


def test_no_string_is_passed_as_an_event():
    takers = event_parameters()
    strings = []
    for path, call in nodes(ast.Call):
        called = ast.unparse(call.func).rpartition(".")[2]
        if called not in takers:
            continue
        name, position = takers[called]
        passed = [word.value for word in call.keywords if word.arg == name]
        passed += call.args[position : position + 1]
        strings += [
            f"{path}:{argument.lineno}"
            for argument in passed
            if isinstance(argument, ast.JoinedStr)
            or (isinstance(argument, ast.Constant) and isinstance(argument.value, str))
        ]

    assert {"record", "record_for", "FailedAttempt"} <= set(takers)
    assert strings == []


def test_no_module_but_the_table_spells_an_event():
    spelled = [
        f"{path}:{node.lineno}: {node.value}"
        for path, node in nodes(ast.Constant)
        if isinstance(node.value, str) and node.value in CODES
    ]

    assert spelled == []


def test_every_event_is_written_somewhere():
    compared = {
        id(part) for _path, node in nodes(ast.Compare) for part in ast.walk(node)
    }
    written = {
        node.attr
        for _path, node in nodes(ast.Attribute)
        if isinstance(node.value, ast.Name)
        and node.value.id == "AuditEvent"
        and id(node) not in compared
    }

    assert written == set(AuditEvent.__members__)


def test_every_event_fits_its_column_and_is_called_as_it_is_stored():
    for event in AuditEvent:
        assert event.name == event.value.replace(".", "_").upper()
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.value)
        assert len(event.value) <= AuditEntry.event.type.length


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_event_has_its_labels_in_the_language(app, language):
    with app.test_request_context(), force_locale(language):
        labels = [
            label(event)
            for event in AuditEvent
            for label in (event_label, customer_event_label)
        ]

    assert all(labels)
    assert {bool(re.search("[가-힣]", label)) for label in labels} == {language == "ko"}
