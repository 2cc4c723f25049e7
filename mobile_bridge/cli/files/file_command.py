"""What the commands on certificate files share: options, prompts, opening a set.

Options come in here, secrets by prompt, standard input or environment.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.files.file_prompts import FilePrompts, Source
from mobile_bridge.cli.paths import parse_path
from mobile_bridge.cli.terminal_input import TerminalInput
from mobile_bridge.cli.terminal_messages import file_message, system_language
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.files.disk_reader import Listing
from mobile_bridge.npki.files.folder import STAGED_ENDING, PfxFile

password_stdin = click.option(
    "--password-stdin",
    is_flag=True,
    help=N_("Read the certificate password from a line of standard input."),
)
new_password_stdin = click.option(
    "--new-password-stdin",
    is_flag=True,
    help=N_("Read the new password from the next line of standard input."),
)
which_set = click.option(
    "--which",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help=N_("Of several certificates the one with this number in the list."),
)


class FileCommand:
    """One run of a command on files."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._translator = Translator(system_language(os.environ))
        self._say = self._translator.gettext
        terminal_input = TerminalInput(self._prompt)
        self._prompts = FilePrompts(self._translator, terminal_input, self._note)
        self._input = terminal_input

    def refuse(self, code: str, exit_: Exit, kind: str = "") -> Exit:
        """Say why nothing was done; `kind` is for who mends a fault."""
        text = file_message(code, self._say)
        self._note(f"{text} ({kind or code})")
        return exit_

    @staticmethod
    def _note(line: str) -> None:
        """Write a line that is only to be read."""
        with suppress(OSError):
            click.echo(line, err=True)

    @staticmethod
    def _prompt(question: str) -> None:
        with suppress(OSError):
            click.echo(question, err=True, nl=False)

    def _choose(self, path: str) -> tuple[Listing, Source]:
        return self._prompts.choose(parse_path(path), number=self._options["which"])

    def _new_password(self) -> str:
        return self._prompts.new_password(
            from_stdin=self._options["new_password_stdin"]
        )


def folders_of(listing: Listing, source: Source) -> list[Path]:
    """Return the folders in which the files of a set lie, links followed."""
    names = (source.path,) if isinstance(source, PfxFile) else source.sources
    paths = [listing.files[name][0] for name in names if name in listing.files]
    return list(dict.fromkeys(path.resolve().parent for path in paths))


def waits_beside(source: Source) -> bool:
    """Say whether a page's set waits to replace this one, or is this one."""
    if isinstance(source, PfxFile) or source.path in ("", "/"):
        return False
    is_staged = source.path.endswith(STAGED_ENDING)
    return is_staged or os.path.lexists(f"{source.path}{STAGED_ENDING}")
