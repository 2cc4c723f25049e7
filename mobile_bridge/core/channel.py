"""The sealed records after the handshake: one key, one direction, counted.

The number of a record is never on the wire; each side counts. So a record that is
repeated, dropped or reordered does not open. JavaScript twin:
frontend/bridge/core/channel.js.
"""

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_bridge.core.protocol import expand, fail, length_prefix

NONCE_BYTES = 12
LENGTH_BYTES = 4
# What a record may tell an onlooker is its number of blocks, nothing finer.
WORD_BLOCK = 1024  # offer, answer and receipt: all look alike
PAYLOAD_BLOCK = 8192
# What a sender waits for once the code was typed: beside the records, so that nothing
# depends on it. It may be lost, repeated or left out.
PASSWORD, PRESS = "password", "press"
NOTES = (PASSWORD, PRESS)
NOTE_BYTES = 16


class _Side:
    """One key and how many records went through it."""

    def __init__(self, key: bytes, transcript: bytes) -> None:
        self._cipher, self._key, self._transcript = AESGCM(key), key, transcript
        self._aad = length_prefix("BRG1 rec", transcript)
        self._seq = 0

    def _note(self, word: str) -> bytes:
        info = length_prefix("BRG1", "note", word, self._transcript)
        return expand(self._key, info, NOTE_BYTES)

    def _nonce(self) -> bytes:
        nonce = self._seq.to_bytes(NONCE_BYTES, "big")
        self._seq += 1
        return nonce


class Sealer(_Side):
    """Seals what this side sends."""

    def seal(self, content: bytes, block: int = WORD_BLOCK) -> bytes:
        """Return the next record, padded to a multiple of `block`."""
        return self._cipher.encrypt(self._nonce(), pad(content, block), self._aad)

    def note(self, word: str) -> bytes:
        """Return what says one of `NOTES` to the other side, and nothing to others."""
        return self._note(word)


class Opener(_Side):
    """Opens what the other side sealed, in its order."""

    def read_note(self, note: bytes) -> str | None:
        """Return which of `NOTES` the other side says; None for what it did not."""
        words = (w for w in NOTES if hmac.compare_digest(self._note(w), note))
        return next(words, None)

    def open(self, record: bytes) -> bytes:
        """Return what the next record carries.

        Raises:
            ProtocolError: it is not the next record of the other side.
        """
        try:
            return unpad(self._cipher.decrypt(self._nonce(), record, self._aad))
        except (InvalidTag, ValueError):
            fail()


def pad(content: bytes, block: int) -> bytes:
    """Put the length before and zeros after, up to a multiple of `block`."""
    filled = len(content).to_bytes(LENGTH_BYTES, "big") + content
    return filled + bytes(-len(filled) % block)


def unpad(padded: bytes) -> bytes:
    """Take off what `pad` put on.

    Raises:
        ProtocolError: the length is wrong or the filling is not zeros.
    """
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
    if len(padded) < LENGTH_BYTES or end > len(padded) or any(padded[end:]):
        fail()
    return padded[LENGTH_BYTES:end]
