"""What of a folder or file on this computer is looked into, and what it held.

Reads and never writes. Only files that may belong to a certificate are opened, up to
the size that their kind has; folders that lead elsewhere are not followed.
"""

import errno
import os
import stat
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mobile_bridge.core.bundle import FILE_NAMES
from mobile_bridge.npki.errors import (
    ForbiddenError,
    PathTooLongError,
    TooLargeFileError,
    UnreadableError,
)
from mobile_bridge.npki.files.archive import MAX_DEPTH, expand, is_zip
from mobile_bridge.npki.files.folder import (
    MAX_ARCHIVE_BYTES,
    MAX_BUNDLE_FILE_BYTES,
    MAX_FILES,
    MAX_TREE_BYTES,
    Holder,
    HolderKind,
    PfxFile,
    Problem,
    Tree,
    TreeFile,
    find_holders,
    max_bytes,
    normalise_path,
    tree_paths,
)
from mobile_bridge.npki.files.roots import (
    disk_folders,
    drive_roots,
    first_looked_at,
    known_roots,
)

ARCHIVE_ENDING: Final = ".zip"
MAX_ENTRIES: Final = 50_000  # names looked at, of folders and files
_BEGINNING: Final = 4
_SET_NAMES: Final = frozenset(name.lower() for name in FILE_NAMES.values())


@dataclass(frozen=True, slots=True)
class Listing:
    """The sets in a folder or file, and the files as they were read.

    `files` has path and octets of each file on this computer, by its path in the tree:
    what lies in a zip is not among them.
    """

    tree: Tree
    files: Mapping[str, tuple[Path, bytes]] = field(repr=False)

    @property
    def sets(self) -> tuple[Holder | PfxFile, ...]:
        """All sets, by path."""
        both: list[Holder | PfxFile] = [*self.tree.holders, *self.tree.pfx_files]
        return tuple(sorted(both, key=lambda one: one.path))


def list_holders(path: Path) -> Listing:
    """Return whose certificates are in a folder or file.

    Of a file, those sets that it is a part of.

    Raises:
        UnreadableError: it is not there, cannot be read or is too large.
    """
    try:
        absolute = _absolute(path)
        is_folder = stat.S_ISDIR(absolute.stat().st_mode)
        return _list_folder(absolute) if is_folder else _list_file(absolute)
    except (OSError, ValueError) as error:
        raise unreadable_error(error) from None


def sets_meant(listing: Listing, path: Path) -> tuple[Holder | PfxFile, ...]:
    """Return the sets that somebody means who names a path: all that are there.

    Who names a holder's own folder means what the names in it say, whatever else lies
    beside or below.
    """
    name = _absolute(path).as_posix()
    for folder in (name, normalise_path(name)):
        own = tuple(
            holder
            for holder in listing.tree.holders
            if holder.kind is HolderKind.NPKI and holder.path == folder
        )
        if own:
            return own
    return listing.sets


def existing_roots() -> tuple[Path, ...]:
    """Return the known folders of certificates that are on this computer."""
    return tuple(path for path in all_roots() if _leads_to_folder(path))


def all_roots() -> tuple[Path, ...]:
    """Return the folders that are looked at when nobody names one."""
    home = Path.home()
    disks = [*drive_roots(sys.platform)]
    for folder in disk_folders(sys.platform, home.name):
        try:
            disks += sorted(e.path for e in os.scandir(folder) if e.is_dir())
        except OSError:
            continue
    roots = known_roots(sys.platform, str(home), disks)
    return tuple(dict.fromkeys(map(Path, roots)))


def read_file(path: Path, limit: int) -> bytes:
    """Return what is in a regular file.

    Raises:
        UnreadableError: it is none.
        TooLargeFileError: there is more in it than `limit` bytes.
        OSError: the system does not give it.
    """
    octets = _read_up_to(path, limit)
    if len(octets) > limit:
        raise TooLargeFileError
    return octets


def unreadable_error(error: OSError | ValueError) -> UnreadableError:
    """Return what a path or file is refused with that the system does not give."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENAMETOOLONG:
        return PathTooLongError()
    if number in (errno.EACCES, errno.EPERM):
        return ForbiddenError()
    return UnreadableError()


class _Reader:
    """Reads files as long as they are not too many or too large together."""

    def __init__(self) -> None:
        self.files: dict[Path, bytes] = {}
        self.problems: list[Problem] = []
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Whether no more is read."""
        return len(self.files) >= MAX_FILES or self._size > MAX_TREE_BYTES

    def read(self, path: Path, limit: int) -> None:
        """Read one more; what cannot be read is a problem of its own."""
        if path in self.files:
            return
        name = normalise_path(path.as_posix())
        try:
            octets = _read_up_to(path, limit)
        except UnreadableError as error:
            self.problems.append(Problem(name, error.code))
        except (OSError, ValueError) as error:
            self.problems.append(Problem(name, unreadable_error(error).code))
        else:
            self.files[path] = octets
            self._size += len(octets)

    def listing(self) -> Listing:
        """Return the sets in what was read."""
        names = tree_paths(path.as_posix() for path in self.files)
        read = dict(zip(names, self.files.items(), strict=True))
        files, problems = expand(
            TreeFile(name, octets) for name, (_, octets) in read.items()
        )
        tree = find_holders(files)
        all_problems = (*tree.problems, *problems, *self.problems)
        by_path = sorted(all_problems, key=lambda problem: problem.path)
        listed = Tree(tree.holders, tree.pfx_files, tuple(by_path))
        return Listing(listed, read)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (links stay as they are)


