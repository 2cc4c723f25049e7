"""The one reader for JSON that comes from outside: one object, and nothing odd in it.

What RFC 8259 leaves open is refused, since two readers may take it differently: names
that stand twice, numbers without bounds, halves of surrogate pairs (RFC 7493 2).
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

MAX_DIGITS = 9
MAX_BRACKETS = 200  # opened in all; ours have a handful, a parser's stack ends at 1,000


class JsonError(ValueError):
    """What came is not one JSON object of the form that is read here."""


def read_object(text: str | bytes) -> dict[str, Any]:
    """Return the one JSON object in `text`, which is UTF-8 where it is bytes.

    Raises:
        JsonError: it is none; nested too deeply; a name stands twice; a number is
            fractional, endless or long; a string is no text that can be stored.
    """
    try:
        text = text if isinstance(text, str) else text.decode()
        if text.count("{") + text.count("[") > MAX_BRACKETS:
            raise JsonError
        parsed = _DECODER.decode(text)
        _require_text(parsed)
    except (ValueError, RecursionError):
        raise JsonError from None
    if not isinstance(parsed, dict):
        raise JsonError
    return parsed


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for name, value in pairs:
        if name in parsed:
            raise JsonError
        parsed[name] = value
    return parsed


def _number(digits: str) -> int:
    # Longer ones cost time without end, and nothing here counts so far.
    if len(digits) > MAX_DIGITS:
        raise JsonError
    return int(digits)


def _refuse(_digits: str) -> NoReturn:
    raise JsonError


def _require_text(value: Any) -> None:
    """Refuse zero bytes and halves of surrogate pairs, wherever they stand."""
    if isinstance(value, str):
        value.encode()  # raises for half a pair
        if "\0" in value:
            raise JsonError
    elif isinstance(value, dict):
        for name, inner in value.items():
            _require_text(name)
            _require_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_text(inner)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_number,
    parse_float=_refuse,
    parse_constant=_refuse,
)
