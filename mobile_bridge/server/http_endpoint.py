"""The relay by plain POST: for first steps before a socket is open, and for terminals.

`POST /bridge/<event>` takes the JSON object that the event takes by socket and answers
what the socket would be answered. An answer can be held until there is news.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from mobile_bridge.errors import (
    BadRequestError,
    EndedError,
    NotAvailableError,
    OutOfTurnError,
    RelayError,
    TooLargeError,
    TooManyError,
    UnavailableError,
)
from mobile_bridge.relay.limits import MINUTE, ConcurrencyLimit, Limits
from mobile_bridge.relay.messages import (
    ClientInfo,
    Delivery,
    Message,
    error_reply,
    read_count,
    read_message,
    write_message,
)
from mobile_bridge.relay.pairing import State
from mobile_bridge.relay.relay import EVENTS, Relay
from mobile_bridge.server.own_origin import OriginCheck

Environ = dict[str, Any]
Answer = dict[str, object]
StartResponse = Callable[..., Any]

PATH = "/bridge/"
STATUS: dict[str, str] = {
    BadRequestError.code: "400 Bad Request",
    NotAvailableError.code: "404 Not Found",
    OutOfTurnError.code: "409 Conflict",
    EndedError.code: "410 Gone",
    TooLargeError.code: "413 Content Too Large",
    TooManyError.code: "429 Too Many Requests",
    UnavailableError.code: "503 Service Unavailable",
}
MAX_WAIT = 20
HOLDS_A_DEVICE = 2  # a device that asks again may not have hung up yet
# What is asked again while an answer is held.
REPEATED_FIELDS = ("sid", "token", "received", "visible")
FIRST_PAUSE, LAST_PAUSE = 0.004, 0.25  # seconds between looks while an answer is held


class HttpEndpoint:
    """Answers the relay's events over HTTP."""

    def __init__(
        self,
        relay: Relay,
        limits: Limits,
        *,
        deliver: Callable[[Iterable[Delivery]], None],
        concurrency: ConcurrencyLimit,
        origins: OriginCheck,
        clock: Callable[[], float],
    ) -> None:
        self._relay, self._limits, self._origins = relay, limits, origins
        self._deliver, self._concurrency, self._clock = deliver, concurrency, clock
        self._holds = ConcurrencyLimit(HOLDS_A_DEVICE)
        self._allowed = relay.rate_limit("posted", limits.posts_a_minute, MINUTE)

    def answer(
        self, environ: Environ, start_response: StartResponse, client: ClientInfo
    ) -> Iterable[bytes]:
        """Answer one request."""
        try:
            reply = self._respond(environ, client)
        except RelayError as error:
            reply = error_reply(error)
        body = write_message(reply).encode()
        status = "200 OK" if reply["ok"] else STATUS[str(reply["code"])]
        start_response(
            status,
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _respond(self, environ: Environ, client: ClientInfo) -> Answer:
        event = environ["PATH_INFO"].removeprefix(PATH)
        text = self._body(environ)
        if event not in EVENTS or not self._origins.accepts(environ):
            raise BadRequestError
        if not self._allowed.acquire(client.network, self._clock()):
            raise TooManyError
        message = read_message(text)
        wait = 0
        if "wait" in message:
            wait = min(read_count(message, "wait", minimum=0), MAX_WAIT)
        result = self._relay.answer(event, client, message)
        self._deliver(result.deliveries)
        if wait and _is_pending(result.answer):
            return self._hold(client, message, result.answer, wait)
        return result.answer

    def _body(self, environ: Environ) -> str:
        """Return what was sent; read in any case, so that the connection stays good."""
        try:
            size = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            raise BadRequestError from None
        has_length = not environ.get("HTTP_TRANSFER_ENCODING")
        if environ["REQUEST_METHOD"] != "POST" or size < 0 or not has_length:
            raise BadRequestError
        if size > self._limits.message_bytes:
            raise TooLargeError
        content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip()
        try:
            octets: bytes = environ["wsgi.input"].read(size)
        except OSError:  # it did not come in time
            raise BadRequestError from None
        if content_type != "application/json" or len(octets) != size:  # it broke off
            raise BadRequestError
        try:
            return octets.decode()
        except UnicodeDecodeError:
            raise BadRequestError from None

    def _hold(
        self, client: ClientInfo, message: Message, previous: Answer, wait: int
    ) -> Answer:
        """Hold an answer until there is news for this device, or time is over."""
        device = str(message["token"])
        if not self._holds.acquire(device):
            return previous
        try:
            if not self._concurrency.acquire(client.network):
                return previous
            try:
                return self._poll(client, message, previous, wait)
            finally:
                self._concurrency.release(client.network)
        finally:
            self._holds.release(device)

    def _poll(
        self, client: ClientInfo, message: Message, previous: Answer, wait: int
    ) -> Answer:
        end, pause = self._clock() + wait, FIRST_PAUSE
        question = {name: message[name] for name in REPEATED_FIELDS if name in message}
        while (left := end - self._clock()) > 0:
            time.sleep(min(pause, left))
            pause = min(2 * pause, LAST_PAUSE)
            result = self._relay.answer("resume", client, question)
            if _is_news(result.answer, previous):
                return result.answer
        return previous


def _is_pending(answer: Answer) -> bool:
    """Say whether there is anything to wait for."""
    is_open = answer.get("state", State.DONE) != State.DONE
    return is_open and not answer["frames"]


def _is_news(answer: Answer, previous: Answer) -> bool:
    if not answer["ok"]:
        # While the store is away nothing is known; the device asks again anyhow.
        return True
    changes = [answer[name] != previous[name] for name in ("state", "got", "peer")]
    return bool(answer["frames"]) or any(changes)


def reject(start_response: StartResponse, status: str) -> Iterable[bytes]:
    """Answer with a status and nothing else."""
    start_response(status, [("Content-Length", "0")])
    return [b""]
