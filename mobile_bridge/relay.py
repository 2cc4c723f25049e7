"""What the relay does with each event, without knowing Socket.IO.

Each method returns an answer for the one who asked and what to deliver to others.
It sees ciphertext, sizes, times and addresses; it never parses a message.
"""

import hmac
from collections.abc import Callable

import structlog

from mobile_bridge import pairing as pairings
from mobile_bridge.errors import (
    BadRequestError,
    EndedError,
    NotAvailableError,
    RelayError,
    TooLargeError,
    TooManyError,
)
from mobile_bridge.limits import MINUTE, Allowance, Limits
from mobile_bridge.messages import (
    Delivery,
    Message,
    Outcome,
    agreed,
    frames,
    introduced,
    read_choice,
    read_count,
    read_octets,
    read_reason,
    read_sid,
    refused,
    to_both,
    to_peer,
)
from mobile_bridge.pairing import Event, Pairing, Part, Seat, State
from mobile_bridge.protocol import Direction, Mode
from mobile_bridge.registry import Registry
from mobile_bridge.visitor import Visitor

TOKEN_BYTES = 16

log = structlog.get_logger("bridge")


class Relay:
    """Seats two devices at a pairing and passes on what they say in turn."""

    def __init__(
        self,
        registry: Registry,
        limits: Limits,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._registry, self._limits = registry, limits
        self._clock, self._random = clock, random
        self._creations = Allowance(limits.creations_a_minute, MINUTE)
        self._lookups = Allowance(limits.lookups_a_minute, MINUTE)
        self._misses = Allowance(limits.bad_lookups_a_second, 1.0)

    def answer(self, event: str, visitor: Visitor, message: object) -> Outcome:
        """Do what one of `EVENTS` asks for; a refusal is an answer too."""
        try:
            if not isinstance(message, dict):
                raise BadRequestError
            return EVENTS[event](self, visitor, message)
        except RelayError as error:
            return Outcome(refused(type(error)))

    def show(self, visitor: Visitor, message: Message) -> Outcome:
        """Open a pairing for the device that shows the code."""
        now, m1 = self._clock(), read_octets(message, "m1")
        mode = read_choice(Mode, message.get("mode"))
        direction = read_choice(Direction, message.get("dir", "GS"))
        if len(m1) > self._limits.first_message_bytes:
            raise TooLargeError
        if not self._creations.take(visitor.network, now):
            raise TooManyError
        token, seat = self._seat(visitor, said=(m1,))
        life = self._limits.shown_seconds[mode]
        sid, over = read_sid(message), now + life
        self._registry.add(
            Pairing(sid, mode, direction, seat, shown_at=now, expires_at=over)
        )
        return Outcome(agreed(token=token, expires_in=life))

    def join(self, visitor: Visitor, message: Message) -> Outcome:
        """Seat the device that scanned or typed the code."""
        now, sid = self._clock(), read_sid(message)
        if not self._lookups.take(visitor.network, now):
            raise TooManyError
        self._check_open(sid, now)
        life = self._limits.joined_seconds
        token, seat = self._seat(visitor)
        _, joined = self._registry.change(
            sid, lambda it: pairings.join(it, seat, expires_at=now + life)
        )
        if joined.state is State.ENDED:
            # The third device learns nothing; the two learn that it was there.
            self._note(joined)
            return Outcome(refused(NotAvailableError), to_both(joined))
        shower = joined.shower
        told = {**introduced(shower, seat), "expires_in": life}
        answer = agreed(token=token, expires_in=life, frames=frames(shower, 0))
        answer["peer"] = introduced(seat, shower)
        return Outcome(answer, (Delivery(shower.connection, "peer", told),))

    def frame(self, visitor: Visitor, message: Message) -> Outcome:
        """Pass on one message to the peer."""
        sid, here = self._own(visitor, message), visitor.connection
        n, data = read_count(message, "n"), read_octets(message, "data")
        most = self._limits.bytes_in_all

        def say(it: Pairing) -> Pairing:
            return pairings.say(
                it, pairings.part_of(it, here), n, data, most_bytes=most
            )

        before, spoken = self._registry.change(sid, say)
        if spoken is before:
            return Outcome()
        return Outcome(agreed(), to_peer(spoken, here, "frame", n=n, data=data))

    def got(self, visitor: Visitor, message: Message) -> Outcome:
        """Pass on that a message has arrived."""
        sid, here = self._own(visitor, message), visitor.connection
        n = read_count(message, "n")
        before, heard = self._registry.change(
            sid, lambda it: pairings.hear(it, pairings.part_of(it, here), n)
        )
        if heard == before:
            return Outcome()
        return Outcome(agreed(), to_peer(heard, here, "got", n=n))

    def resume(self, visitor: Visitor, message: Message) -> Outcome:
        """Seat a device again that lost its connection, and give what it missed."""
        now, sid = self._clock(), read_sid(message)
        received = read_count(message, "received", least=0)
        part = self._holder_of(sid, read_octets(message, "token"), visitor, now=now)
        _, back = self._registry.change(
            sid, lambda it: pairings.move_to(it, part, visitor.connection)
        )
        if back.state is State.ENDED:
            return Outcome(refused(EndedError, reason=back.reason))
        own, peer = back.seat(part), back.seat(pairings.other(part))
        return Outcome(
            agreed(
                state=back.state.value,
                expires_in=max(0.0, back.expires_at - now),
                frames=frames(peer, received),
                sent=len(own.said) if own else 0,
                got=peer.heard if peer else 0,
                peer=introduced(own, peer) if own and peer else None,
            )
        )

    def end(self, visitor: Visitor, message: Message) -> Outcome:
        """End the pairing as one of its devices wishes."""
        sid, here = self._own(visitor, message), visitor.connection
        reason = read_reason(message)

        def finish(it: Pairing) -> Pairing:
            pairings.part_of(it, here)
            # Both sides may say that it is over; the first reason stands.
            return it if it.is_over else pairings.finish(it, reason)

        before, over = self._registry.change(sid, finish)
        if over is before:
            return Outcome()
        self._note(over)
        return Outcome(agreed(), to_peer(over, here, "ended", reason=reason.value))

    def sweep(self) -> tuple[Delivery, ...]:
        """End every pairing whose time is over and forget it."""
        deliveries: list[Delivery] = []
        for pairing in self._registry.take_expired(self._clock()):
            if not pairing.is_over:
                ended = pairings.after(pairing, Event.EXPIRE)
                self._note(ended)
                deliveries += to_both(ended)
        return tuple(deliveries)

    def _own(self, visitor: Visitor, message: Message) -> bytes:
        """Return the sid of a pairing that lives and has this visitor in it."""
        sid, now = read_sid(message), self._clock()
        found = self._registry.get(sid)
        is_there = found is not None and found.expires_at > now
        if not (is_there and pairings.has_seat(found, visitor.connection)):
            raise self._missed(visitor, now)
        return sid

    def _check_open(self, sid: bytes, now: float) -> None:
        """Refuse what is unknown, expired or used, and all in the same way."""
        if not self._misses.has("", now):
            raise TooManyError
        found = self._registry.get(sid)
        if found is None or found.is_over or found.expires_at <= now:
            self._misses.take("", now)
            raise NotAvailableError

    def _holder_of(
        self, sid: bytes, token: bytes, visitor: Visitor, *, now: float
    ) -> Part:
        """Return whose token it is; only a wrong one counts as a look-up."""
        found = self._registry.get(sid)
        given = pairings.token_hash(token)
        if found is not None and found.expires_at > now:
            for part in Part:
                seat = found.seat(part)
                if seat and hmac.compare_digest(seat.token_hash, given):
                    return part
        raise self._missed(visitor, now)

    def _missed(self, visitor: Visitor, now: float) -> RelayError:
        """Count a look-up for what is not there, and return the refusal.

        The visitor's own allowance is used first: what one address may not do any
        more must not use up what all share.
        """
        if not self._lookups.take(visitor.network, now):
            return TooManyError()
        self._misses.take("", now)
        return NotAvailableError()

    def _seat(
        self, visitor: Visitor, said: tuple[bytes, ...] = ()
    ) -> tuple[bytes, Seat]:
        token = self._random(TOKEN_BYTES)
        seat = Seat(
            connection=visitor.connection,
            token_hash=pairings.token_hash(token),
            device=visitor.device,
            network=visitor.network,
            said=said,
        )
        return token, seat

    def _note(self, pairing: Pairing) -> None:
        seconds = round(self._clock() - pairing.shown_at, 1)
        reason = pairing.reason.value if pairing.reason else None
        log.info("pairing_over", state=pairing.state.value, reason=reason, s=seconds)


EVENTS: dict[str, Callable[[Relay, Visitor, Message], Outcome]] = {
    "show": Relay.show,
    "join": Relay.join,
    "frame": Relay.frame,
    "got": Relay.got,
    "resume": Relay.resume,
    "end": Relay.end,
}
