"""The handshake as one device walks it, without any network.

Messages in, messages out; JavaScript twin: frontend/bridge/core/handshake.js.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

from mobile_bridge.core import protocol as p
from mobile_bridge.core.channel import Opener, Sealer
from mobile_bridge.core.link import Link
from mobile_bridge.core.protocol import Direction, Keys, Mode
from mobile_bridge.core.remote_issuance import KeyHolder, Registrar
from mobile_bridge.core.step_guard import Step, StepGuard
from mobile_bridge.core.transfer import Receiver, Sender

Random = Callable[[int], bytes]
# What a device does when the handshake is through.
Part = Sender | Receiver | Registrar | KeyHolder
_MakePart = Callable[[Keys, Sealer, Opener], Part]
# The initiator's and the responder's.
_PARTS: Final[Mapping[Direction, tuple[_MakePart, _MakePart]]] = MappingProxyType(
    {
        Direction.INITIATOR_SENDS: (Sender, Receiver),
        Direction.RESPONDER_SENDS: (Receiver, Sender),
        Direction.RESPONDER_MAKES_KEY: (Registrar, KeyHolder),
    }
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What both sides hold before the first message."""

    mode: Mode
    direction: Direction
    sid: bytes
    psk: bytes

    @classmethod
    def from_seed(cls, seed: bytes, direction: Direction) -> Self:
        """Return what a QR code gives."""
        sid, psk = p.session_id(seed), p.pre_shared_key(seed)
        return cls(Mode.QR, direction, sid, psk)

    @classmethod
    def typed(cls, sid: bytes, direction: Direction) -> Self:
        """Return what a typed number gives: a place to meet, and no secret."""
        return cls(Mode.TYPED, direction, sid, p.NO_PSK)


class Initiator(StepGuard):
    """The device that shows the QR code or the number."""

    def __init__(self, secrets: Secrets, random: Random) -> None:
        super().__init__()
        self._secrets = secrets
        self._pair: p.KeyPair | None = p.key_pair(random(32))
        self._nonce = random(32)
        mode, direction = secrets.mode, secrets.direction
        public = self._pair.public
        self.m1 = p.make_m1(
            secrets.sid, public, self._nonce, mode=mode, direction=direction
        )
        self._keys: Keys | None = None

    def link(self, seed: bytes) -> Link:
        """Return what the QR code says."""
        return Link(self._secrets.direction, seed, p.fingerprint(self.m1))

    def take_m2(self, m2: bytes) -> bytes:
        """Open the responder's secret and return m3.

        Raises:
            ProtocolError: it is not from who saw the QR code.
        """
        with self.advance(Step.START, Step.WAITING):
            # The key pair is gone before anything is checked: it opens once.
            pair, self._pair = self._pair, None
            if pair is None:
                p.fail()
            psk = self._secrets.psk
            secret = p.open_m2(self.m1, m2, pair, psk)
            keys = p.derive_keys(self.m1, m2, self._nonce, secret=secret, psk=psk)
            self._keys = keys
            return self._nonce + p.initiator_mac(keys)

    def take_m4(self, m4: bytes) -> Part:
        """Check the responder's confirmation and go on to the transfer.

        Raises:
            ProtocolError: the other side holds other keys.
        """
        with self.advance(Step.WAITING, Step.AGREED):
            keys, self._keys = self._keys, None
            if keys is None:
                p.fail()
            p.check_same(m4, p.responder_mac(keys))
            return _part_after(keys, self._secrets.direction, is_initiator=True)


class Responder(StepGuard):
    """The device that scans the QR code or types the number."""

    def __init__(
        self, secrets: Secrets, random: Random, *, fingerprint: bytes | None = None
    ) -> None:
        super().__init__()
        if (fingerprint is None) is (secrets.mode is Mode.QR):
            p.fail()
        self._secrets, self._fingerprint = secrets, fingerprint
        self._secret = random(32)
        self._m1 = self._m2 = b""

    def take_m1(self, m1: bytes) -> bytes:
        """Check that `m1` is what the person scanned and return m2.

        Raises:
            ProtocolError: it is not.
        """
        with self.advance(Step.START, Step.WAITING):
            if self._fingerprint is not None:
                p.check_same(p.fingerprint(m1), self._fingerprint)
            first_message, expected = p.read_m1(m1), self._secrets
            if (first_message.mode, first_message.direction) != (
                expected.mode,
                expected.direction,
            ):
                p.fail()
            p.check_same(first_message.sid, expected.sid)
            self._m1 = m1
            self._m2 = p.make_m2(m1, self._secret, expected.psk)
            return self._m2

    def take_m3(self, m3: bytes) -> tuple[bytes, Part]:
        """Check the initiator's opening and confirmation; return m4 and what follows.

        Raises:
            ProtocolError: it is not the initiator that committed itself in m1.
        """
        with self.advance(Step.WAITING, Step.AGREED):
            nonce, mac = m3[:32], m3[32:]
            p.check_opening(self._m1, nonce)
            secret, psk = self._secret, self._secrets.psk
            keys = p.derive_keys(self._m1, self._m2, nonce, secret=secret, psk=psk)
            p.check_same(mac, p.initiator_mac(keys))
            self._secret = b""
            after = _part_after(keys, self._secrets.direction, is_initiator=False)
            return p.responder_mac(keys), after


def _part_after(keys: Keys, direction: Direction, *, is_initiator: bool) -> Part:
    """Return what this device does next."""
    out, into = keys.initiator_to_responder, keys.responder_to_initiator
    if not is_initiator:
        out, into = into, out
    first, second = _PARTS[direction]
    part = first if is_initiator else second
    return part(keys, Sealer(out, keys.transcript), Opener(into, keys.transcript))
