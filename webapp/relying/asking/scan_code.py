"""What the code on the asking page carries, and the number that it shows. Pure.

Neither is stored: both follow from the request's id and a key that is not in the
database, so that a stolen database opens no request. The code's secret stands after
`#`, which no browser sends in an address.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from webapp.relying.asking.errors import RequestUnknownError
from webapp.values.code_token import SECRET_BYTES, join_token, split_token

PATH: Final = "/a"
_OFFERED: Final = 3
_LEAST, _COUNT = 10, 90  # two digits, the first of them not zero


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """The number on the asking page, and those of which a device picks it."""

    shown: str
    offered: tuple[str, ...]


def scan_token(key: bytes, request_id: str) -> str:
    """Return what stands after `#` in the code."""
    id_ = bytes.fromhex(request_id)
    return join_token(id_, _secret(key, id_))


def scan_address(origin: str, token: str) -> str:
    """Return the text of the code."""
    return f"{origin}{PATH}#{token}"


def read_token(key: bytes, token: str) -> str:
    """Return the id of the request that a code is for.

    Raises:
        RequestUnknownError: it is not one that we drew.
    """
    try:
        id_, secret = split_token(token)
    except ValueError:
        raise RequestUnknownError from None
    if not hmac.compare_digest(secret, _secret(key, id_)):
        raise RequestUnknownError
    return id_.hex()


def number_check(key: bytes, request_id: str) -> NumberCheck:
    """Return the numbers of a request: three that differ, and the one of them."""
    digest = _derive(key, "number", bytes.fromhex(request_id))
    numbers: list[str] = []
    for at in range(0, len(digest), 2):
        number = str(_LEAST + int.from_bytes(digest[at : at + 2]) % _COUNT)
        if number not in numbers:
            numbers.append(number)
    offered = numbers[:_OFFERED]
    return NumberCheck(offered[0], tuple(sorted(offered)))


def _secret(key: bytes, id_: bytes) -> bytes:
    return _derive(key, "scan", id_)[:SECRET_BYTES]


def _derive(key: bytes, use: str, id_: bytes) -> bytes:
    return hmac.digest(key, f"certferry asking {use} 1".encode() + id_, "sha256")
