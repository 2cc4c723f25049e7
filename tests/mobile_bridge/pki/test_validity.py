"""The terminal asks the centre whether a certificate counts, and says what is true."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.prompts import (
    VALIDITY_MESSAGES,
    CancelledError,
    ExpiredError,
    RevokedError,
    TerminalReceiver,
    TerminalSender,
)
from mobile_bridge.core.bundle import File, FileRole, Offer, pack
from mobile_bridge.languages import Translator
from mobile_bridge.pki.validity import UNCHECKED, State, Validity, read_validity
from tests.support.terminals import Terminal, holder, page_files

__all__ = ["holder", "page_files"]

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OFFER = Offer(
    v=1,
    name="김하나",
    issuer="certferry demo CA",
    serial="1a2b",
    policy="",
    not_before="2026-11-22T03:00:00Z",
    not_after="2027-11-22T14:59:59Z",
    files=2,
    size=100,
    sha256="ab" * 32,
    move=False,
)


def answer_of(status, now=NOW):
    return {"now": now.isoformat(), "certificates": [{"status": status}]}


@pytest.mark.parametrize(
    ("status", "left", "state"),
    [
        ("good", DAY, State.USABLE),
        ("suspended", DAY, State.SUSPENDED),
        ("revoked", DAY, State.REVOKED),
        ("expired", DAY, State.EXPIRED),
        ("unknown", DAY, State.UNKNOWN),
        ("good", -DAY, State.EXPIRED),
        ("unknown", -DAY, State.EXPIRED),
        ("revoked", -DAY, State.REVOKED),
        ("on fire", DAY, State.UNCHECKED),
        (None, DAY, State.UNCHECKED),
        ([], DAY, State.UNCHECKED),
    ],
)
def test_the_centres_word_and_its_time_decide(status, left, state):
    assert read_validity(answer_of(status), NOW + left).state is state


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"now": "soon", "certificates": [{"status": "good"}]},
        {"now": "2026-11-29T12:00:00", "certificates": [{"status": "good"}]},
        {"now": None, "certificates": [{"status": "good"}]},
        {"now": NOW.isoformat(), "certificates": []},
        {"now": NOW.isoformat(), "certificates": [1]},
        {"now": NOW.isoformat(), "certificates": 5},
        {"now": NOW.isoformat(), "certificates": [{"status": "good"}] * 2},
    ],
)
def test_what_is_no_answer_leaves_it_unchecked(answer):
    assert read_validity(answer, NOW + DAY) == UNCHECKED


def test_a_clock_is_wrong_from_over_a_day_on():
    validity = Validity(State.USABLE, NOW)

    assert not validity.is_clock_wrong(NOW + DAY)
    assert validity.is_clock_wrong(NOW - DAY - timedelta(seconds=1))
    assert not UNCHECKED.is_clock_wrong(NOW)


class Keys:
    """Somebody who answers every question the same."""

    is_person = True

    def __init__(self, *, agrees: bool) -> None:
        self._agrees, self.asked = agrees, []

    def agrees(self, question: str) -> bool:
        self.asked.append(question)
        return self._agrees


@pytest.fixture
def payload(holder):
    names = {
        FileRole.SIGNING_CERTIFICATE: "signCert.der",
        FileRole.SIGNING_KEY: "signPri.key",
    }
    files = [File(role, (holder / name).read_bytes()) for role, name in names.items()]
    return pack(files)


def check_as(validity):
    return lambda _offer, _der: validity


@pytest.mark.parametrize(
    ("state", "error"), [(State.REVOKED, RevokedError), (State.EXPIRED, ExpiredError)]
)
def test_what_is_over_is_not_sent_whoever_is_sure(payload, state, error):
    sender = TerminalSender(Translator("en"), Keys(agrees=True), print)

    with pytest.raises(error):
        sender.check(payload, check_as(Validity(state, NOW)), is_sure=True)


def test_what_is_suspended_is_sent_after_a_yes(payload):
    told, keys = [], Keys(agrees=True)
    check = check_as(Validity(State.SUSPENDED))
    TerminalSender(Translator("en"), keys, told.append).check(
        payload, check, is_sure=False
    )

    assert VALIDITY_MESSAGES[State.SUSPENDED] in told
    assert len(keys.asked) == 1
    with pytest.raises(CancelledError):
        TerminalSender(Translator("en"), Keys(agrees=False), print).check(
            payload, check, is_sure=False
        )


@pytest.mark.parametrize("state", [State.USABLE, State.UNKNOWN, State.UNCHECKED])
def test_nobody_is_asked_about_the_rest(payload, state):
    told, keys = [], Keys(agrees=False)
    check = check_as(Validity(state))
    TerminalSender(Translator("en"), keys, told.append).check(
        payload, check, is_sure=False
    )

    assert keys.asked == []
    assert (VALIDITY_MESSAGES[state] in told) is (state is not State.USABLE)


def test_a_receiver_reads_the_state_before_it_is_asked():
    for state in State:
        told, keys = [], Keys(agrees=True)
        receiver = TerminalReceiver(
            Translator("en"), keys, told.append, check_as(Validity(state))
        )

        assert receiver.accepts(OFFER)
        assert told == [VALIDITY_MESSAGES[state]]
        assert len(keys.asked) == 1


def test_a_wrong_clock_is_said():
    told = []
    validity = Validity(State.USABLE, datetime.now(UTC) - 400 * DAY)
    TerminalReceiver(
        Translator("en"), Keys(agrees=True), told.append, check_as(validity)
    ).accepts(OFFER)

    assert any("clock of this computer is wrong" in line for line in told)


def test_every_state_is_said_in_korean_too():
    for sentence in VALIDITY_MESSAGES.values():
        assert Translator("ko").gettext(sentence) != sentence


@contextmanager
def centre_that_says(content):
    """Answer every GET with `content`, and nothing else; note what was asked."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", ["revoked", "expired"])
def test_the_command_leaves_before_it_pairs(holder, status):
    with centre_that_says(answer_of(status)) as (address, asked):
        with Terminal.running(address, "send", holder, LANG="C") as sender:
            assert sender.leave() == Exit.NOT_SENDABLE

        (address,) = asked
        query = parse_qs(urlsplit(address).query)
    assert urlsplit(address).path == "/pki/status"
    serial, _, digest = query["certificate"][0].partition(".")
    assert (len(digest), serial.isalnum()) == (64, True)
    assert "not sent" in sender.error_text
