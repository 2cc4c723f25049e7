"""One device's line to the relay by POST alone: it asks, waits, and survives a cut.

Carries frames and never reads them. An answer that is lost is asked for again with the
same token, until the time of the pairing is over: a line that breaks goes on with the
same pairing or ends, and never begins another one. Clock and sleep come in.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Final, NoReturn, Protocol, TypeVar

from mobile_bridge.door import Answer, CutError, NotACentreError
from mobile_bridge.errors import BridgeError
from mobile_bridge.number import check_number
from mobile_bridge.protocol import SID_BYTES, Direction, Mode

WAIT: Final = 20  # seconds the relay may hold an answer back
OPENING_SECONDS: Final = 10.0  # how long a first answer is tried for
ENDING_SECONDS: Final = 3.0  # how long a last word is
GRACE_SECONDS: Final = 5.0  # past its time, for the relay's own word
MOST_SECONDS: Final = 3600.0
SHORT_PAUSE: Final = 0.05
FIRST_PAUSE: Final = 0.2
MOST_PAUSE: Final = 3.0
BUSY: Final = ("unavailable", "too_many")
BY_PEER: Final = ("done", "declined", "cancelled", "refused")
BY_RELAY: Final = ("expired", "crowded")
DEVICES: Final = ("phone", "tablet", "computer")

State = Mapping[str, object]
Tell = Callable[[State], None]
T = TypeVar("T")


class OverError(BridgeError):
    """The pairing is over; `reason` says why, `by` says who ended it."""

    code = "ended"

    def __init__(self, reason: str, *, by: str, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.by, self.why = reason, by, code


class Asks(Protocol):
    """Whoever carries one question to the relay and its answer back."""

    def post(self, event: str, body: Mapping[str, object], *, wait: int = 0) -> Answer:
        """Ask once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An open pairing: for how long, and its number in mode T."""

    expires_in: float
    number: str | None


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a line ends, and the time that it needs."""

    door: Asks
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    tell: Tell


