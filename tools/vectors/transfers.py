"""Sealed records, and whole transfers in both modes and both directions."""

from collections.abc import Iterator
from hashlib import sha256
from typing import TypedDict

from mobile_bridge.core import protocol as p
from mobile_bridge.core.bundle import File, FileRole, offer_for, pack, write_offer
from mobile_bridge.core.channel import NOTES, PAYLOAD_BLOCK, WORD_BLOCK, Sealer
from mobile_bridge.core.transfer import ACCEPT, DECLINE
from tools.vectors.handshakes import (
    flip,
    keys_of,
    m3_of,
    m4_of,
    opened_otherwise,
    run,
    turned,
)
from tools.vectors.recorded_random import Handshake, Holder

TURNS = {
    p.Direction.INITIATOR_SENDS: "GSGSGSGS",
    p.Direction.RESPONDER_SENDS: "GSGSSGSG",
}
Messages = dict[str, bytes]
Wrong = tuple[str, str, str, str, bytes]


class Transcript(TypedDict):
    """One whole transfer."""

    run: int
    mode: str
    dir: str
    code: str
    payload: str
    move: bool
    messages: list[dict[str, str]]
    m6_decline: str


def records(start: Handshake) -> dict[str, object]:
    """Return sealed records and what is inside them."""
    values = run(start)
    contents = (b"", b"accept", "김하나".encode(), bytes(range(256)) * 5)
    sealed: list[dict[str, object]] = []
    notes: list[dict[str, object]] = []
    for name in ("aGS", "aSG"):
        sealer = Sealer(bytes.fromhex(values[name]), keys_of(start).transcript)
        for seq, data in enumerate(contents):
            block = PAYLOAD_BLOCK if len(data) > WORD_BLOCK else WORD_BLOCK
            record = sealer.seal(data, block)
            sealed.append({
                "key": values[name], "th": values["th"], "seq": seq, "block": block,
                "data": data.hex(), "record": record.hex(),
            })  # fmt: skip
        for word in NOTES:
            note = sealer.note(word).hex()
            notes.append(
                {"key": values[name], "th": values["th"], "word": word, "note": note}
            )
    return {"records": sealed, "notes": notes}


def transfer(start: Handshake, holder: Holder) -> dict[str, object]:
    """Return m5 to m8 after a run, with what is inside each."""
    values, payload = run(start), payload_of(holder)
    sealed = messages(start, payload, move=False)
    return {
        "th": values["th"], "aGS": values["aGS"], "aSG": values["aSG"],
        "offer": write_offer(offer_for(payload, move=False)).decode(),
        "answer": "accept", "payload": payload.hex(),
        "receipt": sha256(payload).hexdigest(), "m6_decline": _no(start).hex(),
        **{name: sealed[name].hex() for name in ("m5", "m6", "m7", "m8")},
    }  # fmt: skip


def transcripts(
    handshakes: tuple[Handshake, ...], runs: tuple[int, ...], holder: Holder
) -> dict[str, object]:
    """Return every message of one transfer for each of `runs`, and what is refused.

    In a refused case a device has gone through the transcript up to and with the
    message `after`; then `data` comes to it as its message `take`, or the message
    `own` of the same transcript.
    """
    payload = payload_of(holder)
    written = [_transcript(handshakes[at], at, payload) for at in runs]
    refused = []
    for place, (at, other) in enumerate(zip(runs, runs[1:] + runs[:1], strict=True)):
        for description, device, after, take, data in _wrong(
            handshakes[at], handshakes[other], payload
        ):
            refused.append({
                "what": description, "transcript": place, "device": device,
                "after": after, "take": take, **_data(data, written[place]),
            })  # fmt: skip
    return {"transcripts": written, "refused": refused}


def payload_of(holder: Holder) -> bytes:
    """Return the bundle of a holder's two files."""
    certificate, key = holder
    return pack([
        File(FileRole.SIGNING_CERTIFICATE, certificate), File(FileRole.SIGNING_KEY, key)
    ])  # fmt: skip


def messages(start: Handshake, payload: bytes, *, move: bool) -> Messages:
    """Return m1 to m8 of one transfer."""
    sender, receiver = _sealers(start)
    return {
        "m1": start.m1,
        "m2": start.m2,
        "m3": m3_of(start),
        "m4": m4_of(start),
        "m5": sender.seal(write_offer(offer_for(payload, move=move))),
        "m6": receiver.seal(ACCEPT),
        "m7": sender.seal(payload, PAYLOAD_BLOCK),
        "m8": receiver.seal(sha256(payload).digest()),
    }


def _transcript(start: Handshake, at: int, payload: bytes) -> Transcript:
    own, turns = messages(start, payload, move=True), TURNS[start.direction]
    return {
        "run": at, "mode": start.mode.value, "dir": start.direction.value,
        "code": p.check_code(keys_of(start)), "payload": payload.hex(), "move": True,
        "messages": [
            {"name": name, "from": speaker, "data": data.hex()}
            for speaker, (name, data) in zip(turns, own.items(), strict=True)
        ],
        "m6_decline": _no(start).hex(),
    }  # fmt: skip


def _data(data: bytes, transcript: Transcript) -> dict[str, str]:
    for message in transcript["messages"]:
        if message["data"] == data.hex():
            return {"own": message["name"]}
    return {"data": data.hex()}


