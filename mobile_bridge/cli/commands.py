"""`certferry send` and `certferry receive`: a device of the bridge in a terminal.

Options come in here, secrets by prompt or environment; what happens is device.py's.
"""

import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from mobile_bridge.cli.command_base import TranslatedCommand, leave_with
from mobile_bridge.cli.exit_codes import Exit
from mobile_bridge.cli.paths import parse_path
from mobile_bridge.cli.prompts import TerminalReceiver, TerminalSender
from mobile_bridge.cli.terminal_input import TerminalInput
from mobile_bridge.cli.terminal_messages import system_language
from mobile_bridge.cli.terminal_output import TerminalOutput, is_window
from mobile_bridge.core.bundle import Offer
from mobile_bridge.core.link import PATH, Link, read_link, write_link
from mobile_bridge.core.pairing_number import check_number
from mobile_bridge.core.protocol import FINGERPRINT_BYTES, SEED_BYTES, Direction, Mode
from mobile_bridge.device.device import (
    Device,
    Ending,
    ReceiveTask,
    SendTask,
    Task,
    direction_of,
)
from mobile_bridge.device.http_client import RelayHttpClient, parse_origin
from mobile_bridge.device.relay_session import Dependencies, RelaySession
from mobile_bridge.errors import BridgeError
from mobile_bridge.languages import N_, Translator
from mobile_bridge.pki.certificate import fingerprint
from mobile_bridge.pki.validity import UNCHECKED, Validity, read_validity
from mobile_bridge.relay.messages import TOKEN_BYTES

CHECK_SECONDS = 4.0  # longer than a person waits for what is only good to know

Command = TypeVar("Command", bound=Callable[..., Any])


