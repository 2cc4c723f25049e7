"""A certificate to send, read from where it lies on this computer.

A folder with signCert.der and signPri.key, one of these files, or a PKCS#12 file. The
key is opened once, to see that the password and the certificate are its own; what is
sent are its encrypted bytes, so that R inside stays.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    pkcs12,
)

from mobile_bridge.core.bundle import FILE_NAMES, MAX_FILE_BYTES, File, FileRole, pack
from mobile_bridge.errors import BridgeError
from mobile_bridge.npki.ca_chain import build_chain
from mobile_bridge.npki.kdf_limits import check_key
from mobile_bridge.npki.pkcs12_keys import PfxError, encrypted_keys
from mobile_bridge.pki.ber import MAX_BYTES, to_der
from mobile_bridge.pki.certificate import CertificateInfo, read_certificate
from mobile_bridge.pki.der import DerError

PFX_ENDINGS: Final = (".p12", ".pfx")
CERTIFICATE_ENDINGS: Final = (".der", ".crt", ".cer", ".pem")
LEGACY_ENCODING: Final = "cp949"  # of Korean systems before UTF-8
MAX_SIBLINGS: Final = 100  # files looked at for CA certificates
PAIRS: Final = {
    FileRole.SIGNING_CERTIFICATE: FileRole.SIGNING_KEY,
    FileRole.MANAGEMENT_CERTIFICATE: FileRole.MANAGEMENT_KEY,
}


class SourceError(BridgeError):
    """There is no certificate with its key that could be sent."""

    code = "no_certificate"


class UnreadableError(SourceError):
    """A file is not there, cannot be read or is too large."""

    code = "file_unreadable"


class PathTooLongError(UnreadableError):
    """The system has no paths or names as long as this one."""

    code = "path_too_long"


class ForbiddenError(UnreadableError):
    """Whoever runs this may not read it."""

    code = "file_forbidden"


class TooLargeFileError(UnreadableError):
    """The file is larger than a file of its kind."""

    code = "file_too_large"


class WrongPasswordError(SourceError):
    """The password does not open the key."""

    code = "wrong_password"


class PasswordEncodingError(WrongPasswordError):
    """The password came in bytes that are not UTF-8, and they open nothing."""

    code = "password_encoding"


class UnknownKeyError(SourceError):
    """The key is encrypted in a way that this program cannot open."""

    code = "key_unknown"


class MismatchError(SourceError):
    """The key is not the certificate's."""

    code = "key_mismatch"


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
        PfxError: a PKCS#12 file has no key in the usual place.
        BundleError: the files are not such as a receiver keeps.
    """
    try:
        return _locate(path)
    except (OSError, ValueError) as error:
        raise _unreadable_error(error) from None


def open_keys(source: KeySource, password: str) -> bytes:
    """Return the bundle to send, after the password has opened each key once.

    Raises:
        SourceError: it does not, or key and certificate are not one pair.
        BundleError: no receiver would keep them.
    """
    for secret in candidate_secrets(password):
        with suppress(WrongPasswordError):
            return _open(source, secret)
    raise PasswordEncodingError if _is_undecoded(password) else WrongPasswordError


def candidate_secrets(password: str) -> list[bytes]:
    """Return the bytes that a password may stand for, the likeliest first.

    It is UTF-8. What was typed or set elsewhere may be in the encoding of Korean
    systems before that, and so may be what the key was made with.
    """
    octets = password.encode(errors="surrogateescape")
    other = b""
    with suppress(ValueError):
        is_text = not _is_undecoded(password)
        other = (
            password.encode(LEGACY_ENCODING)
            if is_text
            else octets.decode(LEGACY_ENCODING).encode()
        )
    return [octets] if other in (b"", octets) else [octets, other]


def _is_undecoded(password: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in password)


def _open(source: KeySource, secret: bytes) -> bytes:
    files = _from_pfx(source.pfx, secret) if source.pfx else source.files
    content = {file.role: file.content for file in files}
    for certificate, key in PAIRS.items():
        if key in content:
            own = _public(content[certificate])
            if _public_of_key(content[key], secret) != own:
                raise MismatchError
    return pack(files)


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


def _from_pfx(pfx: bytes, secret: bytes) -> tuple[File, ...]:
    keys = {_public_of_key(key, secret): key for key in encrypted_keys(pfx)}
    try:
        with _library_errors():
            # Its outside in DER: the library means to read nothing else one day.
            opened = pkcs12.load_pkcs12(to_der(pfx), secret)
    except WrongPasswordError:
        raise PfxError from None  # it has opened the key
    bags = [opened.cert] if opened.cert else []
    certificates = [
        bag.certificate.public_bytes(Encoding.DER)
        for bag in (*bags, *opened.additional_certs)
    ]
    own = next((der for der in certificates if _public(der) in keys), None)
    if own is None:
        raise MismatchError
    return (
        File(FileRole.SIGNING_CERTIFICATE, own),
        File(FileRole.SIGNING_KEY, keys[_public(own)]),
        *(File(FileRole.CA, der) for der in build_chain([own], certificates)),
    )


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


def _public(certificate: bytes) -> bytes:
    """Return the key of a certificate, in the one form that keys are compared in."""
    try:
        key = load_der_public_key(_parse(certificate).spki)
    except (ValueError, UnsupportedAlgorithm):
        raise UnknownKeyError from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_of_key(encrypted: bytes, secret: bytes) -> bytes:
    """Open a key for a moment, and return the public half."""
    if not secret:
        raise WrongPasswordError
    try:
        check_key(encrypted)
    except DerError:
        raise UnknownKeyError from None
    with _library_errors():
        public = load_der_private_key(encrypted, secret).public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@contextmanager
def _library_errors() -> Iterator[None]:
    """Turn what the library says of a key into what is said to a person."""
    try:
        yield
    except UnsupportedAlgorithm:
        raise UnknownKeyError from None
    except (ValueError, TypeError) as error:
        raise _error_for(error) from None
    except BaseException as panic:
        # A part of the library that gives up is no Exception; it is no bug of ours.
        if type(panic).__name__ != "PanicException":
            raise
        raise UnknownKeyError from None


def _error_for(error: Exception) -> SourceError:
    # The library has one class for both; a person must not doubt a right password.
    is_foreign = str(error).startswith(("Unknown", "Unsupported"))
    return UnknownKeyError() if is_foreign else WrongPasswordError()
