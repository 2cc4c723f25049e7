"""One device's line to the relay by POST alone: it asks, waits, and survives a cut.

Carries frames and never reads them. An answer that is lost is asked for again with the
same token, until the time of the pairing is over: a line that breaks goes on with the
same pairing or ends, and never begins another one. Clock and sleep come in.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Final, Protocol, TypeVar

from mobile_bridge.core.pairing_number import check_number
from mobile_bridge.core.protocol import SID_BYTES, Direction, Mode
from mobile_bridge.device.http_client import (
    ANSWER_SECONDS,
    OfflineError,
    Reply,
    UnexpectedReplyError,
)
from mobile_bridge.device.replies import (
    BUSY,
    PairingEndedError,
    ended_from,
    parse_expires_in,
    parse_note,
    parse_peer,
    parse_presence,
    to_bytes,
    to_text,
)
from mobile_bridge.errors import BridgeError

WAIT: Final = 20  # seconds the relay may hold an answer back
OPENING_SECONDS: Final = 10.0  # how long a first answer is tried for
ENDING_SECONDS: Final = 3.0  # how long a last word is
GONE_SECONDS: Final = 3  # a device that only reloads its page is not called gone
GRACE_SECONDS: Final = 5.0  # past its time, for the relay's own word
# How long a pairing may last here, whatever the relay says.
ALONE_SECONDS: Final = 180.0
TOGETHER_SECONDS: Final = 120.0
SHORT_PAUSE: Final = 0.05
FIRST_PAUSE: Final = 0.2
MAX_PAUSE: Final = 3.0
MIN_REPLY_SECONDS: Final = 1.0  # the least that an answer is given

State = Mapping[str, object]
OnState = Callable[[State], None]
T = TypeVar("T")


class Transport(Protocol):
    """Whoever carries one question to the relay and its answer back."""

    def post(self, event: str, body: Mapping[str, object], *, within: float) -> Reply:
        """Ask once; the whole of the answer has to be here `within` seconds."""


@dataclass(frozen=True, slots=True)
class OpenedPairing:
    """An open pairing: for how long, and its number in mode T."""

    expires_in: float
    number: str | None


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Where a line ends, and the time that it needs."""

    transport: Transport
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    on_state: OnState


