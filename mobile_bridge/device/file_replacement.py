"""Files in the place of others: all of them or none, also if the power fails.

The new files are written into a folder beside (`.certferry-replacement`), read back and
sealed by a note of their hashes and of those that they replace. Only then they take
the places of the old ones, one by one, and the folder goes away. Without its note
nothing was replaced yet; with it the next run finishes what was begun. The page does
alike with sets on a disk (frontend/certificates/files/disk_replacement.js).
"""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from mobile_bridge.device.file_store import (
    FOLDER_MODE,
    FileThereError,
    NotStoredError,
    not_stored,
    save_file,
    sync_folder,
    write_new_file,
)

JOURNAL: Final = ".certferry-replacement"
MAX_OLD: Final = 100  # old files of one name that are kept
MAX_BYTES: Final = 1024 * 1024  # of a file; key files have less
MAX_FILES: Final = 16  # of one note; a set has two keys
_NOTE: Final = "note.json"
_NEXT: Final = "next"  # what takes a name in the next moment


class ChangedError(NotStoredError):
    """The file is another one than was read; it is left as it is."""

    code = "file_changed"


class ReplacementLeftError(NotStoredError):
    """A replacement was interrupted, and what lies there now is neither old nor new."""

    code = "passwd_left"


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file, what was read from it, and what shall be in it."""

    path: Path
    was: bytes = field(repr=False)
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a note: its name, and the hashes before and after."""

    name: str
    was: str
    new: str


def replace_files(
    replacements: Sequence[Replacement], *, keeps_old: bool
) -> tuple[Path, ...]:
    """Put new contents in the place of old ones, after all were written and read back.

    Those of one folder change together, whatever happens; of several folders (a link
    leads out of the set) each changes for itself if the power fails. Return under which
    names the old ones are kept; none, if they are not.

    Raises:
        ChangedError: one of the files is not what was read; none is replaced.
        ReplacementLeftError: another replacement is at work there, or was interrupted.
        NotStoredError: the disk did not take it; no file is without its contents.
    """
    groups: dict[Path, list[Replacement]] = defaultdict(list)
    for one in replacements:
        groups[one.path.parent / JOURNAL].append(one)
    opened: list[Path] = []
    old_paths: list[Path] = []
    try:
        for journal, group in groups.items():
            _open(journal)
            opened.append(journal)
            _stage(journal, group)
        _check_unchanged(replacements)
        if keeps_old:
            for one in replacements:
                old_paths.append(_keep(one))
        for journal, group in groups.items():
            _seal(journal, group)
        for one in replacements:
            _give_name(one.path.parent / JOURNAL, one.path, one.octets)
    except BaseException as error:  # Ctrl-C too: all are replaced, or none
        if _put_back(replacements):  # else the next run finishes the change
            _discard(opened)
            for path in old_paths:
                path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise not_stored(error) from None
        raise
    _discard(opened)
    return tuple(old_paths)


def is_interrupted(folder: Path) -> bool:
    """Say whether a replacement in this folder did not come to its end."""
    return os.path.lexists(folder / JOURNAL)


def finish_replacement(folder: Path) -> tuple[Path, ...]:
    """Finish what was interrupted in a folder, or take away what had changed nothing.

    Return the files that have their new contents because of it.

    Raises:
        ReplacementLeftError: a file is neither the old nor the new one, or the new one
            is not whole; nothing is touched then.
        NotStoredError: the disk did not take it.
    """
    journal = folder / JOURNAL
    if not is_interrupted(folder):
        return ()
    try:
        todo = _left_to_do(folder, _read_note(journal))
        for path, octets in todo.items():
            _give_name(journal, path, octets)
    except OSError as error:
        raise not_stored(error) from None
    _discard([journal])
    return tuple(todo)


def _open(journal: Path) -> None:
    try:
        journal.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        raise ChangedError from None  # another one is at work here


def _stage(journal: Path, replacements: Sequence[Replacement]) -> None:
    for at, one in enumerate(replacements):
        _write(journal / str(at), one.octets)
    sync_folder(journal)
    sync_folder(journal.parent)


