"""Secrets that stand in a file: NAME_FILE beside NAME.

So a secret is in nobody's environment: systemd's credentials, and what Docker and
Kubernetes mount, are files.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from webapp.config.setting_values import SettingValueError

SUFFIX: Final = "_FILE"
MAX_BYTES: Final = 16 * 1024


def read_text(environ: Mapping[str, str], name: str) -> str:
    """Return what a setting says, from the environment or from its file; else "".

    Raises:
        SettingValueError: it is given in both ways, or the file cannot be read. What
            the file says is in no message.
    """
    text, path = environ.get(name, ""), environ.get(name + SUFFIX, "").strip()
    if not path:
        return text
    if text.strip():
        raise SettingValueError(f"is given twice, here and as {name}{SUFFIX}: keep one")
    return _read_file(Path(path), name + SUFFIX)


def _read_file(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "this is no path"
        raise SettingValueError(f"{name} names {path}: {reason}") from None
    if len(content) > MAX_BYTES:
        raise SettingValueError(
            f"{name} names {path}: more than {MAX_BYTES} bytes are no secret"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingValueError(f"{name} names {path}: write it in UTF-8") from None
    if not text.strip():
        raise SettingValueError(f"{name} names {path}: the file is empty")
    return text
