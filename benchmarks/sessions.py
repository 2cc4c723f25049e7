"""One whole transfer, as each of the measured servers has it, from both devices.

`m` is m1 to m8. Every one returns when both devices know that it is over.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from benchmarks.frames import text
from benchmarks.wire import Line, Messages, Posts

Session = Callable[[int, Sequence[bytes]], None]
Tell = Callable[..., object]
HOLD = 20  # seconds for which a page lets the relay hold back an answer


def as_the_pages_do(port: int, m: Sequence[bytes]) -> None:
    """Claim and handshake by POST, the socket beside it, the rest by socket.

    The POSTs go over the connections on which the pages themselves were loaded; each
    client keeps its two, as browsers do.
    """
    said, sid = [text(octets) for octets in m], _name()
    pc, phone = {"sid": sid, "token": _name()}, {"sid": sid, "token": _name()}
    pc_page, phone_page = _loaded(port, "pc"), _loaded(port, "phone")
    pc_page.ask("show", **pc, mode="Q", dir="GS", m1=said[0])
    pc_line = Line(port, **pc, received=0)
    came = phone_page.ask("join", **phone)["frames"]
    assert came == [{"n": 1, "data": said[0]}]
    phone_page.say("frame", **phone, n=1, data=said[1], received=1, wait=HOLD)
    assert pc_line.hear("frame")["data"] == said[1]
    pc_line.say("frame", sid=sid, n=2, data=said[2])
    assert phone_page.answer()["frames"] == [{"n": 2, "data": said[2]}]
    phone_line = Line(port, **phone, received=2)
    _go_on(pc_line, phone_line, sid, said, tell=Line.say)


def by_socket(port: int, m: Sequence[bytes]) -> None:
    """Everything by socket; our relay and the Node peer understand the same."""
    said, sid = [text(octets) for octets in m], _name()
    pc, phone = Line(port), Line(port)
    pc.ask("show", sid=sid, token=_name(), mode="Q", dir="GS", m1=said[0])
    came = phone.ask("join", sid=sid, token=_name())["frames"]
    assert came == [{"n": 1, "data": said[0]}]
    phone.ask("frame", sid=sid, n=1, data=said[1])
    assert pc.hear("frame")["data"] == said[1]
    pc.ask("frame", sid=sid, n=2, data=said[2])
    assert phone.hear("frame")["data"] == said[2]
    _go_on(pc, phone, sid, said, tell=Line.ask)


def by_mailbox(port: int, m: Sequence[bytes]) -> None:
    """Pass the same messages through magic-wormhole's mailbox server."""
    body = [octets.hex() for octets in m]
    pc, phone = _Mailbox(port), _Mailbox(port)
    pc.say("allocate")
    nameplate = pc.hear("allocated")["nameplate"]
    for device in (pc, phone):
        device.say("claim", nameplate=nameplate)
        device.say("open", mailbox=device.hear("claimed")["mailbox"])
    for at, content in enumerate(body):
        speaker, listener = (phone, pc) if at % 2 else (pc, phone)
        speaker.say("add", phase=str(at), body=content)
        assert listener.hear_peer() == content
        if at < 2:  # whoever has heard of the other needs the nameplate no more
            listener.say("release")
    for device in (pc, phone):
        device.say("close", mood="happy")
        device.hear("closed")
        device.close()


SESSIONS: dict[str, Session] = {
    "pages": as_the_pages_do,
    "socket": by_socket,
    "mailbox": by_mailbox,
}


class _Mailbox:
    """One side of a mailbox."""

    def __init__(self, port: int) -> None:
        self._messages = Messages(port, "/v1")
        self._side = secrets.token_hex(5)
        self.hear("welcome")
        self.say("bind", appid="certferry.test/benchmark", side=self._side)

    def say(self, kind: str, **content: object) -> None:
        said = {"type": kind, "id": secrets.token_hex(2), **content}
        self._messages.send(json.dumps(said))

    def hear(self, kind: str) -> dict[str, Any]:
        while True:
            came: dict[str, Any] = json.loads(self._messages.receive())
            assert came["type"] != "error", came
            if came["type"] == kind:
                return came

    def hear_peer(self) -> object:
        while (came := self.hear("message"))["side"] == self._side:
            pass  # one's own comes back as well
        return came["body"]

    def close(self) -> None:
        self._messages.close()


def _go_on(pc: Line, phone: Line, sid: str, said: Sequence[str], *, tell: Tell) -> None:
    """From m4 to the end; `got` only where a person keeps a device from answering.

    `tell` says an event: with an answer, or as the pages do without one.
    """
    tell(phone, "frame", sid=sid, n=2, data=said[3])
    assert pc.hear("frame")["data"] == said[3]
    tell(pc, "got", sid=sid, n=2)  # the person types the check code
    phone.hear("got")
    tell(pc, "frame", sid=sid, n=3, data=said[4])
    assert phone.hear("frame")["data"] == said[4]
    tell(phone, "got", sid=sid, n=3)  # the person looks at what is coming
    pc.hear("got")
    tell(phone, "frame", sid=sid, n=3, data=said[5])
    assert pc.hear("frame")["data"] == said[5]
    tell(pc, "frame", sid=sid, n=4, data=said[6])
    assert phone.hear("frame")["data"] == said[6]
    tell(phone, "frame", sid=sid, n=4, data=said[7])
    assert pc.hear("frame")["data"] == said[7]
    pc.ask("end", sid=sid, reason="done")
    assert phone.hear("ended")["reason"] == "done"
    for device in (pc, phone):
        device.close()


@cache
def _loaded(port: int, _device: str) -> Posts:
    return Posts(port)


def _name() -> str:
    return text(secrets.token_bytes(16))
