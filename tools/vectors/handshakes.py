"""Whole handshakes, and what each side must refuse of a first, single message."""

from mobile_bridge.core import protocol as p
from tools.vectors.recorded_random import Handshake

# m1's fields begin after 4 bytes of length each.
M1_FIELDS = {
    "magic": 4, "mode": 13, "dir": 18, "sid": 24, "mlkem": 44, "x25519": 44 + 1184,
    "commitment": 1264, "length": 3,
}  # fmt: skip
M1_LENGTHS = {
    "mode": 12, "dir": 17, "sid": 23, "public key": 43, "commitment": 1263
}  # fmt: skip
M1_EDGES = {"magic": 9, "mode": 14, "dir": 20, "sid": 40, "public key": 1260}
M2_FIELDS = {"mlkem": 0, "x25519": 1090, "sealed": 1125, "tag": 1180}


def keys_of(start: Handshake) -> p.Keys:
    """Return what both sides have in the end."""
    secret, psk = start.secret, start.psk
    return p.derive_keys(start.m1, start.m2, start.nonce, secret=secret, psk=psk)


def run(start: Handshake) -> dict[str, str]:
    """Return one whole handshake in hex."""
    m1, pair, keys = start.m1, p.key_pair(start.private), keys_of(start)
    values = {
        "sid": start.sid, "psk": start.psk, "pkG": pair.public, "nG": start.nonce,
        "m1": m1, "kS": start.secret, "m2": start.m2, "th": keys.transcript,
        "prk": keys.prk, "cG": keys.confirm_initiator, "cS": keys.confirm_responder,
        "aGS": keys.initiator_to_responder, "aSG": keys.responder_to_initiator,
        "sas": keys.code, "macG": p.initiator_mac(keys), "macS": p.responder_mac(keys),
        "skG": start.private, "fp": p.fingerprint(m1), "seed": start.seed,
    }  # fmt: skip
    return {
        "mode": start.mode.value,
        "dir": start.direction.value,
        **{name: value.hex() for name, value in values.items()},
        "code": p.check_code(keys),
    }


def negatives(start: Handshake, other: Handshake) -> dict[str, object]:
    """Return a handshake, and what each side must refuse with the one generic error.

    `taker` names the message a side takes; `m1`, `m2`, `m3` or `m4` in a case stands
    in the place of the run's own. m3 is nG and macG; m4 is macS.
    """
    octets_by_taker = {
        "m1": {**_wrong_m1(start.m1), "m1 of another pairing": other.m1},
        "m2": _wrong_m2(start, other),
        "m3": _wrong_m3(start, other),
        "m4": _wrong_m4(start),
    }
    cases = [
        {"what": description, "taker": taker, taker: octets.hex()}
        for taker, wrong in octets_by_taker.items()
        for description, octets in wrong.items()
    ]
    return {"run": run(start), "cases": cases}


def m3_of(start: Handshake) -> bytes:
    """Return the third message."""
    return start.nonce + p.initiator_mac(keys_of(start))


def m4_of(start: Handshake) -> bytes:
    """Return the fourth message."""
    return p.responder_mac(keys_of(start))


def opened_otherwise(start: Handshake) -> bytes:
    """Return an m3 with another nonce than the committed one, and the MAC that fits.

    A shower that wants to choose the code after it has seen m2 would say this.
    """
    nonce = flip(start.nonce, 0)
    secret, psk = start.secret, start.psk
    keys = p.derive_keys(start.m1, start.m2, nonce, secret=secret, psk=psk)
    return nonce + p.initiator_mac(keys)


def turned(m1: bytes, field: str) -> bytes:
    """Return `m1` with the other direction or the other mode."""
    swaps = {"dir": (b"\2GS", b"\2SG"), "mode": (b"\1Q", b"\1T")}[field]
    one, two = swaps if swaps[0] in m1[:24] else swaps[::-1]
    return m1.replace(one, two, 1)


def flip(octets: bytes, at: int) -> bytes:
    """Return `octets` with one bit of the byte at `at` turned round."""
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _wrong_m1(m1: bytes) -> dict[str, bytes]:
    flipped = {
        f"one bit of m1 flipped in {name}": flip(m1, at)
        for name, at in M1_FIELDS.items()
    }
    lengths = {
        f"one bit of m1 flipped in the length of {name}": flip(m1, at)
        for name, at in M1_LENGTHS.items()
    }
    cut = {f"m1 cut after {name}": m1[:end] for name, end in M1_EDGES.items()}
    return {
        **flipped,
        **lengths,
        **cut,
        "direction of m1 turned round": turned(m1, "dir"),
        "mode of m1 turned to typed": turned(m1, "mode"),
        "m1 truncated": m1[:-1],
        "m1 with a byte behind": m1 + b"\0",
        "m1 with an empty field behind": m1 + bytes(4),
        "no m1": b"",
    }


def _wrong_m2(start: Handshake, other: Handshake) -> dict[str, bytes]:
    m2, sealed = start.m2, start.m2[: p.SEALED_BYTES]
    flipped = {
        f"one bit of m2 flipped in {name}": flip(m2, at)
        for name, at in M2_FIELDS.items()
    }
    return {
        **flipped,
        "m2 truncated": m2[:-1],
        "m2 with a byte behind": m2 + b"\0",
        "m2 without its tag": sealed,
        "m2 of another pairing": other.m2,
        "m2 of the typed mode: tag all zeros": sealed + bytes(32),
        "m2 tagged by who did not see the QR code": _tagged(start, other.psk),
        "m1 reflected as m2": start.m1,
        "no m2": b"",
    }


def _wrong_m3(start: Handshake, other: Handshake) -> dict[str, bytes]:
    m3 = m3_of(start)
    return {
        "one bit of m3 flipped in nG": flip(m3, 5),
        "one bit of m3 flipped in macG": flip(m3, 40),
        "m3 truncated": m3[:-1],
        "m3 with a byte behind": m3 + b"\0",
        "m3 replayed from another pairing": m3_of(other),
        "m3 opens another nonce, and its MAC fits that": opened_otherwise(start),
        "m3 with macS in place of macG": start.nonce + m4_of(start),
        "m2 reflected as m3": start.m2,
        "no m3": b"",
    }


def _wrong_m4(start: Handshake) -> dict[str, bytes]:
    m3, m4 = m3_of(start), m4_of(start)
    return {
        "m4 with one bit flipped": flip(m4, 0),
        "m4 truncated": m4[:-1],
        "m4 with a byte behind": m4 + b"\0",
        "m4 is macG reflected": m3[32:],
        "m3 reflected as m4": m3,
        "no m4": b"",
    }


def _tagged(start: Handshake, psk: bytes) -> bytes:
    """Return m2 with a tag under another secret than the QR code's."""
    sealed = start.m2[: p.SEALED_BYTES]
    return sealed + p._m2_tag(start.m1, sealed, psk, start.mode)