def _list_folder(folder: Path) -> Listing:
    reader = _Reader()
    # The folders of the field come first, so that no other file keeps them out.
    for place in first_looked_at(f"{folder}{os.sep}"):
        _read_below(Path(place), reader)
    _read_below(folder, reader, is_chosen=True)
    return reader.listing()


def _list_file(path: Path) -> Listing:
    octets = read_file(path, _limit_of_chosen(path))
    alone = _Reader()
    alone.files[path] = octets
    listing = alone.listing()
    if is_zip(octets) or listing.tree.pfx_files or _is_whole(listing.tree):
        return listing
    beside = _Reader()
    beside.files[path] = octets
    for entry in sorted(path.parent.iterdir()):
        if max_bytes(entry.name) and not beside.is_full and not _leads_to_folder(entry):
            beside.read(entry, max_bytes(entry.name))
    return _of_file(beside.listing(), path)


def _of_file(listing: Listing, path: Path) -> Listing:
    """Return those sets that a file is a part of."""
    name = next(name for name, (one, _) in listing.files.items() if one == path)
    holders = tuple(h for h in listing.tree.holders if name in h.sources)
    folder = name.rpartition("/")[0]
    sources = {name, *(source for holder in holders for source in holder.sources)}
    problems = tuple(
        problem
        for problem in listing.tree.problems
        if problem.path in sources or (holders and problem.path.startswith(folder))
    )
    return Listing(Tree(holders, (), problems), listing.files)


def _is_whole(tree: Tree) -> bool:
    return any(
        holder.sign_key and (holder.sign_cert or holder.candidates)
        for holder in tree.holders
    )


def _limit_of_chosen(path: Path) -> int:
    """Return how large a file of any name may be that somebody named himself."""
    if limit := max_bytes(path.name):
        return limit
    beginning = _read_up_to(path, _BEGINNING - 1)
    return MAX_ARCHIVE_BYTES if is_zip(beginning) else MAX_BUNDLE_FILE_BYTES


def _read_below(folder: Path, reader: _Reader, *, is_chosen: bool = False) -> None:
    """Read what may be of a set below a folder, the nearest first."""
    if not is_chosen and not _leads_to_folder(folder):
        return
    # Archives may be large and of something else, so they come last.
    archives = []
    for path in _files_below(folder, reader, is_chosen=is_chosen):
        if path.suffix.lower() == ARCHIVE_ENDING:
            archives.append(path)
        elif not _read_next(path, folder, reader):
            return
    for path in archives:
        if _size(path) <= MAX_ARCHIVE_BYTES and not _read_next(path, folder, reader):
            return


def _read_next(path: Path, folder: Path, reader: _Reader) -> bool:
    """Read one more file, if there is room; say so where there is none."""
    if reader.is_full:
        _note_too_large(folder, reader)
        return False
    reader.read(path, max_bytes(path.name))
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it says why


def _files_below(folder: Path, reader: _Reader, *, is_chosen: bool) -> Iterator[Path]:
    waiting, count = deque([(folder, 0)]), 0
    while waiting:
        here, depth = waiting.popleft()
        try:
            entries = sorted(here.iterdir())
        except OSError:
            if is_chosen and depth == 0:
                raise
            continue
        for entry in entries:
            count += 1
            if count > MAX_ENTRIES:
                _note_too_large(folder, reader)
                return
            # A folder in the place of a file of a set is a file that cannot be read.
            if _is_folder(entry) and entry.name.lower() not in _SET_NAMES:
                if depth < MAX_DEPTH:
                    waiting.append((entry, depth + 1))
            elif max_bytes(entry.name):
                yield entry


def _note_too_large(folder: Path, reader: _Reader) -> None:
    problem = Problem(normalise_path(folder.as_posix()), "tree_too_large")
    reader.problems.append(problem)


def _leads_to_folder(path: Path) -> bool:
    """Say whether this is a folder or a link to one; no, if the system does not say."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    """Say whether this is a folder, and no link to one: there are circles of links."""
    try:
        return path.is_dir() and not path.is_symlink()
    except OSError:
        return False


def _read_up_to(path: Path, limit: int) -> bytes:
    """Return what is in a regular file, at most one byte over a limit."""
    # A pipe waits for somebody to write, and a device may do something when opened.
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnreadableError
    with open(path, "rb", opener=_open_now) as file:
        return file.read(limit + 1)


def _open_now(path: str, flags: int) -> int:
    # Should it have become a pipe since it was looked at, nobody waits for it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
