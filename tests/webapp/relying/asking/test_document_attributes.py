"""What is signed of a document is the same in both languages, and nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from asn1crypto import cms

from tests.support.asking import CONTRACT, read_statement
from tests.webapp.relying.asking.test_statement import CHANGES, PLAIN
from webapp.pki.der import check_strict
from webapp.relying.asking.contents import Documents, Format
from webapp.relying.asking.documents.attributes import messages_of

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "document_attributes.json"
NOON = datetime(2026, 3, 5, 12, 1, tzinfo=UTC)
CERTIFICATE = b"a certificate"
DIGEST = b"\x44" * 32
OF_CMS = replace(
    PLAIN, contents=Documents((replace(CONTRACT, format=Format.CMS),), b"order")
)


def attributes(statement, certificate=CERTIFICATE, signed_at=NOON, prepared=None):
    return messages_of(
        statement, certificate, signed_at=signed_at, prepared=prepared or {}
    )


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text("utf-8")))
def test_both_languages_sign_the_same_attributes(vector):
    statement = read_statement(vector["statement"])

    messages = attributes(
        statement,
        bytes.fromhex(vector["certificate"]),
        datetime.fromtimestamp(vector["signedAt"], UTC),
        {2: bytes.fromhex(vector["pdf"]["digest"])},
    )

    assert messages is not None
    assert [message.hex() for message in messages] == vector["messages"]


def test_attributes_say_which_document_was_shown():
    (message,) = attributes(OF_CMS)

    check_strict(message)
    values = {
        attribute["type"].dotted: attribute["values"]
        for attribute in cms.CMSAttributes.load(message)
    }
    assert values["1.2.840.113549.1.9.4"][0].native == CONTRACT.digest
    assert values["1.2.840.113549.1.9.5"][0].native == NOON
    assert CONTRACT.title.encode() in values["1.2.840.113549.1.9.16.2.4"].dump()
    assert len(values) == 6


def test_no_attributes_of_one_request_are_those_of_another():
    contents = [
        Documents((replace(CONTRACT, format=Format.CMS),), b"other"),
        Documents((replace(CONTRACT, format=Format.CMS, title="영수증"),), b"order"),
        Documents((replace(CONTRACT, format=Format.CMS, digest=DIGEST),), b"order"),
    ]
    changes = [change for change in CHANGES if "contents" not in change]
    statements = [
        OF_CMS,
        *(replace(OF_CMS, **change) for change in changes),
        *(replace(OF_CMS, contents=one) for one in contents),
    ]
    messages = [attributes(statement)[0] for statement in statements]
    messages.append(attributes(OF_CMS, b"another certificate")[0])
    messages.append(attributes(OF_CMS, signed_at=NOON + timedelta(seconds=1))[0])

    for one, other in combinations(messages, 2):
        assert one != other


def test_no_attributes_are_a_statement_of_ours():
    kinds = (Format.STATEMENT, Format.CMS, Format.PDF)
    statements = [
        replace(PLAIN, contents=Documents((replace(CONTRACT, format=kind),)))
        for kind in kinds
    ]
    messages = [attributes(one, prepared={1: DIGEST})[0] for one in statements]

    assert len(set(messages)) == len(kinds)
    assert [message[:1] for message in messages] == [b"c", b"\x31", b"\x31"]


def test_a_pdf_that_nobody_made_ready_has_nothing_to_sign():
    of_pdf = replace(PLAIN, contents=Documents((replace(CONTRACT, format=Format.PDF),)))

    assert attributes(of_pdf) is None
    assert attributes(of_pdf, prepared={2: DIGEST}) is None
