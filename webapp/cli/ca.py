"""`certferry ca`: make the root and the issuing CA once, and keep the root apart.

The root's folder is meant to be carried away: a running centre needs only the other.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import click

from webapp import config
from webapp.ca import store
from webapp.ca.material import read_certificate
from webapp.ca.store import ISSUING, LIST_DAYS, ROOT
from webapp.clock import utc_now
from webapp.config.setting_values import SettingValueError, read_pki_url
from webapp.config.settings import require_known_names
from webapp.pki.authority import Authority, load_key
from webapp.pki.crl import ReasonCode, build_crl, crl_number, parse_entries
from webapp.pki.errors import PkiError
from webapp.pki.key_policy import KeyKind
from webapp.pki.names import validate_ca_name
from webapp.private_file import replace_private
from webapp.startup_error import CommandGroup

MIN_PASSPHRASE = 12
REASONS = (
    ReasonCode.CA_COMPROMISE,
    ReasonCode.SUPERSEDED,
    ReasonCode.CESSATION_OF_OPERATION,
)
_KINDS = click.Choice([kind.value for kind in KeyKind])
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


@click.group(cls=CommandGroup)
def ca() -> None:
    """The root and the issuing CA: make them once, keep the root apart."""
    require_known_names(os.environ)


@ca.command()
@click.option("--folder", required=True, type=_FOLDER, help="Made here; must be new.")
@click.option(
    "--name",
    help="The organisation, in every certificate; else CERTFERRY_CENTRE_NAME.",
)
@click.option(
    "--pki-url", required=True, help="Plain HTTP address of the centre, for its lists."
)
@click.option("--key", type=_KINDS, help="Kind of both keys.")
@click.option("--root-key", type=_KINDS, default=KeyKind.P_384.value, show_default=True)
@click.option(
    "--issuing-key", type=_KINDS, default=KeyKind.P_256.value, show_default=True
)
def init(
    folder: Path,
    name: str | None,
    pki_url: str,
    key: str | None,
    root_key: str,
    issuing_key: str,
) -> None:
    """Make both, once; asks for two passphrases. Overwrites nothing."""
    kinds = (KeyKind(key or root_key), KeyKind(key or issuing_key))
    pki_url = _plain(pki_url)
    try:
        name = validate_ca_name(name or _name_of_centre())
        _require_new(folder)
        passphrases = {role: _new_passphrase(role) for role in (ROOT, ISSUING)}
        if len(set(passphrases.values())) == 1:
            _stop("The two passphrases are the same. Who has one must not have both.")
        hierarchy = store.create_hierarchy(
            name, pki_url, kinds, passphrases=passphrases, now=utc_now()
        )
        store.save(folder, hierarchy)
    except (OSError, PkiError) as error:
        _stop(f"Nothing was made. {error}")
    _say_next(folder.absolute(), pki_url)


@ca.command("renew-root-crl")
@click.option("--root", required=True, type=_FOLDER, help="The root's folder.")
@click.option(
    "--days", default=LIST_DAYS, show_default=True, type=click.IntRange(1, 1100)
)
@click.option("--revoke", type=_FILE, help="An issuing CA's certificate.")
@click.option(
    "--reason",
    default=REASONS[0].value,
    show_default=True,
    type=click.Choice([reason.value for reason in REASONS]),
)
def renew_root_crl(root: Path, days: int, revoke: Path | None, reason: str) -> None:
    """Sign the root's next revocation list, with what the last one had."""
    now = utc_now()
    try:
        authority = _open_root(root)
        last = store.load_crl(root, authority)
        entries = parse_entries(last)
        if revoke:
            entries += store.revoked_entry(
                revoke, authority, entries, ReasonCode(reason), now
            )
        number = crl_number(last) + 1
        until = min(
            now + timedelta(days=days), authority.certificate.not_valid_after_utc
        )
        signed_crl = build_crl(
            authority, entries, number=number, this_update=now, next_update=until
        )
        replace_private(root / "root.crl", signed_crl)
    except (OSError, ValueError, PkiError) as error:
        _stop(f"No list was signed. {error}")
    click.echo(
        f"{root / 'root.crl'}: number {number}, good until {until:%Y-%m-%d}.\n"
        "Copy it to the file that CERTFERRY_ROOT_CRL names and send the centre SIGHUP."
    )


