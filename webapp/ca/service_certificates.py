"""Keys and certificates of the centre's own services, kept beside the issuing key.

Each is one file with an encrypted key and its certificate, so that a crash leaves no
half of a pair. A new one is made well before the old one ends, at the start, by the
background work, or by whoever needs one first; the others read it from the folder. A
superseded key is destroyed after a day; its certificate stays as long as anything that
it signed.
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from webapp.exceptions import AppError
from webapp.pki.authority import Authority, encrypt_key, load_key, new_serial
from webapp.pki.ca_key import new_key
from webapp.pki.errors import PkiError
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import (
    PROFILES,
    Locations,
    ServiceKind,
    is_in_force,
    is_renewal_due,
    make_service_certificate,
)
from webapp.private_file import only_process_in, replace_private

FOLDER: Final = "services"
# So long after its successor began a key is kept: another process may be using it.
KEY_GRACE: Final = timedelta(days=1)
_FILE: Final = re.compile(r"(?P<kind>[a-z-]+)\.(?P<serial>[0-9a-f]+)\.pem")
_END: Final = b"-----END ENCRYPTED PRIVATE KEY-----\n"

log = structlog.get_logger()
Stamp = tuple[tuple[str, int, int], ...]


class ServiceSignerError(AppError):
    """The centre has no usable key for one of its services, and could not make one."""

    code = "cannot_sign"


@dataclass(frozen=True, slots=True)
class ServiceSigner:
    """A key of a service with its certificate and the CA's that issued it."""

    kind: ServiceKind
    certificate: x509.Certificate
    issuer: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class _StoredCertificate:
    path: Path
    kind: ServiceKind
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | None = field(repr=False)


