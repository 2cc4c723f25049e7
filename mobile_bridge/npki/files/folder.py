"""Whose certificates lie in a tree of files, and the names to write one under. Pure.

A tree comes in as (path, octets), whatever was chosen: a drive, `NPKI`, the issuer's or
the holder's folder, or one file. What is in a file says its bytes; the name only tells
what belongs together. Names to write come from the certificate, never from a file.
JavaScript twin: frontend/npki/files/folder.js; both read
tests/vectors/npki_folders.json.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from mobile_bridge.core.bundle import FILE_NAMES, MAX_FILE_BYTES, FileRole
from mobile_bridge.npki.errors import NpkiError, OpensslKeyError
from mobile_bridge.npki.files.file_contents import Contents, read_contents
from mobile_bridge.pki.ber import MAX_BYTES as MAX_PFX_BYTES
from mobile_bridge.pki.certificate import name_parts, read_certificate
from mobile_bridge.pki.names import HIDDEN

MAX_FILES: Final = 2000  # of a tree
MAX_TREE_BYTES: Final = 32 * 1024 * 1024
MAX_BUNDLE_FILE_BYTES: Final = 256 * 1024  # CaPubs, PEM, PKCS#7
MAX_ARCHIVE_BYTES: Final = 16 * 1024 * 1024
ZIP_BEGINNING: Final = b"PK\x03\x04"
USER_FOLDER: Final = "USER"
CA_BUNDLE: Final = "CaPubs"
PFX_ENDINGS: Final = (".p12", ".pfx")
# A folder in which a page's new set waits to replace the one beside it.
STAGED_ENDING: Final = ".certferry-new"
LEFT: Final = "replacement_left"
DUPLICATE: Final = "file_duplicate"  # two files for one thing, and they differ
# What a file may have at most, by how its name ends; of another name it is not read.
_MAX_BYTES: Final = {
    **dict.fromkeys((".der", ".cer", ".key", ".p8", ".pk8"), MAX_FILE_BYTES),
    **dict.fromkeys((".pem", ".crt", ".p7b", ".p7c"), MAX_BUNDLE_FILE_BYTES),
    **dict.fromkeys(PFX_ENDINGS, MAX_PFX_BYTES),
    ".zip": MAX_ARCHIVE_BYTES,
}
_STEMS: Final = {
    FILE_NAMES[role].partition(".")[0].lower(): role
    for role in (
        *(FileRole.SIGNING_CERTIFICATE, FileRole.SIGNING_KEY),
        *(FileRole.MANAGEMENT_CERTIFICATE, FileRole.MANAGEMENT_KEY),
    )
}
_CERTIFICATE_ROLES: Final = (
    FileRole.SIGNING_CERTIFICATE,
    FileRole.MANAGEMENT_CERTIFICATE,
)

MAX_DN_BYTES: Final = (
    180  # Windows gives a path 260 characters, file systems a name 255
)
MAX_AUTHORITY_BYTES: Final = 64
_HASH_DIGITS: Final = 8
# X.520, as the field writes them into the name of a folder.
_TYPES: Final = {
    "2.5.4.3": "cn",
    "2.5.4.5": "serialnumber",
    "2.5.4.6": "c",
    "2.5.4.7": "l",
    "2.5.4.8": "st",
    "2.5.4.10": "o",
    "2.5.4.11": "ou",
    "0.9.2342.19200300.100.1.25": "dc",
}
_COMMON_NAME, _ORGANISATION = "2.5.4.3", "2.5.4.10"
# The folder of an issuer, by the organisation or the beginning of the common name.
_AUTHORITIES: Final = {
    "yessign": "yessign",
    "signkorea": "SignKorea",
    "kica": "KICA",
    "signgate": "KICA",
    "crosscert": "CrossCert",
    "tradesign": "TradeSign",
    "ncasign": "NCASign",
    "inipass": "iniPass",
    "kisa": "KISA",
}
_FALLBACK_AUTHORITY: Final = "CA"
# Of Windows, whatever ends the name: aux, aux.txt.
_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE
)
# Of FAT, NTFS and POSIX, and what takes the name apart: comma and plus.
_UNSAFE: Final = re.compile(
    "".join(
        (
            r'[\\/:*?"<>|,+',
            *(f"{chr(first)}-{chr(last)}" for first, last in HIDDEN),
            "]",
        )
    )
)


class HolderKind(StrEnum):
    """How a holder's files lie there."""

    NPKI = "npki"  # signCert.der and what belongs to it in a folder
    PAIR = "pair"  # certificate and key, each in a file of any name
    PEM = "pem"  # both in one file
    CERTIFICATE = "certificate"  # a certificate without a key


