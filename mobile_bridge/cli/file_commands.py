"""`certferry doctor`, `convert` and `passwd`: certificate files on this computer.

Options come in here, secrets by prompt, standard input or environment.
"""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from mobile_bridge.cli.command_base import TranslatedCommand, leave_with
from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.file_prompts import (
    FilePrompts,
    Source,
    describe_source,
)
from mobile_bridge.cli.file_report import Report, exit_of, to_json, to_text
from mobile_bridge.cli.paths import names_folder, parse_path
from mobile_bridge.cli.terminal_input import TerminalInput
from mobile_bridge.cli.terminal_messages import file_message, system_language
from mobile_bridge.device import file_store
from mobile_bridge.device.file_names import FilePlan
from mobile_bridge.device.file_replacement import (
    Replacement,
    finish_replacement,
    is_interrupted,
    replace_files,
)
from mobile_bridge.device.file_store import (
    FileThereError,
    prepared,
    save_file,
    save_folder,
)
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.errors import NpkiError, SourceError
from mobile_bridge.npki.files.disk_reader import (
    Listing,
    all_roots,
    existing_roots,
    list_holders,
)
from mobile_bridge.npki.files.folder import (
    LEFT,
    STAGED_ENDING,
    Holder,
    PfxFile,
    Problem,
    TreeFile,
)
from mobile_bridge.npki.isolated import run_isolated
from mobile_bridge.npki.pfx import has_plain_key
from mobile_bridge.npki.sets.conversion import (
    ENDINGS,
    Target,
    rekey,
    suggested_name,
)
from mobile_bridge.npki.sets.conversion import (
    convert as convert_set,
)
from mobile_bridge.npki.sets.diagnosis import Diagnosis, diagnose
from mobile_bridge.npki.sets.opening import OpenedSet, is_open, open_set
from mobile_bridge.pki.names import without_hidden

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
_password_stdin = click.option(
    "--password-stdin",
    is_flag=True,
    help=N_("Read the certificate password from a line of standard input."),
)
_new_password_stdin = click.option(
    "--new-password-stdin",
    is_flag=True,
    help=N_("Read the new password from the next line of standard input."),
)


_which = click.option(
    "--which",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help=N_("Of several certificates the one with this number in the list."),
)


UNFINISHED: Final = "passwd_unfinished"


class UnknownFormError(NpkiError):
    """There is no such form to convert to."""

    code = "form_unknown"


class ReplacementBesideError(NpkiError):
    """A page began to replace this set, and was interrupted."""

    code = LEFT


class ReadOnlyError(NpkiError):
    """What lies in a zip is not changed there."""

    code = "zip_read_only"


@click.command(
    cls=TranslatedCommand,
    examples=(
        "certferry doctor",
        "certferry doctor /media/usb/NPKI",
        "certferry doctor --json --password-stdin hana.p12 < password.txt",
    ),
    help="\n\n".join(
        (
            N_("Say what is the matter with certificate files."),
            N_(
                "PATH is a folder (NPKI, a drive, that of a holder), one of its files, "
                "a .p12, .pem or .zip file. Without it the known places are looked at. "
                "Nothing is changed."
            ),
        )
    ),
)
@click.argument("path", required=False)
@_password_stdin
@click.option(
    "--vid",
    "number",
    metavar="NUMBER",
    help=N_(
        "Check that the certificate was issued to this number, by its VID and R. "
        "With - it is asked for."
    ),
)
@click.option(
    "--json", "is_json", is_flag=True, help=N_("One JSON object, or a list of them.")
)
def doctor(path: str | None, **options: Any) -> None:
    """Diagnose what lies at a path, or in the known places."""
    command = _Doctor(options)
    leave_with(lambda: command.run(path), command.refuse)


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
@_password_stdin
@_new_password_stdin
@_which
def convert(path: str, form: str, out: str, **options: Any) -> None:
    """Write a set in another form."""
    command = _Convert(options)
    leave_with(lambda: command.run(path, form, out), command.refuse)


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
@_password_stdin
@_new_password_stdin
@_which
@click.option(
    "--keep-old",
    is_flag=True,
    help=N_("Keep the old file beside, with the old password; its name ends in .old."),
)
def passwd(path: str, **options: Any) -> None:
    """Change the password of a set."""
    command = _Passwd(options)
    leave_with(lambda: command.run(path), command.refuse)


class _FileCommand:
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

    def _new_password(self) -> str:
        return self._prompts.new_password(
            from_stdin=self._options["new_password_stdin"]
        )


