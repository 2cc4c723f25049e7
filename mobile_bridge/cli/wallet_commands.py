"""`certferry restore-wallet`: a browser wallet's backup, opened on this computer.

Options come in here, secrets by prompt, standard input or environment.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from mobile_bridge.cli.command_base import TranslatedCommand, leave_with
from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.paths import parse_path
from mobile_bridge.cli.terminal_input import TerminalInput
from mobile_bridge.cli.terminal_messages import file_message, system_language
from mobile_bridge.core.bundle import File, FileRole
from mobile_bridge.device.file_store import OtherKeyError, prepared, save
from mobile_bridge.errors import BundleError
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.backup import (
    MAX_BYTES,
    BackupCertificate,
    BackupContents,
    BackupError,
    Passphrase,
    SheetError,
    SheetSecret,
    check_sheet,
    combine_sheets,
    open_backup,
    read_header,
)
from mobile_bridge.npki.errors import NpkiError
from mobile_bridge.npki.files.disk_reader import read_file, unreadable_error
from mobile_bridge.npki.isolated import run_isolated

PASSPHRASE_VARIABLE: Final = "CERTFERRY_PASSPHRASE"  # noqa: S105 (its name alone)
TRIES: Final = 3
SHEETS: Final = 2
T = TypeVar("T")


@click.command(
    cls=TranslatedCommand,
    examples=(
        "certferry restore-wallet certificates-2026-11-30.backup --to ~/certificates",
        "certferry restore-wallet --passphrase-stdin my.backup < passphrase.txt",
    ),
    help="\n\n".join(
        (
            N_("Bring certificates back from the backup of a browser's wallet."),
            N_(
                "Asks for the passphrase, or for the words of two sheets, one sheet a "
                "line. Keys stay locked with their certificate passwords."
            ),
        )
    ),
)
@click.argument("path", metavar="FILE")
@click.option(
    "--to",
    default=os.curdir,
    metavar="FOLDER",
    help=N_("Where a folder for each certificate is made; else the one you are in."),
)
@click.option(
    "--passphrase-stdin",
    is_flag=True,
    help=N_("Read the passphrase from a line of standard input."),
)
def restore_wallet(path: str, to: str, **options: Any) -> None:
    """Open a backup, and write what is in it."""
    command = _RestoreWallet(is_passphrase_piped=options["passphrase_stdin"])
    leave_with(lambda: command.run(path, to), command.refuse)


class _RestoreWallet:
    """One run of the command."""

    def __init__(self, *, is_passphrase_piped: bool) -> None:
        self._is_passphrase_piped = is_passphrase_piped
        self._say = Translator(system_language(os.environ)).gettext
        self._input = TerminalInput(_prompt)

    def refuse(self, code: str, exit_: Exit, kind: str = "") -> Exit:
        """Say why nothing was done; `kind` is for who mends a fault."""
        _note(f"{file_message(code, self._say)} ({kind or code})")
        return exit_

    def run(self, path: str, to: str) -> Exit:
        """Open a backup, write each certificate, and say where it lies."""
        folder = parse_path(to)
        file = _read(parse_path(path))
        contents = self._open(file)
        day = f"{contents.made_at:%Y-%m-%d}"
        _note(self._say(N_("The backup was made on %(day)s."), day=day))
        with prepared(folder):
            results = [
                self._write(certificate, folder)
                for certificate in contents.certificates
            ]
            if not any(result is not None for result in results):
                raise BackupError("backup_empty")
        if None in results:
            return Exit.NOT_SENDABLE  # not all of it is well
        return Exit.DONE if all(results) else Exit.NOT_STORED

    def _open(self, file: bytes) -> BackupContents:
        header = read_header(file)
        if not header.has_sheets:
            return self._retried(lambda: self._open_by_passphrase(file))
        return self._retried(lambda: open_backup(file, self._sheets()))

    def _open_by_passphrase(self, file: bytes) -> BackupContents:
        key = Passphrase(self._passphrase())
        return run_isolated(lambda: open_backup(file, key))

    def _passphrase(self) -> str:
        if self._is_passphrase_piped:
            return self._input.line("")
        given = os.environ.get(PASSPHRASE_VARIABLE)
        return given or self._input.secret(self._say(N_("Passphrase of the backup: ")))

    def _sheets(self) -> SheetSecret:
        return combine_sheets(list(self._typed_sheets()))

    def _typed_sheets(self) -> Iterator[str]:
        for number in range(1, SHEETS + 1):
            question = N_("Sheet %(number)s of the two, all its words: ")
            text = self._say(question, number=number)
            yield self._retried(partial(self._typed_sheet, text))

    def _typed_sheet(self, question: str) -> str:
        text = self._input.line(question)
        check_sheet(text)
        return text

    def _retried(self, work: Callable[[], T]) -> T:
        """Do it; whoever can type again has three tries for a slip of the hand."""
        tries = TRIES if self._input.is_person and not self._is_passphrase_piped else 1
        for _ in range(tries - 1):
            try:
                return work()
            except (BackupError, SheetError) as refused:
                if refused.code in ("backup_damaged", "backup_form"):
                    raise
                self._note_refusal(refused)
        return work()

    def _note_refusal(self, refused: NpkiError) -> None:
        place = refused.word if isinstance(refused, SheetError) else 0
        where = self._say(N_("Word %(place)s:"), place=place) if place else ""
        _note(f"{where} {file_message(refused.code, self._say)}".strip())

    def _write(self, item: BackupCertificate, to: Path) -> bool | None:
        """Tell whether it is there now; None for what is no certificate."""
        try:
            folder = save(_files(item), to).folder
        except BundleError:
            _note(self._say(N_("A certificate in it cannot be read; it is left out.")))
            return None
        except OtherKeyError as refused:
            _note(f"{file_message(refused.code, self._say)} ({refused.code})")
            return False
        if item.local_name:
            _note(f"{item.local_name}:")
        with suppress(OSError):
            click.echo(str(folder))
        return True


def _files(item: BackupCertificate) -> list[File]:
    """Return the files of a certificate as a receiver keeps them."""
    management = (
        [
            File(FileRole.MANAGEMENT_CERTIFICATE, item.km_certificate),
            File(FileRole.MANAGEMENT_KEY, item.encrypted_km_key),
        ]
        if item.km_certificate is not None and item.encrypted_km_key is not None
        else []
    )
    return [
        File(FileRole.SIGNING_CERTIFICATE, item.certificate),
        File(FileRole.SIGNING_KEY, item.encrypted_key),
        *management,
        *(File(FileRole.CA, link) for link in item.chain),
    ]


def _read(path: Path) -> bytes:
    """Return the file.

    Raises:
        UnreadableError: it is not there, or the system does not give it.
        TooLargeFileError: it is larger than a backup.
    """
    try:
        return read_file(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise unreadable_error(error) from None


def _note(line: str) -> None:
    """Write a line that is only to be read."""
    with suppress(OSError):
        click.echo(line, err=True)


def _prompt(question: str) -> None:
    with suppress(OSError):
        click.echo(question, err=True, nl=False)


COMMANDS = {"restore-wallet": restore_wallet}
