"""What a code carries after `#`: an id, and a secret that the centre makes. Pure."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

ID_BYTES: Final = 16
SECRET_BYTES: Final = 16


def join_token(id_: bytes, secret: bytes) -> str:
    """Return an id and its secret as one word, base64url without padding."""
    return urlsafe_b64encode(id_ + secret).rstrip(b"=").decode()


def split_token(token: str) -> tuple[bytes, bytes]:
    """Return the id and what claims to be its secret.

    Raises:
        ValueError: it is no base64url.
    """
    try:
        octets = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error
    return octets[:ID_BYTES], octets[ID_BYTES:]
