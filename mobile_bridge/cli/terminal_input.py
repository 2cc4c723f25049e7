"""Who answers in a terminal: a person at its keys, or a program through a pipe.

A secret comes from here or from the environment, and never from the arguments of a
command, which every program on the machine can read.
"""

import getpass
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TextIO, cast

from mobile_bridge.errors import BridgeError
from mobile_bridge.languages import N_, translators

MAX_LINE: Final = 4096
# What may be typed, in every language: words with a blank between them.
YES: Final = N_("y yes")
NO: Final = N_("n no")
STDIN: Final = 0


class NoInputError(BridgeError):
    """There is nobody to ask: the input has ended."""

    code = "nobody_answers"


class NotTextError(BridgeError):
    """What was typed is no text in the encoding of this terminal."""

    code = "not_text"


class TerminalInput:
    """Asks one question after the other."""

    def __init__(self, prompt: Callable[[str], None], stdin: int = STDIN) -> None:
        """`stdin` is the file descriptor that lines are read from."""
        self._prompt, self._stdin = prompt, stdin
        self._begun = b""

    @property
    def is_person(self) -> bool:
        """Whether somebody can see a question and answer it once more."""
        return _is_open() and sys.stdin.isatty()

    def secret(self, question: str) -> str:
        """Return an answer that is not shown while it is typed."""
        if not self.is_person:
            return self.line(question)
        try:
            return getpass.getpass(question, stream=sys.stderr)
        except (EOFError, OSError):
            raise NoInputError from None
        except UnicodeError:
            raise NotTextError from None

    def line(self, question: str) -> str:
        """Return one line.

        Raises:
            NoInputError: the input has ended.
        """
        self._prompt(question)
        if not _is_open():
            raise NoInputError
        while b"\n" not in self._begun:
            # Not by sys.stdin: a thread that is left waiting there when the pairing
            # ends would hold the interpreter back from leaving.
            try:
                octets = os.read(self._stdin, MAX_LINE)
            except OSError:  # a terminal that is gone, or not this program's to read
                raise NoInputError from None
            if not octets and self._begun:
                octets = b"\n"  # a last line without its end
            if not octets or len(self._begun) > MAX_LINE:
                raise NoInputError
            self._begun += octets
        line, _, self._begun = self._begun.partition(b"\n")
        return _decode(line).strip("\r")

    def agrees(self, question: str) -> bool:
        """Return whether the answer is yes; ask again until it is yes or no."""
        yes, no = _words_in_every_language(YES), _words_in_every_language(NO)
        while True:
            answer = self.line(question).strip().lower()
            if answer in yes | no:
                return answer in yes


def _words_in_every_language(message: str) -> set[str]:
    return {
        word
        for translator in translators()
        for word in translator.gettext(message).split()
    }


def _is_open() -> bool:
    """Say whether there is an input: whoever starts a program may have closed it."""
    # None then, which the types do not say.
    return cast("TextIO | None", sys.stdin) is not None


def _decode(line: bytes) -> str:
    """Return a line as UTF-8, else as this terminal's text; else its bytes are kept."""
    for encoding in ("utf-8", sys.stdin.encoding):
        with suppress(ValueError, LookupError, TypeError):
            return line.decode(encoding)
    return line.decode(errors="surrogateescape")