def _seal(journal: Path, replacements: Sequence[Replacement]) -> None:
    """Write the note; from its name on the replacement is to be finished."""
    files = [
        {"name": one.path.name, "was": _hash(one.was), "new": _hash(one.octets)}
        for one in replacements
    ]
    _give_name(journal, journal / _NOTE, json.dumps({"files": files}).encode())


def _check_unchanged(replacements: Sequence[Replacement]) -> None:
    if any(one.path.read_bytes() != one.was for one in replacements):
        raise ChangedError


def _keep(old: Replacement) -> Path:
    """Give an old file a name of its own beside, ending in .old."""
    names = (f"{old.path.name}.old{n or ''}" for n in range(MAX_OLD))
    for name in names:
        path = old.path.with_name(name)
        with suppress(FileThereError):
            save_file(path, old.was)
            return path
    raise NotStoredError


def _give_name(journal: Path, path: Path, octets: bytes) -> None:
    """Put contents under a name at once, whatever has it now, and read them back."""
    waiting = journal / _NEXT
    waiting.unlink(missing_ok=True)
    _write(waiting, octets)
    waiting.replace(path)
    sync_folder(path.parent)
    if path.read_bytes() != octets:
        raise NotStoredError


def _write(path: Path, octets: bytes) -> None:
    write_new_file(path, octets)
    if path.read_bytes() != octets:
        raise NotStoredError


def _put_back(replacements: Sequence[Replacement]) -> bool:
    """Put the old contents back where the new ones are; say whether all are there."""
    try:
        for one in replacements:
            if one.path.read_bytes() == one.octets:
                _give_name(one.path.parent / JOURNAL, one.path, one.was)
    except (OSError, NotStoredError):
        return False
    return True


def _discard(journals: Sequence[Path]) -> None:
    """Take the folders away, their notes first; what stays the next run takes away."""
    for journal in journals:
        with suppress(OSError):
            (journal / _NOTE).unlink(missing_ok=True)
            sync_folder(journal)
            shutil.rmtree(journal)
            sync_folder(journal.parent)


def _left_to_do(folder: Path, entries: Sequence[_Entry]) -> Mapping[Path, bytes]:
    """Return what is still to be written where; nothing, where all is old or all new.

    Raises:
        ReplacementLeftError: it can neither be finished nor taken away.
    """
    todo = {}
    hashes = [_hash_of(folder / entry.name) for entry in entries]
    was = [entry.was for entry in entries]
    for at, (entry, there) in enumerate(zip(entries, hashes, strict=True)):
        if there == entry.new:
            continue
        staged = folder / JOURNAL / str(at)
        if there == entry.was and _hash_of(staged) == entry.new:
            todo[folder / entry.name] = staged.read_bytes()
        elif hashes == was:
            return {}  # the old ones are whole, and the new ones are not
        else:
            raise ReplacementLeftError
    return todo


def _read_note(journal: Path) -> Sequence[_Entry]:
    """Return what a replacement was about; nothing, where it had not yet begun.

    Raises:
        ReplacementLeftError: this is no note of ours.
    """
    if journal.is_symlink() or not journal.is_dir():
        raise ReplacementLeftError
    note = journal / _NOTE
    if not os.path.lexists(note):
        return ()
    try:
        files = json.loads(_read(note))["files"]
        entries = [_Entry(one["name"], one["was"], one["new"]) for one in files]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ReplacementLeftError from None
    if not 0 < len(entries) <= MAX_FILES or not all(map(_is_ours, entries)):
        raise ReplacementLeftError
    return entries


def _is_ours(entry: _Entry) -> bool:
    """Say whether an entry names a file of this folder, and nothing outside of it."""
    values = (entry.name, entry.was, entry.new)
    is_text = all(isinstance(value, str) for value in values)
    return is_text and entry.name == Path(entry.name).name and entry.name != ".."


def _hash_of(path: Path) -> str:
    """Return the hash of a file; of what is none an empty text."""
    return _hash(_read(path)) if path.is_file() and not path.is_symlink() else ""


def _read(path: Path) -> bytes:
    """Return what is in a file of ours.

    Raises:
        ReplacementLeftError: it is larger than any of them.
    """
    with path.open("rb") as file:
        octets = file.read(MAX_BYTES + 1)
    if len(octets) > MAX_BYTES:
        raise ReplacementLeftError
    return octets


def _hash(octets: bytes) -> str:
    return sha256(octets).hexdigest()
