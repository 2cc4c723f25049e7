"""What `certferry send` and `receive` refuse before anybody is asked to scan."""

import errno
import os
import re
import shutil
import signal
import subprocess
import time
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_der_private_key,
)

from mobile_bridge.cli.exit_codes import Exit, exit_after
from mobile_bridge.cli.prompts import TerminalSender
from mobile_bridge.cli.terminal_input import NoInputError, TerminalInput
from mobile_bridge.cli.terminal_messages import (
    error_message,
    system_language,
)
from mobile_bridge.device.device import Ending
from mobile_bridge.languages import Translator
from mobile_bridge.npki.sets.key_files import locate, open_keys
from tests.support.bridge import vectors
from tests.support.page_modules import PASSWORD
from tests.support.terminals import (
    COMMAND,
    ROOT,
    Terminal,
    centre,
    clean_environment,
    holder,
    page_files,
)
from tools.vectors.ber import pbkdf2_key
from webapp.cli.main import main

__all__ = ["centre", "holder", "page_files"]


@pytest.fixture
def run(centre, monkeypatch):
    """Give a command that runs here, with no input and these settings."""
    kept = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(*arguments, **settings):
        environment = {"CERTFERRY_CENTRE": centre, **settings}
        command = [*map(str, arguments), "--json"]
        done = CliRunner().invoke(main, command, env=environment)
        return done.exit_code, done.stdout, done.stderr

    yield run
    for name, handler in kept.items():
        signal.signal(name, handler)


def test_a_wrong_password_a_foreign_key_and_a_missing_one_send_nothing(
    run, holder, page_files, tmp_path
):
    right = {"CERTFERRY_PASSWORD": PASSWORD}
    guessed = run("send", holder, CERTFERRY_PASSWORD="guess-guess-1")
    shutil.copy(page_files / "ca.der", holder / "signCert.der")
    foreign = run("send", holder, **right)
    (holder / "signPri.key").unlink()
    missing = run("send", holder, **right)
    nowhere = run("send", tmp_path / "nowhere", **right)

    codes = ("wrong_password", "key_mismatch", "no_certificate", "file_unreadable")
    for done, code in zip((guessed, foreign, missing, nowhere), codes, strict=True):
        assert done[0] == Exit.NOT_SENDABLE
        assert f'"code": "{code}"' in done[1]
        assert "shown" not in done[1]
        assert "guess-guess-1" not in done[1] + done[2]


@pytest.mark.parametrize(
    ("arguments", "settings", "code"),
    [
        ([], {"CERTFERRY_CENTRE": ""}, "centre_missing"),
        ([], {"CERTFERRY_CENTRE": "http://ca.example"}, "centre_unknown"),
        (["--ca", "/dev/null"], {}, "ca_file"),
        (["--link"], {"CERTFERRY_LINK": "http://127.0.0.1/"}, "link_unknown"),
        (["--join-number"], {"CERTFERRY_NUMBER": "1234"}, "number_wrong"),
    ],
)
def test_a_wrong_use_is_said_and_leaves_with_two(
    run, tmp_path, arguments, settings, code
):
    left_with, output, error_text = run(
        "receive", "--to", tmp_path, *arguments, **settings
    )

    assert left_with == Exit.USAGE
    assert f'"code": "{code}"' in output
    assert error_text


def test_a_p12_is_not_moved(run, page_files):
    moving = run("send", page_files / "set.p12", "--move", CERTFERRY_PASSWORD=PASSWORD)

    assert moving[0] == Exit.USAGE
    assert (page_files / "set.p12").exists()


@pytest.mark.parametrize("name", ["signCert.der", "signPri.key", "ca.der"])
def test_a_link_is_not_moved_and_nothing_begins(run, holder, tmp_path, name):
    shutil.move(holder / name, tmp_path / name)
    (holder / name).symlink_to(tmp_path / name)
    moving = run("send", holder, "--move", "--yes", CERTFERRY_PASSWORD=PASSWORD)

    assert moving[0] == Exit.USAGE
    assert '"code": "move_link"' in moving[1]
    assert "shown" not in moving[1]
    assert (tmp_path / name).exists()
    assert (holder / name).is_symlink()


