"""Zips as people have them, and as nobody should make them; written by hand.

Each entry is given as it stands in the directory (APPNOTE 4.3.12) and, where that
differs, as it stands before its contents (4.3.7).
"""

import base64
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.vectors.recorded_random import VECTORS

FILE: Final = VECTORS / "npki_archives.json"
NAME: Final = "NPKI/yessign/USER/cn=김하나/signCert.der"
_UTF8: Final = 0x800
_DEFLATED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a zip."""

    name: bytes
    octets: bytes
    flags: int = 0
    local_name: bytes | None = None  # where it is another one
    method: int = 0
    crc: int | None = None  # where it is a wrong one


def npki_archives() -> dict[str, Any]:
    """Return the vectors: a zip, and its files or the code that refuses it."""
    read = [
        {
            "name": name,
            "zip": _text(write(entries)),
            "files": [{"path": path, "octets": _text(octets)} for path, octets in out],
        }
        for name, entries, out in _read()
    ]
    refused = [
        {"name": name, "zip": _text(octets), "code": code}
        for name, octets, code in _refused()
    ]
    return {"read": read, "refused": refused}


def _read() -> list[tuple[str, Sequence[Entry], list[tuple[str, bytes]]]]:
    one, other = b"\x30\x01", b"\x30\x02"
    utf8 = NAME.encode()
    nfd = unicodedata.normalize("NFD", NAME)
    return [
        ("nothing", [], []),
        (
            "names in UTF-8 and in CP949, neither of which says so",
            [
                Entry(name=utf8, octets=one),
                Entry(name=NAME.replace("/", "\\").encode("cp949"), octets=other),
            ],
            [(NAME, one), (NAME, other)],
        ),
        (
            "the name before the contents is another one: that of the directory counts",
            [Entry(name=b"a/signCert.der", octets=one, local_name=b"../b.exe")],
            [("a/signCert.der", one)],
        ),
        (
            "the name before the contents is longer, and its encoding is none",
            [Entry(name=b"b.cer", octets=one, local_name=b"\xff\xfe.cer", flags=_UTF8)],
            [("b.cer", one)],
        ),
        (
            "two entries of one name are two files",
            [
                Entry(name=b"a/signPri.key", octets=one),
                Entry(name=b"a/signPri.key", octets=other),
            ],
            [("a/signPri.key", one), ("a/signPri.key", other)],
        ),
        (
            "two folders of one name, in NFC and in NFD, stay two",
            [
                Entry(name=utf8, octets=one, flags=_UTF8),
                Entry(name=nfd.encode(), octets=other, flags=_UTF8),
            ],
            [(NAME, one), (nfd, other)],
        ),
        (
            "deflated, and folders and other files are left",
            [
                Entry(name=b"a/", octets=b""),
                Entry(name=b"a\\b\\", octets=b""),
                Entry(name=b"./a//notes.txt", octets=one),
                Entry(name=b"./a//b.cer", octets=bytes(200), method=_DEFLATED),
            ],
            [("a/b.cer", bytes(200))],
        ),
    ]


def _refused() -> list[tuple[str, bytes, str]]:
    file = Entry(name=b"a.cer", octets=b"\x30\x01")
    whole = write([file])
    end = whole.rfind(b"PK\x05\x06")
    directory = whole.rfind(b"PK\x01\x02")
    return [
        ("one archive behind another", whole + whole, "zip_form"),
        ("a gap before the end", whole[:end] + b"\0" + whole[end:], "zip_form"),
        ("a gap before all", b"PK\x03\x04" + whole, "zip_form"),
        (
            "more entries than there are",
            whole[: end + 10] + b"\x02" + whole[end + 11 :],
            "zip_form",
        ),
        (
            "fewer entries than there are",
            whole[: end + 8] + b"\0\0\0\0" + whole[end + 12 :],
            "zip_form",
        ),
        (
            "no entry where one begins",
            whole[:directory] + b"PK\x01\x03" + whole[directory + 4 :],
            "zip_form",
        ),
        ("contents that begin nowhere", b"PK\x05\x04" + whole[4:], "zip_form"),
        (
            "another checksum",
            write([Entry(name=b"a.cer", octets=b"\x30\x01", crc=1)]),
            "zip_form",
        ),
        (
            "a name that says it is UTF-8 and is not",
            write([Entry(name=b"\xff.cer", octets=b"\x30\x01", flags=_UTF8)]),
            "zip_form",
        ),
        (
            "the directory's name leads out, the other one does not",
            write([Entry(name=b"../a.cer", octets=b"0", local_name=b"a.cer")]),
            "path_unsafe",
        ),
    ]


def write(entries: Sequence[Entry]) -> bytes:
    """Return a zip of these entries."""
    contents, directory = b"", b""
    for entry in entries:
        packed = entry.octets
        if entry.method == _DEFLATED:
            deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            packed = deflate.compress(packed) + deflate.flush()
        crc = zlib.crc32(entry.octets) if entry.crc is None else entry.crc
        sizes = struct.pack("<3L", crc, len(packed), len(entry.octets))
        kind = struct.pack("<5H", 20, entry.flags, entry.method, 0, 0x21)
        local = entry.name if entry.local_name is None else entry.local_name
        directory += b"PK\x01\x02\x14\0" + kind + sizes
        directory += struct.pack("<5H2L", len(entry.name), 0, 0, 0, 0, 0, len(contents))
        directory += entry.name
        contents += b"PK\x03\x04" + kind + sizes
        contents += struct.pack("<2H", len(local), 0) + local + packed
    counts = struct.pack("<4H", 0, 0, len(entries), len(entries))
    place = struct.pack("<2LH", len(directory), len(contents), 0)
    return contents + directory + b"PK\x05\x06" + counts + place


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
