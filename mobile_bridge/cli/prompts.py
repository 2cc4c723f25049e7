"""The person at a terminal, as sender and as receiver: what they are asked.

Reads and writes their files through key_files.py and file_store.py.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mobile_bridge.cli.files.file_prompts import FilePrompts
from mobile_bridge.cli.terminal_input import TerminalInput
from mobile_bridge.cli.terminal_messages import error_message
from mobile_bridge.core.bundle import File, Offer, offer_for, unpack, write_offer
from mobile_bridge.device.file_store import SaveResult, prepare, remove_empty, save
from mobile_bridge.errors import BridgeError, BundleError
from mobile_bridge.languages import N_, Translator
from mobile_bridge.npki.errors import WrongPasswordError
from mobile_bridge.npki.isolated import run_isolated
from mobile_bridge.npki.sets.key_files import KeySource, delete, locate_all, open_keys
from mobile_bridge.pki.validity import UNCHECKED, State, Validity

PASSWORD_TRIES: Final = 3

Note = Callable[[str], None]
# Asks the centre whether a certificate counts: what is announced of it, and its DER
# where that is here.
Check = Callable[[Offer, bytes | None], Validity]

VALIDITY_MESSAGES: Final = {
    State.USABLE: N_("  state       the centre says that it is usable"),
    State.SUSPENDED: N_(
        "  state       suspended: nobody accepts it until it is resumed"
    ),
    State.REVOKED: N_("  state       revoked for good: nobody accepts it any more"),
    State.EXPIRED: N_("  state       expired: its last day is over"),
    State.UNKNOWN: N_("  state       this centre does not know it, and cannot say"),
    State.UNCHECKED: N_("  state       could not be checked: the centre did not say"),
}


class MovePfxError(BridgeError):
    """Only files of their own are moved; a PKCS#12 file or a zip is not deleted."""

    code = "move_pfx"


class MoveLinkError(BridgeError):
    """A symbolic link is not moved: what it leads to would stay."""

    code = "move_link"


class NotMovableError(BridgeError):
    """No receiver would keep these files."""

    code = "not_movable"


class RevokedError(BridgeError):
    """It was revoked; nobody has a use for it elsewhere."""

    code = "certificate_revoked"


class ExpiredError(BridgeError):
    """Its last day is over; nobody has a use for it elsewhere."""

    code = "certificate_expired"


class CancelledError(BridgeError):
    """The person does not want to go on."""

    code = "cancelled"


