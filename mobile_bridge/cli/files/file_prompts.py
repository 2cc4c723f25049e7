"""The person at a terminal who works on files: passwords, and which set is meant."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from mobile_bridge.cli.file_messages import MISSING
from mobile_bridge.cli.terminal_input import TerminalInput
from mobile_bridge.cli.terminal_messages import file_message
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.encryption.password import is_undecoded
from mobile_bridge.npki.errors import (
    NpkiError,
    PasswordEncodingError,
    SourceError,
    WrongPasswordError,
)
from mobile_bridge.npki.files.disk_reader import Listing, list_holders, sets_meant
from mobile_bridge.npki.files.folder import Holder, PfxFile
from mobile_bridge.npki.isolated import run_isolated
from mobile_bridge.npki.password_rule import NewPasswordError, check_new_password
from mobile_bridge.npki.sets.key_files import SeveralError
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.names import without_hidden

# Environment variables; they hold the secret, and are none.
PASSWORD_VARIABLE: Final = "CERTFERRY_PASSWORD"  # noqa: S105
NEW_PASSWORD_VARIABLE: Final = "CERTFERRY_NEW_PASSWORD"  # noqa: S105
TRIES: Final = 3
Source = Holder | PfxFile
T = TypeVar("T")


class DifferentPasswordsError(NpkiError):
    """What was typed twice is not the same."""

    code = "passwords_differ"


class NumberError(NpkiError):
    """There are fewer certificates than the number that was given."""

    code = "number_unknown"


class FilePrompts:
    """Asks for passwords and for one of several sets.

    A secret comes from an environment variable, from a line of standard input where
    that was asked for, or is typed.
    """

    def __init__(
        self,
        translator: Translator,
        terminal_input: TerminalInput,
        note: Callable[[str], None],
    ) -> None:
        self._say, self._input, self._note = translator.gettext, terminal_input, note

    @property
    def is_person(self) -> bool:
        """Whether somebody can be asked."""
        return self._input.is_person

    def given_password(self, *, from_stdin: bool) -> str | None:
        """Return the password that came with the command; None if there is none."""
        if from_stdin:
            return self._input.line("")
        return os.environ.get(PASSWORD_VARIABLE)

    def type_password(self, question: str | None = None) -> str:
        """Return a password that is typed now."""
        return self._input.secret(question or self._say(N_("Certificate password: ")))

    def open_with_password(
        self, work: Callable[[str], T], *, from_stdin: bool
    ) -> tuple[T, str]:
        """Return what `work` makes of the password, and the password.

        Whoever can be asked again has three tries.

        Raises:
            WrongPasswordError: it opens nothing.
        """
        given = self.given_password(from_stdin=from_stdin)
        if given is not None:
            return _tried(work, given), given
        for _ in range(TRIES - 1 if self.is_person else 0):
            password = self.type_password()
            try:
                return _tried(work, password), password
            except WrongPasswordError as wrong:
                self._note(file_message(wrong.code, self._say))
        password = self.type_password()
        return _tried(work, password), password

    def new_password(self, *, from_stdin: bool) -> str:
        """Return a new password that keeps to the rule; typed, it is typed twice.

        Raises:
            NewPasswordError: it does not keep to the rule.
            DifferentPasswordsError: the second one was another.
        """
        given = (
            self._input.line("")
            if from_stdin
            else os.environ.get(NEW_PASSWORD_VARIABLE)
        )
        if given is not None or not self.is_person:
            password = self._input.line("") if given is None else given
            return self._checked(password)
        for _ in range(TRIES - 1):
            try:
                return self._type_new()
            except (NewPasswordError, DifferentPasswordsError) as refused:
                self._note(file_message(refused.code, self._say))
        return self._type_new()

    def choose(
        self, path: Path, *, number: int | None = None
    ) -> tuple[Listing, Source]:
        """Return the set at a path; whoever can be asked says which of several.

        `number` is that of the set in the list, from 1 on.

        Raises:
            UnreadableError: the path cannot be read.
            SourceError: there is no certificate in it.
            SeveralError: there are several, and nobody to ask.
            NumberError: there are fewer than `number`.
        """
        listing = list_holders(path)
        sets = sets_meant(listing, path)
        if not sets:
            raise problem_error(listing)
        if number is not None:
            if number > len(sets):
                self._show(sets)
                raise NumberError
            return listing, sets[number - 1]
        if len(sets) == 1:
            return listing, sets[0]
        return listing, self.choose_among(sets)

    def choose_among(self, sets: Sequence[Source]) -> Source:
        """Return the one of several sets that the person means.

        Raises:
            SeveralError: there is nobody to ask.
        """
        self._note(self._say(N_("There is more than one certificate here:")))
        self._show(sets)
        if not self.is_person:
            raise SeveralError
        question = self._say(N_("Which one? (1 to %(last)s): "), last=len(sets))
        while True:
            answer = self._input.line(question).strip()
            if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(sets):
                return sets[int(answer) - 1]

    def _show(self, sets: Sequence[Source]) -> None:
        for number, source in enumerate(sets, start=1):
            same = [one for one in sets if one.path == source.path]
            key = next(n for n, one in enumerate(same, start=1) if one is source)
            which = self._say(N_("key %(number)s in it"), number=key)
            end = f"  ({which})" if len(same) > 1 else ""
            self._note(f"  {number}  {describe_source(source)}{end}")

    def _type_new(self) -> str:
        password = self._checked(
            self._input.secret(self._say(N_("New certificate password: ")))
        )
        again = self._input.secret(
            self._say(N_("New certificate password, once more: "))
        )
        if again != password:
            raise DifferentPasswordsError
        return password

    def _checked(self, password: str) -> str:
        try:
            check_new_password(password)
        except NewPasswordError as refused:
            self._note(self._say(N_("The new password needs:")))
            for part in refused.missing:
                self._note(f"  - {self._say(MISSING[part])}")
            raise
        return password


def describe_source(source: Source) -> str:
    """Return whose set it is, where that is to be seen, and where it lies.

    Before a key is open any of the certificates beside it may be its own.
    """
    path = without_hidden(source.path)
    if isinstance(source, PfxFile):
        return path
    own = () if source.sign_cert is None else (source.sign_cert,)
    infos = map(read_certificate, own or source.candidates)
    holders = [info for info in infos if own or not info.is_authority]
    names = " / ".join(
        f"{info.name} ({info.issuer}, {info.not_after:%Y-%m-%d})" for info in holders
    )
    return f"{names}  {path}" if names else path


class ListingError(NpkiError):
    """What was named holds no certificate; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code  # type: ignore[misc]


def problem_error(listing: Listing) -> NpkiError:
    """Return why there is no set: the first problem, or that there is nothing."""
    problems = listing.tree.problems
    return ListingError(problems[0].code) if problems else SourceError()


def _tried(work: Callable[[str], T], password: str) -> T:
    """Work in a process of its own, because a file may ask for much."""
    try:
        return run_isolated(lambda: work(password))
    except WrongPasswordError:
        if is_undecoded(password):
            raise PasswordEncodingError from None
        raise