class ServiceCertificates:
    """The services' keys of one issuing CA; several processes share the folder."""

    def __init__(
        self, folder: Path, authority: Authority, passphrase: bytes, places: Locations
    ) -> None:
        self.folder = folder
        self._authority = authority
        self._passphrase = passphrase
        self._locations = places
        self._known: tuple[Stamp, tuple[_StoredCertificate, ...]] = ((), ())
        self._opened: dict[tuple[str, int, int], _StoredCertificate | None] = {}

    def signer(self, kind: ServiceKind, now: datetime) -> ServiceSigner:
        """Return the newest key of a kind that counts at `now`; make it if need be.

        Raises:
            ServiceSignerError: there is none, and none can be made: the folder cannot
                be written, or the CA's certificate is over.
        """
        newest = self._newest(kind, now)
        if newest is None:
            self._renew(kind, now)
            newest = self._newest(kind, now)
        if newest is None or newest.key is None:
            raise ServiceSignerError
        issuer = self._authority.certificate
        return ServiceSigner(kind, newest.certificate, issuer, newest.key)

    def renew(self, now: datetime) -> list[x509.Certificate]:
        """Make the certificates that are due and drop what nobody needs any more.

        Return the certificates that were made.

        Raises:
            ServiceSignerError: they cannot be made or kept.
        """
        created = [
            certificate
            for kind in ServiceKind
            for certificate in self._renew(kind, now)
        ]
        self._retire(now)
        return created

    def certificates(self, kind: ServiceKind | None = None) -> list[x509.Certificate]:
        """Return every certificate of this CA that is kept, old ones too."""
        return [
            stored.certificate
            for stored in self._stored()
            if kind is None or stored.kind == kind
        ]

    def serials(self) -> frozenset[int]:
        """Return the serial numbers of `certificates`, which no table has."""
        return frozenset(stored.certificate.serial_number for stored in self._stored())

    def _newest(self, kind: ServiceKind, now: datetime) -> _StoredCertificate | None:
        usable = [
            stored
            for stored in self._stored()
            if stored.kind == kind
            and stored.key is not None
            and is_in_force(stored.certificate, now)
        ]
        return max(usable, key=_began, default=None)

    def _renew(self, kind: ServiceKind, now: datetime) -> list[x509.Certificate]:
        if not self._is_due(kind, now):
            return []
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with only_process_in(self.folder):  # another process may have been first
                return [self._make(kind, now)] if self._is_due(kind, now) else []
        except (OSError, PkiError) as error:
            # No traceback: a line is enough to know what to do.
            kind_of_error = type(error).__name__
            log.warning("service_certificate_not_made", kind=kind, error=kind_of_error)
            raise ServiceSignerError from error

    def _is_due(self, kind: ServiceKind, now: datetime) -> bool:
        newest, issuer = self._newest(kind, now), self._authority.certificate
        return newest is None or is_renewal_due(newest.certificate, kind, issuer, now)

    def _make(self, kind: ServiceKind, now: datetime) -> x509.Certificate:
        key = new_key(KeyKind.P_256)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("a key on P-256")
        certificate = make_service_certificate(
            self._authority,
            kind,
            key.public_key(),
            serial=new_serial(secrets.token_bytes),
            now=now,
            locations=self._locations,
        )
        content = encrypt_key(key, self._passphrase) + _pem(certificate)
        path = self.folder / f"{kind}.{certificate.serial_number:x}.pem"
        replace_private(path, content)
        log.info(
            "service_certificate_made",
            kind=kind,
            serial=f"{certificate.serial_number:x}",
            until=f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        )
        return certificate

    def _retire(self, now: datetime) -> None:
        """Drop what was superseded a day ago; a clock set back drops nothing."""
        for stored in self._stored():
            successors = [
                _began(other)
                for other in self._stored()
                if other.kind == stored.kind and _began(other) > _began(stored)
            ]
            if not successors or now < min(successors) + KEY_GRACE:
                continue
            is_over = stored.certificate.not_valid_after_utc <= now
            if is_over and PROFILES[stored.kind].is_never_checked:
                stored.path.unlink(missing_ok=True)
            elif stored.key is not None:
                replace_private(stored.path, _pem(stored.certificate))

    def _stored(self) -> tuple[_StoredCertificate, ...]:
        stamp = self._stamp()
        if stamp != self._known[0]:
            opened = {
                entry: self._opened.get(entry) or self._open(entry[0])
                for entry in stamp
            }
            self._opened = opened
            self._known = (stamp, tuple(filter(None, opened.values())))
        return self._known[1]

    def _stamp(self) -> Stamp:
        try:
            with os.scandir(self.folder) as entries:
                return tuple(sorted(_stamps(entries)))
        except OSError:  # it is not there yet
            return ()

    def _open(self, name: str) -> _StoredCertificate | None:
        """Read a file; None where it belongs to another CA or cannot be opened."""
        path, match = self.folder / name, _FILE.fullmatch(name)
        if match is None or match["kind"] not in set(ServiceKind):
            return None
        try:
            content = path.read_bytes()
            certificate = x509.load_pem_x509_certificate(content)
            certificate.verify_directly_issued_by(self._authority.certificate)
            key = self._key_in(content, certificate)
        except (OSError, ValueError, TypeError, InvalidSignature, PkiError) as error:
            log.warning(
                "service_certificate_unread", file=name, error=type(error).__name__
            )
            return None
        return _StoredCertificate(path, ServiceKind(match["kind"]), certificate, key)

    def _key_in(
        self, content: bytes, certificate: x509.Certificate
    ) -> ec.EllipticCurvePrivateKey | None:
        pem, end, _ = content.partition(_END)
        if not end:
            return None
        key = load_key(pem + end, self._passphrase)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("no key on an elliptic curve")
        if key.public_key() != certificate.public_key():
            raise ValueError("the key of another certificate")
        return key


def _began(stored: _StoredCertificate) -> datetime:
    return stored.certificate.not_valid_before_utc


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _stamps(entries: Iterable["os.DirEntry[str]"]) -> Iterator[tuple[str, int, int]]:
    for entry in entries:
        if _FILE.fullmatch(entry.name):
            status = entry.stat()
            yield entry.name, status.st_ino, status.st_mtime_ns