def test_a_number_that_is_nobodys_leaves_as_expired(run, tmp_path):
    join = ["receive", "--to", tmp_path, "--join-number"]
    left_with, output, _ = run(*join, CERTFERRY_NUMBER="0000 0000 0000")

    assert left_with == Exit.EXPIRED
    assert '"code": "not_available"' in output


def test_two_who_both_receive_are_told(run, centre, tmp_path):
    link = f"{centre}/p#EQ{'A' * 64}"  # a link of somebody who receives
    left_with, output, _ = run(
        "receive", "--to", tmp_path, "--link", CERTFERRY_LINK=link
    )

    assert left_with == Exit.USAGE
    assert "link_direction" in output


def _long_name(holder, _monkeypatch):
    return holder / f"{'a' * 300}.p12"


def _long_path(holder, _monkeypatch):
    return holder / "/".join(["b" * 200] * 30)


def _below_a_file(holder, _monkeypatch):
    return holder / "signPri.key" / "signCert.der"


def _loop(holder, _monkeypatch):
    (holder / "loop").symlink_to("loop")
    return holder / "loop"


def _loop_inside(holder, _monkeypatch):
    (holder / "signPri.key").unlink()
    (holder / "signPri.key").symlink_to("signPri.key")
    return holder


def _folder_called_p12(holder, _monkeypatch):
    (holder / "old.p12").mkdir()
    return holder / "old.p12"


def _folder_in_place_of_a_key(holder, _monkeypatch):
    (holder / "signPri.key").unlink()
    (holder / "signPri.key").mkdir()
    return holder


def _folder_of_something_else(holder, _monkeypatch):
    (holder / "photos").mkdir()
    (holder / "photos" / "a.jpg").write_bytes(b"\xff\xd8")
    return holder / "photos"


def _folder_of_somebody_else(holder, monkeypatch):
    monkeypatch.setattr(Path, "iterdir", _forbid)
    return holder


def _file_of_somebody_else(holder, monkeypatch):
    monkeypatch.setattr("mobile_bridge.npki.files.disk_reader.os.open", _forbid)
    return holder / "signPri.key"


def _large_file(holder, _monkeypatch):
    (holder / "large.p12").write_bytes(bytes(200_000))
    return holder / "large.p12"


def _forbid(*_all, **_more):
    raise PermissionError(errno.EACCES, "no")


@pytest.mark.parametrize(
    ("made_by", "code"),
    [
        (_long_name, "path_too_long"),
        (_long_path, "path_too_long"),
        (_below_a_file, "file_unreadable"),
        (_loop, "file_unreadable"),
        (_loop_inside, "file_unreadable"),
        (_folder_called_p12, "no_certificate"),
        (_folder_in_place_of_a_key, "file_unreadable"),
        (_folder_of_something_else, "no_certificate"),
        (_folder_of_somebody_else, "file_forbidden"),
        (_file_of_somebody_else, "file_forbidden"),
        (_large_file, "file_too_large"),
    ],
)
@pytest.mark.parametrize("language", ["C.UTF-8", "ko_KR.UTF-8"])
def test_what_the_system_does_not_give_is_said_and_is_no_fault(
    run, holder, monkeypatch, made_by, code, language
):
    path = made_by(holder, monkeypatch)
    settings = {"CERTFERRY_PASSWORD": PASSWORD, "LC_ALL": language}
    left_with, output, error_text = run("send", path, **settings)

    assert left_with == Exit.NOT_SENDABLE
    assert f'"code": "{code}"' in output
    assert (
        Translator(system_language({"LANG": language})).gettext(error_message(code))
        in error_text
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a" * 300, "name_too_long"),
        ("/".join(["b" * 200] * 30), "name_too_long"),
        ("f/below", "not_kept"),
    ],
)
def test_a_folder_that_cannot_be_made_is_no_fault(run, tmp_path, name, code):
    (tmp_path / "f").write_bytes(b"")
    left_with, output, _ = run("receive", "--to", tmp_path / name)

    assert left_with == Exit.NOT_STORED
    assert f'"code": "{code}"' in output
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_what_is_no_path_is_refused_before_anything_is_asked(run):
    for arguments in (["send", ""], ["send", "-"], ["receive", "--to", ""]):
        left_with, output, _ = run(*arguments)

        assert left_with == Exit.USAGE
        assert '"code": "path_' in output


