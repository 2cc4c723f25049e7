"""Read the log, verify it, and have the issuing CA sign how far it has come.

The log is read in batches, so that millions of entries fit into little memory. Each
ends the session's transaction: come with a session that has nothing else to keep.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.audit.hash_chain import EntryFields
from webapp.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from webapp.audit.statement import Checkpoint, PublicKey, to_be_signed, to_fields
from webapp.audit.verification import (
    BrokenLogError,
    ChainHead,
    ChainPosition,
    Defect,
    StoredEntry,
    check,
    diagnose,
    verify_chain,
)
from webapp.db import lock
from webapp.pki.authority import Authority

log = structlog.get_logger()

BATCH = 2000
_BELOW_ALL = -(2**31)  # as far as an INTEGER of PostgreSQL goes
_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.event,
    AuditEntry.actor,
    AuditEntry.customer_id,
    AuditEntry.certificate_id,
    AuditEntry.detail,
    AuditEntry.hash,
)


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """A log that is whole."""

    entries: int
    newest: Checkpoint | None


def sign_checkpoint(
    session: Session, authority: Authority, now: datetime
) -> Checkpoint | None:
    """Sign the log as it is; None when nothing is new, or another worker was first.

    What was added since the last checkpoint is followed first: a log that somebody
    rewrote never gets a signature.

    Raises:
        BrokenLogError: the log is not whole since the last checkpoint.
    """
    last = newest_checkpoint(session)
    head = _head(session)
    if head.count == (last.entry if last else 0):
        return None
    try:
        verify_since(session, last, head, authority)
    except BrokenLogError as broken:
        text = {"entry": broken.number, "wrong": broken.defect}
        log.error("audit_broken", **text)  # noqa: TRY400 - it is no fault of the code
        raise
    unsigned = Checkpoint(
        entry=head.count, hash=head.hash, at=now, issuer_id=authority.issuer_id
    )
    signature = authority.sign_text(to_be_signed(unsigned))
    checkpoint = replace(unsigned, signature=signature)
    lock(session)
    try:
        with session.begin_nested():
            session.add(_stored(checkpoint))
    except IntegrityError:  # another worker signed here first
        return None
    return checkpoint


def log_checkpoint(checkpoint: Checkpoint) -> None:
    """Print a checkpoint that is stored, to be collected with the centre's log."""
    log.info("audit_checkpoint", **to_fields(checkpoint))


def verify(
    session: Session,
    *,
    keys: Mapping[str, PublicKey] | None = None,
    kept_elsewhere: Sequence[Checkpoint] = (),
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> VerificationResult:
    """Follow the whole log; `progress` is told how far it is, batch by batch.

    Raises:
        BrokenLogError: with the first broken entry.
    """
    stored = list(checkpoints(session))  # before the head: none is ahead of it
    head = _head(session)

    def watched() -> Iterator[StoredEntry]:
        for count, row in enumerate(rows(session)):
            if count % BATCH == 0:
                progress(count, head.count)
            yield row

    try:
        verify_chain(watched(), head, [*stored, *kept_elsewhere], keys=keys)
    except BrokenLogError as broken:
        raise diagnose(broken, rows(session)) from None
    _require_nothing_behind(session)
    return VerificationResult(head.count, stored[-1] if stored else None)


def rows(session: Session, *, after: int = _BELOW_ALL) -> Iterator[StoredEntry]:
    """Yield the entries behind number `after` in the order of their numbers."""
    while True:
        batch = session.execute(
            select(*_COLUMNS)
            .where(AuditEntry.id > after)
            .order_by(AuditEntry.id)
            .limit(BATCH)
        ).all()
        session.rollback()  # nothing is held while the batch is followed
        for row in batch:
            yield _row(row)
        if len(batch) < BATCH:
            return
        after = batch[-1].id


def checkpoints(session: Session) -> Iterator[Checkpoint]:
    """Yield the stored checkpoints, the oldest first."""
    stored = select(AuditCheckpoint).order_by(AuditCheckpoint.entry_id)
    for row in session.scalars(stored):
        yield _checkpoint(row)


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """Return the last stored checkpoint."""
    row = session.scalar(
        select(AuditCheckpoint).order_by(AuditCheckpoint.entry_id.desc()).limit(1)
    )
    return _checkpoint(row) if row else None


def verify_since(
    session: Session, last: Checkpoint | None, head: ChainHead, authority: Authority
) -> None:
    """Verify the log from the last checkpoint, or from its beginning, to its head.

    Raises:
        BrokenLogError: it is not whole.
    """
    if last is None:
        verify_chain(rows(session, after=0), head)
        return
    # One that an earlier issuing CA signed is believed by its hash alone.
    keys = (
        {authority.issuer_id: authority.key.public_key()}
        if last.issuer_id == authority.issuer_id
        else None
    )
    entry = next(rows(session, after=last.entry - 1), None)
    if entry is None or entry.fields.number != last.entry:
        raise BrokenLogError(last.entry, Defect.MISSING)
    at = ChainPosition(last.entry, entry.hash)
    check(at, [last], keys)
    verify_chain(rows(session, after=last.entry), head, start=at)


def _require_nothing_behind(session: Session) -> None:
    # In one statement, so that what is being written meanwhile does not count.
    behind = session.scalar(
        select(AuditEntry.id)
        .where(
            (AuditEntry.id > select(AuditHead.count).scalar_subquery())
            | (AuditEntry.id < 1)
        )
        .order_by(AuditEntry.id)
        .limit(1)
    )
    if behind is not None:
        raise BrokenLogError(behind, Defect.ONE_TOO_MANY)


def _head(session: Session) -> ChainHead:
    head = session.execute(select(AuditHead.count, AuditHead.hash)).one_or_none()
    if head is None:
        raise BrokenLogError(0, Defect.HEAD)
    count, chained_hash = head
    return ChainHead(count, chained_hash)


def _row(row: Any) -> StoredEntry:
    fields = EntryFields(
        number=row.id,
        at=row.at,
        event=row.event,
        actor=row.actor,
        customer_id=row.customer_id,
        certificate_id=row.certificate_id,
        detail=row.detail,
    )
    return StoredEntry(fields, row.hash)


def _checkpoint(stored: AuditCheckpoint) -> Checkpoint:
    return Checkpoint(
        entry=stored.entry_id,
        hash=stored.hash,
        at=stored.at,
        issuer_id=stored.issuer_id,
        signature=stored.signature,
    )


def _stored(checkpoint: Checkpoint) -> AuditCheckpoint:
    return AuditCheckpoint(
        entry_id=checkpoint.entry,
        hash=checkpoint.hash,
        at=checkpoint.at,
        issuer_id=checkpoint.issuer_id,
        signature=checkpoint.signature,
    )
