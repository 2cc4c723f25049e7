"""`certferry doctor`: what is the matter with certificate files; nothing is changed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import click

from mobile_bridge.cli.command_base import TranslatedCommand, leave_with
from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.files.file_command import (
    FileCommand,
    folders_of,
    password_stdin,
    waits_beside,
)
from mobile_bridge.cli.files.file_prompts import Source, describe_source
from mobile_bridge.cli.files.file_report import Report, exit_of, to_json, to_text
from mobile_bridge.cli.paths import parse_path
from mobile_bridge.device.file_replacement import is_interrupted
from mobile_bridge.languages import N_
from mobile_bridge.npki.errors import NpkiError, SourceError
from mobile_bridge.npki.files.disk_reader import (
    Listing,
    all_roots,
    existing_roots,
    list_holders,
)
from mobile_bridge.npki.files.folder import LEFT, Holder, PfxFile, Problem
from mobile_bridge.npki.isolated import run_isolated
from mobile_bridge.npki.sets.diagnosis import Diagnosis, diagnose
from mobile_bridge.npki.sets.opening import is_open
from mobile_bridge.pki.names import without_hidden

UNFINISHED: Final = "passwd_unfinished"


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
@password_stdin
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


class _Doctor(FileCommand):
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
    is_changing = any(map(is_interrupted, folders_of(listing, source)))
    return [UNFINISHED] * is_changing + [LEFT] * waits_beside(source)


def _has_locked_key(source: Source) -> bool:
    if isinstance(source, Holder):
        return source.sign_key is not None and not is_open(source)
    return True


def _with_problems(diagnosis: Diagnosis, problems: tuple[str, ...]) -> Diagnosis:
    return replace(diagnosis, problems=problems)


COMMANDS = {"doctor": doctor}