@pytest.mark.parametrize("octets", [b"\xba\xf1\xb9\xd0", b"\xff\xfe1", b"caf\xe9"])
@pytest.mark.parametrize("name", ["holder", "set.p12"])
def test_a_password_in_another_encoding_is_called_so(
    run, holder, page_files, octets, name
):
    path = holder if name == "holder" else page_files / name
    password = octets.decode(errors="surrogateescape")
    left_with, output, error_text = run("send", path, CERTFERRY_PASSWORD=password)

    assert left_with == Exit.NOT_SENDABLE
    assert '"code": "password_encoding"' in output
    assert error_message("password_encoding") in error_text


@pytest.mark.parametrize("typed_in", ["utf-8", "cp949"])
@pytest.mark.parametrize("locked_in", ["utf-8", "cp949"])
def test_a_korean_password_opens_in_either_encoding(holder, typed_in, locked_in):
    plain = load_der_private_key(
        (holder / "signPri.key").read_bytes(), PASSWORD.encode()
    )
    locked = BestAvailableEncryption("비밀번호-1234".encode(locked_in))
    (holder / "signPri.key").write_bytes(
        plain.private_bytes(Encoding.DER, PrivateFormat.PKCS8, locked)
    )
    typed = "비밀번호-1234".encode(typed_in).decode(errors="surrogateescape")

    assert open_keys(locate(holder), typed)


def test_a_key_that_asks_for_too_much_work_is_refused_at_once(run, holder):
    key = vectors("ber.json")["too_much_work"][3]
    (holder / "signPri.key").write_bytes(bytes.fromhex(key["key"]))
    begun = time.monotonic()
    left_with, output, error_text = run("send", holder, CERTFERRY_PASSWORD=PASSWORD)

    assert left_with == Exit.NOT_SENDABLE
    assert '"code": "key_work"' in output
    assert "panick" not in error_text
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_while_a_key_is_opened(centre, holder, name):
    (holder / "signPri.key").write_bytes(pbkdf2_key(10_000_000))
    with Terminal.running(
        centre, "send", holder, CERTFERRY_PASSWORD="guess-guess-1"
    ) as sender:
        _wait_until_it_computes(sender.process.pid)
        sender.process.send_signal(getattr(signal, name))

        assert sender.leave() == Exit.INTERRUPTED
    assert "It was cancelled" in sender.error_text


def _wait_until_it_computes(pid):
    """Wait until a program has begun a process of its own for the work."""
    children, until = Path(f"/proc/{pid}/task/{pid}/children"), time.monotonic() + 30
    while not children.read_text() and time.monotonic() < until:
        time.sleep(0.01)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_whatever_was_closed_before_it_began_is_no_fault(holder, closed):
    command = [*COMMAND, "send", str(holder), "--centre", "http://127.0.0.1:1"]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command],
        cwd=ROOT,
        env=clean_environment(CERTFERRY_PASSWORD=PASSWORD),
        capture_output=True,
        check=False,
    )

    assert done.returncode == Exit.OFFLINE
    assert b"broke" not in done.stderr


def test_a_question_to_a_closed_input_is_answered_by_nobody(holder):
    command = [*COMMAND, "send", str(holder), "--centre", "http://127.0.0.1:1"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        check=False,
    )

    assert done.returncode == Exit.USAGE


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("예\n".encode(), "예"),
        ("예\n".encode("cp949"), "예"),
        (b"a\xff\n", "a\udcff"),
        (b"yes\r\n", "yes"),
    ],
)
def test_a_line_is_read_as_utf_8_or_as_the_terminal_s_text(monkeypatch, octets, text):
    ours, theirs = os.pipe()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(), encoding="euc-kr"))
    os.write(theirs, octets)

    assert TerminalInput(print, ours).line("") == text


