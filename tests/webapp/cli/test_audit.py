"""`certferry audit` says what it found in one line and in its exit code."""

import json
import os
import re
import shutil
from datetime import timedelta

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.deploy.centre import settings
from tests.makers import make_authority
from tests.webapp.audit.tampering import NOON, rewrite, tamper, write
from webapp import db
from webapp.audit.checkpoint import sign_checkpoint
from webapp.cli.audit import audit
from webapp.db import unit_of_work_on
from webapp.pki.key_policy import KeyKind

CUT = (
    "DELETE FROM audit_checkpoint",
    "DELETE FROM audit_entry WHERE id > 7",
    "UPDATE audit_head SET count = 7, "
    "hash = (SELECT hash FROM audit_entry WHERE id = 7)",
)


@pytest.fixture(autouse=True)
def _files_of_a_centre():
    """What the tests write is for its owner only, as what a centre writes."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def run(*arguments, env=None):
    return CliRunner().invoke(audit, [str(part) for part in arguments], env=env)


@pytest.fixture
def url(ten):
    return ten.url.render_as_string(hide_password=False)


@pytest.fixture
def certificate(tmp_path):
    file = tmp_path / "issuing.crt"
    file.write_bytes(make_authority().certificate.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def kept(ten, url, tmp_path):
    """An export of the checkpoints, kept elsewhere."""
    with Session(ten) as session, unit_of_work_on(session):
        sign_checkpoint(session, make_authority(), NOON + timedelta(hours=1))
    file = tmp_path / "kept.jsonl"
    file.write_text(run("checkpoints", "--database", url).output)
    return file


@pytest.fixture
def instance(demo_template, tmp_path):
    return shutil.copytree(demo_template[0], tmp_path / "instance")


def test_a_whole_log_is_said_to_be_whole(url):
    answer = run("verify", "--database", url)

    assert answer.output == "10 entries, whole; no checkpoint yet\n"
    assert answer.exit_code == 0


def test_the_last_checkpoint_is_named(url, kept, certificate):
    answer = run("verify", "--database", url, "--certificate", certificate)

    assert answer.output == "10 entries, whole; last checkpoint at 10\n"


def test_it_says_when_no_signature_was_checked(url, kept):
    assert "signatures not checked" in run("verify", "--database", url).output


def test_a_broken_log_is_exit_code_1_and_names_the_entry(ten, url):
    tamper(ten, "UPDATE audit_entry SET what = 'x' WHERE id = 4")

    answer = run("verify", "--database", url)

    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr == (
        "The log is broken. Entry 4: it was changed, or put in: "
        "it does not follow from entry 3.\n"
    )


def test_a_cut_tail_is_found_with_what_was_kept_elsewhere(ten, url, kept):
    tamper(ten, *CUT)

    assert run("verify", "--database", url).exit_code == 0
    answer = run("verify", "--database", url, "--checkpoints", kept)
    assert answer.exit_code == 1
    assert "Entry 8: it is missing." in answer.stderr


def test_a_log_that_was_written_anew_is_found_with_what_was_kept(ten, url, kept):
    tamper(
        ten,
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_entry SET what = 'x' WHERE id = 4",
    )
    rewrite(ten)

    assert run("verify", "--database", url).exit_code == 0
    answer = run("verify", "--database", url, "--checkpoints", kept)
    assert answer.exit_code == 1
    assert "rewritten" in answer.stderr


def collected(line):
    return {
        "as printed": line,
        "by syslog": f"Mar  5 04:00:00 centre certferry[123]: {line}",
        "by journald": json.dumps({"PRIORITY": "6", "MESSAGE": line}),
        "by docker": json.dumps({"log": line + "\n", "stream": "stdout"}),
    }


@pytest.mark.parametrize("collector", collected(""))
def test_a_log_of_the_centre_is_taken_as_an_export(ten, url, kept, collector):
    """As docs/audit.md says: the very log, with all else that is printed into it."""
    line = {
        **json.loads(kept.read_text()),
        "event": "audit_checkpoint",
        "level": "info",
        "timestamp": "2026-03-05T04:00:00.000000Z",
    }
    broken = {"entry": 4, "wrong": "changed", "event": "audit_broken"}
    lines = [
        b"certferry 0.9 serves http://127.0.0.1:8000 with 2 workers",
        json.dumps({"event": "refused", "code": "x"}).encode(),
        b"Traceback (most recent call last):",
        "하나 {not json".encode("cp949"),
        b"",
        collected(json.dumps(line))[collector].encode(),
        b"checkpoint: signed",
        json.dumps(broken).encode(),
    ]
    kept.write_bytes(b"\n".join(lines) + b"\n")

    whole = run("verify", "--database", url, "--checkpoints", kept)
    tamper(ten, *CUT)
    cut = run("verify", "--database", url, "--checkpoints", kept)

    assert whole.exit_code == 0, whole.stderr
    assert "last checkpoint at 10" in whole.stdout
    assert (cut.exit_code, "Entry 8: it is missing." in cut.stderr) == (1, True)


def test_what_the_centre_really_logs_is_taken(instance, tmp_path):
    """The line that `certferry audit checkpoint` and every worker log."""
    signed = run("checkpoint", "--instance", instance)
    (tmp_path / "centre.log").write_text(signed.stderr)

    answer = run(
        "verify", "--instance", instance, "--checkpoints", tmp_path / "centre.log"
    )

    assert answer.exit_code == 0, answer.output
    assert "last checkpoint" in answer.output


def test_a_checkpoint_that_was_cut_off_is_not_passed_over(url, kept):
    whole = kept.read_text().strip()
    event = json.dumps({**json.loads(whole), "event": "audit_checkpoint"})
    for harmed in (whole[:40], whole[20:], event[:-3], event.replace("sig", "xyz")):
        kept.write_text(f"{whole}\n{harmed}\n")

        answer = run("verify", "--database", url, "--checkpoints", kept)

        assert answer.exit_code == 2, harmed
        assert "line 2: this is no checkpoint" in answer.stderr


def test_another_key_than_the_named_one_is_found(url, kept, tmp_path):
    other = tmp_path / "other.crt"
    other.write_bytes(
        make_authority(KeyKind.P_384).certificate.public_bytes(Encoding.PEM)
    )

    answer = run("verify", "--database", url, "--certificate", other)

    assert answer.exit_code == 1
    assert "a key that is not known here" in answer.stderr


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", "no checkpoint in it"), ("{}\n", "line 1: this is no checkpoint")],
)
def test_a_file_without_checkpoints_proves_nothing(url, tmp_path, content, expected):
    (tmp_path / "empty").write_text(content)

    answer = run("verify", "--database", url, "--checkpoints", tmp_path / "empty")

    assert answer.exit_code == 2
    assert expected in answer.stderr


def test_a_database_that_cannot_be_read_is_exit_code_2(tmp_path):
    (tmp_path / "text.db").write_text("this is no database" * 100)
    empty = db.make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with empty.connect() as connection:
        connection.execute(text("CREATE TABLE other (id INTEGER)"))
    empty.dispose()

    for name in ("none.db", "text.db", "empty.db"):
        answer = run("verify", "--database", f"sqlite:///{tmp_path / name}")
        assert answer.exit_code == 2, answer.output
        assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "none.db").exists()
    assert run("verify", "--database", "nonsense").exit_code == 2
    away = "postgresql://nobody:secret-word@127.0.0.1:1/none"
    answer = run("verify", "--database", away)
    assert answer.exit_code == 2
    assert "secret-word" not in answer.output


def test_a_demo_signs_and_verifies_in_its_own_folder(instance):
    signed = run("checkpoint", "--instance", instance)
    again = run("checkpoint", "--instance", instance)
    verified = run("verify", "--instance", instance)

    count = json.loads(signed.stdout)["entry"]
    assert count > 0
    assert '"event": "audit_checkpoint"' in signed.stderr
    assert json.loads(again.stdout) == json.loads(signed.stdout)
    assert "Nothing was added" in again.stderr
    assert verified.output == f"{count} entries, whole; last checkpoint at {count}\n"


def test_a_configured_centre_is_found_in_the_environment(config):
    environ = settings(config)

    signed = run("checkpoint", env=environ)
    verified = run("verify", env=environ)

    assert signed.exit_code == 0, signed.output
    assert re.fullmatch(r"(\d+) entries, whole; last .* at \1\n", verified.output)


def test_a_broken_log_is_not_signed(ten, instance):
    engine = db.make_engine(f"sqlite:///{instance / 'certferry.db'}")
    write(engine, 3)
    tamper(engine, "UPDATE audit_entry SET what = 'x' WHERE id = 2")
    engine.dispose()

    answer = run("checkpoint", "--instance", instance)

    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert "Entry 2" in answer.stderr


def test_what_is_missing_to_sign_is_named(url):
    answer = run("checkpoint", "--database", url)

    assert answer.exit_code == 2
    assert "CERTFERRY_ISSUING_KEY" in answer.stderr
