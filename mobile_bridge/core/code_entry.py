"""The side at which the person types the check code, whatever follows from it.

JavaScript twin: frontend/bridge/core/code_entry.js.
"""

import hmac

from mobile_bridge.core.channel import Opener, Sealer
from mobile_bridge.core.protocol import Keys, check_code, fail
from mobile_bridge.core.step_guard import Step, StepGuard

TRIES = 3


class CodeEntry(StepGuard):
    """A device that says nothing before the person typed the code: three tries."""

    def __init__(self, keys: Keys, sealer: Sealer, opener: Opener) -> None:
        super().__init__()
        self._code = check_code(keys)
        self._sealer, self._opener = sealer, opener
        self.tries_left = TRIES

    def type_code(self, typed: str) -> bool:
        """Compare what the person typed; the third wrong one burns the pairing.

        Raises:
            ProtocolError: there is no try left.
        """
        if self.step is not Step.START:
            self.step = Step.SPENT
            fail()
        self.tries_left -= 1
        if hmac.compare_digest(typed.encode(), self._code.encode()):
            self.step = Step.MATCHED
            return True
        if self.tries_left == 0:
            self.step = Step.SPENT
            fail()
        return False
