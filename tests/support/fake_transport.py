"""A relay session without a relay: what it is answered is written down before."""

from collections.abc import Mapping
from typing import Any

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.device.http_client import Reply
from mobile_bridge.device.relay_session import (
    Dependencies,
    OpenedPairing,
    RelaySession,
)
from tests.support.bridge import Clock

SID, TOKEN = b"s" * 16, b"t" * 16
Answer = Mapping[str, Any] | type[Exception]


class FakeTransport:
    """Gives one prepared answer after the other, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, dict[str, Any], float]] = []

    def post(self, event: str, body: Mapping[str, object], *, within: float) -> Reply:
        self.requests.append((event, dict(body), within))
        assert len(self.requests) < 20_000, "it is asked without end"
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer
        return Reply(answer.get("code", ""), answer)


class SessionFixture:
    """A relay session with its clock, its transport and the states it reported."""

    def __init__(self, *answers: Answer) -> None:
        self.clock, self.transport = Clock(), FakeTransport(*answers)
        self.reported: list[Mapping[str, Any]] = []
        dependencies = Dependencies(
            self.transport, self.clock, self.clock.pass_by, self.reported.append
        )
        self.session = RelaySession(dependencies, TOKEN)

    def show(self, mode: Mode = Mode.QR) -> OpenedPairing:
        """Show a pairing; its first message is b"m1"."""
        direction = Direction.INITIATOR_SENDS
        return self.session.show(b"m1", SID, mode=mode, direction=direction)

    @property
    def states(self) -> list[str]:
        """The names of what was reported."""
        return [state["state"] for state in self.reported]
