"""The newest revocation list, kept outside the database: its high-water mark.

A database that was restored from a copy knows less than was published. The list that
lies beside the issuing key tells so: it is only ever replaced by one with a higher
number.
"""

import time
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from webapp.pki.crl import crl_number, parse_crl
from webapp.private_file import only_process_in, replace_private

FILE_NAME = "issuing.crl"
SILENCE: Final = 60.0  # seconds until the same trouble is logged again

log = structlog.get_logger()


class NewestCrl:
    """The file of the newest list that this machine handed out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[tuple[int, ...], int] | None = None  # a file, its number
        self._logged: dict[str, float] = {}

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
        return parse_crl(content)

    def number(self) -> int:
        """Return the number of the list; 0 where there is none yet.

        The file is read only when it is another one than the last time.

        Raises:
            OSError: it is there and cannot be read.
            ValueError: it is no revocation list.
        """
        seen, stamp = self._seen, self._stamp()
        if seen is not None and seen[0] == stamp:
            return seen[1]
        crl = self.read()
        newest = 0 if crl is None else crl_number(crl)
        self._seen = (stamp, newest)
        return newest

    def published_number(self) -> int:
        """Return the number of the list; 0 also where the file cannot be read."""
        try:
            return self.number()
        except (OSError, ValueError):  # logged by `note`
            return 0

    def keep(self, number: int, der: bytes) -> None:
        """Keep a list whose number is higher, whole and for its owner only.

        Raises:
            OSError: it cannot be written.
        """
        with only_process_in(
            self.path.parent
        ):  # several workers, and the background work
            if self.number() < number:
                replace_private(self.path, der)
                self._seen = (self._stamp(), number)

    def note(self, number: int, der: bytes) -> None:
        """Keep a list that is about to be handed out; what fails is logged.

        A list that nobody gets would revoke nothing at all. It is tried again when the
        list is handed out the next time.
        """
        try:
            if self.number() < number:
                self.keep(number, der)
        except (OSError, ValueError) as error:
            kind = type(error).__name__
            self.complain("newest_crl_not_kept", kind=kind, number=number)

    def complain(self, event: str, **details: object) -> None:
        """Log a trouble that stays for a while: once a minute."""
        moment = time.monotonic()
        if moment >= self._logged.get(event, moment):
            self._logged[event] = moment + SILENCE
            log.error(event, **details)

    def _stamp(self) -> tuple[int, ...]:
        try:
            state = self.path.stat()
        except FileNotFoundError:
            return ()
        return (state.st_ino, state.st_mtime_ns, state.st_size)
