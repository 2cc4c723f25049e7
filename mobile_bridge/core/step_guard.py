"""A position that only moves forward, shared by everything a device does.

Each move is allowed once, in order; the first fault burns the object, so that nobody
can try twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from mobile_bridge.core.protocol import fail


class Step(Enum):
    """Where a device stands; each method leaves exactly one of these."""

    START = auto()
    WAITING = auto()
    AGREED = auto()
    MATCHED = auto()
    OFFERED = auto()
    ACCEPTED = auto()
    SENT = auto()
    DONE = auto()
    SPENT = auto()


class StepGuard:
    """Something that takes steps."""

    def __init__(self) -> None:
        self.step = Step.START

    @contextmanager
    def advance(self, before: Step, after: Step) -> Iterator[None]:
        """Do one move: from `before` to `after`, or to nowhere if it fails."""
        if self.step is not before:
            self.step = Step.SPENT
            fail()
        # Burnt until the move has succeeded: a fault leaves nothing to try again.
        self.step = Step.SPENT
        yield
        self.step = after
