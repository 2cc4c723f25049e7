"""The newest revocation list, kept outside the database: its high-water mark.

A database that was restored from a copy knows less than was published. The list that
lies beside the issuing key tells so: it is only ever replaced by one with a higher
number.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from cryptography import x509

FILE_NAME = "issuing.crl"

log = structlog.get_logger()


class NewestCrl:
    """The file of the newest list that this machine handed out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = -1  # of what is known to be in the file, or was tried

    @classmethod
    def beside(cls, issuing_key: Path) -> "NewestCrl":
        """Return the list that lies beside the key which signs it."""
        return cls(issuing_key.with_name(FILE_NAME))

    def read(self) -> x509.CertificateRevocationList | None:
        """Return the list; None where there is none yet.

        Raises:
            OSError: it is there and cannot be read.
            ValueError: it is no revocation list.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        return x509.load_der_x509_crl(content)

    def keep(self, number: int, der: bytes) -> None:
        """Keep a list whose number is higher, whole and for its owner only.

        Raises:
            OSError: it cannot be written.
        """
        with _alone(self.path.parent):  # several workers, and the background work
            known = self.read()
            if known is None or crl_number(known) < number:
                _replace(self.path, der)

    def note(self, number: int, der: bytes) -> None:
        """Keep a list that is about to be handed out; what fails is logged.

        A list that nobody gets would revoke nothing at all.
        """
        if number <= self._number:
            return
        self._number = number
        try:
            self.keep(number, der)
        except (OSError, ValueError) as error:
            log.warning("newest_crl_not_kept", kind=type(error).__name__, number=number)


def crl_number(crl: x509.CertificateRevocationList) -> int:
    """Return the number of a list (RFC 5280 5.2.3)."""
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)  # what an earlier try left half written
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold off every other process that keeps a list in this folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