class RelaySession:
    """One pairing at the relay, from one side."""

    def __init__(self, dependencies: Dependencies, token: bytes) -> None:
        self._transport, self._clock, self._sleep = (
            dependencies.transport,
            dependencies.clock,
            dependencies.sleep,
        )
        self._on_state = dependencies.on_state
        self._token, self._sid = to_text(token), ""
        self._inbox: deque[bytes] = deque()
        self._sent = self._received = 0
        self._deadline = self._max_deadline = 0.0
        self._is_online, self._is_open, self._has_met = True, False, False
        self.is_done = False
        self._presence = self._notified_presence = "here"
        self._noted: Callable[[bytes], None] = lambda _note: None
        self._note: bytes | None = None

    def on_note(self, noted: Callable[[bytes], None]) -> None:
        """Call `noted` with what the other device wants this one to know."""
        self._noted = noted
        if self._note is not None:
            noted(self._note)

    def show(
        self, m1: bytes, sid: bytes, *, mode: Mode, direction: Direction
    ) -> OpenedPairing:
        """Open a pairing."""
        self._sid = to_text(sid)
        body = {"mode": mode.value, "dir": direction.value, "m1": to_text(m1)}
        content = self._open("show", body)
        self._sent, number = 1, content.get("number")
        digits = check_number(number) if isinstance(number, str) else None
        if mode is Mode.TYPED and digits is None:
            raise UnexpectedReplyError
        return OpenedPairing(self._set_deadline(content), digits)

    def join(self, *, sid: bytes | None = None, number: str | None = None) -> bytes:
        """Join a pairing and return its sid; m1 is the first frame to hear."""
        target = {"sid": to_text(sid)} if sid is not None else {"number": number}
        content = self._open("join", target)
        raw = to_bytes(content.get("sid")) if sid is None else sid
        if len(raw) != SID_BYTES:
            raise UnexpectedReplyError
        self._sid = to_text(raw)
        self._apply(content)
        return raw

    def send(self, data: bytes) -> None:
        """Bring the next frame to the relay."""
        self._sent += 1
        self._request("frame", {"n": self._sent, "data": to_text(data)})

    def receive(self) -> bytes:
        """Wait for the peer's next frame."""
        while not self._inbox:
            self.wait()
        return self._inbox.popleft()

    def wait(self, seconds: int = WAIT) -> None:
        """Wait until there is something new."""
        is_sure = self._presence == self._notified_presence
        wait = seconds if is_sure else min(seconds, GONE_SECONDS)
        self._apply(self._request("resume", {"received": self._received}, wait=wait))
        if not is_sure:
            self._notify_presence()
        # Should a relay answer at once and always, it is not asked without end.
        if not (self._inbox or self.is_done):
            self._sleep(SHORT_PAUSE)

    def while_waiting(self, question: Callable[[], T]) -> T:
        """Return what a person answers, unless the pairing is over before.

        Raises:
            PairingEndedError: it is.
        """
        results: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        stop = Event()
        jobs = (lambda: _put(results, question), lambda: self._watch(results, stop))
        for job in jobs:
            Thread(target=job, daemon=True).start()
        try:
            while True:
                is_answer, value = results.get()
                if isinstance(value, BaseException):
                    raise value
                if is_answer:
                    return value  # type: ignore[no-any-return]
                is_sure = self._presence == self._notified_presence
                self._apply(value)
                if not is_sure:
                    self._notify_presence()
        finally:
            stop.set()

    def end(self, reason: str) -> None:
        """End the pairing for both, as far as the line still goes."""
        if not self._sid:
            return
        # Aside: no line, however slow, keeps a person who wants to leave.
        aside = Thread(target=lambda: self._send_end(reason), daemon=True)
        aside.start()
        aside.join(ENDING_SECONDS)

    def _send_end(self, reason: str) -> None:
        body = {"sid": self._sid, "token": self._token, "reason": reason}
        until, pause = self._clock() + ENDING_SECONDS, FIRST_PAUSE
        while (left := until - self._clock()) > 0:
            try:
                if self._transport.post("end", body, within=left).code not in BUSY:
                    return
            except OfflineError:
                pass
            except BridgeError:
                return
            self._sleep(pause)
            pause *= 2

    def _open(self, event: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        now = self._clock()
        self._deadline, self._max_deadline = now + OPENING_SECONDS, now + ALONE_SECONDS
        content = self._request(event, body)
        self._is_open = True
        return content

    def _request(
        self,
        event: str,
        body: Mapping[str, object],
        *,
        wait: int = 0,
        abandoned: Event | None = None,
    ) -> Mapping[str, Any]:
        """Ask until there is an answer or the time is over."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise PairingEndedError("expired", ended_by="self")
        target = {"sid": self._sid} if self._sid else {}
        message = {**target, **body, "token": self._token}
        waiting = {"wait": wait} if wait else {}
        pause = FIRST_PAUSE
        while True:
            code = "offline"
            within = min(wait + ANSWER_SECONDS, max(left, MIN_REPLY_SECONDS))
            try:
                payload = {**message, **waiting}
                reply = self._transport.post(event, payload, within=within)
            except OfflineError:
                pass
            else:
                code = reply.code
                if not self._is_retryable(event, code):
                    self._set_online(up=True, abandoned=abandoned)
                    if not code:
                        return reply.content
                    raise ended_from(reply, is_late=self._is_late)
            self._set_online(up=False, abandoned=abandoned)
            left = self._deadline - self._clock()
            if left <= 0 or (abandoned is not None and abandoned.is_set()):
                raise PairingEndedError("lost", ended_by="self", code=code)
            self._sleep(min(pause, left))
            # After a cut the first answer shall come at once: it says how things are.
            pause, waiting = min(2 * pause, MAX_PAUSE), {}
            left = self._deadline - self._clock()

    def _is_retryable(self, event: str, code: str) -> bool:
        # Who begins is told at once that the relay is busy; they have lost nothing.
        return code in BUSY and not (event in ("show", "join") and code == "too_many")

    @property
    def _is_late(self) -> bool:
        return self._is_open and self._clock() >= self._deadline - GRACE_SECONDS

    def _set_online(self, *, up: bool, abandoned: Event | None) -> None:
        if up is self._is_online or (abandoned is not None and abandoned.is_set()):
            return
        self._is_online = up
        self._on_state({"state": "resumed" if up else "cut"})

    def _watch(self, results: SimpleQueue[tuple[bool, Any]], stop: Event) -> None:
        """Tell how the pairing stands, for as long as a person thinks."""
        received = {"received": self._received}
        while not stop.is_set():
            try:
                is_sure = self._presence == self._notified_presence
                wait = WAIT if is_sure else GONE_SECONDS
                news = self._request("resume", received, wait=wait, abandoned=stop)
            except BaseException as error:  # handed to the main thread
                results.put((False, error))
                return
            results.put((False, news))
            stop.wait(FIRST_PAUSE)

    def _apply(self, news: Mapping[str, Any]) -> None:
        """Take in what is new."""
        peer = parse_peer(news)
        is_new = peer is not None and not self._has_met
        if is_new:
            self._has_met, self._max_deadline = True, self._clock() + TOGETHER_SECONDS
        left = round(self._set_deadline(news), 1)
        if is_new:
            self._on_state({"state": "joined", "peer": peer, "expires_in": left})
        self.is_done = news.get("state") == "done"
        self._presence = parse_presence(news)
        if self._presence == "here":
            self._notify_presence()
        note = parse_note(news)
        if note is not None and note != self._note:
            self._note = note
            self._noted(note)
        frames = news.get("frames")
        for frame in frames if isinstance(frames, list) else ():
            if not isinstance(frame, dict) or type(frame.get("n")) is not int:
                raise UnexpectedReplyError
            if frame["n"] == self._received + 1:
                self._received += 1
                self._inbox.append(to_bytes(frame.get("data")))

    def _notify_presence(self) -> None:
        """Tell a person whether the other device is there, where that is new."""
        if self._presence == self._notified_presence:
            return
        self._notified_presence = self._presence
        back = "back" if self._presence == "here" else self._presence
        self._on_state({"state": back})

    def _set_deadline(self, content: Mapping[str, Any]) -> float:
        now = self._clock()
        left = min(parse_expires_in(content), self._max_deadline - now)
        self._deadline = now + left + GRACE_SECONDS
        return max(0.0, left)


def _put(
    results: SimpleQueue[tuple[bool, Any]], question: Callable[[], object]
) -> None:
    try:
        results.put((True, question()))
    except BaseException as error:  # handed to the main thread
        results.put((True, error))
