"""Logs to tamper with: somebody who has the database, and not the CA's key."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.audit.hash_chain import START, EntryFields, entry_hash
from webapp.audit.service import record
from webapp.migrations.chaining import open_again

NOON = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)


def write(engine, count, *, event="customer.signed_in"):
    """Add so many entries, a second apart, each with its own commit."""
    with Session(engine) as session:
        for number in range(count):
            record(
                session,
                event,
                customer_id=number + 1,
                certificate_id="c0ffee" if number % 2 else None,
                at=NOON + timedelta(seconds=number),
                detail={"reason": "하나", "count": number},
            )
            session.commit()


def tamper(engine, *statements):
    """Do to the tables what only somebody with the database can."""
    with engine.begin() as connection:
        open_again(connection)
        for statement in statements:
            connection.execute(text(statement))


def rewrite(engine):
    """Make the whole chain true again after it was tampered with: all but the key."""
    with engine.begin() as connection:
        head, count = START, 0
        rows = connection.execute(
            text(
                'SELECT id, at, what, "by", customer_id, certificate_id, detail '
                "FROM audit_entry ORDER BY id"
            )
        ).all()
        for row in rows:
            count += 1
            at = datetime.fromisoformat(row.at).replace(tzinfo=UTC)
            fields = EntryFields(
                number=count,
                at=at,
                event=row.what,
                actor=row.by,
                customer_id=row.customer_id,
                certificate_id=row.certificate_id,
                detail=row.detail,
            )
            head = entry_hash(head, fields)
            connection.execute(
                text("UPDATE audit_entry SET id = :new, hash = :hash WHERE id = :old"),
                {"new": count, "hash": head, "old": row.id},
            )
        connection.execute(
            text("UPDATE audit_head SET count = :count, hash = :hash"),
            {"count": count, "hash": head},
        )
