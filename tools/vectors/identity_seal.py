"""R sealed to an authority's key; what was sealed once is kept while it opens."""

import json
from collections.abc import Mapping
from typing import Final

from mobile_bridge.errors import BridgeError
from mobile_bridge.npki.identity_seal import (
    make_seal_key,
    open_random_number,
    seal_random_number,
)
from tools.vectors.recorded_random import VECTORS

SEED: Final = bytes(range(32))
PLACES: Final = (
    (b"", "a", bytes(range(1, 21))),
    (bytes.fromhex("3003020101"), "Ab-_09" * 5, bytes(20)),
    (b"\xff" * 300, "신청", b"\xff" * 20),
)


def identity_seal() -> Mapping[str, object]:
    """Return a key, and what was sealed to it for which place."""
    key = make_seal_key(SEED)
    kept = _kept()
    return {
        "seed": SEED.hex(),
        "public_key": key.public.hex(),
        "key_id": key.id.hex(),
        "sealed": [
            {
                "request": request.hex(),
                "application_id": application_id,
                "random_number": random_number.hex(),
                "sealed": _sealed(kept.get(application_id, ""), place).hex(),
            }
            for place in PLACES
            for request, application_id, random_number in [place]
        ],
    }


def _kept() -> dict[str, str]:
    path = VECTORS / "npki_identity_seal.json"
    if not path.exists():
        return {}
    sealed = json.loads(path.read_text("utf-8"))["sealed"]
    return {case["application_id"]: case["sealed"] for case in sealed}


def _sealed(kept: str, place: tuple[bytes, str, bytes]) -> bytes:
    request, application_id, random_number = place
    key, sealed = make_seal_key(SEED), bytes.fromhex(kept)
    try:
        opened = open_random_number(
            key, sealed, request=request, application_id=application_id
        )
    except BridgeError:
        opened = b""
    if opened == random_number:
        return sealed
    return seal_random_number(
        key.public, random_number, request=request, application_id=application_id
    )
