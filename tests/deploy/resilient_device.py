"""A device on its way: a socket and POSTs; after a cut it comes back by itself."""

import secrets
import threading
import time
from collections.abc import Callable
from queue import Queue
from typing import Any

import requests
import socketio

from mobile_bridge.core.bundle import File
from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.protocol import Direction
from mobile_bridge.core.transfer import Receiver, Sender
from tests.support.bridge import sample_files, sample_payload
from tests.support.relay_device import NAMESPACE, off_the_wire, on_the_wire

PATIENCE = 25.0  # far below the 120 seconds a pairing lives
ANSWER_SECONDS = 2
PAUSE = 0.1
# After these the same may be said again; the last two end the journey elsewhere.
AGAIN = ("offline", "unavailable", "ended", "not_available")

Hook = Callable[[str], None]


class OverError(Exception):
    """The pairing is over, and this device knows it."""


class ResilientDevice:
    """One device with one pairing; its socket comes back by itself."""

    def __init__(
        self, address: str, *, verify: str | None, home: str, hook: Hook
    ) -> None:
        self.address, self._hook = address, hook
        self._http = requests.Session()
        self._http.verify = verify or True  # a file of root certificates, or the usual
        self._http.trust_env = False
        # Only our own proxy believes this; it makes each device a visitor of its own.
        self._http.headers["X-Forwarded-For"] = home
        self._token, self.sid = secrets.token_bytes(16), b""
        self._said: list[bytes] = []
        self._heard: list[bytes] = []
        self._news = threading.Condition()
        self.over: str | None = None
        self._is_leaving = False
        self.resumed = 0
        self._socket: socketio.Client | None = None
        self._keeper = threading.Thread(target=self._keep_socket, daemon=True)

    def begin(self, event: str, **message: Any) -> None:
        """Show or join by POST, then hold a socket."""
        end = time.monotonic() + PATIENCE
        # The same token each time: whoever repeats a question gets no second seat.
        while not (answer := self._post(event, **message))["ok"]:
            assert time.monotonic() < end, f"no {event}: {answer}"
            assert answer["code"] in AGAIN[:2], f"no {event}: {answer}"
            time.sleep(PAUSE)
        self._said += [message["m1"]] if "m1" in message else []
        self._take_frames(answer)
        self._keeper.start()

    def say(self, name: str, data: bytes) -> None:
        """Bring the next message to the relay, by POST and by socket in turns."""
        self._said.append(data)
        n, end = len(self._said), time.monotonic() + PATIENCE
        while self.over is None:
            assert time.monotonic() < end, f"{name} was never taken, and nobody knew"
            transmit = self._post if n % 2 else self._call
            answer = transmit("frame", sid=self.sid, n=n, data=data)
            if answer["ok"]:
                self._hook(name)
                return
            assert answer["code"] in AGAIN, f"{name} was refused: {answer}"
            time.sleep(PAUSE)
        if self.over != "done":  # else it was taken, and only the answer got lost
            raise OverError(self.over)

    def receive(self, n: int) -> bytes:
        """Return the peer's message number n."""
        with self._news:
            self._news.wait_for(lambda: len(self._heard) >= n or self.over, PATIENCE)
            if len(self._heard) >= n:
                return self._heard[n - 1]
        raise OverError(self.over or "never told")

    def wait_until_over(self) -> str:
        with self._news:
            self._news.wait_for(lambda: self.over, PATIENCE)
        return self.over or "never told"

    def end(self, reason: str) -> None:
        """Tell the relay that it is over, as soon as it hears."""
        end = time.monotonic() + PATIENCE
        while self.over is None:
            answer = self._post("end", sid=self.sid, reason=reason)
            if answer["ok"]:
                return
            assert time.monotonic() < end, f"the end was never taken: {answer}"
            time.sleep(PAUSE)

    def leave(self) -> None:
        self._is_leaving = True
        if self._keeper.ident:
            self._keeper.join(PATIENCE)
        self._http.close()

    def _post(self, event: str, **message: object) -> dict[str, Any]:
        body = on_the_wire({"token": self._token} | message)
        where = f"{self.address}/bridge/{event}"
        try:
            got = self._http.post(where, json=body, timeout=ANSWER_SECONDS)
            return self._understood(off_the_wire(got.json()))
        except (requests.RequestException, ValueError):
            return {"ok": False, "code": "offline"}

    def _call(self, event: str, **message: object) -> dict[str, Any]:
        body = on_the_wire({"token": self._token} | message)
        line = self._socket
        try:
            if line is None or not line.connected:
                return {"ok": False, "code": "offline"}
            answer = line.call(event, body, namespace=NAMESPACE, timeout=ANSWER_SECONDS)
            return self._understood(off_the_wire(answer))
        except socketio.exceptions.SocketIOError:
            return {"ok": False, "code": "offline"}

    def _understood(self, answer: dict[str, Any]) -> dict[str, Any]:
        if not answer["ok"] and answer["code"] in ("ended", "not_available"):
            self._finish(answer.get("reason", "lost"))
        elif answer.get("state") == "done":
            self._take_frames(answer)
            self._finish("done")
        return answer

    def _keep_socket(self) -> None:
        while not (self._is_leaving or self.over):
            if self._socket is None or not self._socket.connected:
                self._socket = self._connected()
            time.sleep(PAUSE)
        if self._socket is not None:
            self._socket.disconnect()

    def _connected(self) -> socketio.Client | None:
        line = socketio.Client(reconnection=False, http_session=self._http)
        line.on("frame", lambda told: self._take(off_the_wire(told)), NAMESPACE)
        line.on("ended", lambda told: self._finish(told["reason"]), NAMESPACE)
        try:
            line.connect(
                self.address,
                dict(self._http.headers),
                transports=["websocket"],
                namespaces=[NAMESPACE],
                wait_timeout=ANSWER_SECONDS,
            )
            told = line.call(
                "resume",
                on_the_wire(
                    {
                        "sid": self.sid,
                        "token": self._token,
                        "received": len(self._heard),
                    }
                ),
                namespace=NAMESPACE,
                timeout=ANSWER_SECONDS,
            )
        except socketio.exceptions.SocketIOError:
            return None
        answer = self._understood(off_the_wire(told))
        if not answer["ok"]:
            line.disconnect()
            return None
        self.resumed += 1
        self._take_frames(answer)
        return line

    def _take_frames(self, answer: dict[str, Any]) -> None:
        for frame in answer.get("frames", ()):
            self._take(frame)

    def _take(self, frame: dict[str, Any]) -> None:
        with self._news:
            if frame["n"] == len(self._heard) + 1:
                self._heard.append(frame["data"])
                self._news.notify_all()

    def _finish(self, reason: str) -> None:
        with self._news:
            self.over = self.over or reason
            self._news.notify_all()


