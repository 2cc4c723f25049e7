"""The two sides of the check code, whatever travels between the code and the receipt.

One types it, hands something over and gets the receipt; the other shows it, keeps what
comes and sends the receipt. JavaScript twin: frontend/bridge/core/code_entry.js.
"""

import hmac

from mobile_bridge.core.channel import Opener, Sealer
from mobile_bridge.core.protocol import Keys, check_code, check_same, fail
from mobile_bridge.core.step_guard import Step, StepGuard

TRIES = 3
NOT_STORED = b"not stored"  # in the place of a receipt, which is a hash of 32 bytes


class CodeEntry(StepGuard):
    """A device that says nothing before the person typed the code: three tries."""

    def __init__(self, keys: Keys, sealer: Sealer, opener: Opener) -> None:
        super().__init__()
        self._code = check_code(keys)
        self._sealer, self._opener = sealer, opener
        self._receipt = b""  # what the other side has to answer in the end
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

    def take_m8(self, m8: bytes) -> bool:
        """Check the receipt: only after this is it on the other device.

        Return whether it is one; the other side may say that it could not store it.

        Raises:
            ProtocolError: the other side stored something else.
        """
        with self.advance(Step.SENT, Step.DONE):
            receipt = self._opener.open(m8)
            if receipt != NOT_STORED:
                check_same(receipt, self._receipt)
        if receipt == NOT_STORED:
            self.step = Step.SPENT
        return receipt != NOT_STORED


class CodeDisplay(StepGuard):
    """A device that shows the code, and says what became of what it got."""

    def __init__(self, keys: Keys, sealer: Sealer, opener: Opener) -> None:
        super().__init__()
        self.code = check_code(keys)
        self._sealer, self._opener = sealer, opener
        self._receipt = b""

    def receipt(self) -> bytes:
        """Return m8; call it after what came was stored and read back."""
        with self.advance(Step.SENT, Step.DONE):
            return self._sealer.seal(self._receipt)

    def not_stored(self) -> bytes:
        """Return m8 in the place of the receipt: it could not be stored."""
        with self.advance(Step.SENT, Step.SPENT):
            return self._sealer.seal(NOT_STORED)
