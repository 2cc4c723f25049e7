"""The port to whoever places calls.

A call that is placed rings at its number; what becomes of it comes back through
webhooks, or from the keypad page of a console.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class GatewayError(Exception):
    """The gateway did not place the call; the text is for the operator's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A call to place. The two digits are no part of it."""

    call_id: str
    number: str = field(repr=False)  # E.164
    answer_url: str
    status_url: str


class VoiceGateway(Protocol):
    """Places calls."""

    rings_at_once: bool

    def place(self, request: CallRequest) -> str:
        """Place a call and return the gateway's name of it; may take seconds.

        Raises:
            GatewayError: it was not placed, or nobody knows whether it was.
        """
        ...

    def announce(self, number: str, sentences: Mapping[str, str]) -> None:
        """Call a number and say something, by language; ask nothing.

        Raises:
            GatewayError: it was not placed, or nobody knows whether it was.
        """
        ...


def call_request(call_id: str, number: str, public_url: str) -> CallRequest:
    """Return what a gateway is asked for."""
    return CallRequest(
        call_id=call_id,
        number=number,
        answer_url=f"{public_url}/voice/{call_id}/answer",
        status_url=f"{public_url}/voice/{call_id}/status",
    )