class _Doctor(_FileCommand):
    def run(self, path: str | None) -> Exit:
        """Diagnose each set, and say so."""
        listings = (
            self._known_places() if path is None else [list_holders(parse_path(path))]
        )
        given = self._prompts.given_password(from_stdin=self._options["password_stdin"])
        number = self._number()
        reports = [
            report
            for listing in listings
            for report in self._diagnose(listing, given, number)
        ]
        if not reports:
            raise SourceError
        self._show(reports)
        return exit_of(reports)

    def refuse(self, code: str, exit_: Exit, kind: str = "") -> Exit:
        """Say why there is nothing to diagnose, to a program as the only problem."""
        if self._options["is_json"]:
            nothing = Diagnosis(problems=(code,))
            with suppress(OSError):
                click.echo(to_json([Report("", nothing)]))
        return super().refuse(code, exit_, kind)

    def _number(self) -> str | None:
        number: str | None = self._options["number"]
        if number == "-":
            question = self._say(N_("Number that the certificate was issued to: "))
            number = self._input.secret(question)
        # People write it in groups; digits is what is left or it is refused.
        return number and number.replace("-", "").replace(" ", "")

    def _known_places(self) -> list[Listing]:
        """Return what lies in the known places, and say which these are."""
        there = existing_roots()
        self._note(self._say(N_("Looked in:")))
        for root in all_roots():
            is_there = "" if root in there else f"  ({self._say(N_('not there'))})"
            self._note(f"  {without_hidden(str(root))}{is_there}")
        return [list_holders(root) for root in there]

    def _diagnose(
        self, listing: Listing, given: str | None, number: str | None
    ) -> list[Report]:
        reports, now = [], datetime.now(UTC)
        beside = {source.path: _problems_of(source, listing) for source in listing.sets}
        for source in listing.sets:
            diagnosis = self._diagnose_one(source, given, number, now)
            codes = [problem.code for problem in beside[source.path]]
            codes += _interruptions(source, listing)
            problems = tuple(dict.fromkeys((*codes, *diagnosis.problems)))
            reports.append(
                Report(
                    source.path,
                    _with_problems(diagnosis, problems),
                    is_numbered=number is not None,
                )
            )
        listed = {problem for problems in beside.values() for problem in problems}
        return reports + [
            Report(problem.path, Diagnosis(problems=(problem.code,)))
            for problem in listing.tree.problems
            if problem not in listed
        ]

    def _diagnose_one(
        self, source: Source, given: str | None, number: str | None, now: datetime
    ) -> Diagnosis:
        def judge(password: str | None) -> Diagnosis:
            outside = diagnose(source, None, now, number=number)
            if password is None:
                return outside
            try:
                return run_isolated(
                    lambda: diagnose(source, password, now, number=number)
                )
            except NpkiError as refused:  # it took longer than any honest file
                problems = (refused.code, *outside.problems)
                return replace(outside, problems=problems)

        is_asked = given is None and _has_locked_key(source) and self._prompts.is_person
        if not is_asked:
            return judge(given)
        self._note(describe_source(source))
        question = self._say(N_("Certificate password (Enter: without it): "))
        return judge(self._prompts.type_password(question) or None)

    def _show(self, reports: Sequence[Report]) -> None:
        if self._options["is_json"]:
            click.echo(to_json(reports))
            return
        for at, report in enumerate(reports):
            lines = to_text(report, self._translator)
            click.echo("\n".join(([""] if at else []) + list(lines)))


class _Convert(_FileCommand):
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

    def _warn(self, opened: OpenedSet, target: Target) -> None:
        if target is Target.P12_OLDER:
            self._note(self._say(_WEAK))
        if opened.management and target in (Target.P12, Target.P12_OLDER, Target.PEM):
            self._note(self._say(_ONE_PAIR))


class _Passwd(_FileCommand):
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
        if _waits_beside(source):
            raise ReplacementBesideError
        finished = [
            file
            for folder in _folders_of(listing, source)
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


def _own_files(listing: Listing, source: Source) -> list[TreeFile]:
    """Return the files of a set as they lie on this computer.

    Raises:
        ReadOnlyError: they lie in a zip.
    """
    names = (source.path,) if isinstance(source, PfxFile) else source.sources
    if any(name not in listing.files for name in names):
        raise ReadOnlyError
    return [TreeFile(name, listing.files[name][1]) for name in names]


def _problems_of(source: Source, listing: Listing) -> list[Problem]:
    """Return the problems of files that lie in the folder of an NPKI set."""
    if isinstance(source, PfxFile):
        return []
    return [
        problem
        for problem in listing.tree.problems
        if problem.path.rpartition("/")[0] == source.path
    ]


def _interruptions(source: Source, listing: Listing) -> list[str]:
    """Return the codes of what was begun at a set and did not come to its end."""
    is_changing = any(map(is_interrupted, _folders_of(listing, source)))
    return [UNFINISHED] * is_changing + [LEFT] * _waits_beside(source)


def _folders_of(listing: Listing, source: Source) -> list[Path]:
    """Return the folders in which the files of a set lie, links followed."""
    names = (source.path,) if isinstance(source, PfxFile) else source.sources
    paths = [listing.files[name][0] for name in names if name in listing.files]
    return list(dict.fromkeys(path.resolve().parent for path in paths))


def _waits_beside(source: Source) -> bool:
    """Say whether a page's set waits to replace this one, or is this one."""
    if isinstance(source, PfxFile) or source.path in ("", "/"):
        return False
    is_staged = source.path.endswith(STAGED_ENDING)
    return is_staged or os.path.lexists(f"{source.path}{STAGED_ENDING}")


def _has_locked_key(source: Source) -> bool:
    if isinstance(source, Holder):
        return source.sign_key is not None and not is_open(source)
    return True


def _has_plain_key(source: Source) -> bool:
    return isinstance(source, PfxFile) and has_plain_key(source.octets)


def _with_problems(diagnosis: Diagnosis, problems: tuple[str, ...]) -> Diagnosis:
    return replace(diagnosis, problems=problems)


COMMANDS = {"doctor": doctor, "convert": convert, "passwd": passwd}