class TerminalSender:
    """Who sends."""

    def __init__(
        self, translator: Translator, terminal_input: TerminalInput, note: Note
    ) -> None:
        self._translator, self._input, self._note = translator, terminal_input, note
        self._source: KeySource | None = None
        self._code = os.environ.get("CERTFERRY_CODE")

    def prepare(self, path: Path, *, move: bool, is_sure: bool) -> bytes:
        """Return the bundle, after password and key have been checked.

        Raises:
            BridgeError: there is nothing that could be sent.
        """
        try:
            source = self._choose(locate_all(path))
            if move:
                self._warn(source, is_sure=is_sure)
            payload = self._open(source)
            self._source = source
            # What a receiver would refuse is refused before anybody scans anything.
            write_offer(offer_for(payload, move=move))
        except BundleError:
            raise NotMovableError from None
        return payload

    def check(self, payload: bytes, check: Check, *, is_sure: bool) -> None:
        """Tell before sending what the receiver would find out.

        Raises:
            RevokedError, ExpiredError: it is over, so it is not sent.
            CancelledError: it is suspended, and the person does not go on.
        """
        validity = check(offer_for(payload, move=False), unpack(payload)[0].content)
        warn_of_clock(validity, self._translator, self._note)
        if validity.state is State.REVOKED:
            raise RevokedError
        if validity.state is State.EXPIRED:
            raise ExpiredError
        if validity.state is State.USABLE:
            return
        self._note(self._translator.gettext("What is to be sent:"))
        self._note(self._translator.gettext(VALIDITY_MESSAGES[validity.state]))
        question = self._translator.gettext("Go on? (yes/no): ")
        is_held = validity.state is State.SUSPENDED
        if is_held and not (is_sure or self._input.agrees(question)):
            raise CancelledError

    def type_code(self, tries_left: int) -> str:
        """Return the check code: once from the environment, else by the keys."""
        from_environment, self._code = self._code, None
        question = self._translator.gettext(
            "Check code on the receiving device (6 digits): "
        )
        return from_environment or self._input.line(question)

    def finish(self) -> dict[str, object]:
        """Delete what was moved, and say so."""
        if self._source is None:
            return {}
        stays = delete(self._source)
        for path in stays:
            message = N_("Could not be deleted here: %(path)s")
            self._note(self._translator.gettext(message, path=path))
        if not stays:
            self._note(self._translator.gettext("Deleted here."))
        left = {str(path) for path in stays}
        gone = [str(p) for p, _ in self._source.read if str(p) not in left]
        return {"deleted": gone, "not_deleted": sorted(left)}

    def _choose(self, sources: Sequence[KeySource]) -> KeySource:
        if len(sources) == 1:
            return sources[0]
        prompts = FilePrompts(self._translator, self._input, self._note)
        chosen = prompts.choose_among([one.source for one in sources])
        return next(one for one in sources if one.source is chosen)

    def _warn(self, source: KeySource, *, is_sure: bool) -> None:
        if not source.read:
            raise MovePfxError
        if any(path.is_symlink() for path, _ in source.read):
            raise MoveLinkError
        self._note(
            self._translator.gettext(
                "After the other device has stored it, these files are deleted here:"
            )
        )
        for path, _ in source.read:
            self._note(f"  {path}")
        question = self._translator.gettext("Go on? (yes/no): ")
        if not (is_sure or self._input.agrees(question)):
            raise CancelledError

    def _open(self, source: KeySource) -> bytes:
        from_environment = os.environ.get("CERTFERRY_PASSWORD")
        if from_environment is not None:
            return self._opened(source, from_environment)
        question = self._translator.gettext("Certificate password: ")
        for _ in range(PASSWORD_TRIES - 1 if self._input.is_person else 0):
            try:
                return self._opened(source, self._input.secret(question))
            except WrongPasswordError as wrong:
                self._note(self._translator.gettext(error_message(wrong.code)))
        return self._opened(source, self._input.secret(question))

    def _opened(self, source: KeySource, password: str) -> bytes:
        return run_isolated(lambda: open_keys(source, password))


class TerminalReceiver:
    """Who receives."""

    def __init__(
        self,
        translator: Translator,
        terminal_input: TerminalInput,
        note: Note,
        check: Check | None = None,
    ) -> None:
        self._translator, self._input, self._note = translator, terminal_input, note
        self._check = check or (lambda _offer, _der: UNCHECKED)
        self._to, self._is_sure = Path(), False
        self._new_folders: tuple[Path, ...] = ()
        self._saved: SaveResult | None = None

    def prepare(self, to: Path, *, is_sure: bool) -> None:
        """Make the folder; a disk that takes nothing shall be known before.

        Raises:
            NotStoredError: nothing can be written there.
        """
        self._to, self._is_sure = to, is_sure
        self._new_folders = prepare(to)

    def accepts(self, offer: Offer) -> bool:
        """Say whether the person wants what was announced."""
        validity = self._check(offer, None)
        self._note(self._translator.gettext(VALIDITY_MESSAGES[validity.state]))
        warn_of_clock(validity, self._translator, self._note)
        question = self._translator.gettext("Receive it? (yes/no): ")
        return self._is_sure or self._input.agrees(question)

    def save(self, files: tuple[File, ...], offer: Offer) -> None:
        """Return when everything is stored and was read back."""
        self._saved = save(files, self._to)

    def tidy(self) -> None:
        """Leave no folder behind that was made for nothing."""
        remove_empty(self._new_folders)

    def finish(self) -> dict[str, object]:
        """Say where it lies."""
        if self._saved is None:
            return {}
        folder, is_new = str(self._saved.folder), self._saved.is_new
        message = (
            N_("It is here: %(folder)s")
            if is_new
            else N_("The same is here already: %(folder)s")
        )
        self._note(self._translator.gettext(message, folder=folder))
        return {"folder": folder, "unchanged": not is_new}


def warn_of_clock(validity: Validity, translator: Translator, note: Note) -> None:
    """Say that this computer's clock is wrong, where it is."""
    now = datetime.now(UTC)
    if validity.centre_time is None or not validity.is_clock_wrong(now):
        return
    device, centre = (
        f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (now, validity.centre_time)
    )
    message = N_(
        "The clock of this computer is wrong: it says %(device)s, and it is %(centre)s."
    )
    note(translator.gettext(message, device=device, centre=centre))
