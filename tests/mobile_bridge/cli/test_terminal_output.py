"""What a person sees in a terminal, and what survives when the line does not."""

import codecs
import os
import pty
import re
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_M

from mobile_bridge.cli.exit_codes import MEANING, Exit
from mobile_bridge.cli.terminal_messages import (
    ERROR_MESSAGES,
    system_language,
)
from mobile_bridge.cli.terminal_output import UNSURE_MESSAGE, TerminalOutput
from mobile_bridge.core.qr_code import QUIET_ZONE, draw, qr_svg
from mobile_bridge.device.device import Ending
from mobile_bridge.device.replies import BY_PEER, BY_RELAY, CODES
from mobile_bridge.languages import Translator
from tests.interop.conftest import PASSWORD
from tests.support.terminals import (
    COMMAND,
    ROOT,
    Terminal,
    centre,
    holder,
    made,
    surroundings,
)

__all__ = ["centre", "holder", "made"]
PATIENCE = 30


class Window:
    """A real terminal of 80 columns in which a command runs."""

    def __init__(self, *arguments, **settings):
        self.seen = ""
        # A piece may end in the middle of a sign.
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            window = {"COLUMNS": "80", "LINES": "50", "TERM": "xterm-256color"}
            os.execve(
                sys.executable,
                [*COMMAND, *map(str, arguments)],
                surroundings(**{**window, **settings}),
            )

    def see(self, pattern):
        """Wait until something is on the screen."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self._screen], [], [], 0.2)
            if ready:
                self.seen += self._decoder.decode(os.read(self._screen, 65536))
            assert time.monotonic() < end, self.seen
        return found

    def type(self, line):
        os.write(self._screen, f"{line}\n".encode())

    def leave(self):
        """Return what it leaves with."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self._screen)
        return os.waitstatus_to_exitcode(status)


def modules(lines):
    """Return the dark modules of a drawn code, as two rows a line."""
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    pairs = [[halves[sign] for sign in line] for line in lines]
    return [[half[row] for half in line] for line in pairs for row in (0, 1)]


def test_a_drawn_code_is_the_code():
    text = "https://certferry.example/p#" + "A" * 66
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    matrix = [[int(module) for module in row] for row in code.get_matrix()]

    lines = draw(text)

    assert modules(lines)[: len(matrix)] == matrix
    assert max(map(len, lines)) <= 80


def test_the_code_on_a_page_is_a_square_of_dark_modules():
    text = "otpauth://totp/hana?secret=GEZDGNBVGY3TQOJQ"

    side, path = qr_svg(text)

    assert side == len(draw(text)[0]) > 30
    assert path.startswith("M4 4h1v1h-1z")  # behind a quiet zone of four
    assert "GEZDGNBVGY3TQOJQ" not in path


def test_a_person_sends_from_one_window_to_another(centre, holder, tmp_path):
    settings = {"CERTFERRY_CENTRE": centre}
    sender = Window("send", holder, **settings)
    sender.see("Certificate password: ")
    sender.type("guess")
    sender.see("does not open the key")
    sender.see("(?s)password: .*password: ")
    sender.type(PASSWORD)
    link = sender.see(r"(http://\S+/p#\S{66})\s")[1]
    receiver = Window("receive", "--to", tmp_path / "kept", "--link", **settings)
    receiver.see("Paste the link: ")
    receiver.type(link)
    code = receiver.see(r"(\d{3} \d{3})")[1]
    sender.see("Check code on the receiving device")
    sender.type(code)
    receiver.see(r"Receive it\? \(yes/no\): ")
    receiver.type("yes")

    assert sender.leave() == receiver.leave() == Exit.DONE
    assert len(list((tmp_path / "kept").rglob("*.key"))) == 1
    assert "You are sending your key to a computer, on your network" in sender.seen
    assert "whose       김하나" in receiver.seen
    # Neither the password nor the pasted link is shown while it is typed.
    assert PASSWORD not in sender.seen
    assert link not in receiver.seen
    drawn = re.findall(r"\x1b\[38;5;16m\x1b\[48;5;231m([ ▀▄█]+)\x1b\[0m", sender.seen)
    assert drawn == draw(link)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"LINES": "24"}, "The window is too small"),
        ({"LINES": "24", "LC_ALL": "ko_KR.UTF-8"}, "창이 작아서"),
        ({"COLUMNS": "40"}, "The window is too small"),
        ({"PYTHONIOENCODING": "ascii"}, "This terminal cannot draw"),
        ({"PYTHONIOENCODING": "euc-kr"}, "This terminal cannot draw"),
        ({"TERM": "dumb"}, "This terminal cannot draw"),
    ],
    ids=["80 x 24", "80 x 24 in Korean", "40 x 50", "ASCII", "EUC-KR", "no colours"],
)
def test_where_no_code_can_be_drawn_the_number_is_shown(
    centre, holder, tmp_path, settings, why
):
    settings = {"CERTFERRY_PASSWORD": PASSWORD, **settings}
    sender = Window("send", holder, CERTFERRY_CENTRE=centre, **settings)
    number = sender.see(r"(\d{4} \d{4} \d{4})\s")[1]
    join = ["receive", "--to", tmp_path, "--join-number"]
    with Terminal.running(centre, *join, CERTFERRY_NUMBER=number) as receiver:
        assert receiver.hear("code")
        os.kill(sender.pid, signal.SIGHUP)
        assert receiver.hear("ended")["reason"] == "cancelled"

    assert sender.leave() == Exit.INTERRUPTED
    assert why in sender.seen
    assert not set("▀▄█\x1b") & set(sender.seen)