class Journey:
    """One certificate on its way between two devices, each in a thread of its own."""

    def __init__(
        self,
        addresses: tuple[str, str],
        direction: Direction,
        *,
        verify: str | None = None,
        hook: Hook = lambda _name: None,
    ) -> None:
        a, b = (
            f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{n}" for n in (1, 2)
        )
        self.pc = ResilientDevice(addresses[0], verify=verify, home=a, hook=hook)
        self.phone = ResilientDevice(addresses[1], verify=verify, home=b, hook=hook)
        self._direction = direction
        self._seed = secrets.token_bytes(32)
        self._code: Queue[str | None] = Queue()
        self.has_sender_deleted = False
        self.kept: tuple[File, ...] = ()
        self.ends: dict[str, str] = {}

    def go(self) -> None:
        """Walk it to its end on both sides."""
        both = Secrets.from_seed(self._seed, self._direction)
        initiator = Initiator(both, secrets.token_bytes)
        seen = initiator.link(self._seed).fingerprint
        responder = Responder(both, secrets.token_bytes, fingerprint=seen)
        self.pc.sid = self.phone.sid = both.sid
        first = {"sid": both.sid, "mode": "Q", "dir": str(self._direction)}
        self.pc.begin("show", **first, m1=initiator.m1)
        self.phone.begin("join", sid=both.sid)
        sides = {
            "pc": lambda: self._show(initiator),
            "phone": lambda: self._scan(responder),
        }
        threads = [
            threading.Thread(target=self._walk, args=side, daemon=True)
            for side in sides.items()
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join(3 * PATIENCE)
            assert not one.is_alive(), "a device did not come to an end"
        self.pc.leave()
        self.phone.leave()

    def _walk(self, who: str, side: Callable[[], str]) -> None:
        try:
            self.ends[who] = side()
        except OverError as over:
            self.ends[who] = str(over)
        except Exception as fault:
            self.ends[who] = f"fault: {fault!r}"
        self._code.put(None)

    def _show(self, initiator: Initiator) -> str:
        self.pc.say("m3", initiator.take_m2(self.pc.receive(1)))
        return self._move(self.pc, initiator.take_m4(self.pc.receive(2)), 2)

    def _scan(self, responder: Responder) -> str:
        self.phone.say("m2", responder.take_m1(self.phone.receive(1)))
        m4, after = responder.take_m3(self.phone.receive(2))
        self.phone.say("m4", m4)
        return self._move(self.phone, after, 2)

    def _move(
        self, device: ResilientDevice, after: Sender | Receiver, heard: int
    ) -> str:
        if isinstance(after, Receiver):
            return self._receive(device, after, heard)
        code = self._code.get(timeout=PATIENCE)
        if code is None:
            raise OverError(device.wait_until_over())
        assert after.type_code(code)
        device.say("m5", after.offer(sample_payload(), move=True))
        assert after.take_m6(device.receive(heard + 1))
        device.say("m7", after.payload())
        after.take_m8(device.receive(heard + 2))
        self.has_sender_deleted = True
        device.end("done")
        return "stored"

    def _receive(self, device: ResilientDevice, receiver: Receiver, heard: int) -> str:
        self._code.put(receiver.code)
        receiver.take_m5(device.receive(heard + 1))
        device.say("m6", receiver.answer(accept=True))
        self.kept = receiver.take_m7(device.receive(heard + 2))
        device.say("m8", receiver.receipt())
        return "stored" if device.wait_until_over() == "done" else "kept, not confirmed"

    @property
    def is_whole(self) -> bool:
        """Whether the certificate is at one of the two at least."""
        return not self.has_sender_deleted or self.kept == tuple(sample_files())