class Remote:
    """One pairing at the relay, from one side."""

    def __init__(self, ports: Ports, token: bytes) -> None:
        self._door, self._clock, self._sleep = ports.door, ports.clock, ports.sleep
        self._tell = ports.tell
        self._token, self._sid = _text(token), ""
        self._inbox: deque[bytes] = deque()
        self._said = self._heard = 0
        self._until = 0.0
        self._is_up, self._is_open, self._has_met = True, False, False
        self.is_done = False

    def show(self, m1: bytes, sid: bytes, *, mode: Mode, direction: Direction) -> Shown:
        """Open a pairing."""
        self._sid = _text(sid)
        body = {"mode": mode.value, "dir": direction.value, "m1": _text(m1)}
        content = self._begin("show", body)
        self._said, number = 1, content.get("number")
        digits = check_number(number) if isinstance(number, str) else None
        if mode is Mode.TYPED and digits is None:
            raise NotACentreError
        return Shown(self._set_clock(content), digits)

    def join(self, *, sid: bytes | None = None, number: str | None = None) -> bytes:
        """Join a pairing and return its sid; m1 is the first frame to hear."""
        where = {"sid": _text(sid)} if sid is not None else {"number": number}
        content = self._begin("join", where)
        said = _octets(content.get("sid")) if sid is None else sid
        if len(said) != SID_BYTES:
            raise NotACentreError
        self._sid = _text(said)
        self._take(content)
        return said

    def say(self, data: bytes) -> None:
        """Bring the next frame to the relay."""
        self._said += 1
        self._ask("frame", {"n": self._said, "data": _text(data)})

    def hear(self) -> bytes:
        """Wait for the peer's next frame."""
        while not self._inbox:
            self.wait()
        return self._inbox.popleft()

    def wait(self, seconds: int = WAIT) -> None:
        """Wait until there is something new."""
        self._take(self._ask("resume", {"received": self._heard}, wait=seconds))
        # Should a relay answer at once and always, it is not asked without end.
        if not (self._inbox or self.is_done):
            self._sleep(SHORT_PAUSE)

    def meanwhile(self, ask: Callable[[], T]) -> T:
        """Return what a person answers, unless the pairing is over before.

        Raises:
            OverError: it is.
        """
        results: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        done = Event()
        jobs = (lambda: _put(results, ask), lambda: self._watch(results, done))
        for job in jobs:
            Thread(target=job, daemon=True).start()
        try:
            while True:
                is_answer, value = results.get()
                if isinstance(value, BaseException):
                    raise value
                if is_answer:
                    return value  # type: ignore[no-any-return]
                self._take(value)
        finally:
            done.set()

    def end(self, reason: str) -> None:
        """End the pairing for both, as far as the line still goes."""
        if not self._sid:
            return
        body = {"sid": self._sid, "token": self._token, "reason": reason}
        until, pause = self._clock() + ENDING_SECONDS, FIRST_PAUSE
        while self._clock() < until:
            try:
                if self._door.post("end", body).code not in BUSY:
                    return
            except CutError:
                pass
            except BridgeError:
                return
            self._sleep(pause)
            pause *= 2

    def _begin(self, event: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        self._until = self._clock() + OPENING_SECONDS
        content = self._ask(event, body)
        self._is_open = True
        return content

    def _ask(
        self,
        event: str,
        body: Mapping[str, object],
        *,
        wait: int = 0,
        given_up: Event | None = None,
    ) -> Mapping[str, Any]:
        """Ask until there is an answer or the time is over."""
        place = {"sid": self._sid} if self._sid else {}
        whole = {**place, **body, "token": self._token}
        held = {"wait": wait} if wait else {}
        pause = FIRST_PAUSE
        while True:
            code = "offline"
            try:
                answer = self._door.post(event, {**whole, **held}, wait=wait)
            except CutError:
                pass
            else:
                code = answer.code
                if not self._is_again(event, code):
                    self._line(up=True, given_up=given_up)
                    return answer.content if not code else self._refuse(answer)
            self._line(up=False, given_up=given_up)
            left = self._until - self._clock()
            if left <= 0 or (given_up is not None and given_up.is_set()):
                raise OverError("lost", by="self", code=code)
            self._sleep(min(pause, left))
            # After a cut the first answer shall come at once: it says how things are.
            pause, held = min(2 * pause, MOST_PAUSE), {}

    def _is_again(self, event: str, code: str) -> bool:
        # Who begins is told at once that the house is busy; they have lost nothing.
        return code in BUSY and not (event in ("show", "join") and code == "too_many")

    def _refuse(self, answer: Answer) -> NoReturn:
        if answer.code == "ended":
            reason = answer.content.get("reason")
            if reason in BY_PEER:
                raise OverError(reason, by="peer")
            if reason in BY_RELAY:
                raise OverError(reason, by="relay")
        is_late = self._is_open and self._clock() >= self._until - GRACE_SECONDS
        if is_late and answer.code in ("ended", "not_available"):
            raise OverError("expired", by="relay")
        raise OverError("lost", by="relay", code=answer.code)

    def _line(self, *, up: bool, given_up: Event | None) -> None:
        if up is self._is_up or (given_up is not None and given_up.is_set()):
            return
        self._is_up = up
        self._tell({"state": "resumed" if up else "cut"})

    def _watch(self, results: SimpleQueue[tuple[bool, Any]], done: Event) -> None:
        """Tell how the pairing stands, for as long as a person thinks."""
        received = {"received": self._heard}
        while not done.is_set():
            try:
                news = self._ask("resume", received, wait=WAIT, given_up=done)
            except BaseException as error:  # handed to the main thread
                results.put((False, error))
                return
            results.put((False, news))
            done.wait(FIRST_PAUSE)

    def _take(self, news: Mapping[str, Any]) -> None:
        """Take in what is new."""
        self._set_clock(news)
        self._meet(news.get("peer"))
        self.is_done = news.get("state") == "done"
        frames = news.get("frames")
        for frame in frames if isinstance(frames, list) else ():
            if not isinstance(frame, dict) or type(frame.get("n")) is not int:
                raise NotACentreError
            if frame["n"] == self._heard + 1:
                self._heard += 1
                self._inbox.append(_octets(frame.get("data")))

    def _meet(self, peer: object) -> None:
        if self._has_met or not isinstance(peer, dict):
            return
        self._has_met = True
        # It is shown in a terminal: only words that are known.
        device = peer.get("device")
        is_near = peer.get("same_network") is True
        who = {"device": device if device in DEVICES else "unknown"}
        left = round(self._until - GRACE_SECONDS - self._clock(), 1)
        told = {**who, "same_network": is_near}
        self._tell({"state": "joined", "peer": told, "expires_in": left})

    def _set_clock(self, content: Mapping[str, Any]) -> float:
        seconds = content.get("expires_in")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_SECONDS:
            raise NotACentreError
        self._until = self._clock() + seconds + GRACE_SECONDS
        return float(seconds)


def _put(results: SimpleQueue[tuple[bool, Any]], ask: Callable[[], object]) -> None:
    try:
        results.put((True, ask()))
    except BaseException as error:  # handed to the main thread
        results.put((True, error))


def _text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: object) -> bytes:
    if not isinstance(text, str):
        raise NotACentreError
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise NotACentreError from None
