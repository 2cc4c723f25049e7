"""`certferry restore-wallet`, through the real command."""

import base64
import json
import secrets
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shamir_mnemonic import Share, generate_mnemonics

from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.npki.backup import (
    BackupCertificate,
    BackupContents,
    Passphrase,
    SheetSecret,
    seal_backup,
)
from tests.support.terminals import COMMAND, ROOT, TerminalWindow, clean_environment

VECTORS = json.loads((ROOT / "tests" / "vectors" / "npki_diagnosis.json").read_text())
MATERIAL = {
    label: base64.b64decode(text) for label, text in VECTORS["material"].items()
}
PASSPHRASE = "다섯 척의 배가 남쪽으로"
HANA = BackupCertificate(
    certificate=MATERIAL["hana"],
    encrypted_key=MATERIAL["hana_A"],
    local_name="세금 신고용",
)
BROKEN = BackupCertificate(certificate=b"none", encrypted_key=b"none")


def run(*arguments, give="", **settings):
    """Run the command to its end; return what it left with and wrote."""
    done = subprocess.run(
        [*COMMAND, "restore-wallet", *map(str, arguments)],
        cwd=ROOT,
        env=clean_environment(**settings),
        input=give.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def sealed(key, *certificates):
    """Return a backup of these certificates."""
    contents = BackupContents(datetime(2026, 11, 30, tzinfo=UTC), certificates)
    return seal_backup(contents, key, random=secrets.token_bytes, cost=10)


@pytest.fixture
def sheets():
    """Return three sheets, two of which open `by_sheets`."""
    ((first, second, third),) = generate_mnemonics(1, [(2, 3)], bytes(range(16)))
    return [first, second, third]


@pytest.fixture
def by_sheets(sheets, tmp_path):
    """Return the path of a backup that two of the sheets open."""
    identifier = Share.from_mnemonic(sheets[0]).identifier
    path = tmp_path / "sheets.backup"
    path.write_bytes(sealed(SheetSecret(bytes(range(16)), identifier), HANA))
    return path


@pytest.fixture
def by_passphrase(tmp_path):
    """Return the path of a backup that the passphrase opens."""
    path = tmp_path / "passphrase.backup"
    path.write_bytes(sealed(Passphrase(PASSPHRASE), HANA))
    return path


def check_restored(stdout, to):
    """Look whether the certificate lies there with its key, as it was."""
    folder = Path(stdout.strip())
    assert folder.parent == to
    assert (folder / "signCert.der").read_bytes() == HANA.certificate
    assert (folder / "signPri.key").read_bytes() == HANA.encrypted_key
    assert (folder / "signPri.key").stat().st_mode & 0o077 == 0


def test_two_sheets_in_two_lines_bring_it_back(by_sheets, sheets, tmp_path):
    to = tmp_path / "to"
    code, stdout, stderr = run(
        *(by_sheets, "--to", to), give=f"{sheets[2]}\n{sheets[0].upper()}\n"
    )

    assert code == 0, stderr
    check_restored(stdout, to)
    assert "세금 신고용" in stderr
    assert "2026-11-30" in stderr


@pytest.mark.parametrize("way", ["stdin", "environment"])
def test_a_passphrase_brings_it_back(by_passphrase, tmp_path, way):
    to = tmp_path / "to"
    code, stdout, stderr = (
        run(by_passphrase, "--to", to, "--passphrase-stdin", give=f" {PASSPHRASE}\n")
        if way == "stdin"
        else run(by_passphrase, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)
    )

    assert code == 0, stderr
    check_restored(stdout, to)
    assert PASSPHRASE not in stdout + stderr


def test_the_same_again_changes_nothing_and_another_key_is_left(
    by_passphrase, tmp_path
):
    to = tmp_path / "to"
    run(by_passphrase, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)
    again = run(by_passphrase, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)
    key = next(to.rglob("signPri.key"))
    key.write_bytes(b"another")

    code, _stdout, stderr = run(
        by_passphrase, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE
    )

    assert again[0] == 0
    assert (code, key.read_bytes()) == (Exit.NOT_STORED, b"another")
    assert "other_key_here" in stderr


REFUSALS = {
    "backup_locked": lambda file: (file, "another"),
    "backup_damaged": lambda file: (file[:-1] + bytes([file[-1] ^ 1]), PASSPHRASE),
    "backup_newer": lambda file: (file.replace(b": 1\n", b": 2\n", 1), PASSPHRASE),
    "backup_form": lambda _file: (b"hello", PASSPHRASE),
    "file_too_large": lambda _file: (b"certferry" * 1_000_000, PASSPHRASE),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_cannot_be_restored_says_why_and_writes_nothing(
    by_passphrase, tmp_path, code
):
    content, passphrase = REFUSALS[code](by_passphrase.read_bytes())
    by_passphrase.write_bytes(content)
    to = tmp_path / "to"

    left, stdout, stderr = run(
        by_passphrase, "--to", to, CERTFERRY_PASSPHRASE=passphrase
    )

    assert left == Exit.NOT_SENDABLE
    assert stdout == ""
    assert f"({code})" in stderr
    assert not to.exists()


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    left, _stdout, stderr = run(tmp_path / "nowhere.backup")

    assert left == Exit.NOT_SENDABLE
    assert "(file_unreadable)" in stderr


def test_what_is_no_certificate_is_left_out_and_the_rest_comes_back(tmp_path):
    path, to = tmp_path / "mixed.backup", tmp_path / "to"
    path.write_bytes(sealed(Passphrase(PASSPHRASE), BROKEN, HANA))
    code, stdout, _stderr = run(path, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)
    check_restored(stdout, to)
    path.write_bytes(sealed(Passphrase(PASSPHRASE), BROKEN))

    left, stdout, stderr = run(path, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)

    assert code == Exit.NOT_SENDABLE  # not all of it
    assert (left, stdout) == (Exit.NOT_SENDABLE, "")
    assert "(backup_empty)" in stderr


def test_a_backup_with_nothing_to_restore_leaves_no_folder(tmp_path):
    path, to = tmp_path / "empty.backup", tmp_path / "to" / "here"
    path.write_bytes(sealed(Passphrase(PASSPHRASE), BROKEN))

    left, _stdout, stderr = run(path, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)

    assert left == Exit.NOT_SENDABLE
    assert "(backup_empty)" in stderr
    assert not to.parent.exists()


@pytest.mark.parametrize(("path", "to"), [("", "to"), ("a.backup", "")])
def test_the_empty_word_is_no_path(tmp_path, path, to):
    left, _stdout, stderr = run(path, "--to", to, CERTFERRY_PASSPHRASE=PASSPHRASE)

    assert left == Exit.USAGE
    assert "(path_empty)" in stderr


@pytest.mark.parametrize("given", ["", "one line alone\n"])
def test_without_two_sheets_nothing_is_written(by_sheets, tmp_path, given):
    left, _stdout, stderr = run(by_sheets, "--to", tmp_path / "to", give=given)

    assert left in (Exit.USAGE, Exit.NOT_SENDABLE)
    assert "(nobody_answers)" in stderr or "(sheet_words)" in stderr


def test_a_person_may_type_a_sheet_again(by_sheets, sheets, tmp_path):
    to = tmp_path / "to"
    words = sheets[0].split()
    window = TerminalWindow("restore-wallet", by_sheets, "--to", to)
    window.wait_for("Sheet 1 of the two")
    window.type(" ".join([*words[:4], "bitcoin", *words[5:]]))
    window.wait_for("Word 5:(?s:.*)Sheet 1 of the two")
    window.type(sheets[0])
    window.wait_for("Sheet 2 of the two")
    window.type(sheets[1])
    window.wait_for("signPri|The backup was made on 2026-11-30")

    assert window.leave() == 0
    assert next(to.rglob("signPri.key")).read_bytes() == HANA.encrypted_key


def test_a_passphrase_is_not_shown_while_it_is_typed(by_passphrase, tmp_path):
    window = TerminalWindow("restore-wallet", by_passphrase, "--to", tmp_path / "to")
    window.wait_for("Passphrase of the backup: ")
    window.type("not this one")
    window.wait_for("does not open(?s:.*)Passphrase of the backup: ")
    window.type(PASSPHRASE)
    window.wait_for("The backup was made on")

    assert window.leave() == 0
    assert PASSPHRASE not in window.text


def test_its_help_speaks_korean():
    code, stdout, _stderr = run("--help", LC_ALL="ko_KR.UTF-8")

    assert code == 0
    assert "백업" in stdout