class TreeTooLargeError(NpkiError):
    """There is more than is looked through: choose a folder further inside."""

    code = "tree_too_large"


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file by its path, "/" between the parts."""

    path: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One holder's set: whole, or what there is of it.

    `path` is the folder of `npki`, else the file of the key, or of the certificate
    without one. `authority` is the issuer's folder, "" outside of NPKI. Without names
    that tell which certificate is the key's, `candidates` has them, and `sign_cert` is
    None until the key is open. A key is an EncryptedPrivateKeyInfo or in the clear, as
    it lies there. `ca` are other certificates that lie there; `sources` the paths of
    all that was taken.
    """

    kind: HolderKind
    path: str
    authority: str = ""
    sign_cert: bytes | None = None
    sign_key: bytes | None = field(default=None, repr=False)
    km_cert: bytes | None = None
    km_key: bytes | None = field(default=None, repr=False)
    candidates: tuple[bytes, ...] = ()
    ca: tuple[bytes, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PfxFile:
    """A PKCS#12 file; whose it is says the password."""

    path: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is named like one of a set, and is none."""

    path: str
    code: str


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies in a tree, by path."""

    holders: tuple[Holder, ...] = ()
    pfx_files: tuple[PfxFile, ...] = ()
    problems: tuple[Problem, ...] = ()


def normalise_path(path: str) -> str:
    r"""Return a path in NFC (macOS hands over NFD), with "/" for Windows' "\\"."""
    return unicodedata.normalize("NFC", with_slashes(path))


def with_slashes(path: str) -> str:
    r"""Return a path with "/" for Windows' "\\"."""
    return path.replace("\\", "/")


def tree_paths(paths: Iterable[str]) -> list[str]:
    """Return under which path each file of a tree is listed: in NFC.

    Two folders, or two files of one folder, whose names differ in their normal form
    alone are not one: they keep the names that they have.
    """
    parts = [with_slashes(path).rpartition("/") for path in paths]
    folders: dict[str, set[str]] = defaultdict(set)
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for folder, _, name in parts:
        folders[normalise_path(folder)].add(folder)
        names[folder, normalise_path(name)].add(name)
    return [
        _one_form(folder, folders[normalise_path(folder)])
        + slash
        + _one_form(name, names[folder, normalise_path(name)])
        for folder, slash, name in parts
    ]


def _one_form(name: str, spellings: Collection[str]) -> str:
    return name if len(spellings) > 1 else normalise_path(name)


def max_bytes(path: str) -> int:
    """Return how large a file of this name may be; 0: it need not be read."""
    name = _name(path).lower()
    if name == CA_BUNDLE.lower():
        return MAX_BUNDLE_FILE_BYTES
    return _MAX_BYTES.get(_ending(name), 0)


def find_holders(files: Iterable[TreeFile]) -> Tree:
    """Return all sets in a tree, each by its path.

    Raises:
        TreeTooLargeError: there are more files or bytes than is looked through.
    """
    folders = _by_folder(files)
    parts = [_Folder(path, inside) for path, inside in sorted(folders.items())]
    holders = [holder for part in parts for holder in part.holders()]
    if not any(h.sign_key or h.km_key or h.kind is HolderKind.NPKI for h in holders):
        holders = _alone(parts)
    pfx_files = [pfx for part in parts for pfx in part.pfx_files]
    problems = [problem for part in parts for problem in part.problems]
    problems += [
        Problem(path, LEFT) for path in folders if path.endswith(STAGED_ENDING)
    ]
    return Tree(
        tuple(sorted(holders, key=lambda holder: holder.path)),
        tuple(sorted(pfx_files, key=lambda pfx: pfx.path)),
        tuple(sorted(problems, key=lambda problem: problem.path)),
    )


def folder_parts(certificate: bytes) -> tuple[str, str, str]:
    """Return the names of the folders in which a certificate is kept below `NPKI`.

    `yessign`, `USER`, `cn=…,ou=…,o=yessign,c=kr`: safe on every file system, however
    the certificate is made.

    Raises:
        DerError: it is no certificate.
    """
    info = read_certificate(certificate)
    return (
        _authority_folder(name_parts(info.issuer_der)),
        USER_FOLDER,
        _holder_folder(name_parts(info.subject_der), certificate),
    )


def tree_for(holder: Holder) -> tuple[TreeFile, ...]:
    """Return the files of a set as they are written below `NPKI`.

    `sign_cert` and `sign_key` are there.

    Raises:
        DerError: the certificate cannot be read.
    """
    assert holder.sign_cert is not None  # noqa: S101 (the promise of the caller)
    folder = "/".join(folder_parts(holder.sign_cert))
    contents = {
        FileRole.SIGNING_CERTIFICATE: holder.sign_cert,
        FileRole.SIGNING_KEY: holder.sign_key,
        FileRole.MANAGEMENT_CERTIFICATE: holder.km_cert,
        FileRole.MANAGEMENT_KEY: holder.km_key,
    }
    own = [
        TreeFile(f"{folder}/{FILE_NAMES[role]}", octets)
        for role, octets in contents.items()
        if octets is not None
    ]
    return (*own, *(TreeFile(f"{folder}/{_ca_name(ca)}", ca) for ca in holder.ca))


def _ca_name(certificate: bytes) -> str:
    return f"ca-{sha256(certificate).hexdigest()[:16]}.der"


def _by_folder(files: Iterable[TreeFile]) -> dict[str, list[TreeFile]]:
    folders: dict[str, list[TreeFile]] = defaultdict(list)
    tree: list[TreeFile] = []
    size = 0
    for file in files:
        tree.append(file)
        size += len(file.octets)
        if len(tree) > MAX_FILES or size > MAX_TREE_BYTES:
            raise TreeTooLargeError
    for path, file in zip(tree_paths(file.path for file in tree), tree, strict=True):
        folders[_parent(path)].append(TreeFile(path, file.octets))
    return {
        path: sorted(inside, key=lambda file: file.path)
        for path, inside in folders.items()
    }


def _alone(parts: Sequence["_Folder"]) -> list[Holder]:
    """Return certificates without a key, where there is no key at all.

    Those of authorities are only looked at where there is nothing else.
    """
    alone = [
        (path, der) for part in parts for path, der in part.certificates_without_key()
    ]
    own = [(path, der) for path, der in alone if not _is_authority(der)]
    return [
        Holder(kind=HolderKind.CERTIFICATE, path=path, sign_cert=der, sources=(path,))
        for path, der in own or alone
    ]


class _Folder:
    """The files of one folder, each looked into once."""

    def __init__(self, path: str, files: Sequence[TreeFile]) -> None:
        self._path = path
        self._contents: list[tuple[str, Contents]] = []
        self._by_role: dict[FileRole, tuple[str, bytes]] = {}
        self._by_path: dict[str, bytes] = {}
        self.pfx_files: list[PfxFile] = []
        self.problems: list[Problem] = []
        for file in files:
            self._add(file)

    def _add(self, file: TreeFile) -> None:
        if file.path in self._by_path:  # of a zip: no disk has two of one name
            if file.octets != self._by_path[file.path]:
                self._note(file, DUPLICATE)
            return
        self._by_path[file.path] = file.octets
        if code := _refused(file):
            self._note(file, code)
            return
        role = _STEMS.get(_stem(file.path))
        contents = read_contents(file.octets)
        is_named_pfx = _ending(_name(file.path).lower()) in PFX_ENDINGS
        if contents.has_openssl_key:
            self._note(file, OpensslKeyError.code)
        if contents.is_pfx:
            self.pfx_files.append(PfxFile(file.path, file.octets))
        elif is_named_pfx and contents == Contents():
            self._note(file, "pfx_form")
        elif role is None:
            self._contents.append((file.path, contents))
        else:
            self._add_role(role, file, contents)

    def _add_role(self, role: FileRole, file: TreeFile, contents: Contents) -> None:
        is_key = role not in _CERTIFICATE_ROLES
        ders = contents.keys if is_key else contents.certificates
        if ders:
            # Files sort by their names, and signCert.der stands before signCert.pem.
            _, first = self._by_role.setdefault(role, (file.path, ders[0]))
            if first != ders[0]:
                self._note(file, DUPLICATE)
        elif not (is_key and contents.has_openssl_key):
            self._note(file, "key_form" if is_key else "certificate_form")

    def _note(self, file: TreeFile, code: str) -> None:
        self.problems.append(Problem(file.path, code))

    def holders(self) -> list[Holder]:
        """Return the sets of this folder that have a key, and an NPKI set."""
        apart = self._keys_apart()
        taken = {
            der
            for holder in apart
            for der in (holder.sign_cert, *holder.candidates)
            if der is not None
        }
        return [*self._npki(taken), *apart]

    def certificates_without_key(self) -> list[tuple[str, bytes]]:
        """Return the certificates with where each stands, if they had no key."""
        return [(path, der) for path, c in self._contents for der in c.certificates]

    def _npki(self, taken: set[bytes]) -> list[Holder]:
        if not self._by_role:
            return []
        files = {role: der for role, (_, der) in self._by_role.items()}
        own = set(files.values()) | taken
        around = [
            (path, der)
            for path, der in self.certificates_without_key()
            if der not in own
        ]
        sources = {path for path, _ in self._by_role.values()}
        return [
            Holder(
                kind=HolderKind.NPKI,
                path=self._path,
                authority=_authority_in(self._path),
                sign_cert=files.get(FileRole.SIGNING_CERTIFICATE),
                sign_key=files.get(FileRole.SIGNING_KEY),
                km_cert=files.get(FileRole.MANAGEMENT_CERTIFICATE),
                km_key=files.get(FileRole.MANAGEMENT_KEY),
                ca=tuple(dict.fromkeys(der for _, der in around)),
                sources=tuple(sorted(sources | {path for path, _ in around})),
            )
        ]

    def _keys_apart(self) -> list[Holder]:
        keys = [(path, key) for path, c in self._contents for key in c.keys]
        # Certificates that the names give to a key are nobody else's.
        named = {path: self._told_by_name(path) for path, _ in keys}
        taken = {der for ders in named.values() for _, der in ders}
        left = [
            (path, der)
            for path, der in self.certificates_without_key()
            if der not in taken
        ]
        return [self._apart(path, key, named[path] or left) for path, key in keys]

    def _told_by_name(self, path: str) -> list[tuple[str, bytes]]:
        """Return the certificates in the file of a key, or in one named alike."""
        beside = [
            (other, der)
            for other, der in self.certificates_without_key()
            if _stem(other) == _stem(path)
        ]
        return [entry for entry in beside if entry[0] == path] or beside

    def _apart(self, path: str, key: bytes, beside: list[tuple[str, bytes]]) -> Holder:
        ders = tuple(dict.fromkeys(der for _, der in beside))
        own = tuple(der for der in ders if not _is_authority(der)) or ders
        is_one = any(other == path for other, _ in beside)
        return Holder(
            kind=HolderKind.PEM if is_one else HolderKind.PAIR,
            path=path,
            sign_cert=own[0] if len(own) == 1 else None,
            sign_key=key,
            candidates=own if len(own) > 1 else (),
            ca=tuple(der for der in ders if der not in own),
            sources=tuple(sorted({path, *(other for other, _ in beside)})),
        )


def _refused(file: TreeFile) -> str:
    """Return why a file is not looked into; "" when it is."""
    if 0 < max_bytes(file.path) < len(file.octets):
        return "file_too_large"
    # Those of the tree itself were opened before: archive.expand.
    return "zip_nested" if file.octets.startswith(ZIP_BEGINNING) else ""


def _is_authority(certificate: bytes) -> bool:
    return read_certificate(certificate).is_authority


def _authority_in(folder: str) -> str:
    """Return the issuer's folder in the path of a holder's."""
    parts = folder.split("/")
    is_npki = len(parts) >= 3 and parts[-2].upper() == USER_FOLDER
    return parts[-3] if is_npki else ""


def _authority_folder(issuer: Sequence[tuple[str, str | None]]) -> str:
    names = [
        text or ""
        for kind in (_ORGANISATION, _COMMON_NAME)
        for type_, text in issuer
        if type_ == kind
    ]
    for name in names:
        letters = re.match(r"[a-z]+", name.lower())
        for beginning, folder in _AUTHORITIES.items():
            if letters and letters[0] in (beginning, f"{beginning}ca"):
                return folder
    safe = next(
        filter(None, (_cut(_safe(name), MAX_AUTHORITY_BYTES) for name in names)), ""
    )
    # No name of the system, none that hides, climbs, or begins like an option.
    safe = safe.lstrip("-.~ ").rstrip(". ")
    if not safe:
        return _FALLBACK_AUTHORITY
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe


def _holder_folder(
    subject: Sequence[tuple[str, str | None]], certificate: bytes
) -> str:
    # The most particular part first, as RFC 4514 2.1 writes it; and CN before all.
    parts = list(reversed(subject))
    parts.sort(key=lambda part: part[0] != _COMMON_NAME)
    texts = [(_TYPES.get(type_, type_), _safe(text or "")) for type_, text in parts]
    name = ",".join(
        f"{type_}={text.lower() if type_ == 'c' else text}" for type_, text in texts
    )
    digest = sha256(certificate).hexdigest()[:_HASH_DIGITS]
    if not any(text.strip(". _") for _, text in texts):
        return f"cn={digest}"
    if len(name.encode()) > MAX_DN_BYTES:
        return f"{_cut(name, MAX_DN_BYTES - _HASH_DIGITS - 1)}~{digest}"
    return name.rstrip(". ")


def _safe(text: str) -> str:
    """Return a text without what a file system or a person takes for something else."""
    return _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip()


def _cut(text: str, octets: int) -> str:
    return text.encode(errors="replace")[:octets].decode(errors="ignore").rstrip(". ")


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return normalise_path(path).rpartition("/")[2]


def _ending(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:] if dot > 0 else ""


def _stem(path: str) -> str:
    """Return a file's name without its ending, for comparing."""
    name = _name(path).lower()
    ending = _ending(name)
    return name[: len(name) - len(ending)]
