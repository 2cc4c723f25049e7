"""`certferry restore`: after a copy of the database came back."""

import os
from pathlib import Path

import click

from webapp.cli.instance_options import DEMO_FOLDER, choose_centre, demo_options
from webapp.startup_error import StopError


@click.command("restore")
@demo_options
@click.option(
    "--crl",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another list to merge, DER; else the one beside the issuing key.",
)
@click.option(
    "--revoke",
    "serials",
    metavar="SERIAL",
    multiple=True,
    help="Also revoke this serial, which the database does not know; in hex.",
)
def restore(
    demo: bool, instance: Path | None, crl: Path | None, serials: tuple[str, ...]
) -> None:
    """Merge the newest revocation list into a database that was restored.

    What the list revokes and the database does not know is revoked, by its serial where
    the certificate itself is lost. Doing it twice changes nothing more.

    Example: certferry restore --crl issuing.crl --revoke 10a7
    """
    from webapp import logging_config
    from webapp.clock import utc_now
    from webapp.repository.restored_database import restore_database

    logging_config.configure()
    numbers = [_serial(serial) for serial in serials]
    database, certificate, key = _place(demo=demo, instance=instance)
    for line in restore_database(
        database, certificate, crl or key, serials=numbers, now=utc_now()
    ):
        click.echo(line)


def _place(*, demo: bool, instance: Path | None) -> tuple[str, Path, Path]:
    """Return the database, the issuing certificate and the newest list of a centre."""
    from webapp.authenticators.factors import factor_options
    from webapp.config import Config
    from webapp.repository.newest_crl import NewestCrl

    if demo or instance:
        chosen = choose_centre(
            os.environ, demo=demo, instance=instance or DEMO_FOLDER, database=None
        )
        ca = (chosen.instance or DEMO_FOLDER) / "ca"
        newest = NewestCrl.beside(ca / "issuing.key")
        return chosen.database_url, ca / "issuing.crt", newest.path
    config = Config.from_env(factor_options())
    newest = NewestCrl.beside(config.issuing_key)
    return config.database_url, config.issuing_certificate, newest.path


def _serial(text: str) -> int:
    digits = text.replace(":", "").strip().lower()
    if not 0 < len(digits) <= MAX_DIGITS or set(digits) - set("0123456789abcdef"):
        raise StopError(f"{text[:50]!r} is no serial number: hexadecimal digits.")
    return int(digits, 16)


MAX_DIGITS = 40  # RFC 5280 4.1.2.2: 20 octets
COMMANDS: dict[str, click.Command] = {"restore": restore}
