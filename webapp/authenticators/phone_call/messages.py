"""What the page of the phone check says of a call: while it is open, and at its end."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.authenticators.phone_call.rules import State
from webapp.authenticators.phone_call.service import CallView

_LINES: Final[Mapping[State, Any]] = MappingProxyType(
    {
        State.ASKED: _("We are calling you."),
        State.RINGING: _("Your phone is ringing. Please answer it."),
        State.IN_PROGRESS: _("Answered. Key in the two digits on your phone."),
    }
)
_ONCE_MORE = _("Those were different digits. Key in the two digits above once more.")

# At an end: the sentence, and what to do next.
ENDINGS: Final[Mapping[State, tuple[Any, Any]]] = MappingProxyType(
    {
        State.WRONG: (
            _("The digits keyed in were not those on the screen."),
            _("Ask for a new call. The screen then shows two new digits."),
        ),
        State.NO_ANSWER: (
            _("Nobody answered the phone."),
            _("Take your phone in your hand, then ask for a new call."),
        ),
        State.BUSY: (
            _("Your line is busy."),
            _("End the other call, then ask for a new one."),
        ),
        State.HUNG_UP: (
            _("The call ended before the two digits were keyed in."),
            _("Ask for a new call, and hang up only when the voice says it is done."),
        ),
        State.FAILED: (
            _("The call could not be put through."),
            _(
                "Ask for a new call in a moment. If it happens again, ask at the "
                "counter."
            ),
        ),
        State.OVER: (
            _("The time for this call is over."),
            _("Ask for a new call. Everything you did before is kept."),
        ),
    }
)


def status_text(view: CallView) -> str:
    """Say how an open call stands."""
    if view.state is None or view.state not in _LINES:
        return ""
    if view.state == State.IN_PROGRESS and view.tried:
        return str(_ONCE_MORE)
    return str(_LINES[view.state])
