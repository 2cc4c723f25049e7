"""Paths as somebody typed them, before the system sees them. Pure."""

import os
from pathlib import Path

from mobile_bridge.errors import BridgeError

STANDARD_STREAM = "-"


class EmptyPathError(BridgeError):
    """A path is the empty word, as an unset variable leaves it."""

    code = "path_empty"


class StandardStreamError(BridgeError):
    """A key would go through a pipe or onto a screen."""

    code = "path_stream"


def parse_path(text: str) -> Path:
    """Return the path that was typed.

    Raises:
        EmptyPathError: it is empty, which is not the current folder.
        StandardStreamError: it is `-`, which other programs take for a pipe.
    """
    if not text:
        raise EmptyPathError
    if text == STANDARD_STREAM:
        raise StandardStreamError
    return Path(text)


def names_folder(text: str) -> bool:
    """Say whether a path ends as only that of a folder does."""
    return text.endswith((os.sep, os.altsep or os.sep))
