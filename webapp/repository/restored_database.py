"""A database that is older than what was published: refused at the start, and merged.

A copy that was restored un-revokes whatever was revoked after it was made.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.ca.material import read_certificate
from webapp.certificates.models import Certificate
from webapp.config import Config
from webapp.database_check import DatabaseUnusableError, cause_of, open_database
from webapp.db import unit_of_work_on
from webapp.pki.authority import issuer_id_of
from webapp.pki.crl import is_signed_by
from webapp.repository.crl import newest_list
from webapp.repository.crl_reconciliation import (
    MergeResult,
    MissingEntries,
    find_missing_entries,
    merge_list,
    revoke_serial,
)
from webapp.repository.models import Crl, RestoredRevocation
from webapp.repository.newest_crl import NewestCrl
from webapp.startup_error import StopError


class DatabaseBehindError(StopError):
    """The database would take back what was published; the text says what to do."""


class NewestCrlError(StopError):
    """The list beside the issuing key cannot be used; the text says why."""


def require_not_behind(config: Config, engine: Engine, command: str) -> None:
    """Refuse a database that knows less than the newest published list.

    Where the database knows more, the file beside the key is brought up to date.
    `command` is what merges the list.

    Raises:
        DatabaseBehindError: it has to be merged first.
        NewestCrlError: the file is no list of this CA, or cannot be written.
        DatabaseUnusableError: the database does not answer.
    """
    newest_crl = NewestCrl.beside(config.issuing_key)
    issuer = read_issuer(config.issuing_certificate)
    issuer_id = issuer_id_of(issuer.public_key())  # type: ignore[arg-type]
    published = read_published(newest_crl, issuer)
    try:
        if not _has_tables(engine):  # whoever makes them says so
            return
        with Session(engine) as session:
            if published is not None:
                gap = find_missing_entries(session, issuer_id, published)
                if gap.is_behind:
                    raise DatabaseBehindError(_sentence(gap, newest_crl.path, command))
            newest = newest_list(session, issuer_id)
            if newest is not None:
                newest_crl.keep(newest.number, newest.der)
    except SQLAlchemyError as error:
        raise _unusable(error) from None
    except OSError as error:
        raise NewestCrlError(
            f"{newest_crl.path}: {error.strerror}. The centre keeps its newest "
            "revocation list there, beside the issuing key: let this user write there."
        ) from None


def _has_tables(engine: Engine) -> bool:
    there = set(inspect(engine).get_table_names())
    read = (Certificate, RestoredRevocation, Crl)
    return there.issuperset(model.__tablename__ for model in read)


def _unusable(error: SQLAlchemyError) -> DatabaseUnusableError:
    return DatabaseUnusableError(
        f"CERTFERRY_DATABASE_URL: the database cannot be used: {cause_of(error)}. "
        "Try again when it answers."
    )


def restore_database(
    database_url: str,
    certificate: Path,
    crl: Path,
    *,
    serials: list[int],
    now: datetime,
) -> Iterator[str]:
    """Merge a published list, revoke further serials; yield a line for each.

    Raises:
        NewestCrlError: there is no list, or it is not of this CA.
        DatabaseUnusableError: the database cannot be used.
    """
    issuer = read_issuer(certificate)
    issuer_id = issuer_id_of(issuer.public_key())  # type: ignore[arg-type]
    published = read_published(NewestCrl(crl), issuer)
    if published is None and not serials:
        raise NewestCrlError(
            f"{crl} does not exist, so there is nothing to merge. Name the newest list "
            "that somebody still has, as it was fetched from /pki/issuing.crl: --crl."
        )
    messages: list[str] = []
    engine = open_database(database_url, messages.append, makes=False)
    try:
        yield from messages
        with Session(engine) as session:
            if published is not None:
                with unit_of_work_on(session):
                    merged = merge_list(session, issuer_id, published, now)
                yield _merged(merged)
            for serial in serials:
                with unit_of_work_on(session):
                    message = _revoked(session, issuer_id, serial, now)
                yield message
    except SQLAlchemyError as error:
        raise _unusable(error) from None
    finally:
        engine.dispose()


def _merged(merged: MergeResult) -> str:
    return (
        f"List {merged.number} is merged: {merged.revoked} revoked, "
        f"{merged.suspended} suspended, {merged.unknown} revoked by serial alone. "
        f"The next list is number {merged.number + 1} or higher."
    )


def _revoked(session: Session, issuer_id: str, serial: int, now: datetime) -> str:
    if revoke_serial(session, issuer_id, serial, now):
        return f"{serial:x} is revoked, and stands in the next list."
    return f"{serial:x} is known here: revoke it at the counter."


def read_issuer(path: Path) -> x509.Certificate:
    """Return the issuing CA's certificate.

    Raises:
        NewestCrlError: it cannot be read.
    """
    try:
        return read_certificate(path)
    except (OSError, ValueError):
        raise NewestCrlError(
            f"{path}: this is no certificate, neither PEM nor DER."
        ) from None


def read_published(
    newest_crl: NewestCrl, issuer: x509.Certificate
) -> x509.CertificateRevocationList | None:
    """Return the newest list that was published; None where none was.

    Raises:
        NewestCrlError: it cannot be read, or is not of this CA.
    """
    path = newest_crl.path
    try:
        crl = newest_crl.read()
    except (OSError, ValueError):
        raise NewestCrlError(
            f"{path}: this is no revocation list, DER. Put the newest one there, as it "
            "was last fetched from /pki/issuing.crl."
        ) from None
    if crl is not None and not is_signed_by(crl, issuer):
        raise NewestCrlError(
            f"{path}: another CA signed this list. It belongs beside that CA's key."
        )
    return crl


def _sentence(gap: MissingEntries, path: Path, command: str) -> str:
    missing = len(gap.missing)
    lost = f"{missing} of its revocations {'is' if missing == 1 else 'are'} missing"
    return (
        f"The database is older than the revocation list that was published last: it "
        f"knows list {gap.known_number}, {path} is list {gap.number}, and {lost}. "
        "Started like this, the centre would take revocations back.\n"
        f"Merge that list first: {command}\n"
        "docs/operating.md says how to restore a copy."
    )
