"""A pairing as text, for where it leaves the memory of a process, and back again.

JSON, bytes as base64: whoever can write into the store can make a wrong pairing, but
nothing that runs. The form follows the fields of `Pairing` by their types.
"""

import msgspec

from mobile_bridge.relay.pairing import Pairing

_ENCODER = msgspec.json.Encoder()
# A worker of before may have written it: a field that it did not know has its default.
_DECODER = msgspec.json.Decoder(Pairing)


def to_text(pairing: Pairing) -> str:
    """Return what `from_text` makes the same pairing of."""
    return _ENCODER.encode(pairing).decode()


def from_text(text: str | bytes) -> Pairing:
    """Return the pairing that was written as `text`."""
    return _DECODER.decode(text)
