"""The code that a device scans to be paired. Pure.

Its secret is not stored: a stolen database pairs nothing.
"""

import hmac
from typing import Final

from webapp.devices.errors import InvitationUnknownError
from webapp.values.code_token import SECRET_BYTES, join_token, split_token

PATH: Final = "/pair"


def pairing_address(origin: str, key: bytes, invitation_id: str) -> str:
    """Return the text of the code; its secret stands after `#`."""
    id_ = bytes.fromhex(invitation_id)
    return f"{origin}{PATH}#{join_token(id_, _secret(key, id_))}"


def read_code(key: bytes, token: str) -> str:
    """Return the id of the invitation that a code is for.

    Raises:
        InvitationUnknownError: it is not one that we drew.
    """
    try:
        id_, secret = split_token(token)
    except ValueError:
        raise InvitationUnknownError from None
    if not hmac.compare_digest(secret, _secret(key, id_)):
        raise InvitationUnknownError
    return id_.hex()


def _secret(key: bytes, id_: bytes) -> bytes:
    return hmac.digest(key, b"certferry pairing code 1" + id_, "sha256")[:SECRET_BYTES]
