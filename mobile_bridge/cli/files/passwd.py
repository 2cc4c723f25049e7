"""`certferry passwd`: another certificate password for a folder or file."""

import secrets
from typing import Any

import click

from mobile_bridge.cli.command_base import TranslatedCommand, leave_with
from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.files.file_command import (
    FileCommand,
    folders_of,
    new_password_stdin,
    password_stdin,
    waits_beside,
    which_set,
)
from mobile_bridge.cli.files.file_prompts import Source
from mobile_bridge.cli.paths import parse_path
from mobile_bridge.device.file_replacement import (
    Replacement,
    finish_replacement,
    replace_files,
)
from mobile_bridge.languages import N_
from mobile_bridge.npki.errors import NpkiError
from mobile_bridge.npki.files.disk_reader import Listing, list_holders
from mobile_bridge.npki.files.folder import LEFT, PfxFile, TreeFile
from mobile_bridge.npki.isolated import run_isolated
from mobile_bridge.npki.sets.conversion import rekey
from mobile_bridge.npki.sets.opening import is_open, open_set
from mobile_bridge.pki.names import without_hidden


class ReplacementBesideError(NpkiError):
    """A page began to replace this set, and was interrupted."""

    code = LEFT


class ReadOnlyError(NpkiError):
    """What lies in a zip is not changed there."""

    code = "zip_read_only"


@click.command(
    cls=TranslatedCommand,
    examples=(
        "certferry passwd ~/NPKI/yessign",
        "certferry passwd --password-stdin --new-password-stdin hana.p12 < both.txt",
    ),
    help="\n\n".join(
        (
            N_("Change the certificate password of a folder or file."),
            N_(
                "The file gets its new contents when they are on the disk and were "
                "opened with the new password."
            ),
        )
    ),
)
@click.argument("path")
@password_stdin
@new_password_stdin
@which_set
@click.option(
    "--keep-old",
    is_flag=True,
    help=N_("Keep the old file beside, with the old password; its name ends in .old."),
)
def passwd(path: str, **options: Any) -> None:
    """Change the password of a set."""
    command = _Passwd(options)
    leave_with(lambda: command.run(path), command.refuse)


class _Passwd(FileCommand):
    def run(self, path: str) -> Exit:
        """Change the password of a set, and say which files have a new one."""
        listing, source = self._finish_interrupted(path, *self._choose(path))
        files = _own_files(listing, source)
        if is_open(source):
            password = ""
        else:
            _, password = self._prompts.open_with_password(
                lambda password: open_set(source, password),
                from_stdin=self._options["password_stdin"],
            )
        new = self._new_password()
        changed = run_isolated(
            lambda: rekey(*(source, files, password, new), random=secrets.token_bytes)
        )
        replacements = [
            Replacement(path.resolve(), octets, file.octets)  # the file, not its link
            for file in changed
            for path, octets in [listing.files[file.path]]
        ]
        old_paths = replace_files(replacements, keeps_old=self._options["keep_old"])
        self._note(
            self._say(N_("These files have the new password, and were read back:"))
        )
        for one in replacements:
            click.echo(str(one.path))
        for old_path in old_paths:
            message = N_("The old file, with the old password, is here: %(path)s")
            self._note(self._say(message, path=old_path))
        return Exit.DONE

    def _finish_interrupted(
        self, path: str, listing: Listing, source: Source
    ) -> tuple[Listing, Source]:
        """Finish a change that was interrupted at a set; return the set as it is now.

        Raises:
            ReplacementBesideError: a page's own replacement waits beside it.
            ReplacementLeftError: it can no longer be finished.
        """
        if waits_beside(source):
            raise ReplacementBesideError
        finished = [
            file
            for folder in folders_of(listing, source)
            for file in finish_replacement(folder)
        ]
        if not finished:
            return listing, source
        self._note(
            self._say(
                N_(
                    "An earlier change of the password was interrupted here, and is "
                    "finished now. These files have the password that was chosen then:"
                )
            )
        )
        for file in finished:
            self._note(f"  {without_hidden(str(file))}")
        again = list_holders(parse_path(path))
        return again, again.sets[listing.sets.index(source)]


def _own_files(listing: Listing, source: Source) -> list[TreeFile]:
    """Return the files of a set as they lie on this computer.

    Raises:
        ReadOnlyError: they lie in a zip.
    """
    names = (source.path,) if isinstance(source, PfxFile) else source.sources
    if any(name not in listing.files for name in names):
        raise ReadOnlyError
    return [TreeFile(name, listing.files[name][1]) for name in names]


COMMANDS = {"passwd": passwd}
