"""One whole transfer, as each of the measured servers has it, from both devices.

`m` is m1 to m8. Every one returns when both devices know that it is over.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from benchmarks.raw_clients import HttpPostClient, SocketClient, WebSocketStream
from benchmarks.sample_frames import text

Session = Callable[[int, Sequence[bytes]], None]
SendTo = Callable[..., object]
HOLD = 20  # seconds for which a page lets the relay hold back an answer


def transfer_like_pages(port: int, m: Sequence[bytes]) -> None:
    """Claim and handshake by POST, the socket beside it, the rest by socket.

    The POSTs go over the connections on which the pages themselves were loaded; each
    client keeps its two, as browsers do.
    """
    messages, sid = [text(octets) for octets in m], _name()
    pc, phone = {"sid": sid, "token": _name()}, {"sid": sid, "token": _name()}
    pc_page, phone_page = _loaded(port, "pc"), _loaded(port, "phone")
    pc_page.request("show", **pc, mode="Q", dir="GS", m1=messages[0])
    pc_client = SocketClient(port, **pc, received=0)
    came = phone_page.request("join", **phone)["frames"]
    assert came == [{"n": 1, "data": messages[0]}]
    phone_page.send("frame", **phone, n=1, data=messages[1], received=1, wait=HOLD)
    assert pc_client.receive("frame")["data"] == messages[1]
    pc_client.send("frame", sid=sid, n=2, data=messages[2])
    assert phone_page.answer()["frames"] == [{"n": 2, "data": messages[2]}]
    phone_client = SocketClient(port, **phone, received=2)
    _resume(pc_client, phone_client, sid, messages, send_to=SocketClient.send)


def transfer_by_socket(port: int, m: Sequence[bytes]) -> None:
    """Everything by socket; our relay and the Node peer understand the same."""
    messages, sid = [text(octets) for octets in m], _name()
    pc, phone = SocketClient(port), SocketClient(port)
    pc.request("show", sid=sid, token=_name(), mode="Q", dir="GS", m1=messages[0])
    came = phone.request("join", sid=sid, token=_name())["frames"]
    assert came == [{"n": 1, "data": messages[0]}]
    phone.request("frame", sid=sid, n=1, data=messages[1])
    assert pc.receive("frame")["data"] == messages[1]
    pc.request("frame", sid=sid, n=2, data=messages[2])
    assert phone.receive("frame")["data"] == messages[2]
    _resume(pc, phone, sid, messages, send_to=SocketClient.request)


def transfer_by_mailbox(port: int, m: Sequence[bytes]) -> None:
    """Pass the same messages through magic-wormhole's mailbox server."""
    body = [octets.hex() for octets in m]
    pc, phone = _Mailbox(port), _Mailbox(port)
    pc.send("allocate")
    nameplate = pc.receive("allocated")["nameplate"]
    for device in (pc, phone):
        device.send("claim", nameplate=nameplate)
        device.send("open", mailbox=device.receive("claimed")["mailbox"])
    for at, content in enumerate(body):
        speaker, listener = (phone, pc) if at % 2 else (pc, phone)
        speaker.send("add", phase=str(at), body=content)
        assert listener.receive_from_peer() == content
        if at < 2:  # whoever has heard of the other needs the nameplate no more
            listener.send("release")
    for device in (pc, phone):
        device.send("close", mood="happy")
        device.receive("closed")
        device.close()


SESSIONS: dict[str, Session] = {
    "pages": transfer_like_pages,
    "socket": transfer_by_socket,
    "mailbox": transfer_by_mailbox,
}


class _Mailbox:
    """One side of a mailbox."""

    def __init__(self, port: int) -> None:
        self._messages = WebSocketStream(port, "/v1")
        self._side = secrets.token_hex(5)
        self.receive("welcome")
        self.send("bind", appid="certferry.test/benchmark", side=self._side)

    def send(self, kind: str, **content: object) -> None:
        message = {"type": kind, "id": secrets.token_hex(2), **content}
        self._messages.send(json.dumps(message))

    def receive(self, kind: str) -> dict[str, Any]:
        while True:
            came: dict[str, Any] = json.loads(self._messages.receive())
            assert came["type"] != "error", came
            if came["type"] == kind:
                return came

    def receive_from_peer(self) -> object:
        while (came := self.receive("message"))["side"] == self._side:
            pass  # one's own comes back as well
        return came["body"]

    def close(self) -> None:
        self._messages.close()


def _resume(
    pc: SocketClient,
    phone: SocketClient,
    sid: str,
    messages: Sequence[str],
    *,
    send_to: SendTo,
) -> None:
    """From m4 to the end; `got` only where a person keeps a device from answering.

    `send_to` says an event: with an answer, or as the pages do without one.
    """
    send_to(phone, "frame", sid=sid, n=2, data=messages[3])
    assert pc.receive("frame")["data"] == messages[3]
    send_to(pc, "got", sid=sid, n=2)  # the person types the check code
    phone.receive("got")
    send_to(pc, "frame", sid=sid, n=3, data=messages[4])
    assert phone.receive("frame")["data"] == messages[4]
    send_to(phone, "got", sid=sid, n=3)  # the person looks at what is coming
    pc.receive("got")
    send_to(phone, "frame", sid=sid, n=3, data=messages[5])
    assert pc.receive("frame")["data"] == messages[5]
    send_to(pc, "frame", sid=sid, n=4, data=messages[6])
    assert phone.receive("frame")["data"] == messages[6]
    send_to(phone, "frame", sid=sid, n=4, data=messages[7])
    assert pc.receive("frame")["data"] == messages[7]
    pc.request("end", sid=sid, reason="done")
    assert phone.receive("ended")["reason"] == "done"
    for device in (pc, phone):
        device.close()


@cache
def _loaded(port: int, _device: str) -> HttpPostClient:
    return HttpPostClient(port)


def _name() -> str:
    return text(secrets.token_bytes(16))
