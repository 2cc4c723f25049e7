"""A zip of certificates, in and out: looked at before anything in it is unpacked. Pure.

Only what is named like a certificate, a key or a PKCS#12 file is unpacked, into memory
and never onto a disk; what the directory says of sizes is checked before and after. The
directory alone says what is in it: the name that stands once more before an entry is
passed over, where zipfile refuses the archive if the two differ. JavaScript twin:
frontend/npki/files/archive.js; both read tests/vectors/npki_archives.json.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mobile_bridge.npki.errors import NpkiError
from mobile_bridge.npki.files.folder import (
    MAX_ARCHIVE_BYTES,
    MAX_FILES,
    MAX_TREE_BYTES,
    ZIP_BEGINNING,
    Problem,
    TreeFile,
    max_bytes,
    normalise_path,
    with_slashes,
)

MAX_DEPTH: Final = 16  # folders in each other
MAX_RATIO: Final = 100  # keys and certificates hardly shrink at all
MAX_DIRECTORY_BYTES: Final = 1024 * 1024
_RATIO_COUNTS_FROM: Final = 64 * 1024
# APPNOTE 4.3.7, 4.3.12 and 4.3.16, without the names.
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL_SIGNATURE: Final = ZIP_BEGINNING
_ENTRY_SIGNATURE: Final = b"PK\x01\x02"
_END_SIGNATURE: Final = b"PK\x05\x06"
_BEGINNINGS: Final = (_LOCAL_SIGNATURE, _END_SIGNATURE)
_MAX_COMMENT: Final = 0xFFFF
_IN_ZIP64: Final = 0xFFFFFFFF
_ENCRYPTED, _UTF8 = 0x1, 0x800  # APPNOTE 4.4.4
_STORED, _DEFLATED = 0, 8  # APPNOTE 4.4.5
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
    try:
        entries = _read_directory(octets)
        _check_extents(entries)
        return tuple(
            TreeFile(entry.path, _unpack(octets, entry)[: max_bytes(entry.path) + 1])
            for entry in _candidates(entries)
        )
    except struct.error:  # it lies behind the end of the file
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry of the directory (APPNOTE 4.3.12)."""

    path: str
    flags: int
    method: int
    crc: int
    packed: int  # bytes
    size: int  # bytes when unpacked
    at: int  # where its local header begins


def _read_directory(octets: bytes) -> list[_Entry]:
    """Read the directory, after a look at its size.

    It ends where the record of its end begins (4.3.6). A zip64, whose numbers stand
    elsewhere, is larger than any that is read here.
    """
    end = _find_end(octets)
    _, disk, first_disk, _, count, size, start, _ = _END.unpack_from(octets, end)
    if disk or first_disk or _IN_ZIP64 in (size, start):
        raise ArchiveError
    if size > MAX_DIRECTORY_BYTES or count == _MAX_COMMENT:
        raise ArchiveTooLargeError
    entries, at = [], start
    for _ in range(count):
        entry, at = _read_entry(octets, at)
        entries.append(entry)
    if at != end or at != start + size:
        raise ArchiveError
    return entries


def _find_end(octets: bytes) -> int:
    last = len(octets) - _END.size
    first = max(0, last - _MAX_COMMENT)
    at = octets.rfind(_END_SIGNATURE, first, max(0, last + len(_END_SIGNATURE)))
    if at < 0:
        raise ArchiveError
    return at


def _read_entry(octets: bytes, at: int) -> tuple[_Entry, int]:
    """Return an entry, and where the next one begins."""
    fields = _ENTRY.unpack_from(octets, at)
    if fields[0] != _ENTRY_SIGNATURE:
        raise ArchiveError
    flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
    name_at = at + _ENTRY.size
    name = octets[name_at : name_at + fields[10]]
    entry = _Entry(
        path=_path(_decoded(name, flags)),
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        at=fields[16],
    )
    return entry, name_at + sum(fields[10:13])


def _check_extents(entries: Sequence[_Entry]) -> None:
    """Refuse entries that lie in each other: a small file would unpack to anything."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.at):
        if entry.at < end:
            raise ArchiveError
        end = entry.at + _LOCAL.size + entry.packed


def _candidates(entries: Iterable[_Entry]) -> list[_Entry]:
    candidates = [
        entry
        for entry in entries
        if not entry.path.endswith("/") and max_bytes(entry.path)
    ]
    if len(candidates) > MAX_FILES:
        raise ArchiveTooLargeError
    for entry in candidates:
        _check(entry)
    if sum(entry.size for entry in candidates) > MAX_TREE_BYTES:
        raise ArchiveTooLargeError
    return candidates


def _check(entry: _Entry) -> None:
    if entry.flags & _ENCRYPTED:
        raise ArchiveEncryptedError
    if entry.path.count("/") >= MAX_DEPTH:
        raise ArchiveTooDeepError
    if entry.method not in (_STORED, _DEFLATED):
        raise ArchiveError
    is_large = entry.size > _RATIO_COUNTS_FROM
    if is_large and entry.size > MAX_RATIO * max(entry.packed, 1):
        raise ArchiveTooLargeError


def _unpack(octets: bytes, entry: _Entry) -> bytes:
    fields = _LOCAL.unpack_from(octets, entry.at)
    if fields[0] != _LOCAL_SIGNATURE:
        raise ArchiveError
    start = entry.at + _LOCAL.size + fields[9] + fields[10]
    content = octets[start : start + entry.packed]
    plain = content if entry.method == _STORED else _inflate(content, entry.size)
    is_whole = len(content) == entry.packed and len(plain) == entry.size
    if not is_whole or zlib.crc32(plain) != entry.crc:
        raise ArchiveError
    return plain


def _inflate(content: bytes, size: int) -> bytes:
    """Return what unpacks, at most one byte more than the directory says."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, size + 1)
    except zlib.error:
        raise ArchiveError from None


def _path(name: str) -> str:
    """Return the name of an entry as a path inside the archive; a folder's ends in /.

    Raises:
        ArchivePathError: it leads out of it.
    """
    path = with_slashes(name)
    parts = [part for part in path.split("/") if part != "."]
    leads_out = ".." in parts or path.startswith("/") or ":" in "".join(parts[:1])
    if leads_out or "\0" in path:
        raise ArchivePathError
    return "/".join(filter(None, parts)) + ("/" if path.endswith("/") else "")


def _decoded(name: bytes, flags: int) -> str:
    """Return a name: Korean Windows writes CP949, and macOS UTF-8 without saying so."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        if flags & _UTF8:
            raise ArchiveError from None
        return name.decode("cp949", errors="replace")
