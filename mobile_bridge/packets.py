"""What a client may say at all: the few Socket.IO packets our devices send.

It is read before the library reads it, because of what the library does with the rest:
it calls the handlers it keeps for itself (`connect`, `disconnect`) with whatever a
client wrote, gathers attachments without end and raises on nonsense.
"""

import json
import re

from mobile_bridge.relay import EVENTS

NAMESPACE = "/bridge"
MOST_ATTACHMENTS = 2
MOST_DIGITS = 9

_PONG = "3"
_CONNECT = re.compile(r"40/bridge,(\{\})?")
_EVENT = re.compile(
    rf"4(2|5(?P<attachments>[1-{MOST_ATTACHMENTS}])-)/bridge,[0-9]{{0,{MOST_DIGITS}}}"
    rf'(?=\["({"|".join(EVENTS)})",)'
)


class Gate:
    """Lets pass what one connection says, as long as it is in order."""

    def __init__(self) -> None:
        self._is_open = False
        self._awaited = 0

    def lets_pass(self, message: str | bytes) -> bool:
        """Say whether the library may see `message`; after a no, hang up.

        Leaving needs no words here: who hangs up has left.
        """
        if isinstance(message, bytes):
            self._awaited -= 1
            return self._awaited >= 0
        if message == _PONG:
            return True
        if self._awaited:
            return False
        if self._is_open:
            return self._is_event(message)
        self._is_open = _CONNECT.fullmatch(message) is not None
        return self._is_open

    def _is_event(self, message: str) -> bool:
        head = _EVENT.match(message)
        if head is None:
            return False
        self._awaited = int(head["attachments"] or 0)
        return _is_flat(message[head.end() :], self._awaited)


def _is_flat(text: str, attachments: int) -> bool:
    """Say whether an event carries one flat object that names each attachment once."""
    try:
        _, body = _JSON.decode(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(body, dict):
        return False
    nested = [value for value in body.values() if isinstance(value, dict | list)]
    return sorted(map(repr, nested)) == _PLACES[:attachments]


def _number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError
    return int(digits)


_JSON = json.JSONDecoder(parse_int=_number)
# Compared as text, since True is 1 and 0.0 is 0 for Python and not for the library.
_PLACES = [repr({"_placeholder": True, "num": n}) for n in range(MOST_ATTACHMENTS)]
