"""The names under which a receiver keeps what came, made from the certificate alone.

Pure. No name comes over the wire, and what the certificate says is not trusted as a
name either: signs that a file system or a person could take for something else go.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from mobile_bridge.core.bundle import FILE_NAMES, File, FileRole, describe_certificate

MAX_NAME_BYTES: Final = 80
CA_HASH_DIGITS: Final = 16
# Letters, marks and digits of every script, and what stands between them. Neither a
# dot nor a slash, colon or sign that turns the reading direction is among them.
_CATEGORIES: Final = "LMN"
_BETWEEN: Final = " -()"
# Letters by their category, and nothing at all on the screen.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0")
_FALLBACK: Final = "certificate"


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A folder, "/" between its parts, and what comes into it."""

    folder: str
    files: dict[str, bytes]


def plan(files: Sequence[File]) -> FilePlan:
    """Say where one holder's files are kept.

    Raises:
        BundleError: the certificate cannot be read.
    """
    certificate = next(
        f.content for f in files if f.role is FileRole.SIGNING_CERTIFICATE
    )
    subject = describe_certificate(certificate)
    # The serial stands last: so no device name of Windows, no dot or blank at the end.
    folder = f"{_safe_name(subject['name'])} {subject['serial']}"
    return FilePlan(folder, {_file_name(file): file.content for file in files})


def _file_name(file: File) -> str:
    if file.role is FileRole.CA:
        return f"ca-{sha256(file.content).hexdigest()[:CA_HASH_DIGITS]}.der"
    return FILE_NAMES[file.role]


def _safe_name(name: str) -> str:
    """Return a holder's name as a part of a file name."""
    one_form = unicodedata.normalize("NFC", name)
    chars = [char if _is_safe(char) else "_" for char in one_form]
    # In bytes: file systems count these, and Hangul has three for each sign.
    cut = "".join(chars).strip().encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    # A name that begins like an option would be one to the next command.
    plain = cut.lstrip(" -").rstrip()
    return plain if set(plain) - set(_BETWEEN) else _FALLBACK


def _is_safe(char: str) -> bool:
    if char in _BLANK:
        return False
    return unicodedata.category(char)[0] in _CATEGORIES or char in f"{_BETWEEN}_"