def test_a_terminal_that_is_gone_is_nobody():
    closed = os.open(os.devnull, os.O_WRONLY)

    with pytest.raises(NoInputError):
        TerminalInput(lambda _question: None, closed).line("")
    os.close(closed)


@pytest.mark.parametrize("command", ["send", "receive"])
def test_help_speaks_the_language_of_the_system_and_has_an_example(run, command):
    english = run(command, "--help")[1]
    korean = run(command, "--help", LC_ALL="ko_KR.UTF-8")[1]

    for text in (english, korean):
        assert f"  certferry {command} --centre https://" in text
        options = re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE)
        assert {"--to" if command == "receive" else "--move", "--help"} < set(options)
    assert "Examples:" in english
    assert "예:" in korean
    lines = korean.split("선택 항목:")[1].splitlines()
    assert all(re.search("[가-힣]", line) for line in lines if line.startswith("  --"))
    assert re.search("[가-힣]", english) is None


def test_a_fault_shows_neither_its_text_nor_where_it_was(run, holder, monkeypatch):
    def break_(*_all, **_more):
        raise RuntimeError(PASSWORD)

    monkeypatch.setattr("mobile_bridge.cli.prompts.open_keys", break_)
    left_with, output, error_text = run("send", holder, CERTFERRY_PASSWORD=PASSWORD)

    assert left_with == Exit.FAULT
    assert "RuntimeError" in error_text
    assert PASSWORD not in output + error_text
    assert "Traceback" not in error_text


def test_korean_is_spoken_where_the_system_speaks_it(run, tmp_path):
    settings = {"CERTFERRY_NUMBER": "1234", "LC_ALL": "ko_KR.UTF-8"}
    _, _, error_text = run("receive", "--to", tmp_path, "--join-number", **settings)

    assert "연결 번호가 아니에요" in error_text


def test_a_code_from_the_environment_is_tried_once(monkeypatch):
    monkeypatch.setenv("CERTFERRY_CODE", "123456")
    monkeypatch.setattr(TerminalInput, "line", lambda *_: "654321")
    sender = TerminalSender(Translator("en"), TerminalInput(print), print)

    assert [sender.type_code(3), sender.type_code(2)] == ["123456", "654321"]


@pytest.mark.parametrize(
    ("ending", "left_with"),
    [
        (("done", "self", None, True, True, True), Exit.DONE),
        (("lost", "self", "offline", False, False, True), Exit.DONE),
        (("lost", "self", "offline", True, True, False), Exit.UNSURE),
        (("lost", "self", "offline", True, False, False), Exit.OFFLINE),
        (("lost", "relay", "bad_request", True, False, False), Exit.REFUSED),
        (("refused", "peer", None, True, True, False), Exit.UNSURE),
        (("refused", "self", "wrong_code", True, False, False), Exit.WRONG_CODE),
        (("refused", "self", "not_kept", False, False, False), Exit.NOT_STORED),
        (("refused", "self", "not_stored_there", True, False, False), Exit.NOT_STORED),
        (("refused", "self", "protocol_failed", True, False, False), Exit.REFUSED),
        (("declined", "peer", None, True, False, False), Exit.REFUSED),
        (("crowded", "relay", None, False, False, False), Exit.REFUSED),
        (("expired", "relay", None, False, False, False), Exit.EXPIRED),
        (("cancelled", "self", None, True, True, False), Exit.INTERRUPTED),
        (("cancelled", "peer", None, False, False, False), Exit.REFUSED),
    ],
)
def test_how_it_ended_is_one_number(ending, left_with):
    names = ("reason", "ended_by", "code", "sender", "sent", "stored")

    assert exit_after(Ending(**dict(zip(names, ending, strict=True)))) == left_with
