"""What migration 0002 does beside new columns: it chains the log that was there."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from webapp.audit.chain import START, Fact, link


def chain_what_was_there(connection: Connection) -> None:
    """Tie the entries of the older log together, and start the lines of certificates."""
    connection.execute(text("UPDATE certificate SET lineage_id = id"))
    head, count = START, 0
    rows = connection.execute(
        text(
            "SELECT id, at, what, customer_id, certificate_id FROM audit_entry ORDER BY id"
        )
    ).all()
    # Numbers without a gap; from the lowest on, so that none is taken twice.
    for row in rows:
        count += 1
        by = "centre" if row.customer_id is None else f"customer:{row.customer_id}"
        fact = Fact(
            number=count,
            at=_moment(row.at),
            what=row.what,
            by=by,
            customer_id=row.customer_id,
            certificate_id=row.certificate_id,
            detail="{}",
        )
        head = link(head, fact)
        connection.execute(
            text(
                'UPDATE audit_entry SET id = :new, "by" = :by, detail = :detail, '
                "hash = :hash WHERE id = :old"
            ),
            {"new": count, "old": row.id, "by": by, "detail": "{}", "hash": head},
        )
    connection.execute(
        text("INSERT INTO audit_head (id, count, hash) VALUES (1, :count, :hash)"),
        {"count": count, "hash": head},
    )


def _moment(stored: str | datetime) -> datetime:
    found = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return found if found.tzinfo else found.replace(tzinfo=UTC)
