"""Small real things for the bridge's tests."""

import json
import secrets
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from mobile_bridge.core.bundle import File, FileRole, pack
from mobile_bridge.core.channel import Sealer
from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.protocol import Direction, Keys, derive_keys
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.relay.limits import Limits
from mobile_bridge.relay.messages import ClientInfo
from mobile_bridge.relay.pairing_store import MemoryPairingStore
from mobile_bridge.relay.relay import Relay

VECTORS = Path(__file__).parent.parent / "vectors"
GS = Direction.INITIATOR_SENDS
SG = Direction.RESPONDER_SENDS
GK = Direction.RESPONDER_MAKES_KEY


@cache
def vectors(name: str) -> Any:
    """Return one of the files both languages read."""
    return json.loads((VECTORS / name).read_text("utf-8"))


def octets(run: dict[str, str], name: str) -> bytes:
    """Return a hex field of a vector."""
    return bytes.fromhex(run[name])


def sample_files() -> list[File]:
    """Return a holder's two files and one CA certificate."""
    return [
        File(FileRole(file["role"]), bytes.fromhex(file["content"]))
        for file in vectors("brg1_bundle.json")["files"]
    ]


def sample_payload() -> bytes:
    """Return what carries them."""
    return pack(sample_files())


def two_devices(
    direction: Direction = GS, *, seed: bytes | None = None
) -> tuple[Initiator, Responder]:
    """Return an initiator and the responder that saw its QR code."""
    seed = seed or secrets.token_bytes(32)
    both = Secrets.from_seed(seed, direction)
    initiator = Initiator(both, secrets.token_bytes)
    fingerprint = initiator.link(seed).fingerprint
    return initiator, Responder(both, secrets.token_bytes, fingerprint=fingerprint)


def agreed(direction: Direction = GS) -> tuple[Sender, Receiver]:
    """Return sender and receiver after a handshake that went through."""
    sender, receiver, _ = agreed_with_keys(direction)
    return sender, receiver


def agreed_with_keys(direction: Direction = GS) -> tuple[Sender, Receiver, Keys]:
    """Return them and their keys, for a test in which one of them cheats."""
    seed, secret = secrets.token_bytes(32), secrets.token_bytes(32)
    shared = Secrets.from_seed(seed, direction)
    initiator = Initiator(shared, secrets.token_bytes)
    fingerprint = initiator.link(seed).fingerprint
    responder = Responder(shared, lambda _: secret, fingerprint=fingerprint)
    m2 = responder.take_m1(initiator.m1)
    m3 = initiator.take_m2(m2)
    m4, second = responder.take_m3(m3)
    first = initiator.take_m4(m4)
    sender, receiver = (first, second) if direction is GS else (second, first)
    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    keys = derive_keys(initiator.m1, m2, m3[:32], secret=secret, psk=shared.psk)
    return sender, receiver, keys


def sealers(keys: Keys, direction: Direction = GS) -> tuple[Sealer, Sealer]:
    """Return what seals as the sender does, and what seals as the receiver does."""
    initiator = Sealer(keys.initiator_to_responder, keys.transcript)
    responder = Sealer(keys.responder_to_initiator, keys.transcript)
    return (initiator, responder) if direction is GS else (responder, initiator)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class RelayFixture:
    """A relay with its store and clock, asked without any socket."""

    def __init__(
        self,
        limits: Limits | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
        capacity: int = 5_000,
    ) -> None:
        self.clock, self.store = Clock(), MemoryPairingStore(capacity)
        bounds = limits or Limits()
        self.relay = Relay(self.store, bounds, clock=self.clock, random=random)
        self.inbox: list[tuple[str, str, dict[str, Any]]] = []

    def ask(self, who: str, event: str, **message: object) -> dict[str, Any]:
        """Ask as socket `who`, whose network is what stands before a dot."""
        if event in ("show", "join"):
            message = {"token": token_of(who)} | message
        return self._ask(ClientInfo(who, "phone", who.split(".")[0]), event, message)

    def post(self, who: str, event: str, **message: object) -> dict[str, Any]:
        """Ask without a socket, with the token of `who`."""
        client = ClientInfo("", "phone", who.split(".")[0])
        return self._ask(client, event, {"token": token_of(who)} | message)

    def _ask(
        self, client: ClientInfo, event: str, message: dict[str, object]
    ) -> dict[str, Any]:
        result = self.relay.answer(event, client, message)
        self.inbox += [(d.connection, d.event, d.content) for d in result.deliveries]
        return result.answer

    def show(self, who: str = "pc", sid: bytes = b"s" * 16) -> dict[str, Any]:
        return self.ask(who, "show", sid=sid, mode="Q", dir="GS", m1=b"m1")

    def pair(self, sid: bytes = b"s" * 16) -> None:
        """Show and join."""
        assert self.show(sid=sid)["ok"]
        assert self.ask("phone", "join", sid=sid)["ok"]
        self.inbox.clear()

    def speak(self, *speakers: str, sid: bytes = b"s" * 16) -> None:
        """Let devices send their next message, one after the other."""
        counts = {"pc": 1, "phone": 0}
        for number, who in enumerate(speakers, 2):
            counts[who] += 1
            data = b"m%d" % number
            assert self.ask(who, "frame", sid=sid, n=counts[who], data=data)["ok"]


def token_of(who: str) -> bytes:
    """Return the token that a device of a `RelayFixture` has drawn."""
    return sha256(who.encode()).digest()[:16]
