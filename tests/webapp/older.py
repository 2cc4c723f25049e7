"""A database as the first version left it, with a log that has gaps."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from webapp.db import MIGRATIONS

CUSTOMER = """
INSERT INTO customer (login_id, password_hash, session_key, name, latin_name,
    birth_date, number, created_at)
VALUES ('demo', 'x', 'y', '김하나', 'KIM HANA', '1990-01-31', '1',
    '2026-03-05 03:00:00.000000')
"""
APPLICATION = """
INSERT INTO application (id, customer_id, started_at, expires_at, terms_version,
    terms_accepted_at)
VALUES ('a1', 1, '2026-03-05 03:00:00.000000', '2026-03-05 03:15:00.000000', '2026-03',
    '2026-03-05 03:00:30.000000')
"""
CERTIFICATE = """
INSERT INTO certificate (id, issuer_id, serial, customer_id, application_id, key_hash,
    idempotency_key, request_hash, type_id, state, to_be_signed, not_before, not_after,
    reserved_at)
VALUES ('c1', 'i1', '10', 1, 'a1', 'k', 'once', 'r', 'personal-sign', 'valid', 't',
    '2026-03-05 03:00:00.000000', '2027-03-05 03:00:00.000000',
    '2026-03-05 03:00:00.000000')
"""
ENTRY = """
INSERT INTO audit_entry (id, at, what, customer_id, certificate_id)
VALUES ({id}, '2026-03-05 03:00:0{id}.123456', '{what}', {customer}, {certificate})
"""


def write_older(connection):
    """Make the tables of the first migration and fill them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    for line in (
        CUSTOMER,
        APPLICATION,
        CERTIFICATE,
        ENTRY.format(id=2, what="terms.accepted", customer=1, certificate="NULL"),
        ENTRY.format(id=3, what="certificate.issued", customer=1, certificate="'c1'"),
        ENTRY.format(id=7, what="older.one", customer="NULL", certificate="NULL"),
    ):
        connection.execute(text(line))
