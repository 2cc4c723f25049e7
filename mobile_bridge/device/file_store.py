"""Certificates and keys written to this computer's disks: whole, or not at all.

What is written lies beside under another name, is brought to the disk, read back and
compared, and only then gets its name. What lies there already is never overwritten
unasked, and no link is followed out of the folder that somebody chose.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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


class FileThereError(NotStoredError):
    """A file or folder of that name is there; it is not overwritten."""

    code = "file_exists"


class LinkOnTheWayError(NotStoredError):
    """A folder on the way is a link or a file: what is written would lie elsewhere."""

    code = "path_leads_out"


class NameTooLongError(NotStoredError):
    """The system has no names, or no paths, as long as this one."""

    code = "name_too_long"


@dataclass(frozen=True, slots=True)
class SaveResult:
    """Where it lies; `is_new` is false when the same was there before."""

    folder: Path
    is_new: bool


def prepare(to: Path) -> tuple[Path, ...]:
    """Make the folder into which certificates shall come.

    Return the folders that were not there before, the outermost first.

    Raises:
        NotStoredError: nothing can be written there; then no folder was made.
    """
    new_folders: list[Path] = []
    try:
        for folder in reversed([to, *to.parents]):
            with suppress(FileExistsError):
                folder.mkdir(mode=FOLDER_MODE)
                new_folders.append(folder)
        Path(tempfile.mkdtemp(prefix=".certferry-", dir=to)).rmdir()
    except OSError as error:
        remove_empty(new_folders)
        raise not_stored(error) from None
    return tuple(new_folders)


@contextmanager
def prepared(to: Path) -> Iterator[None]:
    """Make a folder for what is written now; refused, it leaves no empty one behind.

    Raises:
        NotStoredError: nothing can be written there.
    """
    new_folders = prepare(to)
    try:
        yield
    except BaseException:
        remove_empty(new_folders)
        raise


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders, the innermost first, as far as nothing is in them."""
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def is_folder(path: Path) -> bool:
    """Say whether there is a folder.

    Raises:
        NotStoredError: the system does not say, or has no such names.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise not_stored(error) from None


def save(files: Sequence[File], to: Path) -> SaveResult:
    """Write one holder's files into a folder of their own inside `to`.

    Raises:
        NotStoredError: they are not there, or are not what came.
        OtherKeyError: other files are there under the same name.
    """
    return save_folder(plan(files), to)


def save_folder(target: FilePlan, to: Path) -> SaveResult:
    """Write the files of a plan into its folder below `to`.

    Raises:
        NotStoredError: they are not there, or are not what was given.
        OtherKeyError: other files are there under the same name.
        LinkOnTheWayError: a folder on the way leads out of `to`.
    """
    folder = to / target.folder
    new_folders = _make_way(to, folder.parent)
    try:
        return _save(target, folder)
    except NotStoredError:
        remove_empty(new_folders)
        raise


def save_file(path: Path, octets: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        FileThereError: there is one.
        NotStoredError: the disk did not take it.
    """
    if os.path.lexists(path):
        raise FileThereError
    staging = _stage(path, octets)
    try:
        _name(staging, path)
    except FileExistsError:
        raise FileThereError from None
    except OSError as error:
        raise not_stored(error) from None
    finally:
        staging.unlink(missing_ok=True)
    try:
        sync_folder(path.parent)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise not_stored(error) from None
        raise


def write_new_file(path: Path, octets: bytes) -> None:
    """Write a file for its owner only, under a name that nobody has, onto the disk.

    Raises:
        OSError: the disk did not take it.
    """
    handle = os.open(path, _CREATE, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def not_stored(error: OSError) -> NotStoredError:
    """Return what a refusal of the system is called here."""
    is_long = error.errno == errno.ENAMETOOLONG
    return NameTooLongError() if is_long else NotStoredError()


def _stage(path: Path, octets: bytes) -> Path:
    """Return a file beside `path` with these contents, on the disk and read back."""
    try:
        handle, name = tempfile.mkstemp(prefix=".certferry-", dir=path.parent)
    except OSError as error:
        raise not_stored(error) from None
    staging = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        is_same = staging.read_bytes() == octets
    except BaseException as error:
        staging.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise not_stored(error) from None
        raise
    if not is_same:
        staging.unlink(missing_ok=True)
        raise NotStoredError
    return staging


def _name(staging: Path, path: Path) -> None:
    """Give a file its name, if nobody has it."""
    try:
        os.link(staging, path)
    except FileExistsError:
        raise
    except OSError:
        # FAT has no second names: a rename then, which overwrites where POSIX says so.
        if os.path.lexists(path):
            raise FileExistsError from None
        staging.rename(path)


def _make_way(to: Path, folder: Path) -> list[Path]:
    """Make the folders between two, and return those that were not there.

    Raises:
        LinkOnTheWayError: one of them is a link or no folder.
    """
    new_folders: list[Path] = []
    for part in reversed([folder, *folder.parents]):
        if part == to or to not in part.parents:
            continue
        try:
            part.mkdir(mode=FOLDER_MODE)
            new_folders.append(part)
        except FileExistsError:
            if part.is_symlink() or not part.is_dir():
                remove_empty(new_folders)
                raise LinkOnTheWayError from None
        except OSError as error:
            remove_empty(new_folders)
            raise not_stored(error) from None
    return new_folders


def _save(target: FilePlan, folder: Path) -> SaveResult:
    if os.path.lexists(folder):
        return _existing(folder, target)
    try:
        staging = Path(tempfile.mkdtemp(prefix=".certferry-", dir=folder.parent))
    except OSError as error:
        raise not_stored(error) from None
    try:
        _write(staging, target)
        staging.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        # Somebody else may have been faster with the same.
        if os.path.lexists(folder):
            return _existing(folder, target)
        raise not_stored(error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if not _is_there(folder, target):
        raise NotStoredError
    return SaveResult(folder, is_new=True)


def _write(folder: Path, target: FilePlan) -> None:
    for name, content in target.files.items():
        write_new_file(folder / name, content)
    sync_folder(folder)
    if not _is_there(folder, target):
        raise NotStoredError


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