@ca.command()
@click.argument("folder", type=_FOLDER)
def show(folder: Path) -> None:
    """Show what lies in FOLDER, and what runs out when."""
    try:
        files = sorted([*folder.rglob("*.crt"), *folder.rglob("*.crl")])
        if not files:
            _stop(f"There is no certificate and no list in {folder}.")
        for file in files:
            lines = store.describe(file, utc_now())
            click.echo("\n".join([str(file), *(f"  {line}" for line in lines)]))
    except (OSError, ValueError) as error:
        _stop(f"A file cannot be read. {error}")
    if list(folder.rglob("root.key")) and list(folder.rglob("issuing.key")):
        click.echo("The root's key is still here. Carry its folder away.", err=True)


def _name_of_centre() -> str:
    brand = config.brand()
    if not brand.is_named:
        _stop("Nothing was made. Say --name, or set CERTFERRY_CENTRE_NAME.")
    return brand.own_name


def _require_new(folder: Path) -> None:
    is_taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if is_taken:
        _stop(f"There is something in {folder} already, and nothing is overwritten.")


def _plain(url: str) -> str:
    try:
        return read_pki_url(url.strip())
    except SettingValueError as error:
        _stop(f"--pki-url is a plain http:// address; {error}")


def _passphrase(role: str, *, is_new: bool = False) -> str:
    passphrase = config.passphrase_of(role)
    if passphrase:
        return passphrase
    if not sys.stdin.isatty():
        _stop(
            f"Nobody is there to type the {role} passphrase. "
            f"Set CERTFERRY_{role.upper()}_PASSPHRASE."
        )
    asked = f"Passphrase of the {role} key"
    return str(click.prompt(asked, hide_input=True, confirmation_prompt=is_new))


def _new_passphrase(role: str) -> str:
    while True:
        passphrase = _passphrase(role, is_new=True)
        if len(passphrase) >= MIN_PASSPHRASE and passphrase == passphrase.strip():
            return passphrase
        rule = (
            f"The {role} passphrase needs {MIN_PASSPHRASE} characters or more, "
            "and no space at an end."
        )
        if config.passphrase_of(role) or not sys.stdin.isatty():
            _stop(rule)
        click.echo(rule, err=True)


def _open_root(folder: Path) -> Authority:
    certificate = read_certificate(folder / "root.crt")
    pem = (folder / "root.key").read_bytes()
    return Authority(certificate, load_key(pem, _passphrase(ROOT).encode()))


def _say_next(folder: Path, pki_url: str) -> None:
    root, issuing = folder / ROOT, folder / ISSUING
    click.echo(f"""
Made in {folder}:

  {root}
      the root. Carry this whole folder away now, for example to two encrypted USB
      sticks in two safes, and delete it here. Within {LIST_DAYS} days it is needed for
      certferry ca renew-root-crl --root FOLDER
  {issuing}
      the issuing CA, for the machine of the centre. Keep a copy of it too.

Keep the two passphrases apart from the files and from each other. Then, for the centre:

  export CERTFERRY_PKI_URL={pki_url}
  export CERTFERRY_ISSUING_CERTIFICATE={issuing / "issuing.crt"}
  export CERTFERRY_ISSUING_KEY={issuing / "issuing.key"}
  export CERTFERRY_ISSUING_PASSPHRASE=…
  export CERTFERRY_ROOT_CERTIFICATE={issuing / "root.crt"}
  export CERTFERRY_ROOT_CRL={issuing / "root.crl"}
""")


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(2)


COMMANDS: dict[str, click.Command] = {"ca": ca}
