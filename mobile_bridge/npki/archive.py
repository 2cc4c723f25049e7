"""A zip of certificates, in and out: looked at before anything in it is unpacked. Pure.

Only what is named like a certificate, a key or a PKCS#12 file is unpacked, into memory
and never onto a disk; what the directory says of sizes is checked before and after.
JavaScript twin: frontend/npki/archive.js.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from mobile_bridge.npki.errors import NpkiError
from mobile_bridge.npki.folder import (
    MAX_ARCHIVE_BYTES,
    MAX_FILES,
    MAX_TREE_BYTES,
    ZIP_BEGINNING,
    Problem,
    TreeFile,
    max_bytes,
    normalise_path,
)

MAX_DEPTH: Final = 16  # folders in each other
MAX_RATIO: Final = 100  # keys and certificates hardly shrink at all
MAX_DIRECTORY_BYTES: Final = 1024 * 1024
_RATIO_COUNTS_FROM: Final = 64 * 1024
_LOCAL_HEADER: Final = 30  # APPNOTE 4.3.7, without the name
_END: Final = struct.Struct("<4s4H2LH")  # APPNOTE 4.3.16
_END_SIGNATURE: Final = b"PK\x05\x06"
_BEGINNINGS: Final = (ZIP_BEGINNING, _END_SIGNATURE)
_MAX_COMMENT: Final = 0xFFFF
_IN_ZIP64: Final = 0xFFFFFFFF
_ENCRYPTED, _UTF8 = 0x1, 0x800  # APPNOTE 4.4.4
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the library raises on what is damaged.
_FAULTS: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError),
    *(RuntimeError, EOFError, ValueError, OverflowError, OSError, IndexError),
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same files give the same archive
_OWNER_ONLY: Final = 0o100600 << 16


class ArchiveError(NpkiError):
    """This is no zip that can be read: damaged, or packed in another way."""

    code = "zip_form"


class ArchiveTooLargeError(ArchiveError):
    """There is more in it than is unpacked."""

    code = "zip_too_large"


class ArchiveEncryptedError(ArchiveError):
    """The archive has a password of its own."""

    code = "zip_encrypted"


class ArchivePathError(ArchiveError):
    """A name in it leads out of it."""

    code = "path_unsafe"


class ArchiveTooDeepError(ArchiveError):
    """More folders lie in each other than is looked through."""

    code = "tree_too_deep"


def is_zip(octets: bytes) -> bool:
    """Say whether a file begins like a zip."""
    return octets.startswith(_BEGINNINGS)


def read_zip(octets: bytes) -> tuple[TreeFile, ...]:
    """Return the files of a zip that may hold certificates or keys.

    One that is too large for its kind comes cut, one byte over its limit.

    Raises:
        ArchiveError: it is no zip, damaged, encrypted or too large, or a name in it
            leads out of it.
    """
    if len(octets) > MAX_ARCHIVE_BYTES:
        raise ArchiveTooLargeError
    _check_directory(octets)
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            entries = archive.infolist()
            _check_extents(entries)
            return tuple(_unpack(archive, _candidates(entries)))
    except _FAULTS:
        raise ArchiveError from None


def write_zip(files: Iterable[TreeFile]) -> bytes:
    """Return a zip of files, for its owner only; names are in UTF-8 and say so."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, _EPOCH)
            entry.external_attr, entry.create_system = _OWNER_ONLY, 3
            archive.writestr(entry, file.octets)
    return octets.getvalue()


def expand(files: Iterable[TreeFile]) -> tuple[list[TreeFile], list[Problem]]:
    """Return a tree in which each zip stands as a folder of its own name.

    One that cannot be opened is a problem, and the rest goes on.
    """
    tree: list[TreeFile] = []
    problems = []
    for file in files:
        if not is_zip(file.octets):
            tree.append(file)
            continue
        try:
            inside = read_zip(file.octets)
        except ArchiveError as error:
            problems.append(Problem(normalise_path(file.path), error.code))
            continue
        tree += (TreeFile(f"{file.path}/{one.path}", one.octets) for one in inside)
    return tree, problems


def _check_directory(octets: bytes) -> None:
    """Look at the size of the directory before the library reads it (APPNOTE 4.3.16).

    A zip64, whose numbers stand elsewhere, is larger than any that is read here.
    """
    at = octets.rfind(_END_SIGNATURE, max(0, len(octets) - _END.size - _MAX_COMMENT))
    if at < 0 or at + _END.size > len(octets):
        raise ArchiveError
    _, disk, first_disk, _, count, size, start, _ = _END.unpack_from(octets, at)
    if disk or first_disk or _IN_ZIP64 in (size, start):
        raise ArchiveError
    if size > MAX_DIRECTORY_BYTES or count == _MAX_COMMENT:
        raise ArchiveTooLargeError


def _check_extents(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse entries that lie in each other: a small file would unpack to anything."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise ArchiveError
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size


def _candidates(
    entries: Iterable[zipfile.ZipInfo],
) -> list[tuple[str, zipfile.ZipInfo]]:
    named = [(_path(entry), entry) for entry in entries if not entry.is_dir()]
    candidates = [(path, entry) for path, entry in named if max_bytes(path)]
    if len(candidates) > MAX_FILES:
        raise ArchiveTooLargeError
    for path, entry in candidates:
        _check(path, entry)
    if sum(entry.file_size for _, entry in candidates) > MAX_TREE_BYTES:
        raise ArchiveTooLargeError
    return candidates


def _check(path: str, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveEncryptedError
    if path.count("/") >= MAX_DEPTH:
        raise ArchiveTooDeepError
    if entry.compress_type not in _METHODS:
        raise ArchiveError
    is_large = entry.file_size > _RATIO_COUNTS_FROM
    if is_large and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ArchiveTooLargeError


def _unpack(
    archive: zipfile.ZipFile, entries: Iterable[tuple[str, zipfile.ZipInfo]]
) -> Iterable[TreeFile]:
    for path, entry in entries:
        with archive.open(entry) as file:
            octets = file.read(max_bytes(path) + 1)
        if len(octets) != min(entry.file_size, max_bytes(path) + 1):
            raise ArchiveError
        yield TreeFile(path, octets)


def _path(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry as a path inside the archive.

    Raises:
        ArchivePathError: it leads out of it.
    """
    path = normalise_path(_decoded(entry))
    parts = [part for part in path.split("/") if part != "."]
    if ".." in parts or path.startswith("/") or ":" in parts[0] or "\0" in path:
        raise ArchivePathError
    return "/".join(part for part in parts if part)


def _decoded(entry: zipfile.ZipInfo) -> str:
    """Return a name: Korean Windows writes CP949, and macOS UTF-8 without saying so."""
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    octets = entry.orig_filename.encode("cp437")  # as the library has decoded it
    for encoding in ("utf-8", "cp949"):
        try:
            return octets.decode(encoding)
        except ValueError:
            continue
    return entry.orig_filename
