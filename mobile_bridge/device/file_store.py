"""A certificate that came, kept on this computer: whole, or not at all.

It is written into a folder beside, brought to the disk, read back, compared, and only
then gets its name. What lies there already is never overwritten.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mobile_bridge.core.bundle import File
from mobile_bridge.device.file_names import FilePlan, plan
from mobile_bridge.errors import BridgeError

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class NotStoredError(BridgeError):
    """The disk did not take it."""

    code = "not_kept"


class OtherKeyError(NotStoredError):
    """The same certificate is here with other files; they are not overwritten."""

    code = "other_key_here"


@dataclass(frozen=True, slots=True)
class SaveResult:
    """Where it lies; `is_new` is false when the same was there before."""

    folder: Path
    is_new: bool


def prepare(to: Path) -> None:
    """Make the folder into which certificates shall come.

    Raises:
        NotStoredError: nothing can be written there.
    """
    try:
        to.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        Path(tempfile.mkdtemp(prefix=".certferry-", dir=to)).rmdir()
    except OSError:
        raise NotStoredError from None


def save(files: Sequence[File], to: Path) -> SaveResult:
    """Write one holder's files into a folder of their own inside `to`.

    Raises:
        NotStoredError: they are not there, or are not what came.
        OtherKeyError: other files are there under the same name.
    """
    target = plan(files)
    folder = to / target.folder
    if os.path.lexists(folder):
        return _existing(folder, target)
    try:
        staging = Path(tempfile.mkdtemp(prefix=".certferry-", dir=to))
    except OSError:
        raise NotStoredError from None
    try:
        _write(staging, target)
        staging.rename(folder)
        _sync(to)
    except OSError:
        # Somebody else may have been faster with the same.
        if os.path.lexists(folder):
            return _existing(folder, target)
        raise NotStoredError from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if not _is_there(folder, target):
        raise NotStoredError
    return SaveResult(folder, is_new=True)


def _write(folder: Path, target: FilePlan) -> None:
    for name, content in target.files.items():
        handle = os.open(folder / name, _CREATE, FILE_MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)
    if not _is_there(folder, target):
        raise NotStoredError


def _sync(folder: Path) -> None:
    """Make the names in a folder last, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _existing(folder: Path, target: FilePlan) -> SaveResult:
    if folder.is_symlink() or not _is_there(folder, target):
        raise OtherKeyError
    return SaveResult(folder, is_new=False)


def _is_there(folder: Path, target: FilePlan) -> bool:
    try:
        return all(
            (folder / name).read_bytes() == content
            for name, content in target.files.items()
        )
    except OSError:
        return False
