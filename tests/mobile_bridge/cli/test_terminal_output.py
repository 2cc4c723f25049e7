"""What a person sees in a terminal, and what survives when the line does not."""

import os
import re
import signal

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_M

from mobile_bridge.cli.exit_codes import MEANING, Exit
from mobile_bridge.cli.terminal_messages import (
    ERROR_MESSAGES,
    system_language,
)
from mobile_bridge.cli.terminal_output import UNSURE_MESSAGE, TerminalOutput
from mobile_bridge.device.device import Ending
from mobile_bridge.device.replies import BY_PEER, BY_RELAY, CODES
from mobile_bridge.formats.qr_code import QUIET_ZONE, draw, qr_svg
from mobile_bridge.languages import Translator
from tests.support.page_modules import PASSWORD
from tests.support.tcp_proxy import TcpProxy
from tests.support.terminals import (
    Terminal,
    TerminalWindow,
    centre,
    holder,
    page_files,
)

__all__ = ["centre", "holder", "page_files"]


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
    sender = TerminalWindow("send", holder, **settings)
    sender.wait_for("Certificate password: ")
    sender.type("guess")
    sender.wait_for("does not open the key")
    sender.wait_for("(?s)password: .*password: ")
    sender.type(PASSWORD)
    link = sender.wait_for(r"(http://\S+/p#\S{66})\s")[1]
    receiver = TerminalWindow(
        "receive", "--to", tmp_path / "kept", "--link", **settings
    )
    receiver.wait_for("Paste the link: ")
    receiver.type(link)
    code = receiver.wait_for(r"(\d{3} \d{3})")[1]
    sender.wait_for("Check code on the receiving device")
    sender.type(code)
    receiver.wait_for(r"Receive it\? \(yes/no\): ")
    receiver.type("yes")

    assert sender.leave() == receiver.leave() == Exit.DONE
    assert len(list((tmp_path / "kept").rglob("*.key"))) == 1
    assert "You are sending your key to a computer, on your network" in sender.text
    assert "whose       김하나" in receiver.text
    # Neither the password nor the pasted link is shown while it is typed.
    assert PASSWORD not in sender.text
    assert link not in receiver.text
    drawn = re.findall(r"\x1b\[38;5;16m\x1b\[48;5;231m([ ▀▄█]+)\x1b\[0m", sender.text)
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
    sender = TerminalWindow("send", holder, CERTFERRY_CENTRE=centre, **settings)
    number = sender.wait_for(r"(\d{4} \d{4} \d{4})\s")[1]
    join = ["receive", "--to", tmp_path, "--join-number"]
    with Terminal.running(centre, *join, CERTFERRY_NUMBER=number) as receiver:
        assert receiver.receive("code")
        os.kill(sender.pid, signal.SIGHUP)
        assert receiver.receive("ended")["reason"] == "cancelled"

    assert sender.leave() == Exit.INTERRUPTED
    assert why in sender.text
    assert not set("▀▄█\x1b") & set(sender.text)


def test_a_closed_window_ends_it_for_the_other(centre, holder, tmp_path):
    sender = TerminalWindow(
        "send", holder, CERTFERRY_CENTRE=centre, CERTFERRY_PASSWORD=PASSWORD
    )
    link = sender.wait_for(r"(http://\S+/p#\S{66})\s")[1]
    join = ["receive", "--to", tmp_path, "--link"]
    with Terminal.running(centre, *join, CERTFERRY_LINK=link) as receiver:
        receiver.receive("code")
        os.kill(sender.pid, signal.SIGHUP)

        assert receiver.receive("ended")["reason"] == "cancelled"
    assert sender.leave() == Exit.INTERRUPTED


@pytest.fixture
def proxy(centre):
    proxy = TcpProxy(int(centre.rpartition(":")[2]))
    yield proxy
    proxy.close()


def test_a_connection_that_comes_back_goes_on_with_the_same_pairing(
    centre, proxy, holder, tmp_path
):
    with Terminal.running(centre, "send", holder) as sender:
        # The link leads to the centre; this device reaches it through the proxy.
        link = sender.receive("shown")["link"].replace(centre, proxy.address)
        join = ["receive", "--to", tmp_path / "kept", "--link", "--yes"]
        settings = {"CERTFERRY_LINK": link}
        with Terminal.running(proxy.address, *join, **settings) as receiver:
            code = receiver.receive("code")["code"]
            sender.receive("typing")
            proxy.cut()
            receiver.receive("cut")
            sender.type(code)
            sender.receive("offered")
            proxy.restore()

            assert receiver.receive("resumed")
            assert receiver.receive("ended")["exit"] == Exit.DONE
            assert sender.receive("ended")["stored"] is True
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
    sentence = Translator(system_language(settings)).gettext("Receiving.")

    assert (sentence == "Receiving.") is (language == "en")
