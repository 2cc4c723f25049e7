"""A device says how it ended, also to a person who does not want to wait for it."""

import secrets
from contextlib import suppress

import pytest

from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.terminal_output import UNSURE_MESSAGE, TerminalOutput
from mobile_bridge.core.handshake import Responder, Secrets
from mobile_bridge.core.protocol import Mode
from mobile_bridge.device.device import Device, SendTask
from mobile_bridge.device.http_client import UnexpectedReplyError
from mobile_bridge.device.relay_session import OpenedPairing
from mobile_bridge.languages import Translator
from tests.support.bridge import sample_payload


class Peer:
    """A line with a receiver behind it that never acknowledges."""

    def __init__(self, fault):
        self._fault, self._frames = fault, []
        self._responder = self._receiver = None

    def show(self, m1, sid, *, mode, direction):
        both = Secrets.typed(sid, direction)
        self._responder = Responder(both, secrets.token_bytes, fingerprint=None)
        self._frames.append(self._responder.take_m1(m1))
        return OpenedPairing(180.0, "000000000000")

    def send(self, data):
        if self._receiver is None:
            m4, self._receiver = self._responder.take_m3(data)
            self._frames.append(m4)
            return
        with suppress(Exception):  # m7 after m5: it is taken, and no receipt comes
            self._receiver.take_m5(data)
            self._frames.append(self._receiver.answer(accept=True))

    def receive(self):
        if not self._frames:
            raise self._fault
        return self._frames.pop(0)

    def while_waiting(self, ask):
        return ask()

    def end(self, _reason):
        raise KeyboardInterrupt

    def type_code(self, _tries_left):
        return self._receiver.code


@pytest.mark.parametrize(
    ("fault", "left_with"),
    [(KeyboardInterrupt(), Exit.INTERRUPTED), (UnexpectedReplyError(), Exit.UNSURE)],
)
def test_ctrl_c_at_the_last_word_still_says_that_it_was_sent(capsys, fault, left_with):
    peer = Peer(fault)
    task = SendTask(peer, sample_payload(), move=True)
    device = Device(peer, task, random=secrets.token_bytes, on_state=lambda _: None)
    ending = device.show(Mode.TYPED, "https://ca.example")
    code = TerminalOutput(Translator("en"), sends=True, is_json=False).end(ending, {})

    assert (ending.sent, ending.stored) == (True, False)
    assert code == left_with
    assert UNSURE_MESSAGE in capsys.readouterr().err
