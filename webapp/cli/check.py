"""`certferry check`: settings, files and addresses of a centre, without starting it."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.authenticators.factors import factor_options
from webapp.ca.certificate_types import load_types
from webapp.ca.material import CaMaterial, load_ca_material
from webapp.cli.gunicorn_server import PortTakenError, ensure_port_free
from webapp.cli.preflight.addresses import check_places, list_places
from webapp.cli.preflight.requirements import Purpose, ask_redis, require_ready
from webapp.cli.preflight.temporary_server import temporary_server
from webapp.clock import utc_now
from webapp.config import Config
from webapp.database_check import open_database, sqlite_file
from webapp.pki.authority import Authority
from webapp.pki.crl import crl_der
from webapp.repository.models import Crl

WRONG = 1


@dataclass(frozen=True, slots=True)
class StoredList:
    """The newest revocation list in the database."""

    number: int
    der: bytes


@click.command("check")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where the centre will listen: stand in for it there if it does not run yet.",
)
def check(host: str, port: int | None) -> None:
    """Fetch revocation lists and issuers as the certificates say, and compare.

    Looks at all settings, files and the database first. Ends with 0 if all is right, 1
    if an address leads elsewhere, 2 if the centre could not start.
    """
    now = utc_now()
    config = Config.from_env(factor_options())
    if config.redis_url:
        ask_redis(config.redis_url, _warn)
    require_ready(config, _warn, now=now, purpose=Purpose.CHECK)
    material = load_ca_material(config)
    stored = _newest_list(config, material.issuing)
    types = load_types(config.types, config.brand.own_name)
    mark = secrets.token_urlsafe(16)
    with _standing_in(host, port, _files(material, stored), mark):
        findings = check_places(
            list_places(
                config,
                material,
                types,
                now=now,
                newest_number=stored.number if stored else None,
            ),
            mark=mark,
        )
    for finding in findings:
        click.echo(str(finding))
    if not all(finding.is_right for finding in findings):
        _warn("Who relies on a certificate of this centre could not verify it.")
        sys.exit(WRONG)


@contextmanager
def _standing_in(
    host: str, port: int | None, files: dict[str, bytes | None], mark: str
) -> Iterator[None]:
    try:
        if port is not None:
            ensure_port_free(host, port)
    except PortTakenError:
        port = None  # the centre runs; what is asked for comes from itself
    if port is None:
        yield
        return
    with temporary_server(host, port, files, mark):
        yield


def _files(material: CaMaterial, stored: StoredList | None) -> dict[str, bytes | None]:
    issuing, root = material.issuing.certificate, material.root
    return {
        "/pki/issuing.crt": issuing.public_bytes(Encoding.DER),
        "/pki/issuing.crl": stored.der if stored else None,
        "/pki/issuing/": None,  # its parts, which the centre signs
        "/pki/root.crt": root.public_bytes(Encoding.DER),
        "/pki/root.crl": crl_der(material.root_crl),
        "/ocsp/": None,  # answered once the centre runs
    }


def _newest_list(config: Config, authority: Authority) -> StoredList | None:
    file = sqlite_file(config.database_url)
    if file is not None and not file.exists():
        return None
    engine = open_database(config.database_url, _warn, makes=False, migrates=False)
    query = (
        select(Crl.number, Crl.der)
        .where(Crl.issuer_id == authority.issuer_id)
        .order_by(Crl.number.desc())
        .limit(1)
    )
    try:
        with Session(engine) as session:
            newest = session.execute(query).first()
    except SQLAlchemyError:  # there are no tables yet
        return None
    finally:
        engine.dispose()
    return StoredList(newest.number, newest.der) if newest else None


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


COMMANDS: dict[str, click.Command] = {"check": check}
