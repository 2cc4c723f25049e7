"""Issuing for a key made on the other device, without any network: m5 to m8.

The initiator (normally the PC, where its holder is signed in) orders; the responder
(the phone) makes the key, and only its request and the certificate travel. Nothing is
ordered before the code was typed, and nothing is acknowledged before it was kept.
JavaScript twin: frontend/bridge/core/remote_issuance.js.
"""

from enum import Enum
from hashlib import sha256

from mobile_bridge.core.channel import PAYLOAD_BLOCK, Opener, Sealer
from mobile_bridge.core.code_entry import CodeDisplay, CodeEntry
from mobile_bridge.core.order import (
    CentreRefusal,
    IssuedCertificate,
    KeyRequest,
    Order,
    check_issued,
    pack_answer,
    pack_request,
    read_order,
    unpack_answer,
    unpack_request,
    write_order,
)
from mobile_bridge.core.protocol import Keys, fail
from mobile_bridge.core.step_guard import Step


class NoRequest(Enum):
    """Why no request comes (m6)."""

    DECLINED = b"decline"  # the person at the phone does not want it
    NO_KEY = b"no key"  # the certificate exists, and its key is not there


class Registrar(CodeEntry):
    """The side that has the certificate issued, once the person typed the code."""

    def order(self, order: Order) -> bytes:
        """Return m5."""
        with self.advance(Step.MATCHED, Step.OFFERED):
            return self._sealer.seal(write_order(order))

    def take_m6(self, m6: bytes) -> KeyRequest | NoRequest:
        """Return what to ask the centre with.

        Raises:
            ProtocolError: the answer is not the paired device's, or is no request.
        """
        with self.advance(Step.OFFERED, Step.ACCEPTED):
            answer = self._opener.open(m6)
            reason = next((it for it in NoRequest if it.value == answer), None)
            result = reason or unpack_request(answer)
        if isinstance(result, NoRequest):
            self.step = Step.SPENT
        return result

    def deliver(self, answer: IssuedCertificate | CentreRefusal) -> bytes:
        """Return m7: what the centre answered. After a refusal nothing follows."""
        is_issued = isinstance(answer, IssuedCertificate)
        with self.advance(Step.ACCEPTED, Step.SENT if is_issued else Step.SPENT):
            content = pack_answer(answer)
            self._receipt = sha256(content).digest()
            return self._sealer.seal(content, PAYLOAD_BLOCK)


class KeyHolder(CodeDisplay):
    """The side that shows the code, makes the key and keeps what was issued for it."""

    def __init__(self, keys: Keys, sealer: Sealer, opener: Opener) -> None:
        super().__init__(keys, sealer, opener)
        self._order: Order | None = None
        self._request = b""

    def take_m5(self, m5: bytes) -> Order:
        """Return what is ordered, for the person to see.

        Raises:
            ProtocolError: it is not from the paired device, or is no order.
        """
        with self.advance(Step.START, Step.OFFERED):
            self._order = read_order(self._opener.open(m5))
            return self._order

    def request(self, request: KeyRequest) -> bytes:
        """Return m6; call it after the key was stored under its password."""
        with self.advance(Step.OFFERED, Step.ACCEPTED):
            self._request = request.request
            return self._sealer.seal(pack_request(request), PAYLOAD_BLOCK)

    def refuse(self, reason: NoRequest) -> bytes:
        """Return m6 in the place of a request."""
        with self.advance(Step.OFFERED, Step.SPENT):
            return self._sealer.seal(reason.value, PAYLOAD_BLOCK)

    def take_m7(self, m7: bytes) -> IssuedCertificate | CentreRefusal:
        """Return the certificate to keep, or why there is none.

        Raises:
            ProtocolError: it is not from the paired device.
            ForeignCertificateError: it is not for this key, or not what was ordered.
        """
        with self.advance(Step.ACCEPTED, Step.SENT):
            content = self._opener.open(m7)
            if self._order is None:
                fail()
            answer = unpack_answer(content)
            if isinstance(answer, IssuedCertificate):
                check_issued(self._order, self._request, answer)
            self._receipt = sha256(content).digest()
        if isinstance(answer, CentreRefusal):
            self.step = Step.SPENT
        return answer
