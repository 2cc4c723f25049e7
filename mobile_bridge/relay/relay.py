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
    Result,
    error_reply,
    frames,
    ok_reply,
    pairing_status,
    peer_info,
    presence_change,
    read_choice,
    read_count,
    read_note,
    read_octets,
    read_presence,
    read_reason,
    read_sid,
    read_token,
    redeliver,
    to_both,
    to_peer,
)
from mobile_bridge.relay.pairing import Event, Pairing, Participant, Role, State
from mobile_bridge.relay.pairing_store import PairingStore

NUMBER_DRAWS = 3

log = structlog.get_logger("bridge")


class Relay:
    """Pairs two devices and passes on what they send in turn."""

    def __init__(
        self,
        store: PairingStore,
        limits: Limits,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._store, self._limits = store, limits
        self._clock, self._random = clock, random
        self.rate_limit = store.rate_limit
        self._creations = self.rate_limit("shown", limits.creations_a_minute, MINUTE)
        self._lookups = self.rate_limit("looked-up", limits.lookups_a_minute, MINUTE)
        self._misses = self.rate_limit("missed", limits.bad_lookups_a_second, 1.0)

    def answer(self, event: str, client: ClientInfo, message: Message) -> Result:
        """Do what one of `EVENTS` asks for; a refusal is an answer too."""
        try:
            return EVENTS[event](self, client, message)
        except RelayError as error:
            return Result(error_reply(error))

    def show(self, client: ClientInfo, message: Message) -> Result:
        """Open a pairing for the device that shows the code."""
        now, sid, token = self._clock(), read_sid(message), read_token(message)
        mode = read_choice(Mode, message.get("mode"))
        direction = read_choice(Direction, message.get("dir"))
        m1 = read_octets(message, "m1")
        if len(m1) > self._limits.first_message_bytes:
            raise TooLargeError
        if not self._creations.acquire(client.network, now):
            raise TooManyError
        participant = _participant(client, token, sent=(m1,))
        over = now + self._limits.shown_seconds[mode]
        new = Pairing(sid, mode, direction, participant, shown_at=now, expires_at=over)
        try:
            shown = self._add(new)
        except NotAvailableError:
            # It is the same device when it did not hear the answer.
            shown = self._shown_before(sid, participant, now)
        answer = ok_reply(expires_in=shown.expires_at - now)
        if shown.number is not None:
            answer["number"] = shown.number
        return Result(answer)

    def join(self, client: ClientInfo, message: Message) -> Result:
        """Let the device join that scanned or typed the code."""
        now, token = self._clock(), read_token(message)
        if not self._lookups.acquire(client.network, now):
            raise TooManyError
        pairing = self._lookup(message, now)
        if pairings.role_of_token(pairing, token) is Role.INITIATOR:
            raise OutOfTurnError
        participant = _participant(client, token)
        over = now + self._limits.seconds_together(pairing.direction)
        _, joined = self._store.update(
            pairing.sid, lambda it: pairings.join(it, participant, expires_at=over)
        )
        if joined.state is State.ENDED:
            # The third device learns nothing; the two learn that it was there.
            self._log_end(joined)
            return Result(error_reply(NotAvailableError()), to_both(joined))
        return self._joined(joined, client, now)

    def frame(self, client: ClientInfo, message: Message) -> Result:
        """Pass on one message to the peer."""
        now, (sid, role) = self._clock(), self._authorize(client, message)
        n, data = read_count(message, "n"), read_octets(message, "data")
        limit = self._limits.bytes_in_all
        before, spoken = self._store.update(
            sid,
            lambda it: pairings.accept_message(it, role, n, data, max_bytes=limit),
        )
        answer = ok_reply()
        if "received" in message:
            received = read_count(message, "received", minimum=0)
            answer = pairing_status(spoken, role, received, now=now)
        if spoken is before:
            return Result(answer)
        participant = spoken.participant(role)
        acked = participant.acked if participant else 0
        deliveries = to_peer(spoken, role, "frame", n=n, data=data, got=acked)
        return Result(answer, deliveries)

    def got(self, client: ClientInfo, message: Message) -> Result:
        """Pass on that a message has arrived."""
        sid, role = self._authorize(client, message)
        n = read_count(message, "n")
        before, acked = self._store.update(
            sid, lambda it: pairings.acknowledge(it, role, n)
        )
        if acked is before:
            return Result()
        return Result(ok_reply(), to_peer(acked, role, "got", n=n))

    def resume(self, client: ClientInfo, message: Message) -> Result:
        """Send a device what it missed, and attach its socket; as often as asked."""
        now, (sid, role) = (
            self._clock(),
            self._authorize(client, message, by_token=True),
        )
        received = read_count(message, "received", minimum=0)

        presence, note = read_presence(message), read_note(message)

        def participant(it: Pairing) -> Pairing:
            if it.state is State.ENDED:
                return it
            attached = pairings.reattach(it, role, client.connection)
            stood = pairings.set_presence(attached, role, presence, note)
            return pairings.acknowledge(stood, role, received)

        before, back = self._store.update(sid, participant)
        deliveries = redeliver(back, role) + presence_change(
            before, back, role, now=now
        )
        if _acked(back, role) > _acked(before, role):
            deliveries += to_peer(back, role, "got", n=received)
        return Result(pairing_status(back, role, received, now=now), deliveries)

    def leave(self, sid: bytes, connection: str) -> Result:
        """Tell the peer of a device that its socket has closed."""
        now = self._clock()
        try:
            before, left = self._store.update(
                sid, lambda it: pairings.leave(it, connection)
            )
        except RelayError:
            return Result()  # it is over, or the store is away: nobody waits for this
        deliveries = (presence_change(before, left, role, now=now) for role in Role)
        return Result(deliveries=tuple(chain.from_iterable(deliveries)))

    def end(self, client: ClientInfo, message: Message) -> Result:
        """End the pairing as one of its devices wishes."""
        sid, role = self._authorize(client, message)
        reason = read_reason(message)

        def finish(it: Pairing) -> Pairing:
            # Both sides may say that it is over; the first reason stands.
            return it if it.is_over else pairings.finish(it, reason)

        before, over = self._store.update(sid, finish)
        if over is before:
            return Result()
        self._log_end(over)
        return Result(ok_reply(), to_peer(over, role, "ended", reason=reason.value))

    def sweep(self) -> tuple[Delivery, ...]:
        """End every pairing whose time is over and forget it."""
        deliveries: list[Delivery] = []
        for pairing in self._store.pop_expired(self._clock()):
            if not pairing.is_over:
                ended = pairings.after(pairing, Event.EXPIRE)
                self._log_end(ended)
                deliveries += to_both(ended)
        return tuple(deliveries)

    def _add(self, pairing: Pairing) -> Pairing:
        """Keep a new pairing; in mode T under a number that no other has."""
        if pairing.mode is Mode.QR:
            self._store.add(pairing)
            return pairing
        for _ in range(NUMBER_DRAWS):
            with_number = pairings.with_number(
                pairing, new_number(pairing.direction, self._random)
            )
            with suppress(NotAvailableError):
                self._store.add(with_number)
                return with_number
        raise NotAvailableError

    def _shown_before(
        self, sid: bytes, participant: Participant, now: float
    ) -> Pairing:
        """Return the pairing that the same device has opened."""

        def attached(it: Pairing) -> Pairing:
            is_same = it.initiator.token_hash == participant.token_hash
            if (
                not is_same
                or it.initiator.sent[:1] != participant.sent
                or it.expires_at <= now
            ):
                raise NotAvailableError
            return pairings.reattach(it, Role.INITIATOR, participant.connection)

        return self._store.update(sid, attached)[1]

    def _joined(self, joined: Pairing, client: ClientInfo, now: float) -> Result:
        """Tell the responder what it joined, and the initiator that it is here."""
        initiator, participant, life = (
            joined.initiator,
            joined.responder,
            joined.expires_at - now,
        )
        if participant is None:
            raise NotAvailableError
        answer = ok_reply(
            sid=joined.sid, expires_in=life, frames=frames(initiator, 0)[:1]
        )
        answer["peer"] = peer_info(participant, initiator)
        deliveries = {**peer_info(initiator, participant), "expires_in": life}
        return Result(answer, to_peer(joined, Role.RESPONDER, "peer", **deliveries))

    def _authorize(
        self, client: ClientInfo, message: Message, *, by_token: bool = False
    ) -> tuple[bytes, Role]:
        """Return the sid of a pairing that lives, and which device of it speaks.

        Who sends a device's token speaks for it, and so does its socket. Only what is
        not one's own counts as a look-up.
        """
        sid, now = read_sid(message), self._clock()
        pairing = self._store.get(sid)
        role = None
        if by_token or "token" in message or not client.connection:
            token = read_token(message)
            role = pairings.role_of_token(pairing, token) if pairing else None
        elif pairing:
            role = pairings.role_of_connection(pairing, client.connection)
        if pairing is None or role is None or pairing.expires_at <= now:
            raise self._count_miss(client, now)
        return sid, role

    def _lookup(self, message: Message, now: float) -> Pairing:
        """Refuse what is unknown, expired or used, and all in the same way."""
        if "number" in message:
            number = check_number(str(message["number"]))
            if number is None:
                raise BadRequestError
            # Only numbers can be guessed at all; codes that were scanned go on.
            if not self._misses.allows("", now):
                raise TooManyError
            pairing = self._store.find(number)
        else:
            pairing = self._store.get(read_sid(message))
        if pairing is None or pairing.is_over or pairing.expires_at <= now:
            self._misses.acquire("", now)
            raise NotAvailableError
        return pairing

    def _count_miss(self, client: ClientInfo, now: float) -> RelayError:
        """Count a look-up for what is not there, and return the refusal.

        The client's own limit is used first: what one address may not do any
        more must not use up what all share.
        """
        if not self._lookups.acquire(client.network, now):
            return TooManyError()
        self._misses.acquire("", now)
        return NotAvailableError()

    def _log_end(self, pairing: Pairing) -> None:
        seconds = round(self._clock() - pairing.shown_at, 1)
        log.info("pairing_over", state=pairing.state, reason=pairing.reason, s=seconds)


def _participant(
    client: ClientInfo, token: bytes, sent: tuple[bytes, ...] = ()
) -> Participant:
    return Participant(
        connection=client.connection,
        token_hash=pairings.token_hash(token),
        device=client.device,
        network=client.network,
        sent=sent,
    )


def _acked(pairing: Pairing, role: Role) -> int:
    participant = pairing.participant(role)
    return participant.acked if participant else 0


EVENTS: dict[str, Callable[[Relay, ClientInfo, Message], Result]] = {
    "show": Relay.show,
    "join": Relay.join,
    "frame": Relay.frame,
    "got": Relay.got,
    "resume": Relay.resume,
    "end": Relay.end,
}
