"""Whatever is done to the log behind its back is found, and the first entry named."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.makers import make_authority
from tests.webapp.audit.tampering import NOON, rewrite, tamper, write
from webapp.audit import checkpoint as reading
from webapp.audit.checkpoint import sign_checkpoint, verify
from webapp.audit.verification import BrokenLogError, Defect
from webapp.db import unit_of_work_on
from webapp.pki.key_policy import KeyKind

LATER = NOON + timedelta(hours=1)
SWAP = (
    "UPDATE audit_entry SET id = -4 WHERE id = 4",
    "UPDATE audit_entry SET id = 4 WHERE id = {other}",
    "UPDATE audit_entry SET id = {other} WHERE id = -4",
)
INSERT = """
INSERT INTO audit_entry (id, at, what, "by", detail, hash)
SELECT {id}, at, what, "by", detail, hash FROM audit_entry WHERE id = 4
"""
HEAD = "UPDATE audit_head SET count = {0}, hash = {1}"
HASH_OF = "(SELECT hash FROM audit_entry WHERE id = {0})"


@pytest.fixture
def authority():
    return make_authority()


def keys_of(*authorities):
    return {
        authority.issuer_id: authority.key.public_key() for authority in authorities
    }


def signed(engine, authority, at=LATER):
    """Sign a checkpoint and return all there are, as an export keeps them."""
    with Session(engine) as session:
        with unit_of_work_on(session):
            assert sign_checkpoint(session, authority, at)
        return list(reading.checkpoints(session))


def broken(engine, **options):
    """Return number and fault of the first broken entry, and what people read."""
    with Session(engine) as session, pytest.raises(BrokenLogError) as raised:
        verify(session, **options)
    return raised.value.number, raised.value.defect, str(raised.value)


def test_a_log_that_nobody_touched_is_whole(ten, authority):
    kept = signed(ten, authority)

    with Session(ten) as session:
        summary = verify(session, keys=keys_of(authority), kept_elsewhere=kept)

    assert summary.entries == 10
    assert summary.newest.entry == 10


def test_an_empty_log_is_whole(engine):
    with Session(engine) as session:
        assert verify(session).entries == 0


@pytest.mark.parametrize(
    "change",
    [
        "at = '2026-03-05 03:00:59.000000'",
        "what = 'certificate.issued'",
        "\"by\" = 'operator:2'",
        "customer_id = 7777",
        "customer_id = NULL",
        "certificate_id = 'decaf'",
        "certificate_id = NULL",
        "detail = '{}'",
        "hash = x'00'",
    ],
)
def test_an_edited_entry_is_named(ten, change):
    tamper(ten, f"UPDATE audit_entry SET {change} WHERE id = 4")

    number, defect, text = broken(ten)

    assert (number, defect) == (4, Defect.CHANGED)
    assert text.startswith("Entry 4: it was changed")


@pytest.mark.parametrize("number", [1, 4, 10])
def test_a_deleted_entry_is_named(ten, number):
    tamper(ten, f"DELETE FROM audit_entry WHERE id = {number}")

    assert broken(ten)[:2] == (number, Defect.MISSING)


def test_a_deleted_entry_is_named_also_where_the_later_ones_moved_up(ten):
    tamper(
        ten,
        "DELETE FROM audit_entry WHERE id = 4",
        *(
            f"UPDATE audit_entry SET id = {later - 1} WHERE id = {later}"
            for later in range(5, 11)
        ),
    )

    assert broken(ten)[:2] == (4, Defect.CHANGED)


@pytest.mark.parametrize("other", [5, 9])
def test_entries_that_changed_places_are_named(ten, other):
    tamper(ten, *(line.format(other=other) for line in SWAP))

    number, defect, text = broken(ten)

    assert (number, defect) == (4, Defect.OUT_OF_ORDER)
    assert text == f"Entry 4: it is out of order: it stands as entry {other}."


def test_an_entry_that_was_put_at_the_end_is_named(ten):
    tamper(ten, "UPDATE audit_entry SET id = 11 WHERE id = 4")

    number, defect, text = broken(ten)

    assert (number, defect) == (4, Defect.OUT_OF_ORDER)
    assert "stands as entry 11" in text


@pytest.mark.parametrize("number", [-1, 0, 11])
def test_an_entry_that_was_put_in_is_named(ten, number):
    tamper(ten, INSERT.format(id=number))

    assert broken(ten)[:2] == (number, Defect.ONE_TOO_MANY)


def test_an_entry_that_was_put_between_is_named(ten):
    tamper(
        ten,
        *(
            f"UPDATE audit_entry SET id = {later + 1} WHERE id = {later}"
            for later in range(10, 4, -1)
        ),
        INSERT.format(id=5),
    )

    assert broken(ten)[:2] == (5, Defect.OUT_OF_ORDER)


def test_a_tail_that_was_cut_is_named(ten):
    tamper(ten, "DELETE FROM audit_entry WHERE id > 7")

    assert broken(ten)[:2] == (8, Defect.MISSING)


def test_a_tail_that_was_cut_with_its_head_is_named_by_a_checkpoint(ten, authority):
    signed(ten, authority)
    tamper(
        ten,
        "DELETE FROM audit_entry WHERE id > 7",
        HEAD.format(7, HASH_OF.format(7)),
    )

    assert broken(ten)[:2] == (8, Defect.MISSING)


def test_a_tail_that_was_cut_with_all_traces_is_named_by_what_was_kept(ten, authority):
    kept = signed(ten, authority)
    tamper(
        ten,
        "DELETE FROM audit_entry WHERE id > 7",
        "DELETE FROM audit_checkpoint",
        HEAD.format(7, HASH_OF.format(7)),
    )

    with Session(ten) as session:
        assert verify(session).entries == 7  # alone, the database cannot know
    assert broken(ten, kept_elsewhere=kept)[:2] == (8, Defect.MISSING)


def test_a_head_that_hides_the_end_is_named(ten):
    tamper(ten, HEAD.format(7, HASH_OF.format(7)))

    assert broken(ten)[:2] == (8, Defect.ONE_TOO_MANY)


def test_a_head_behind_a_checkpoint_is_named(ten, authority):
    signed(ten, authority)
    tamper(ten, HEAD.format(7, HASH_OF.format(7)))

    assert broken(ten)[:2] == (8, Defect.HEAD)


def test_a_head_with_another_hash_is_named(ten):
    tamper(ten, HEAD.format(10, "x'00'"))

    assert broken(ten)[:2] == (10, Defect.HEAD)


def test_a_log_without_its_head_is_named(ten):
    tamper(ten, "DELETE FROM audit_head")

    assert broken(ten)[1] is Defect.HEAD


def test_a_chain_that_was_written_anew_is_named_by_its_checkpoint(ten, authority):
    signed(ten, authority)
    tamper(ten, "UPDATE audit_entry SET customer_id = 7777 WHERE id = 4")
    rewrite(ten)

    number, defect, text = broken(ten)

    assert (number, defect) == (10, Defect.CHECKPOINT)
    assert "rewritten" in text


def test_a_chain_written_anew_with_its_checkpoints_lacks_the_signature(ten, authority):
    signed(ten, authority)
    tamper(ten, "UPDATE audit_entry SET customer_id = 7777 WHERE id = 4")
    rewrite(ten)
    tamper(ten, f"UPDATE audit_checkpoint SET hash = {HASH_OF.format(10)}")

    fault = broken(ten, keys=keys_of(authority))

    assert fault[:2] == (10, Defect.SIGNATURE)


def test_a_checkpoint_by_a_key_of_their_own_is_named(ten, authority):
    signed(ten, make_authority(KeyKind.P_384))

    fault = broken(ten, keys=keys_of(authority))

    assert fault[:2] == (10, Defect.SIGNER)


def test_a_chain_written_anew_without_checkpoints_is_named_by_what_was_kept(
    ten, authority
):
    kept = signed(ten, authority)
    tamper(
        ten,
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_entry SET customer_id = 7777 WHERE id = 4",
    )
    rewrite(ten)

    with Session(ten) as session:
        assert verify(session, keys=keys_of(authority)).entries == 10
    fault = broken(ten, keys=keys_of(authority), kept_elsewhere=kept)
    assert fault[:2] == (10, Defect.CHECKPOINT)


@pytest.mark.parametrize("field", ["at = '2026-03-06 03:00:00'", "signature = x'30'"])
def test_an_edited_checkpoint_is_named(ten, authority, field):
    signed(ten, authority)
    tamper(ten, f"UPDATE audit_checkpoint SET {field}")

    fault = broken(ten, keys=keys_of(authority))

    assert fault[:2] == (10, Defect.SIGNATURE)


def test_the_first_of_several_faults_is_named(ten):
    tamper(
        ten,
        "DELETE FROM audit_entry WHERE id = 8",
        "UPDATE audit_entry SET customer_id = 7777 WHERE id = 3",
    )

    assert broken(ten)[0] == 3


def test_batches_do_not_show(engine, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 4)
    write(engine, 9)
    told = []

    with Session(engine) as session:
        verify(session, progress=lambda done, of: told.append((done, of)))

    assert told == [(0, 9), (4, 9), (8, 9)]
    tamper(engine, "DELETE FROM audit_entry WHERE id = 5")
    assert broken(engine)[:2] == (5, Defect.MISSING)


@pytest.mark.parametrize("table", ["audit_entry", "audit_checkpoint"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET hash = x'00'"])
def test_the_database_refuses_to_change_the_log(ten, authority, table, verb):
    signed(ten, authority)

    with ten.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(text(verb.format(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO {table} SELECT {columns} FROM {table}",
        "REPLACE INTO {table} SELECT {columns} FROM {table}",
        "INSERT OR IGNORE INTO {table} SELECT {columns} FROM {table}",
        "INSERT INTO {table} SELECT {columns} FROM {table} WHERE true "
        "ON CONFLICT DO UPDATE SET hash = x'00'",
        "UPDATE OR REPLACE {table} SET {key} = 2",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("written", ["{key}", "CAST({key} AS TEXT)", "{key} + 0.0"])
@pytest.mark.parametrize("table", ["audit_entry", "audit_checkpoint"])
def test_the_database_refuses_to_replace_what_stands_in_the_log(
    ten, authority, table, written, recursive, statement
):
    signed(ten, authority)
    named = [column["name"] for column in inspect(ten).get_columns(table)]
    key = named[0]
    columns = [written.format(key=key), *(f'"{name}"' for name in named[1:])]
    harm = statement.format(table=table, key=key, columns=", ".join(columns))

    with ten.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text(harm))


def test_what_stands_in_the_log_cannot_be_replaced_by_the_name_of_its_row(ten):
    harm = (
        "INSERT OR REPLACE INTO audit_entry (rowid, at, what, by, detail, hash) "
        "VALUES (3, '2026-01-01', 'x', 'x', '{}', x'00')"
    )

    with ten.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(text(harm))
