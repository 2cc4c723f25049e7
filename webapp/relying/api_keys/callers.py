"""Who makes a call: the owner of an API key, or somebody at an address."""

from typing import Final

from flask import g, request

from mobile_bridge.server.client_address import client_network
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.relying.api_keys.errors import ApiKeyRefusedError
from webapp.relying.api_keys.models import ApiKey
from webapp.relying.api_keys.service import authenticate, find_key, note_use

CALLS_WITHOUT_KEY: Final = "20 per minute"
_SCHEME: Final = "bearer"


def current_key() -> ApiKey | None:
    """Return the key that this call was sent with; None where it has none.

    Raises:
        ApiKeyRefusedError: it is none of ours, or was revoked.
    """
    if "api_key" not in g:
        g.api_key = _read_key()
    key: ApiKey | None = g.api_key
    return key


def caller() -> str:
    """Return what calls are counted by: the key, else the network of the address.

    A key that is refused is counted by the address: it is an attempt to guess one.
    """
    try:
        key = current_key()
    except ApiKeyRefusedError:
        key = None
    network = client_network(request.remote_addr or "")
    return f"key:{key.id}" if key else f"network:{network}"


def calls_allowed() -> str:
    """Return how many calls the caller has."""
    try:
        key = current_key()
    except ApiKeyRefusedError:
        return CALLS_WITHOUT_KEY
    return f"{key.calls_a_minute} per minute" if key else CALLS_WITHOUT_KEY


def note_caller() -> None:
    """Refuse a wrong key, and keep that a right one is in use.

    Raises:
        ApiKeyRefusedError
    """
    key = current_key()
    if key is None:
        return
    with unit_of_work() as work:
        note_use(find_key(work, key.id), utc_now())


def _read_key() -> ApiKey | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _blank, text = header.partition(" ")
    if scheme.lower() != _SCHEME:
        raise ApiKeyRefusedError
    return authenticate(session(), text.strip())
