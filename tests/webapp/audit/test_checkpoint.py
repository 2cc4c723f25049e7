"""The issuing CA signs how far the log has come; openssl can check it."""

import json
import subprocess
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.makers import make_authority
from tests.webapp.audit.tampering import NOON, tamper, write
from webapp.audit import checkpoint as reading
from webapp.audit.checkpoint import checkpoints, log_checkpoint, sign_checkpoint, verify
from webapp.audit.statement import (
    Checkpoint,
    CheckpointLineError,
    from_line,
    is_signed,
    to_be_signed,
    to_fields,
)
from webapp.audit.verification import BrokenLogError
from webapp.db import unit_of_work_on
from webapp.pki.errors import IssuerMismatchError
from webapp.pki.key_policy import KeyKind

LATER = NOON + timedelta(hours=1)
KINDS = [KeyKind.P_256, KeyKind.P_384, KeyKind.RSA_2048, KeyKind.RSA_3072]


@pytest.fixture
def session(ten):
    with Session(ten) as session:
        yield session


def sign(session, authority=None, at=LATER):
    with unit_of_work_on(session):
        return sign_checkpoint(session, authority or make_authority(), at)


def stored(session):
    return list(checkpoints(session))


def test_a_checkpoint_is_signed_once_for_what_is_new(ten, session):
    assert sign(session)
    assert not sign(session)
    write(ten, 1)
    assert sign(session)

    assert [checkpoint.entry for checkpoint in stored(session)] == [10, 11]


def test_an_empty_log_gets_no_checkpoint(engine):
    with Session(engine) as session:
        assert not sign(session)


def test_of_two_workers_one_signs(ten, session, monkeypatch):
    with Session(ten) as other, monkeypatch.context() as between:

        def the_other_is_faster(*_):
            between.undo()
            sign(other)

        between.setattr(reading, "verify_since", the_other_is_faster)
        assert not sign(session)

    assert len(stored(session)) == 1


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE audit_entry SET customer_id = 7 WHERE id = 12",
        "DELETE FROM audit_entry WHERE id = 12",
        "DELETE FROM audit_entry WHERE id >= 10",
        "UPDATE audit_entry SET hash = x'00' WHERE id = 10",
        "UPDATE audit_checkpoint SET signature = x'00'",
    ],
)
def test_a_broken_log_gets_no_signature(ten, session, harm):
    sign(session)
    write(ten, 3)
    tamper(ten, harm)

    with capture_logs() as logged, pytest.raises(BrokenLogError):
        sign(session)

    assert [event["event"] for event in logged] == ["audit_broken"]
    assert len(stored(session)) == 1


def test_the_next_issuing_ca_goes_on(ten, session):
    first, second = make_authority(), make_authority(KeyKind.P_384)
    sign(session, first)
    write(ten, 1)

    assert sign(session, second)
    keys = {
        authority.issuer_id: authority.key.public_key() for authority in (first, second)
    }
    assert verify(session, keys=keys).newest.issuer_id == second.issuer_id


def test_a_checkpoint_is_logged_so_that_an_outside_log_keeps_it(session):
    with capture_logs() as logged:
        log_checkpoint(sign(session))

    kept = from_line(json.dumps(logged[0]))
    assert logged[0]["event"] == "audit_checkpoint"
    assert [kept] == stored(session)


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_a_checkpoint(session, tmp_path, kind):
    authority = make_authority(kind)
    sign(session, authority)
    (checkpoint,) = stored(session)
    key = authority.key.public_key()
    (tmp_path / "key.pem").write_bytes(
        key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "signature").write_bytes(checkpoint.signature)
    fields = to_fields(checkpoint)
    # As docs/audit.md says it, from the exported fields.
    (tmp_path / "text").write_text(
        "certferry audit checkpoint 1\n"
        f"entry={fields['entry']}\nhash={fields['hash']}\n"
        f"at={fields['at']}\nissuer={fields['issuer']}\n"
    )
    hash_ = "-sha384" if kind is KeyKind.P_384 else "-sha256"

    answer = subprocess.run(
        [
            *("openssl", "dgst", hash_, "-verify", "key.pem"),
            *("-signature", "signature", "text"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.stdout == "Verified OK\n"


def test_what_is_signed_can_be_no_certificate():
    authority = make_authority()
    checkpoint = Checkpoint(entry=1, hash=bytes(32), at=NOON, issuer_id="00")

    assert to_be_signed(checkpoint).startswith(b"certferry audit checkpoint 1\n")
    for text in (b"", b"0\x82\x01\x00 a TBSCertificate"):
        with pytest.raises(IssuerMismatchError):
            authority.sign_text(text)


def test_every_field_is_signed(session):
    authority = make_authority()
    sign(session, authority)
    (checkpoint,) = stored(session)
    key = authority.key.public_key()

    assert is_signed(checkpoint, key)
    for field, other in {
        "entry": 11,
        "hash": bytes(32),
        "at": NOON,
        "issuer": "0" * 32,
    }.items():
        name = "issuer_id" if field == "issuer" else field
        values = {part: getattr(checkpoint, part) for part in checkpoint.__slots__}
        assert not is_signed(Checkpoint(**values | {name: other}), key)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        "{",
        "{}",
        '{"entry": "x"}',
        '{"entry": 0, "hash": "%s", "at": "2026-03-05T03:00:00Z", '
        '"issuer": "0", "signature": ""}' % ("00" * 32),
        '{"entry": 1, "hash": "00", "at": "2026-03-05T03:00:00Z", '
        '"issuer": "0", "signature": ""}',
        '{"entry": 1, "hash": "%s", "at": "2026-03-05T03:00:00", '
        '"issuer": "0", "signature": ""}' % ("00" * 32),
        '{"entry": 1, "hash": "%s", "at": "2026-03-05T03:00:00Z", '
        '"issuer": "하", "signature": ""}' % ("00" * 32),
        '{"entry": 1, "hash": "%s", "at": "2026-03-05T03:00:00Z", '
        '"issuer": "0", "signature": "!"}' % ("00" * 32),
    ],
)
def test_a_line_that_is_no_checkpoint_is_refused(line):
    with pytest.raises(CheckpointLineError):
        from_line(line)
