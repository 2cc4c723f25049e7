"""What every command of the terminal has: help in the system's language, an end."""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import Any

import click

from mobile_bridge.cli.exit_codes import Exit, exit_for
from mobile_bridge.cli.terminal_messages import system_language
from mobile_bridge.errors import BridgeError
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.files.disk_reader import unreadable_error

N_("Show this message and exit.")  # of --help, by click itself


class TranslatedCommand(click.Command):
    """A command whose help speaks the language of the system."""

    def __init__(
        self, *arguments: Any, examples: Sequence[str] = (), **named: Any
    ) -> None:
        """Take what any command takes, and `examples` of how it is called."""
        super().__init__(*arguments, **named)
        self._examples = examples

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line in the list of all commands."""
        return self._translate((self.help or "").partition("\n")[0])

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what it does, an example, and the options."""
        usage = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(
            ctx.command_path, usage, prefix=self._translate(N_("Usage: "))
        )
        for text in (self.help or "").split("\n\n"):
            formatter.write_paragraph()
            formatter.write_text(self._translate(" ".join(text.split())))
        with formatter.section(self._translate(N_("Examples"))):
            formatter.write("".join(f"  {line}\n" for line in self._examples))
        with formatter.section(self._translate(N_("Options"))):
            formatter.write_dl([*map(self._option, self._options(ctx))])

    def _options(self, ctx: click.Context) -> list[click.Option]:
        params = self.get_params(ctx)
        return [param for param in params if isinstance(param, click.Option)]

    def _option(self, option: click.Option) -> tuple[str, str]:
        name = ", ".join((*option.opts, *option.secondary_opts))
        # What a value is called; a switch has none.
        has_value = not (option.is_flag or option.count)
        value = f" {option.metavar or 'PATH'}" if has_value else ""
        return f"{name}{value}", self._translate(" ".join((option.help or "").split()))

    @staticmethod
    def _translate(english: str) -> str:
        return Translator(system_language(os.environ)).gettext(english)


def leave_with(run: Callable[[], Exit], refuse: Callable[..., Exit]) -> None:
    """Run, and leave with what it means; no fault shows what was in memory.

    `refuse` says a code, and returns what is left with.
    """
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    # A library's warning would show files of this program to a person.
    warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name that this terminal cannot show must not stop a transfer.
            stream.reconfigure(errors="replace")
    try:
        code = run()
    except KeyboardInterrupt:
        code = refuse("cancelled", Exit.INTERRUPTED)
    except BridgeError as refused:
        code = refuse(refused.code, exit_for(refused.code))
    except OSError as error:
        # Of a path that nobody looked at before; without one it is a fault of ours.
        if error.filename is None:
            code = refuse("fault", Exit.FAULT, type(error).__name__)
        else:
            reason = unreadable_error(error).code
            code = refuse(reason, exit_for(reason))
    except Exception as fault:  # whatever it is, its text could be a secret
        code = refuse("fault", Exit.FAULT, type(fault).__name__)
    sys.exit(code)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
