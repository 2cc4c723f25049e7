"""`certferry convert`: a certificate and its key in another form; the old one stays."""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from mobile_bridge.cli.command_base import TranslatedCommand, leave_with
from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.files.file_command import (
    FileCommand,
    new_password_stdin,
    password_stdin,
    which_set,
)
from mobile_bridge.cli.files.file_prompts import Source
from mobile_bridge.cli.paths import names_folder, parse_path
from mobile_bridge.cli.terminal_messages import file_message
from mobile_bridge.device import file_store
from mobile_bridge.device.file_names import FilePlan
from mobile_bridge.device.file_store import (
    FileThereError,
    prepared,
    save_file,
    save_folder,
)
from mobile_bridge.languages import N_
from mobile_bridge.npki.errors import NpkiError
from mobile_bridge.npki.files.folder import PfxFile, TreeFile
from mobile_bridge.npki.isolated import run_isolated
from mobile_bridge.npki.pfx import has_plain_key
from mobile_bridge.npki.sets.conversion import ENDINGS, Target, suggested_name
from mobile_bridge.npki.sets.conversion import convert as convert_set
from mobile_bridge.npki.sets.opening import OpenedSet, is_open, open_set

# Other words for a form, as people say them.
_ALSO: Final = {
    "npki": Target.NPKI_A,
    "folder": Target.NPKI_A,
    "a": Target.NPKI_A,
    "b": Target.NPKI_B,
    "pfx": Target.P12,
    "p12-modern": Target.P12,
    "modern": Target.P12,
    "older": Target.P12_OLDER,
    "p12-legacy": Target.P12_OLDER,
}
_WEAK: Final = N_(
    "This kind of .p12 file is weak (triple DES, SHA-1): use it only for a device that "
    "reads nothing else, and delete it afterwards."
)
_ONE_PAIR: Final = N_(
    "The second pair (kmCert.der, kmPri.key) is not in this file; only a folder or a "
    "zip takes it along."
)


class UnknownFormError(NpkiError):
    """There is no such form to convert to."""

    code = "form_unknown"


@click.command(
    cls=TranslatedCommand,
    examples=(
        "certferry convert hana.p12 --to npki /media/usb/NPKI",
        "certferry convert ~/NPKI/yessign --to p12 hana.p12",
    ),
    help="\n\n".join(
        (
            N_("Write a certificate with its key in another form; the old one stays."),
            N_(
                "FORM is npki-a (folder, as Korean programs read it), npki-b (folder, "
                "stronger), p12, p12-older (for old devices), zip or pem. OUT is the "
                "folder NPKI to write into, or the file."
            ),
        )
    ),
)
@click.argument("path")
@click.option(
    "--to", "form", metavar="FORM", required=True, help=N_("What it becomes.")
)
@click.argument("out", metavar="OUT")
@password_stdin
@new_password_stdin
@which_set
def convert(path: str, form: str, out: str, **options: Any) -> None:
    """Write a set in another form."""
    command = _Convert(options)
    leave_with(lambda: command.run(path, form, out), command.refuse)


class _Convert(FileCommand):
    def run(self, path: str, form: str, out: str) -> Exit:
        """Open a set, write it, and say where it lies."""
        target, to = _target(form), parse_path(out)
        is_folder = (
            target not in ENDINGS or names_folder(out) or file_store.is_folder(to)
        )
        _, source = self._choose(path)
        if not is_folder and os.path.lexists(to):
            raise FileThereError
        opened, password = self._open(source)
        self._warn(opened, target)
        files = run_isolated(
            lambda: convert_set(opened, target, password, random=secrets.token_bytes)
        )
        if is_folder and target in ENDINGS:
            to /= f"{suggested_name(opened)}{ENDINGS[target]}"
        written = _write(files, target, to)
        self._note(self._say(N_("Written and read back:")))
        with suppress(OSError):
            click.echo(str(written))
        return Exit.DONE

    def _open(self, source: Source) -> tuple[OpenedSet, str]:
        """Return a set with its password; of a key that none locks with a new one."""
        if is_open(source):
            self._note(file_message("key_plain", self._say))
            return open_set(source, ""), self._new_password()
        opened, password = self._prompts.open_with_password(
            lambda password: open_set(source, password),
            from_stdin=self._options["password_stdin"],
        )
        is_unlocked = password == "" or _has_plain_key(source)
        if is_unlocked:
            self._note(file_message("key_plain", self._say))
        if is_unlocked or self._options["new_password_stdin"]:
            password = self._new_password()
        return opened, password

    def _warn(self, opened: OpenedSet, target: Target) -> None:
        if target is Target.P12_OLDER:
            self._note(self._say(_WEAK))
        if opened.management and target in (Target.P12, Target.P12_OLDER, Target.PEM):
            self._note(self._say(_ONE_PAIR))


def _target(form: str) -> Target:
    """Return the form that somebody named.

    Raises:
        UnknownFormError: there is no such form.
    """
    name = form.strip().lower()
    if name in _ALSO:
        return _ALSO[name]
    try:
        return Target(name)
    except ValueError:
        raise UnknownFormError from None


def _write(files: Sequence[TreeFile], target: Target, to: Path) -> Path:
    """Write a converted set into a folder, or as a file; nothing lies outside."""
    if target in ENDINGS:
        with prepared(to.parent):
            save_file(to, files[0].octets)
        return to
    folder = files[0].path.rpartition("/")[0]
    names = {file.path.rpartition("/")[2]: file.octets for file in files}
    with prepared(to):
        return save_folder(FilePlan(folder, names), to).folder


def _has_plain_key(source: Source) -> bool:
    return isinstance(source, PfxFile) and has_plain_key(source.octets)


COMMANDS = {"convert": convert}
