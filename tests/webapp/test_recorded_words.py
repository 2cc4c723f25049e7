"""Whatever stands in the detail of an entry has words; events: audit/test_events."""

import ast
from pathlib import Path

import webapp
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import Role
from webapp.audit.models import AuditEntry
from webapp.certificates.labels import PLACES
from webapp.certificates.records.copies import StorageKind
from webapp.notifications.models import Channel
from webapp.pki.crl import ReasonCode
from webapp.ra.audit_log.entries import Names
from webapp.ra.audit_log.labels import CHANNELS, FIELDS, detail_texts
from webapp.ra.messages import CHANGES, REASONS, ROLES

CLIENT = ("device", "network")
HERE = Path(webapp.__file__).parent


def details():
    """Every field that a module which writes to the log puts into `detail`."""
    fields = set()
    for path in HERE.rglob("*.py"):
        text = path.read_text("utf-8")
        if "record(" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if not isinstance(call, ast.Call):
                continue
            for keyword in call.keywords:
                if keyword.arg == "detail":
                    fields |= {
                        key.value
                        for node in ast.walk(keyword.value)
                        if isinstance(node, ast.Dict)
                        for key in node.keys
                        if isinstance(key, ast.Constant)
                    }
    return fields


def test_every_field_of_an_entry_has_a_label():
    assert len(details()) > 10
    assert details() | {"phone", "email", "errors", *CLIENT} <= set(FIELDS)


def test_every_code_in_a_field_has_words():
    assert {member.value for member in ReasonCode} <= set(REASONS)
    assert set(CHANGES) == set(ChangeKind)
    assert {member.value for member in StorageKind} == set(PLACES)
    assert {member.value for member in Channel} == set(CHANNELS)
    assert {member.value for member in Role} == set(ROLES)


def test_an_entry_with_a_field_that_nobody_knows_is_still_shown(app):
    entry = AuditEntry(event="x.y", actor="centre", detail='{"later": 1, "days": 30}')

    with app.test_request_context():
        words = detail_texts(entry, Names(), str)

    assert [value for _label, value in words] == ["30", "1"]
