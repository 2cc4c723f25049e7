"""A certificate to send, read from where it lies on this computer.

A folder with signCert.der and signPri.key, one of these files, or a PKCS#12 file. The
key is opened once, to see that the password and the certificate are its own; what is
sent are its encrypted bytes, so that R inside stays.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mobile_bridge.core.bundle import FILE_NAMES, MAX_FILE_BYTES, File, FileRole, pack
from mobile_bridge.npki.ca_chain import build_chain
from mobile_bridge.npki.errors import (
    ForbiddenError,
    KeyMissingError,
    MismatchError,
    PasswordEncodingError,
    PathTooLongError,
    PlainKeyError,
    SourceError,
    TooLargeFileError,
    UnknownKeyError,
    UnreadableError,
    WrongPasswordError,
)
from mobile_bridge.npki.key_file import check_key_pair, decrypt_key
from mobile_bridge.npki.password import is_undecoded
from mobile_bridge.npki.pfx import PfxKey, encrypted_keys, read_pfx
from mobile_bridge.pki.ber import MAX_BYTES
from mobile_bridge.pki.certificate import CertificateInfo, read_certificate
from mobile_bridge.pki.der import DerError

PFX_ENDINGS: Final = (".p12", ".pfx")
CERTIFICATE_ENDINGS: Final = (".der", ".crt", ".cer", ".pem")
MAX_SIBLINGS: Final = 100  # files looked at for CA certificates
PAIRS: Final = {
    FileRole.SIGNING_CERTIFICATE: FileRole.SIGNING_KEY,
    FileRole.MANAGEMENT_CERTIFICATE: FileRole.MANAGEMENT_KEY,
}


@dataclass(frozen=True, slots=True)
class KeySource:
    """What lies there, not yet opened; `pfx` is empty for a folder."""

    files: tuple[File, ...] = ()
    read: tuple[tuple[Path, bytes], ...] = ()
    pfx: bytes = field(default=b"", repr=False)


def locate(path: Path) -> KeySource:
    """Read the files of a certificate.

    Raises:
        SourceError: there is none, or it cannot be read.
        PfxError: a PKCS#12 file is damaged, or has no encrypted key.
        BundleError: the files are not such as a receiver keeps.
    """
    try:
        return _locate(path)
    except (OSError, ValueError) as error:
        raise _unreadable_error(error) from None


def open_keys(source: KeySource, password: str) -> bytes:
    """Return the bundle to send, after the password has opened each key once.

    Raises:
        NpkiError: it does not, or key and certificate are not one pair.
        BundleError: no receiver would keep them.
    """
    try:
        if source.pfx:
            return pack(_from_pfx(source.pfx, password))
        _check_keys(source.files, password)
    except WrongPasswordError:
        raise _wrong_password_error(password) from None
    return pack(source.files)


def _check_keys(files: tuple[File, ...], password: str) -> None:
    content = {file.role: file.content for file in files}
    for certificate, key in PAIRS.items():
        if key in content:
            plain = decrypt_key(content[key], password)
            check_key_pair(plain, content[certificate])


def _wrong_password_error(password: str) -> WrongPasswordError:
    return PasswordEncodingError() if is_undecoded(password) else WrongPasswordError()


def delete(source: KeySource) -> list[Path]:
    """Delete what was moved away, and return what had to stay.

    What has changed since it was read is another file, and a link leads to one that
    would not go with it. The key goes first.
    """
    stays = []
    for path, octets in sorted(
        source.read, key=lambda entry: entry[0].suffix != ".key"
    ):
        try:
            if not path.is_symlink() and _read(path, MAX_FILE_BYTES) == octets:
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


def _locate(path: Path) -> KeySource:
    if path.suffix.lower() in PFX_ENDINGS and not path.is_dir():
        octets = _read(path, MAX_BYTES)
        encrypted_keys(octets)
        return KeySource(pfx=octets)
    if path.is_dir():
        return _locate_in(path)
    path.stat()
    if path.name.lower() not in {name.lower() for name in FILE_NAMES.values()}:
        raise SourceError
    return _locate_in(path.parent)


def _locate_in(folder: Path) -> KeySource:
    beside = {path.name.lower(): path for path in sorted(folder.iterdir())}
    paths = {role: beside.get(name.lower()) for role, name in FILE_NAMES.items()}
    read = [
        (File(role, _read(path, MAX_FILE_BYTES)), path)
        for role, path in paths.items()
        if path is not None
    ]
    roles = {file.role for file, _ in read}
    if any((c in roles) is not (k in roles) for c, k in PAIRS.items()) or not read:
        raise SourceError
    own = [file.content for file, _ in read if file.role in PAIRS]
    for certificate in own:
        _parse(certificate)
    others = sorted(set(beside.values()) - {path for _, path in read})
    authorities = dict(_certificates(others))
    chain = build_chain(own, authorities)
    files = [file for file, _ in read]
    files += [File(FileRole.CA, der) for der in chain]
    was_read = [(path, file.content) for file, path in read]
    was_read += [authorities[der] for der in chain]
    pack(files)
    return KeySource(tuple(files), tuple(was_read))


def _certificates(
    paths: Iterable[Path],
) -> Iterator[tuple[bytes, tuple[Path, bytes]]]:
    """Give the certificates among some files in DER, and where each was read."""
    likely = [path for path in paths if path.suffix.lower() in CERTIFICATE_ENDINGS]
    for path in likely[:MAX_SIBLINGS]:
        try:
            octets = _read(path, MAX_FILE_BYTES)
            is_pem = octets.lstrip().startswith(b"-----")
            der = _der_in(octets) if is_pem else octets
            _parse(der)
            yield der, (path, octets)
        except (SourceError, OSError, ValueError):
            continue  # a file of somebody else


def _from_pfx(pfx: bytes, password: str) -> tuple[File, ...]:
    contents = read_pfx(pfx, password)
    certificates = [certificate.der for certificate in contents.certificates]
    keys = [key for key in contents.keys if key.encrypted_key is not None]
    if not keys:
        raise PlainKeyError if contents.keys else KeyMissingError
    own, key = _find_pair(certificates, keys)
    return (
        File(FileRole.SIGNING_CERTIFICATE, own),
        File(FileRole.SIGNING_KEY, key),
        *(File(FileRole.CA, der) for der in build_chain([own], certificates)),
    )


def _find_pair(
    certificates: Iterable[bytes], keys: Iterable[PfxKey]
) -> tuple[bytes, bytes]:
    """Return the first certificate that has its key here, and that key as it lies."""
    for certificate, key in product(certificates, keys):
        with suppress(MismatchError, UnknownKeyError, DerError):
            check_key_pair(key.private_key_info, certificate)
            return certificate, key.encrypted_key or b""
    raise MismatchError


def _read(path: Path, max_bytes: int) -> bytes:
    # A pipe waits for somebody to write, and a device may do something when opened.
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnreadableError
    with open(path, "rb", opener=_open_now) as file:
        octets = file.read(max_bytes + 1)
    if len(octets) > max_bytes:
        raise TooLargeFileError
    return octets


def _unreadable_error(error: OSError | ValueError) -> UnreadableError:
    """Return what a path or file is refused with that the system does not give."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENAMETOOLONG:
        return PathTooLongError()
    if number in (errno.EACCES, errno.EPERM):
        return ForbiddenError()
    return UnreadableError()


def _open_now(path: str, flags: int) -> int:
    # Should it have become a pipe since it was looked at, nobody waits for it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _der_in(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _parse(certificate: bytes) -> CertificateInfo:
    try:
        return read_certificate(certificate)
    except DerError:
        raise SourceError from None
