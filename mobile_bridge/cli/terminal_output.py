"""What is seen in a terminal: lines for a person, or JSON for a program.

What has to be carried to the other device (link, number, check code) and where the
result lies go to standard output; everything else goes to standard error.
"""

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TextIO, cast

import click

from mobile_bridge.cli.exit_codes import Exit, cause, exit_after
from mobile_bridge.cli.terminal_messages import error_message
from mobile_bridge.core.code_entry import TRIES
from mobile_bridge.core.pairing_number import grouped
from mobile_bridge.device.device import Ending
from mobile_bridge.device.relay_session import State
from mobile_bridge.formats.korean_time import KST
from mobile_bridge.formats.qr_code import BLOCKS, coloured, draw
from mobile_bridge.languages import N_, Translator
from mobile_bridge.pki.issuers import issuer_called
from mobile_bridge.pki.short_number import short_number

STATE_MESSAGES: Final = {
    "matched": N_("The code is right."),
    "offered": N_("Offered. Waiting for a yes on the other device."),
    "accepted": N_("Accepted. Sending."),
    "sent": N_("Sent. Waiting for the receipt."),
    "receiving": N_("Receiving."),
    "keeping": N_("Writing it down."),
    "gone": N_("The other device is gone. Waiting for it."),
    "hidden": N_("The other device shows something else, or its screen is off."),
    "back": N_("The other device is there again."),
    "cut": N_("Connection lost, trying again."),
    "resumed": N_("The connection is back."),
}
# What the sending device waits for, once the digits were typed there.
WAITING_MESSAGES: Final = {
    "password": N_("The digits are right. The password is being typed there."),
    "press": N_('The digits are right. Press "Send" there.'),
}
DEVICE_LABELS: Final = {
    "phone": N_("a phone"),
    "tablet": N_("a tablet"),
    "computer": N_("a computer"),
    "unknown": N_("an unknown device"),
}
# By whether this one sends, and whether both are on one network.
JOINED_MESSAGES: Final = {
    (True, True): N_("You are sending your key to %(device)s, on your network."),
    (True, False): N_("You are sending your key to %(device)s, not on your network."),
    (False, True): N_("Connected to %(device)s, on your network."),
    (False, False): N_("Connected to %(device)s, not on your network."),
}
_STDERR: Final = 2
UNSURE_MESSAGE: Final = N_(
    "It was sent, but no receipt came: the other device may have it. Look there."
)


