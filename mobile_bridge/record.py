"""A pairing as text, for where it leaves the memory of a process, and back again.

JSON, bytes as base64: whoever can write into the store can make a wrong pairing, but
nothing that runs. The form follows the fields of `Pairing` by their types.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from mobile_bridge.pairing import Pairing

Read = Callable[[Any], Any]


def to_text(pairing: Pairing) -> str:
    """Return what `from_text` makes the same pairing of."""
    return json.dumps(_plain(pairing), separators=(",", ":"))


def from_text(text: str | bytes) -> Pairing:
    """Return the pairing that was written as `text`."""
    pairing: Pairing = _reader(Pairing)(json.loads(text))
    return pairing


def _plain(value: Any) -> Any:
    """Return `value` in what JSON knows; an enumeration is text by itself."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name)) for field in fields(value)
        }
    return value


@cache
def _reader(kind: Any) -> Read:
    """Return what reads a field of this type."""
    if kind is bytes:
        return b64decode
    if get_origin(kind) is tuple:
        item = _reader(get_args(kind)[0])
        return lambda values: tuple(map(item, values))
    if get_origin(kind) is UnionType:
        (some,) = (_reader(one) for one in get_args(kind) if one is not NoneType)
        return lambda value: None if value is None else some(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        readers = [(field.name, _reader(hints[field.name])) for field in fields(kind)]
        # A worker of before has written it, and did not know all of the fields.
        return lambda values: kind(
            **{name: read(values[name]) for name, read in readers if name in values}
        )
    read: Read = kind
    return read
