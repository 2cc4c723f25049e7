"""What the relay does with each event, without knowing Socket.IO or HTTP.

Each method returns an answer for the one who asked and what to deliver to others.
It sees ciphertext, sizes, times and addresses; it never parses a message.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import chain

import structlog

from mobile_bridge.core.pairing_number import check_number, new_number
from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.errors import (
    BadRequestError,
    NotAvailableError,
    OutOfTurnError,
    RelayError,
    TooLargeError,
    TooManyError,
)
from mobile_bridge.relay import pairing as pairings
from mobile_bridge.relay.limits import MINUTE, Limits
from mobile_bridge.relay.messages import (
    ClientInfo,
    Delivery,
    Message,
    Outcome,
    again,
    agreed,
    frames,
    introduced,
    news,
    read_choice,
    read_count,
    read_note,
    read_octets,
    read_presence,
    read_reason,
    read_sid,
    read_token,
    refused,
    standing,
    to_both,
    to_peer,
)
from mobile_bridge.relay.pairing import Event, Pairing, Part, Seat, State
from mobile_bridge.relay.pairing_store import Registry

NUMBER_DRAWS = 3

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
        self.allowance = registry.allowance
        self._creations = self.allowance("shown", limits.creations_a_minute, MINUTE)
        self._lookups = self.allowance("looked-up", limits.lookups_a_minute, MINUTE)
        self._misses = self.allowance("missed", limits.bad_lookups_a_second, 1.0)

    def answer(self, event: str, visitor: ClientInfo, message: Message) -> Outcome:
        """Do what one of `EVENTS` asks for; a refusal is an answer too."""
        try:
            return EVENTS[event](self, visitor, message)
        except RelayError as error:
            return Outcome(refused(error))

    def show(self, visitor: ClientInfo, message: Message) -> Outcome:
        """Open a pairing for the device that shows the code."""
        now, sid, token = self._clock(), read_sid(message), read_token(message)
        mode = read_choice(Mode, message.get("mode"))
        direction = read_choice(Direction, message.get("dir"))
        m1 = read_octets(message, "m1")
        if len(m1) > self._limits.first_message_bytes:
            raise TooLargeError
        if not self._creations.take(visitor.network, now):
            raise TooManyError
        seat = _seat(visitor, token, said=(m1,))
        over = now + self._limits.shown_seconds[mode]
        new = Pairing(sid, mode, direction, seat, shown_at=now, expires_at=over)
        try:
            shown = self._add(new)
        except NotAvailableError:
            # It is the same device when it did not hear the answer.
            shown = self._shown_before(sid, seat, now)
        answer = agreed(expires_in=shown.expires_at - now)
        if shown.number is not None:
            answer["number"] = shown.number
        return Outcome(answer)

    def join(self, visitor: ClientInfo, message: Message) -> Outcome:
        """Seat the device that scanned or typed the code."""
        now, token = self._clock(), read_token(message)
        if not self._lookups.take(visitor.network, now):
            raise TooManyError
        found = self._find(message, now)
        if pairings.holder_of(found, token) is Part.SHOWER:
            raise OutOfTurnError
        seat, over = _seat(visitor, token), now + self._limits.joined_seconds
        _, joined = self._registry.change(
            found.sid, lambda it: pairings.join(it, seat, expires_at=over)
        )
        if joined.state is State.ENDED:
            # The third device learns nothing; the two learn that it was there.
            self._note(joined)
            return Outcome(refused(NotAvailableError()), to_both(joined))
        return self._joined(joined, visitor, now)

    def frame(self, visitor: ClientInfo, message: Message) -> Outcome:
        """Pass on one message to the peer."""
        now, (sid, part) = self._clock(), self._own(visitor, message)
        n, data = read_count(message, "n"), read_octets(message, "data")
        most = self._limits.bytes_in_all
        before, spoken = self._registry.change(
            sid, lambda it: pairings.say(it, part, n, data, most_bytes=most)
        )
        answer = agreed()
        if "received" in message:
            received = read_count(message, "received", least=0)
            answer = news(spoken, part, received, now=now)
        if spoken is before:
            return Outcome(answer)
        seat = spoken.seat(part)
        heard = seat.heard if seat else 0
        told = to_peer(spoken, part, "frame", n=n, data=data, got=heard)
        return Outcome(answer, told)

    def got(self, visitor: ClientInfo, message: Message) -> Outcome:
        """Pass on that a message has arrived."""
        sid, part = self._own(visitor, message)
        n = read_count(message, "n")
        before, heard = self._registry.change(
            sid, lambda it: pairings.hear(it, part, n)
        )
        if heard is before:
            return Outcome()
        return Outcome(agreed(), to_peer(heard, part, "got", n=n))

    def resume(self, visitor: ClientInfo, message: Message) -> Outcome:
        """Tell a device what it missed, and seat its socket; both as often as asked."""
        now, (sid, part) = self._clock(), self._own(visitor, message, by_token=True)
        received = read_count(message, "received", least=0)

        presence, note = read_presence(message), read_note(message)

        def seat(it: Pairing) -> Pairing:
            if it.state is State.ENDED:
                return it
            seated = pairings.move_to(it, part, visitor.connection)
            stood = pairings.stand(seated, part, presence, note)
            return pairings.hear(stood, part, received)

        before, back = self._registry.change(sid, seat)
        told = again(back, part) + standing(before, back, part, now=now)
        if _heard(back, part) > _heard(before, part):
            told += to_peer(back, part, "got", n=received)
        return Outcome(news(back, part, received, now=now), told)

    def leave(self, sid: bytes, connection: str) -> Outcome:
        """Tell the peer of a device that its socket has closed."""
        now = self._clock()
        try:
            before, left = self._registry.change(
                sid, lambda it: pairings.leave(it, connection)
            )
        except RelayError:
            return Outcome()  # it is over, or the store is away: nobody waits for this
        told = (standing(before, left, part, now=now) for part in Part)
        return Outcome(deliveries=tuple(chain.from_iterable(told)))

    def end(self, visitor: ClientInfo, message: Message) -> Outcome:
        """End the pairing as one of its devices wishes."""
        sid, part = self._own(visitor, message)
        reason = read_reason(message)

        def finish(it: Pairing) -> Pairing:
            # Both sides may say that it is over; the first reason stands.
            return it if it.is_over else pairings.finish(it, reason)

        before, over = self._registry.change(sid, finish)
        if over is before:
            return Outcome()
        self._note(over)
        return Outcome(agreed(), to_peer(over, part, "ended", reason=reason.value))

    def sweep(self) -> tuple[Delivery, ...]:
        """End every pairing whose time is over and forget it."""
        deliveries: list[Delivery] = []
        for pairing in self._registry.take_expired(self._clock()):
            if not pairing.is_over:
                ended = pairings.after(pairing, Event.EXPIRE)
                self._note(ended)
                deliveries += to_both(ended)
        return tuple(deliveries)

    def _add(self, pairing: Pairing) -> Pairing:
        """Keep a new pairing; in mode T under a number that no other has."""
        if pairing.mode is Mode.QR:
            self._registry.add(pairing)
            return pairing
        for _ in range(NUMBER_DRAWS):
            numbered = pairings.numbered(
                pairing, new_number(pairing.direction, self._random)
            )
            with suppress(NotAvailableError):
                self._registry.add(numbered)
                return numbered
        raise NotAvailableError

    def _shown_before(self, sid: bytes, seat: Seat, now: float) -> Pairing:
        """Return the pairing that the same device has opened."""

        def seated(it: Pairing) -> Pairing:
            is_same = it.shower.token_hash == seat.token_hash
            if not is_same or it.shower.said[:1] != seat.said or it.expires_at <= now:
                raise NotAvailableError
            return pairings.move_to(it, Part.SHOWER, seat.connection)

        return self._registry.change(sid, seated)[1]

    def _joined(self, joined: Pairing, visitor: ClientInfo, now: float) -> Outcome:
        """Tell the scanner what it joined, and the shower that it is here."""
        shower, seat, life = joined.shower, joined.scanner, joined.expires_at - now
        if seat is None:
            raise NotAvailableError
        answer = agreed(sid=joined.sid, expires_in=life, frames=frames(shower, 0)[:1])
        answer["peer"] = introduced(seat, shower)
        told = {**introduced(shower, seat), "expires_in": life}
        return Outcome(answer, to_peer(joined, Part.SCANNER, "peer", **told))

    def _own(
        self, visitor: ClientInfo, message: Message, *, by_token: bool = False
    ) -> tuple[bytes, Part]:
        """Return the sid of a pairing that lives, and which device of it speaks.

        Who says a seat's token speaks for it, and so does its socket. Only what is not
        one's own counts as a look-up.
        """
        sid, now = read_sid(message), self._clock()
        found = self._registry.get(sid)
        part = None
        if by_token or "token" in message or not visitor.connection:
            token = read_token(message)
            part = pairings.holder_of(found, token) if found else None
        elif found:
            part = pairings.part_on(found, visitor.connection)
        if found is None or part is None or found.expires_at <= now:
            raise self._missed(visitor, now)
        return sid, part

    def _find(self, message: Message, now: float) -> Pairing:
        """Refuse what is unknown, expired or used, and all in the same way."""
        if "number" in message:
            number = check_number(str(message["number"]))
            if number is None:
                raise BadRequestError
            # Only numbers can be guessed at all; codes that were scanned go on.
            if not self._misses.has("", now):
                raise TooManyError
            found = self._registry.find(number)
        else:
            found = self._registry.get(read_sid(message))
        if found is None or found.is_over or found.expires_at <= now:
            self._misses.take("", now)
            raise NotAvailableError
        return found

    def _missed(self, visitor: ClientInfo, now: float) -> RelayError:
        """Count a look-up for what is not there, and return the refusal.

        The visitor's own allowance is used first: what one address may not do any
        more must not use up what all share.
        """
        if not self._lookups.take(visitor.network, now):
            return TooManyError()
        self._misses.take("", now)
        return NotAvailableError()

    def _note(self, pairing: Pairing) -> None:
        seconds = round(self._clock() - pairing.shown_at, 1)
        log.info("pairing_over", state=pairing.state, reason=pairing.reason, s=seconds)


def _seat(visitor: ClientInfo, token: bytes, said: tuple[bytes, ...] = ()) -> Seat:
    return Seat(
        connection=visitor.connection,
        token_hash=pairings.token_hash(token),
        device=visitor.device,
        network=visitor.network,
        said=said,
    )


def _heard(pairing: Pairing, part: Part) -> int:
    seat = pairing.seat(part)
    return seat.heard if seat else 0


EVENTS: dict[str, Callable[[Relay, ClientInfo, Message], Outcome]] = {
    "show": Relay.show,
    "join": Relay.join,
    "frame": Relay.frame,
    "got": Relay.got,
    "resume": Relay.resume,
    "end": Relay.end,
}
