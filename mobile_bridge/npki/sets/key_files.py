"""Certificates to send, read from where they lie on this computer.

A folder with signCert.der and signPri.key, one of these files, a PKCS#12, PEM or zip
file, or a tree of all that. A key is opened once, to see that the password and the
certificate are its own; what is sent are its encrypted bytes, so that R inside stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mobile_bridge.core.bundle import File, FileRole, pack
from mobile_bridge.errors import BundleError
from mobile_bridge.npki.encryption.password import is_undecoded
from mobile_bridge.npki.errors import (
    ForbiddenError,
    NpkiError,
    PasswordEncodingError,
    PathTooLongError,
    PlainKeyError,
    SourceError,
    TooLargeFileError,
    UnreadableError,
    WrongPasswordError,
)
from mobile_bridge.npki.files.disk_reader import (
    Listing,
    list_holders,
    read_file,
    sets_meant,
)
from mobile_bridge.npki.files.file_contents import is_encrypted_key, read_contents
from mobile_bridge.npki.files.folder import Holder, HolderKind, PfxFile
from mobile_bridge.npki.pfx import encrypted_keys
from mobile_bridge.npki.sets.ca_chain import build_chain
from mobile_bridge.npki.sets.opening import OpenedPair, OpenedSet, open_set

_UNREADABLE: Final = {
    error.code: error
    for error in (UnreadableError, ForbiddenError, TooLargeFileError, PathTooLongError)
}


class SeveralError(NpkiError):
    """There is more than one certificate, and nobody has said which one is meant."""

    code = "several_certificates"


@dataclass(frozen=True, slots=True)
class KeySource:
    """A set to send, not yet opened.

    `files` is what will be sent, where that is seen before the key is open: not of a
    PKCS#12 file. `read` are its files on this computer, where these can be moved: not
    of a PKCS#12 file either, nor of what lies in a zip.
    """

    source: Holder | PfxFile
    files: tuple[File, ...] = ()
    read: tuple[tuple[Path, bytes], ...] = ()


def locate(path: Path) -> KeySource:
    """Read the one certificate that lies at a path, with its key.

    Raises:
        SourceError: there is none, or it cannot be read.
        SeveralError: there is more than one.
        PfxError: a PKCS#12 file has no key in the usual place.
        BundleError: the files are not such as a receiver keeps.
    """
    sources = locate_all(path)
    if len(sources) > 1:
        raise SeveralError
    return sources[0]


def locate_all(path: Path) -> tuple[KeySource, ...]:
    """Read every certificate with its key that lies at a path; there is at least one.

    Raises:
        SourceError, PfxError, BundleError: as `locate`, when there is none.
    """
    listing = list_holders(path)
    sources, refused = [], None
    for source in sets_meant(listing, path):
        try:
            sources.append(_checked(source, listing))
        except (NpkiError, BundleError) as error:
            refused = refused or error
    if not sources:
        raise refused or _nothing_error(listing)
    return tuple(sources)


def open_keys(source: KeySource, password: str) -> bytes:
    """Return the bundle to send, after the password has opened each key once.

    Raises:
        NpkiError: it does not, or key and certificate are not one pair.
        BundleError: no receiver would keep them.
    """
    try:
        opened = open_set(source.source, password)
    except WrongPasswordError:
        if is_undecoded(password):
            raise PasswordEncodingError from None
        raise
    return pack(_files_of(opened))


def delete(source: KeySource) -> list[Path]:
    """Delete what was moved away, and return what had to stay.

    What has changed since it was read is another file, and a link leads to one that
    would not go with it. The key goes first.
    """
    stays = []
    for path, octets in sorted(source.read, key=lambda entry: not _has_key(entry[1])):
        try:
            if not path.is_symlink() and read_file(path, len(octets)) == octets:
                path.unlink()
            else:
                stays.append(path)
        except (OSError, UnreadableError):
            stays.append(path)
    for folder in {path.parent for path, _ in source.read}:
        try:
            folder.rmdir()  # only when nothing else is in it
        except OSError:
            continue
    return stays


def _checked(source: Holder | PfxFile, listing: Listing) -> KeySource:
    """Return a set that could be sent, as far as that can be seen before it is open."""
    if isinstance(source, PfxFile):
        encrypted_keys(source.octets)
        return KeySource(source)
    _check_readable(source, listing)
    has_certificate = source.sign_cert is not None or bool(source.candidates)
    if source.sign_key is None or not has_certificate:
        raise SourceError
    if (source.km_cert is None) is not (source.km_key is None):
        raise SourceError
    chain: list[bytes] = []
    files: list[File] = []
    if source.sign_cert is not None:
        own = [der for der in (source.sign_cert, source.km_cert) if der is not None]
        chain = build_chain(own, source.ca)
        files = _told_files(source, chain)
        pack(files)
    elif not is_encrypted_key(source.sign_key):
        raise BundleError
    return KeySource(source, tuple(files), _movable(source, listing, chain))


def _check_readable(holder: Holder, listing: Listing) -> None:
    """Refuse a set of which a file with a name of the field cannot be read."""
    for problem in listing.tree.problems:
        folder, _, name = problem.path.rpartition("/")
        is_own = holder.kind is HolderKind.NPKI and folder == holder.path
        if is_own and name.lower().startswith(("sign", "km")):
            raise _UNREADABLE.get(problem.code, SourceError)


def _movable(
    holder: Holder, listing: Listing, chain: Iterable[bytes]
) -> tuple[tuple[Path, bytes], ...]:
    """Return the files of a set that go when it is moved: not those of other people."""
    if any(name not in listing.files for name in holder.sources):
        return ()
    own = {holder.sign_cert, holder.sign_key, holder.km_cert, holder.km_key, *chain}
    return tuple(
        listing.files[name]
        for name in holder.sources
        if own & set(_inside(listing.files[name][1]))
    )


def _inside(octets: bytes) -> tuple[bytes, ...]:
    contents = read_contents(octets)
    return (*contents.certificates, *contents.keys)


def _has_key(octets: bytes) -> bool:
    return bool(read_contents(octets).keys)


def _told_files(holder: Holder, chain: Iterable[bytes]) -> list[File]:
    files = {
        FileRole.SIGNING_CERTIFICATE: holder.sign_cert,
        FileRole.SIGNING_KEY: holder.sign_key,
        FileRole.MANAGEMENT_CERTIFICATE: holder.km_cert,
        FileRole.MANAGEMENT_KEY: holder.km_key,
    }
    own = [File(role, octets) for role, octets in files.items() if octets is not None]
    return [*own, *(File(FileRole.CA, der) for der in chain)]


def _files_of(opened: OpenedSet) -> list[File]:
    files = [
        File(FileRole.SIGNING_CERTIFICATE, opened.signing.certificate),
        File(FileRole.SIGNING_KEY, _locked(opened.signing)),
    ]
    if opened.management is not None:
        files += [
            File(FileRole.MANAGEMENT_CERTIFICATE, opened.management.certificate),
            File(FileRole.MANAGEMENT_KEY, _locked(opened.management)),
        ]
    return [*files, *(File(FileRole.CA, der) for der in opened.chain)]


def _locked(pair: OpenedPair) -> bytes:
    if pair.encrypted_key is None:
        raise PlainKeyError
    return pair.encrypted_key


def _nothing_error(listing: Listing) -> NpkiError:
    problems = listing.tree.problems
    return (
        _UNREADABLE.get(problems[0].code, SourceError)() if problems else SourceError()
    )