def _wrong(start: Handshake, other: Handshake, payload: bytes) -> Iterator[Wrong]:
    own = messages(start, payload, move=True)
    foreign = messages(other, payload, move=True)
    yield from _wrong_handshake(start, own, foreign)
    yield from _wrong_transfer(start, own, foreign, payload)


def _wrong_handshake(
    start: Handshake, own: Messages, foreign: Messages
) -> Iterator[Wrong]:
    m1, m2, m3, m4 = (own[name] for name in ("m1", "m2", "m3", "m4"))
    yield "direction flipped", "S", "", "m1", turned(m1, "dir")
    yield "mode flipped", "S", "", "m1", turned(m1, "mode")
    yield "sid flipped", "S", "", "m1", flip(m1, 24)
    yield "m1 of another pairing", "S", "", "m1", foreign["m1"]
    yield "m3 before m1", "S", "", "m3", m3
    yield "a second m1", "S", "m2", "m1", m1
    yield "m2 reflected as m3", "S", "m2", "m3", m2
    yield "another opening with its MAC", "S", "m2", "m3", opened_otherwise(start)
    yield "m3 of another pairing", "S", "m2", "m3", foreign["m3"]
    yield "one bit of nG", "S", "m2", "m3", flip(m3, 0)
    yield "one bit of macG", "S", "m2", "m3", flip(m3, 32)
    yield "m3 replayed", "S", "m4", "m3", m3
    yield "m4 before m2", "G", "m1", "m4", m4
    yield "m1 reflected as m2", "G", "m1", "m2", m1
    yield "m2 of another pairing", "G", "m1", "m2", foreign["m2"]
    yield "one bit of the encapsulation", "G", "m1", "m2", flip(m2, 700)
    yield "one bit of the sealed secret", "G", "m1", "m2", flip(m2, 1140)
    yield "one bit of the tag", "G", "m1", "m2", flip(m2, 1199)
    yield "m2 cut short", "G", "m1", "m2", m2[:-32]
    yield "a second m2", "G", "m3", "m2", m2
    yield "another m2 after the first", "G", "m3", "m2", foreign["m2"]
    yield "macG reflected as m4", "G", "m3", "m4", m3[32:]
    yield "one bit of macS", "G", "m3", "m4", flip(m4, 31)
    yield "m4 of another pairing", "G", "m3", "m4", foreign["m4"]
    yield "m4 replayed", "G", "m4", "m4", m4


def _wrong_transfer(
    start: Handshake, own: Messages, foreign: Messages, payload: bytes
) -> Iterator[Wrong]:
    tx, rx = ("G", "S") if TURNS[start.direction][4] == "G" else ("S", "G")
    m5, m6, m7, m8 = (own[name] for name in ("m5", "m6", "m7", "m8"))
    again, back = _sealers(start)
    skipping, _ = _sealers(start)
    for _ in range(2):
        skipping.seal(b"")
    yield "one bit of m5", rx, "m4", "m5", flip(m5, 0)
    yield "the tag of m5", rx, "m4", "m5", flip(m5, len(m5) - 1)
    yield "m5 cut short", rx, "m4", "m5", m5[:-1]
    yield "nothing as m5", rx, "m4", "m5", b""
    yield "m5 of another pairing", rx, "m4", "m5", foreign["m5"]
    yield "its own kind of record as m5", rx, "m4", "m5", m6
    yield "m5 replayed", rx, "m5", "m5", m5
    yield "m7 before the yes", rx, "m5", "m7", m7
    yield "m5 replayed as m7", rx, "m6", "m7", m5
    yield "its own m6 reflected as m7", rx, "m6", "m7", m6
    yield "m7 under a used number", rx, "m6", "m7", again.seal(payload, PAYLOAD_BLOCK)
    yield "m7 under a later number", rx, "m6", "m7", skipping.seal(payload)
    yield "one bit of m6", tx, "m5", "m6", flip(m6, 99)
    yield "its own m5 reflected as m6", tx, "m5", "m6", m5
    yield "m6 of another pairing", tx, "m5", "m6", foreign["m6"]
    yield "neither yes nor no", tx, "m5", "m6", back.seal(b"acceptt")
    yield "m6 replayed", tx, "m6", "m6", m6
    yield "m6 replayed as m8", tx, "m7", "m8", m6
    yield "its own m7 reflected as m8", tx, "m7", "m8", m7
    yield "receipt for something else", tx, "m7", "m8", back.seal(bytes(32))
    yield "one bit of m8", tx, "m7", "m8", flip(m8, 500)
    yield "m8 replayed", tx, "m8", "m8", m8


def _sealers(start: Handshake) -> tuple[Sealer, Sealer]:
    """Return what the sender and what the receiver seals with."""
    keys = keys_of(start)
    out, back = keys.initiator_to_responder, keys.responder_to_initiator
    if start.direction is p.Direction.RESPONDER_SENDS:
        out, back = back, out
    return Sealer(out, keys.transcript), Sealer(back, keys.transcript)


def _no(start: Handshake) -> bytes:
    """Return the m6 of who does not want it."""
    return _sealers(start)[1].seal(DECLINE)
