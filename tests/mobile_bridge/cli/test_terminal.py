"""`certferry send` and `certferry receive`, as a person or a program uses them."""

import time
from pathlib import Path

import pytest

from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.device.file_store import save
from mobile_bridge.npki.pfx import encrypted_keys
from mobile_bridge.npki.sets.key_files import locate
from tests.support.page_modules import PASSWORD
from tests.support.pkcs8_reader import decrypt_pbes2
from tests.support.terminals import (
    FaultyServer,
    Terminal,
    centre,
    holder,
    page_files,
    wrong,
)

__all__ = ["centre", "holder", "page_files"]


def listed(folder):
    """Return every file below a folder with its content."""
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def met(sender, receiver):
    """Let two terminals meet up to the check code, and return it."""
    code = receiver.receive("code")["code"]
    sender.receive("typing")
    return code


def moved(sender, receiver):
    """Carry a certificate from one terminal to the other."""
    sender.type(met(sender, receiver))
    receiver.receive("offer")
    receiver.type("yes")
    return sender.receive("ended"), receiver.receive("ended")


@pytest.mark.parametrize("form", ["link", "number"])
@pytest.mark.parametrize("shows", ["send", "receive"])
def test_a_certificate_moves_from_terminal_to_terminal(
    centre, holder, tmp_path, shows, form
):
    to = tmp_path / "kept"
    commands = {"send": ["send", holder], "receive": ["receive", "--to", to]}
    joins = "receive" if shows == "send" else "send"
    showing = [*commands[shows], *(["--number"] if form == "number" else [])]
    joining = [*commands[joins], "--link" if form == "link" else "--join-number"]

    with Terminal.running(centre, *showing) as first:
        secret = first.receive("shown")[form]
        with Terminal.running(centre, *joining) as second:
            second.type(secret)
            sides = {shows: first, joins: second}
            sent, received = moved(sides["send"], sides["receive"])

            assert sent["reason"] == received["reason"] == "done"
            assert first.leave() == second.leave() == Exit.DONE
    folder, kept = Path(received["folder"]), listed(to)
    assert list(to.iterdir()) == [folder]
    assert sorted(kept.values()) == sorted(listed(holder).values())
    assert {"signCert.der", "signPri.key"} < set(kept)
    modes = {path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {0o700, 0o600}


def test_a_p12_arrives_with_its_key_byte_for_byte(centre, page_files, tmp_path):
    file = page_files / "set.p12"
    with Terminal.running(centre, "send", file) as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path / "kept", "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            moved(sender, receiver)

    kept = listed(tmp_path / "kept")
    assert kept["signPri.key"] == encrypted_keys(file.read_bytes())[0]
    assert (
        decrypt_pbes2(kept["signPri.key"], PASSWORD)
        == (page_files / "plain.der").read_bytes()
    )
    assert kept["signCert.der"] == (page_files / "signCert.der").read_bytes()
    assert (page_files / "ca.der").read_bytes() in kept.values()


def test_three_wrong_codes_end_it_on_both_sides(centre, holder, tmp_path):
    with Terminal.running(centre, "send", holder) as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path, "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            code = met(sender, receiver)
            for _ in range(3):
                sender.type(wrong(code))

            assert sender.receive("ended")["exit"] == Exit.WRONG_CODE
            assert receiver.receive("ended")["exit"] == Exit.REFUSED
            assert sender.leave() == Exit.WRONG_CODE
            assert "Tries left: 1" in sender.error_text
            assert receiver.leave() == Exit.REFUSED


def test_who_says_no_keeps_nothing_and_the_sender_has_everything(
    centre, holder, tmp_path
):
    before = listed(holder)
    with Terminal.running(centre, "send", holder, "--move", "--yes") as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path / "kept", "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            sender.type(met(sender, receiver))
            assert receiver.receive("offer")["offer"]["move"] is True
            receiver.type("perhaps")
            receiver.type("no")

            assert sender.receive("ended")["reason"] == "declined"
            assert receiver.receive("ended")["by"] == "self"
            assert sender.leave() == receiver.leave() == Exit.REFUSED
            assert "is where it was" in sender.error_text
    assert listed(holder) == before
    assert not (tmp_path / "kept").exists()


def test_moving_deletes_here_after_the_receipt(centre, holder, tmp_path):
    (holder / "notes.txt").write_text("mine")
    with Terminal.running(centre, "send", holder, "--move") as sender:
        sender.type("yes")
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path / "kept", "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            sent, _ = moved(sender, receiver)

    assert len(sent["deleted"]) == 3
    assert list(listed(holder)) == ["notes.txt"]
    assert len(listed(tmp_path / "kept")) == 3


def test_the_same_again_is_unchanged(centre, holder, tmp_path):
    folder = save(locate(holder).files, tmp_path).folder
    with Terminal.running(centre, "send", holder) as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path, "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            sent, received = moved(sender, receiver)

    assert received["folder"] == str(folder)
    assert received["unchanged"] is True
    assert sent["exit"] == received["exit"] == Exit.DONE


def test_another_key_is_not_overwritten_and_the_sender_is_told(
    centre, holder, tmp_path
):
    folder = save(locate(holder).files, tmp_path).folder
    (folder / "signPri.key").write_bytes(b"another")
    with Terminal.running(centre, "send", holder, "--move", "--yes") as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path, "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            sent, received = moved(sender, receiver)

    assert (received["code"], received["exit"]) == ("other_key_here", Exit.NOT_STORED)
    assert (folder / "signPri.key").read_bytes() == b"another"
    assert (sent["code"], sent["exit"]) == ("not_stored_there", Exit.NOT_STORED)
    assert (holder / "signPri.key").exists()


@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_ctrl_c_ends_it_for_both_and_says_what_is_where(centre, holder, tmp_path, who):
    with Terminal.running(centre, "send", holder) as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path / "kept", "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            met(sender, receiver)
            sides = {"sender": sender, "receiver": receiver}
            sides.pop(who).interrupt()
            (other,) = sides.values()

            assert other.receive("ended")["reason"] == "cancelled"
            assert {sender.leave(), receiver.leave()} == {
                Exit.INTERRUPTED,
                Exit.REFUSED,
            }
            assert "is where it was" in sender.error_text
            assert "Nothing was kept" in receiver.error_text


def drip(line):
    """Begin an answer and never come to its end."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        line.sendall(b" ")
        time.sleep(0.2)


def test_who_asks_once_to_leave_is_not_kept_by_a_centre_without_end(tmp_path):
    with (
        FaultyServer.answering(drip) as server_stub,
        Terminal.running(server_stub.address, "receive", "--to", tmp_path) as receiver,
    ):
        assert server_stub.is_asked.wait(20)
        began = time.monotonic()
        receiver.process.terminate()

        assert receiver.leave() == Exit.INTERRUPTED
        assert time.monotonic() - began < 9  # an answer may take ten


def test_no_secret_is_said_where_it_does_not_belong(centre, holder, tmp_path):
    with Terminal.running(centre, "send", holder) as sender:
        link = sender.receive("shown")["link"]
        secret = link.partition("#")[2]
        join = ["receive", "--to", tmp_path, "--link"]
        with Terminal.running(centre, *join, CERTFERRY_LINK=link) as receiver:
            processes = (sender.process.pid, receiver.process.pid)
            lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in processes]
            code = met(sender, receiver)
            sender.type(code)
            receiver.receive("offer")
            receiver.type("yes")
            sender.receive("ended")
            receiver.receive("ended")
            sender.leave()
            receiver.leave()

    output = "".join([sender.error_text, receiver.error_text, *lines])
    for hidden in (PASSWORD, secret, code):
        assert hidden not in output


def test_nobody_to_ask_is_said_and_the_other_device_learns_it(centre, holder, tmp_path):
    with Terminal.running(centre, "send", holder) as sender:
        settings = {"CERTFERRY_LINK": sender.receive("shown")["link"]}
        join = ["receive", "--to", tmp_path, "--link"]
        with Terminal.running(centre, *join, **settings) as receiver:
            met(sender, receiver)
            sender.stdin.close()

            assert sender.receive("ended")["code"] == "nobody_answers"
            assert receiver.receive("ended")["exit"] == Exit.REFUSED
