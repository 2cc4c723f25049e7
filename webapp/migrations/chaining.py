"""What migration 0002 does beside new columns: it chains the log that was there.

From then on the database itself refuses to change or remove what stands in the log.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from webapp.audit.hash_chain import START, EntryFields, entry_hash

_BATCH = 1000
_KEPT = ("audit_entry", "audit_checkpoint")
_SQLITE = """
CREATE TRIGGER {table}_no_{lower} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION certferry_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END
$$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION certferry_append_only()
"""


def chain_what_was_there(connection: Connection) -> None:
    """Tie the older log together, start the lines of certificates, close the log."""
    connection.execute(text("UPDATE certificate SET lineage_id = id"))
    count, head = _chain(connection)
    connection.execute(
        text("INSERT INTO audit_head (id, count, hash) VALUES (1, :count, :hash)"),
        {"count": count, "hash": head},
    )
    for line in append_only(connection.dialect.name):
        connection.execute(text(line))


def append_only(dialect: str) -> list[str]:
    """Return the statements that make a database refuse to change the log."""
    if dialect == "postgresql":
        return [_FUNCTION, *(_POSTGRESQL.format(table=table) for table in _KEPT)]
    return [
        _SQLITE.format(table=table, verb=verb, lower=verb.lower())
        for table in _KEPT
        for verb in ("UPDATE", "DELETE")
    ]


def open_again(connection: Connection) -> None:
    """Take the triggers away, for a way back to the older form."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION certferry_append_only() CASCADE"))
        return
    for table in _KEPT:
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))


def _chain(connection: Connection) -> tuple[int, bytes]:
    head, count = START, 0
    for row in _rows(connection):
        count += 1
        actor = "centre" if row.customer_id is None else f"customer:{row.customer_id}"
        fields = EntryFields(
            number=count,
            at=_moment(row.at),
            event=row.what,
            actor=actor,
            customer_id=row.customer_id,
            certificate_id=row.certificate_id,
            detail="{}",
        )
        head = entry_hash(head, fields)
        connection.execute(
            text(
                'UPDATE audit_entry SET id = :new, "by" = :by, detail = :detail, '
                "hash = :hash WHERE id = :old"
            ),
            {"new": count, "old": row.id, "by": actor, "detail": "{}", "hash": head},
        )
    return count, head


def _rows(connection: Connection) -> Iterator[Any]:
    # Numbers without a gap; from the lowest on, so that none is taken twice.
    stmt = text(
        "SELECT id, at, what, customer_id, certificate_id FROM audit_entry "
        "WHERE id > :last ORDER BY id LIMIT :batch"
    )
    last = 0
    while batch := connection.execute(stmt, {"last": last, "batch": _BATCH}).all():
        yield from batch
        last = batch[-1].id


def _moment(stored: str | datetime) -> datetime:
    parsed = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