class OptionError(BridgeError):
    """What was asked for does not fit together; `code` says what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code  # type: ignore[misc]


def _common(command: Command) -> Command:
    """Add the options that both commands have."""
    for option in reversed(
        [
            click.option(
                "--centre",
                envvar="CERTFERRY_CENTRE",
                metavar="URL",
                help=N_("The centre whose relay carries it; else CERTFERRY_CENTRE."),
            ),
            click.option(
                "--ca",
                envvar="CERTFERRY_CA",
                metavar="FILE",
                help=N_("A demo's root certificate (PEM) for TLS; else CERTFERRY_CA."),
            ),
            click.option(
                "--number",
                "method",
                flag_value="number",
                help=N_("Show twelve digits to type, in place of a QR code."),
            ),
            click.option(
                "--link",
                "method",
                flag_value="link",
                help=N_("Join by a link. It is asked for, or in CERTFERRY_LINK."),
            ),
            click.option(
                "--join-number",
                "method",
                flag_value="join-number",
                help=N_("Join by a number. It is asked for, or in CERTFERRY_NUMBER."),
            ),
            click.option("--yes", is_flag=True, help=N_("Do not ask yes or no.")),
            click.option(
                "--json", "is_json", is_flag=True, help=N_("One JSON object a state.")
            ),
        ]
    ):
        command = option(command)
    return command


@click.command(
    cls=TranslatedCommand,
    examples=(
        "certferry send --centre https://ca.example ~/certificate",
        "certferry send --centre https://ca.example --number hana.p12",
    ),
    help="\n\n".join(
        (
            N_("Send a certificate with its key to another device."),
            N_(
                "FOLDER holds signCert.der and signPri.key, or is NPKI or a drive; "
                "FILE is one of these, or a .p12, .pem or .zip file."
            ),
        )
    ),
)
@click.argument("path", metavar="FILE|FOLDER")
@_common
@click.option(
    "--move", is_flag=True, help=N_("Delete the files here after the receipt (folder).")
)
def send(path: str, *, move: bool, **options: Any) -> None:
    """Send what lies at a path."""
    terminal = _Terminal(options, sends=True)
    leave_with(lambda: terminal.send(path, move=move), terminal.refuse)


@click.command(
    cls=TranslatedCommand,
    examples=(
        "certferry receive --centre https://ca.example --to ~/certificates",
        "certferry receive --link --to ~/certificates",
    ),
    help=N_("Receive a certificate with its key from another device."),
)
@click.option(
    "--to",
    default=os.curdir,
    metavar="FOLDER",
    help=N_("Where a folder for the certificate is made; else the one you are in."),
)
@_common
def receive(to: str, **options: Any) -> None:
    """Receive a certificate, into a folder."""
    terminal = _Terminal(options, sends=False)
    leave_with(lambda: terminal.receive(to), terminal.refuse)


class _Terminal:
    """One run of a command."""

    def __init__(self, options: Mapping[str, Any], *, sends: bool) -> None:
        self._options = options
        self._translator = Translator(system_language(os.environ))
        is_json = options["is_json"]
        self._output = TerminalOutput(self._translator, sends=sends, is_json=is_json)
        self._input = TerminalInput(self._output.prompt)
        self.refuse = self._output.refuse

    def send(self, path: str, *, move: bool) -> Exit:
        """Check what lies there, pair, send, and delete what was moved."""
        named = parse_path(path)
        join, origin = self._parse_join()
        sender = TerminalSender(self._translator, self._input, self._output.note)
        is_sure = self._options["yes"]
        payload = sender.prepare(named, move=move, is_sure=is_sure)
        client = RelayHttpClient(origin, ca=self._options["ca"])
        sender.check(payload, _check_at(client), is_sure=is_sure)
        ending = self._pair(SendTask(sender, payload, move), join, origin, client)
        details = sender.finish() if ending.stored and move else {}
        return self._output.end(ending, details)

    def receive(self, to: str) -> Exit:
        """Pair, and keep what comes."""
        folder = parse_path(to)
        join, origin = self._parse_join()
        is_json, is_sure = self._options["is_json"], self._options["yes"]
        client = RelayHttpClient(origin, ca=self._options["ca"])
        note = self._output.note
        receiver = TerminalReceiver(
            self._translator, self._input, note, _check_at(client)
        )
        receiver.prepare(folder, is_sure=is_sure)
        try:
            ending = self._pair(ReceiveTask(receiver), join, origin, client)
        finally:
            receiver.tidy()
        details = receiver.finish() if ending.stored else {}
        if details and not is_json and not is_window():
            with suppress(OSError):
                click.echo(details["folder"])
        return self._output.end(ending, details)

    def _pair(
        self, task: Task, join: Link | str | None, origin: str, client: RelayHttpClient
    ) -> Ending:
        if isinstance(join, Link):
            fits = join.direction is direction_of(task, is_initiator=False)
            if not fits:
                raise OptionError("link_direction")
        on_state = self._output.show_state
        ports = Dependencies(client, time.monotonic, time.sleep, on_state)
        remote = RelaySession(ports, secrets.token_bytes(TOKEN_BYTES))
        device = Device(remote, task, random=secrets.token_bytes, on_state=on_state)
        if isinstance(join, Link):
            return device.join(join)
        if join is not None:
            return device.join_number(join)
        return device.show(self._mode(origin), origin)

    def _mode(self, origin: str) -> Mode:
        """Return how it is shown: digits where a QR code could not be scanned."""
        if self._options["method"] == "number":
            return Mode.TYPED
        reason = self._output.qr_obstacle(write_link(origin, _SAMPLE_LINK))
        if reason is None:
            return Mode.QR
        self._output.note(self._translator.gettext(reason))
        return Mode.TYPED

    def _parse_join(self) -> tuple[Link | str | None, str]:
        """Return what to join, if anything, and the centre's address."""
        method, centre = self._options["method"], self._options["centre"]
        if method == "link":
            text = self._read_secret("CERTFERRY_LINK", N_("Paste the link: "))
            # As in a browser, the link itself says where it leads.
            origin = parse_origin(centre or text.partition(f"{PATH}#")[0])
            return read_link(text, origin), origin
        if not centre:
            raise OptionError("centre_missing")
        origin = parse_origin(centre)
        if method != "join-number":
            return None, origin
        question = N_("Number on the other device (12 digits): ")
        number = check_number(self._read_secret("CERTFERRY_NUMBER", question))
        if number is None:
            raise OptionError("number_wrong")
        return number, origin

    def _read_secret(self, name: str, question: str) -> str:
        from_environment = os.environ.get(name)
        text = self._translator.gettext(question)
        return (from_environment or self._input.secret(text)).strip()


def _check_at(client: RelayHttpClient) -> Callable[[Offer, bytes | None], Validity]:
    """Return what asks this centre whether a certificate counts."""

    def check(offer: Offer, der: bytes | None) -> Validity:
        # By its hash where it is here; else by the issuer and number it was offered as.
        digest = f".{fingerprint(der)}" if der else ""
        named = {} if der else {"issuer": offer.issuer}
        fields = {"certificate": f"{offer.serial}{digest}", **named}
        try:
            answer = client.get("/pki/status", fields, within=CHECK_SECONDS)
        except BridgeError:  # what stops a pairing is said by the pairing
            return UNCHECKED
        return read_validity(answer, datetime.fromisoformat(offer.not_after))

    return check


# As long as every link, and of letters of both cases, which take the largest code.
_SAMPLE_LINK: Final = Link(
    Direction.INITIATOR_SENDS, b"i" * SEED_BYTES, b"i" * FINGERPRINT_BYTES
)

COMMANDS = {"send": send, "receive": receive}
