"""The line between two honest devices, in the hand of somebody else, rule by rule."""

import secrets
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.relay.limits import Limits
from mobile_bridge.relay.pairing import Pairing, State
from tests.support.bridge import GK, GS, SG, RelayFixture
from tests.support.scripted_device import ScriptedDevice

LIMITS = Limits(creations_a_minute=1000, lookups_a_minute=1000)
device_names = st.sampled_from(["G", "S"])
lost = st.booleans()


class ChannelStateMachine(RuleBasedStateMachine):
    """Two honest devices, and whoever controls the line between them."""

    def __init__(self) -> None:
        super().__init__()
        self.fixture = RelayFixture(LIMITS)
        self.parties: dict[str, ScriptedDevice] = {}

    @initialize(
        mode=st.sampled_from(list(Mode)), direction=st.sampled_from([GS, SG, GK])
    )
    def begin(self, mode: Mode, direction: Direction) -> None:
        seed = secrets.token_bytes(32)
        is_qr = mode is Mode.QR
        shared = (
            Secrets.from_seed(seed, direction)
            if is_qr
            else Secrets.typed(secrets.token_bytes(16), direction)
        )
        initiator = Initiator(shared, secrets.token_bytes)
        fingerprint = initiator.link(seed).fingerprint if is_qr else None
        responder = Responder(shared, secrets.token_bytes, fingerprint=fingerprint)
        one, two = (
            ScriptedDevice(self.fixture, handshake, shared)
            for handshake in (initiator, responder)
        )
        one.peer, two.peer = two, one
        self.parties = {"G": one, "S": two}

    def pairing(self) -> Pairing | None:
        return self.fixture.store.get(self.parties["G"].sid)

    def settle(self, before: Pairing | None) -> None:
        """Bring what the relay told to the sockets it told it; judge it."""
        deliveries, self.fixture.inbox = self.fixture.inbox, []
        for to, event, content in deliveries:
            self.judge(before, event, content)
            for party in self.parties.values():
                if party.socket == to:
                    party.queue.append((event, content))

    def judge(
        self, before: Pairing | None, event: str, content: dict[str, Any]
    ) -> None:
        after = self.pairing()
        if before is not None and before.state is State.ENDED:
            raise AssertionError(f"{event} was told after the end")
        if after is not None and after.state is State.ENDED:
            assert event == "ended"
        if event == "frame":
            assert content["data"], "a message that was dropped was told"

    def act(self, action: Callable[..., object], *arguments: Any, **named: Any) -> None:
        before = self.pairing()
        action(*arguments, **named)
        self.settle(before)

    # What the two devices do by the book.

    @rule(name=device_names, by_post=st.booleans(), lost=lost)
    def join(self, name: str, by_post: bool, lost: bool) -> None:
        party = self.parties[name]
        if party.has_joined or party.reason:
            return
        if name == "S":
            if self.pairing() is None:
                return
            initiator = self.parties["G"]
            if party.mode is Mode.TYPED and initiator.number is None:
                return
            party.number = initiator.number
        if not by_post and party.socket is None:
            party.connect()
        self.act(party.begin, lost=lost)

    @rule(name=device_names, by_post=st.booleans(), lost=lost)
    def resume_device(self, name: str, by_post: bool, lost: bool) -> None:
        party = self.parties[name]
        if not party.has_joined or party.reason:
            return
        if not by_post and party.socket is None:
            party.connect()
        self.act(party.resume, lost=lost)

    @rule(name=device_names, lost=lost)
    def send(self, name: str, lost: bool) -> None:
        party = self.parties[name]
        if party.has_joined and not party.reason and party.is_up():
            self.act(party.send, lost=lost)

    @rule(name=device_names)
    def receive(self, name: str) -> None:
        party = self.parties[name]
        if party.queue:
            self.act(party.receive)

    @rule(name=device_names)
    def cut(self, name: str) -> None:
        self.parties[name].cut()

    @rule(rounds=st.integers(1, 2), by_post=st.booleans())
    def run_undisturbed(self, rounds: int, by_post: bool) -> None:
        """Let both do what is next, so that the ends are reached as often as starts."""
        for _ in range(rounds):
            for name in ("G", "S") if self.parties else ():
                party = self.parties[name]
                self.join(name, by_post=by_post, lost=False)
                if party.socket is None:
                    self.resume_device(name, by_post=by_post, lost=False)
                while party.queue:
                    self.receive(name)
                self.send(name, lost=False)
