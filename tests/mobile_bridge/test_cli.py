"""What `certferry send` and `receive` refuse before anybody is asked to scan."""

import shutil
import signal

import pytest
from click.testing import CliRunner

from mobile_bridge.client import Ending
from mobile_bridge.exits import Exit, exit_after
from mobile_bridge.keyboard import Keyboard
from mobile_bridge.people import Sender
from mobile_bridge.sentences import Words
from tests.interop.conftest import PASSWORD
from tests.mobile_bridge.terminals import centre, holder, made
from webapp.commands import main

__all__ = ["centre", "holder", "made"]


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
    run, holder, made, tmp_path
):
    right = {"CERTFERRY_PASSWORD": PASSWORD}
    guessed = run("send", holder, CERTFERRY_PASSWORD="guess-guess-1")
    shutil.copy(made / "ca.der", holder / "signCert.der")
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
    left_with, said, complained = run(
        "receive", "--to", tmp_path, *arguments, **settings
    )

    assert left_with == Exit.USAGE
    assert f'"code": "{code}"' in said
    assert complained


def test_a_p12_is_not_moved(run, made):
    moving = run("send", made / "set.p12", "--move", CERTFERRY_PASSWORD=PASSWORD)

    assert moving[0] == Exit.USAGE
    assert (made / "set.p12").exists()


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
    left_with, said, _ = run(*join, CERTFERRY_NUMBER="0000 0000 0000")

    assert left_with == Exit.EXPIRED
    assert '"code": "not_available"' in said


def test_two_who_both_receive_are_told(run, centre, tmp_path):
    link = f"{centre}/p#EQ{'A' * 64}"  # a link of somebody who receives
    left_with, said, _ = run("receive", "--to", tmp_path, "--link", CERTFERRY_LINK=link)

    assert left_with == Exit.USAGE
    assert "link_direction" in said


def test_a_fault_shows_neither_its_text_nor_where_it_was(run, holder, monkeypatch):
    def break_(*_all, **_more):
        raise RuntimeError(PASSWORD)

    monkeypatch.setattr("mobile_bridge.people.open_source", break_)
    left_with, said, complained = run("send", holder, CERTFERRY_PASSWORD=PASSWORD)

    assert left_with == Exit.FAULT
    assert "RuntimeError" in complained
    assert PASSWORD not in said + complained
    assert "Traceback" not in complained


def test_korean_is_spoken_where_the_system_speaks_it(run, tmp_path):
    settings = {"CERTFERRY_NUMBER": "1234", "LC_ALL": "ko_KR.UTF-8"}
    _, _, complained = run("receive", "--to", tmp_path, "--join-number", **settings)

    assert "연결 번호가 아니에요" in complained


def test_a_code_from_the_environment_is_tried_once(monkeypatch):
    monkeypatch.setenv("CERTFERRY_CODE", "123456")
    monkeypatch.setattr(Keyboard, "line", lambda *_: "654321")
    sender = Sender(Words({}), Keyboard(print), print)

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
        (("refused", "self", "not_kept", False, False, False), Exit.NOT_KEPT),
        (("refused", "self", "protocol_failed", True, False, False), Exit.REFUSED),
        (("declined", "peer", None, True, False, False), Exit.REFUSED),
        (("crowded", "relay", None, False, False, False), Exit.REFUSED),
        (("expired", "relay", None, False, False, False), Exit.EXPIRED),
        (("cancelled", "self", None, True, True, False), Exit.INTERRUPTED),
        (("cancelled", "peer", None, False, False, False), Exit.REFUSED),
    ],
)
def test_how_it_ended_is_one_number(ending, left_with):
    names = ("reason", "by", "code", "sender", "sent", "stored")

    assert exit_after(Ending(**dict(zip(names, ending, strict=True)))) == left_with