def test_a_closed_window_ends_it_for_the_other(centre, holder, tmp_path):
    sender = Window(
        "send", holder, CERTFERRY_CENTRE=centre, CERTFERRY_PASSWORD=PASSWORD
    )
    link = sender.see(r"(http://\S+/p#\S{66})\s")[1]
    join = ["receive", "--to", tmp_path, "--link"]
    with Terminal.running(centre, *join, CERTFERRY_LINK=link) as receiver:
        receiver.hear("code")
        os.kill(sender.pid, signal.SIGHUP)

        assert receiver.hear("ended")["reason"] == "cancelled"
    assert sender.leave() == Exit.INTERRUPTED


class Cable:
    """A line to the centre that can be pulled and plugged in again."""

    def __init__(self, centre):
        self._there = ("127.0.0.1", int(centre.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends, self._is_in = [], True
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self):
        self._is_in = False
        hang_up(*self._ends)
        self._ends.clear()

    def plug_in(self):
        self._is_in = True

    def close(self):
        self.pull()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._is_in:
                near.close()
                continue
            far = socket.create_connection(self._there)
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(one, other), daemon=True).start()


def pump(one, other):
    """Carry bytes until one end is gone; then both are."""
    with suppress(OSError):
        while octets := one.recv(65536):
            other.sendall(octets)
    hang_up(one, other)


def hang_up(*ends):
    """End connections, also for a thread that waits in one of them."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cable(centre):
    cable = Cable(centre)
    yield cable
    cable.close()


def test_a_connection_that_comes_back_goes_on_with_the_same_pairing(
    centre, cable, holder, tmp_path
):
    with Terminal.running(centre, "send", holder) as sender:
        # The link leads to the centre; this device reaches it through the cable.
        link = sender.hear("shown")["link"].replace(centre, cable.address)
        join = ["receive", "--to", tmp_path / "kept", "--link", "--yes"]
        settings = {"CERTFERRY_LINK": link}
        with Terminal.running(cable.address, *join, **settings) as receiver:
            code = receiver.hear("code")["code"]
            sender.hear("typing")
            cable.pull()
            receiver.hear("cut")
            sender.type(code)
            sender.hear("offered")
            cable.plug_in()

            assert receiver.hear("resumed")
            assert receiver.hear("ended")["exit"] == Exit.DONE
            assert sender.hear("ended")["stored"] is True
    assert len(list((tmp_path / "kept").rglob("*.key"))) == 1


@pytest.mark.parametrize("language", ["", "ko_KR.UTF-8"])
@pytest.mark.parametrize(
    "code", [*sorted(ERROR_MESSAGES), *CODES, *BY_PEER, *BY_RELAY, "{kind}"]
)
def test_what_was_sent_without_a_receipt_is_said_whatever_the_code(
    capsys, language, code
):
    words = Translator(system_language({"LANG": language}))
    ending = Ending("lost", "relay", code, sender=True, sent=True, stored=False)
    left_with = TerminalOutput(words, sends=True, is_json=False).end(ending, {})

    assert left_with == Exit.UNSURE
    assert capsys.readouterr().err.splitlines()[1:] == [words.gettext(UNSURE_MESSAGE)]


def test_a_reader_that_has_gone_does_not_stop_a_transfer(monkeypatch):
    def gone(*_all, **_more):
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", gone)
    screen = TerminalOutput(Translator("en"), sends=False, is_json=True)

    assert screen.show_state({"state": "cut"}) is None


def test_every_code_has_a_number_and_a_sentence():
    coded = {code for codes in MEANING.values() for code in codes} - {"lost"}

    assert coded <= set(ERROR_MESSAGES)
    assert Exit.DONE not in MEANING


@pytest.mark.parametrize(
    ("settings", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ko_KR", "LANG": "en_US"}, "ko"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_that_of_the_system(settings, language):
    said = Translator(system_language(settings)).gettext("Receiving.")

    assert (said == "Receiving.") is (language == "en")