class TerminalOutput:
    """Shows each state as it is reached."""

    def __init__(self, translator: Translator, *, sends: bool, is_json: bool) -> None:
        self._translator, self._sends, self._is_json = translator, sends, is_json

    def show_state(self, state: State) -> None:
        """Show one state; that nobody reads it any more does not stop a transfer."""
        with suppress(OSError):
            self._show_state(state)

    def _show_state(self, state: State) -> None:
        if self._is_json:
            self._write(state)
        name = str(state["state"])
        if name == "matched" and "asks" in state:
            message = WAITING_MESSAGES[str(state["asks"])]
            self.note(self._translator.gettext(message))
        elif name in STATE_MESSAGES:
            self.note(self._translator.gettext(STATE_MESSAGES[name]))
        elif name in self._VIEWS:
            self._VIEWS[name](self, state)

    def qr_obstacle(self, link: str) -> str | None:
        """Return the sentence that says why a QR code cannot be scanned here, if so.

        Where the output is no window, nothing is drawn and the link is printed.
        """
        if self._is_json or not is_window():
            return None
        if not _prints_blocks():
            return N_("This terminal cannot draw the QR code: use the number.")
        if not _fits(draw(link)):
            return N_("The window is too small for the QR code: use the number.")
        return None

    def note(self, line: str) -> None:
        """Write a line that is only to be read."""
        with suppress(OSError):
            click.echo(line, err=True)

    def prompt(self, question: str) -> None:
        """Write a question; its answer follows on the same line."""
        with suppress(OSError):
            click.echo(question, err=True, nl=False)

    def end(self, ending: Ending, details: Mapping[str, object]) -> Exit:
        """Say how it ended and what lies where; return what to leave with."""
        code = exit_after(ending)
        if not ending.stored:
            # Why it is over; and then what this computer and the other have now.
            self.note(self._translator.gettext(error_message(cause(ending))))
            self.note(self._translator.gettext(_copy_location(ending)))
        elif not ending.sender and ending.reason != "done":
            self.note(
                self._translator.gettext(
                    "The other device may not know that yet, and then keeps its own."
                )
            )
        if self._is_json:
            fields = {name: getattr(ending, name) for name in Ending.__slots__}
            fields["by"] = fields.pop("ended_by")  # its name for other programs
            with suppress(OSError):
                self._write({"state": "ended", **fields, **details, "exit": int(code)})
        return code

    def refuse(self, code: str, exit_: Exit, kind: str = "") -> Exit:
        """Say why there was no pairing at all; `kind` is for who mends a fault."""
        self.note(
            self._translator.gettext(error_message(code))
            + (f" ({kind})" if kind else "")
        )
        if self._is_json:
            with suppress(OSError):
                self._write({"state": "ended", "code": code, "exit": int(exit_)})
        return exit_

    def _shown(self, state: Mapping[str, Any]) -> None:
        if state["number"] is not None:
            self.note(self._translator.gettext("Type this number on the other device:"))
            self._write_result(grouped(state["number"]))
        else:
            self._show_link(state["link"])
        seconds = round(state["expires_in"])
        line = N_("It holds for %(seconds)s seconds. Ctrl-C ends it.")
        self.note(self._translator.gettext(line, seconds=seconds))

    def _show_link(self, link: str) -> None:
        if self._is_json:
            return
        if not is_window():
            line = N_("No terminal to draw a QR code in: the link is printed instead.")
            self.note(self._translator.gettext(line))
        else:
            self._draw(link)
        self._write_result(link)

    def _draw(self, link: str) -> None:
        lines = draw(link)
        if not _fits(lines):
            line = N_("The window is too small for the QR code; use the link.")
            self.note(self._translator.gettext(line))
            return
        self.note(
            self._translator.gettext(
                "Scan this code with the other device's camera, or open the link there:"
            )
        )
        click.echo("\n".join(coloured(lines)), color=True)

    def _joined(self, state: Mapping[str, Any]) -> None:
        peer = state["peer"]
        message = JOINED_MESSAGES[self._sends, peer["same_network"]]
        name = DEVICE_LABELS[peer["device"]]
        device = self._translator.gettext(name)
        self.note(self._translator.gettext(message, device=device))

    def _typing(self, state: Mapping[str, Any]) -> None:
        if state["tries_left"] < TRIES:
            line = N_("That is not the code. Tries left: %(tries)s.")
            self.note(self._translator.gettext(line, tries=state["tries_left"]))

    def _code(self, state: Mapping[str, Any]) -> None:
        self.note(
            self._translator.gettext("Check code. Type it on the sending device:")
        )
        code = state["code"]
        self._write_result(f"{code[:3]} {code[3:]}")

    def _offer(self, state: Mapping[str, Any]) -> None:
        offer = state["offer"]
        issuer = issuer_called(offer["issuer"], self._translator.gettext)
        blanks = {
            "name": _collapse_blanks(offer["name"]),
            "issuer": _collapse_blanks(issuer),
            "number": short_number(offer["serial"]),
            "serial": offer["serial"],
            "since": _format_korean(offer["not_before"]),
            "until": _format_korean(offer["not_after"]),
        }
        lines = [
            N_("What is coming:"),
            N_("  whose       %(name)s"),
            N_("  number      %(number)s"),
            N_("  valid from  %(since)s"),
            N_("  issued by   %(issuer)s"),
            N_("  valid until %(until)s"),
            N_("  serial      %(serial)s"),
        ]
        if offer["move"]:
            lines.append(N_("The other device will delete its own afterwards."))
        columns = _window_width()
        for line in lines:
            self.note(_truncate(self._translator.gettext(line, **blanks), columns))

    def _stored(self, _state: Mapping[str, Any]) -> None:
        if self._sends:
            self.note(self._translator.gettext("The other device has stored it."))

    def _write_result(self, line: str) -> None:
        """Write what a person or a program takes elsewhere."""
        if not self._is_json:
            click.echo(line)

    def _write(self, state: Mapping[str, object]) -> None:
        click.echo(json.dumps(state))

    _VIEWS: Final = {
        "shown": _shown,
        "joined": _joined,
        "typing": _typing,
        "code": _code,
        "offer": _offer,
        "stored": _stored,
    }


def _format_korean(moment: str) -> str:
    """Return a time as clocks in Korea show it, wherever this computer is."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone(KST):%Y-%m-%d %H:%M %Z}"
    except OverflowError:
        return moment  # 99991231235959Z, for what never ends (RFC 5280 4.1.2.5)


def is_window() -> bool:
    """Say whether standard output is a window; a closed one is None."""
    output = cast("TextIO | None", sys.stdout)
    return output is not None and output.isatty()


def _prints_blocks() -> bool:
    """Say whether what a QR code is drawn with can be printed here."""
    try:
        BLOCKS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return os.environ.get("TERM") != "dumb"  # no colours, so no black on white


def _fits(lines: list[str]) -> bool:
    window = shutil.get_terminal_size()
    return window.columns >= len(lines[0]) and window.lines > len(lines)


def _collapse_blanks(name: str) -> str:
    """Return a name with one blank between words.

    Many of them, of whatever width, could move what follows to a line of its own, where
    it would look like one of ours. The offer itself keeps them: a holder may have two.
    """
    return " ".join(name.split())


def _window_width() -> int:
    """Return how wide the window is; what is shown goes to standard error."""
    try:
        columns = os.get_terminal_size(_STDERR).columns
    except OSError:
        columns = 0
    return columns or shutil.get_terminal_size().columns


def _truncate(line: str, columns: int) -> str:
    """Return what of a line fits, so that no terminal begins another one."""
    ends, at = [], 0
    for sign in line:
        at += _width(sign)
        ends.append(at)
    if at < columns:
        return line
    # One column for the ellipsis in most fonts, two in some; the last stays free.
    return line[: sum(end <= columns - 3 for end in ends)].rstrip() + "…"


def _width(sign: str) -> int:
    """Return how many columns a sign takes at most."""
    is_narrow = unicodedata.east_asian_width(sign) in ("N", "Na", "H")
    # Symbols, and what Unicode had not assigned yet, may be wide in a newer terminal.
    is_plain = sign.isascii() or unicodedata.category(sign)[0] not in "SC"
    return 1 if is_narrow and is_plain else 2


def _copy_location(ending: Ending) -> str:
    if not ending.sender:
        return N_("Nothing was kept here.")
    if ending.sent:
        return UNSURE_MESSAGE
    return N_("Your certificate is where it was.")
