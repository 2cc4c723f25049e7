"""Both languages sign the same bytes, and no two statements share theirs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from tests.support.asking import (
    BANK,
    CENTRE,
    CONTRACT,
    RECEIPT,
    TWO_DOCUMENTS,
    read_statement,
)
from webapp.relying.asking.contents import (
    Asker,
    ConsentText,
    Documents,
    Fact,
    Facts,
    Hashes,
    SignIn,
)
from webapp.relying.asking.statement import Statement

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "request_statement.json"
ASKED = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
PLAIN = Statement(
    request_id="ab" * 16,
    asker=BANK,
    contents=TWO_DOCUMENTS,
    centre=CENTRE,
    asked_at=ASKED,
    expires_at=ASKED + timedelta(minutes=5),
    fingerprint="cd" * 32,
)
CHANGES = (
    {"request_id": "ac" * 16},
    {"asker": Asker("other-bank", BANK.name, BANK.origin)},
    {"asker": Asker(BANK.institution_id, "한강은헹", BANK.origin)},
    {"asker": Asker(BANK.institution_id, BANK.name, "https://bank.example.evil")},
    {"contents": Documents((RECEIPT, CONTRACT))},
    {"contents": Documents((CONTRACT, RECEIPT), b"other")},
    {"contents": SignIn()},
    {"contents": ConsentText("계약서")},
    {"contents": Facts((Fact.NAME,))},
    {"contents": Hashes("계약서", (CONTRACT.digest,))},
    {"contents": Hashes("", (CONTRACT.digest,))},
    {"contents": Hashes("", (CONTRACT.digest, RECEIPT.digest))},
    {"contents": Hashes("", (CONTRACT.digest,), (b"contract",))},
    {"centre": "https://phishing.example"},
    {"asked_at": ASKED - timedelta(seconds=1)},
    {"expires_at": ASKED + timedelta(minutes=6)},
    {"fingerprint": "ce" * 32},
)


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text("utf-8")))
def test_both_languages_sign_the_same_bytes(vector):
    statement = read_statement(vector["statement"])

    assert [message.hex() for message in statement.messages] == vector["messages"]


def test_no_message_of_one_statement_is_one_of_another():
    statements = [PLAIN, *(replace(PLAIN, **change) for change in CHANGES)]

    for one, other in combinations(statements, 2):
        assert not set(one.messages) & set(other.messages)


def test_each_document_has_a_message_of_its_own():
    twice = replace(PLAIN, contents=Documents((CONTRACT, CONTRACT)))

    assert len(set(twice.messages)) == 2
