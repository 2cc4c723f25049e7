"""The page that waits for an answer: the code to scan, the number, and how it ended.

Only the browser that asked sees it: its session says so. Whoever learns a request's id
sees nothing, and nobody is signed in by what somebody else began.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import (
    Blueprint,
    Flask,
    current_app,
    jsonify,
    render_template,
    request,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp.certificates.views.lifecycle import origin
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.relying.asking import scan_code, service
from webapp.relying.asking.errors import RequestUnknownError
from webapp.relying.asking.labels import PURPOSE_PHRASES
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.openers import openers_of
from webapp.relying.asking.request_context import asking_key
from webapp.relying.asking.rules import State
from webapp.web.login_session import leave_cookie, local_path
from webapp.web.long_poll import HELD_SECONDS, INTERVAL, LongPoll

blueprint = Blueprint("asking_waiting", __name__)
MAX_WAITING: Final = 5  # of one browser; more would fill its cookie
_WAITING: Final = "asking"
_HELD: Final = frozenset(one.value for one in State if one.is_open)
_LONG_POLL: Final = "certferry.asking.long_poll"


def init_app(app: Flask) -> None:
    """Register the page, and what holds its questions."""

    def read_states(request_ids: Collection[str]) -> Mapping[str, str]:
        with app.extensions["certferry.sessions"]() as own_session:
            return service.states_of(own_session, request_ids, utc_now())

    app.extensions[_LONG_POLL] = LongPoll(read_states, INTERVAL)
    app.register_blueprint(blueprint)


def tell_waiting(request_id: str) -> None:
    """Have the page that waits for a request look at what was just committed."""
    _long_poll().look(request_id)


def begin_waiting(request_id: str) -> str:
    """Note that this browser waits for a request; return where it does."""
    others = [one for one in cookie.get(_WAITING, []) if one != request_id]
    cookie[_WAITING] = [request_id, *others][:MAX_WAITING]
    return f"/ask/{request_id}"


def is_waiting(request_id: str) -> bool:
    """Tell whether this browser is the one that asked."""
    return request_id in cookie.get(_WAITING, [])


def scan_address(request_id: str) -> str:
    """Return the text of the code that opens a request on a device."""
    token = scan_code.scan_token(asking_key(), request_id)
    return scan_code.scan_address(origin(), token)


def next_address(asked: AskingRequest) -> str:
    """Return where the browser that waited goes when a request has ended.

    Raises:
        ValueError: an opener leads elsewhere; its own page does, and looks at where to.
    """
    address = openers_of(current_app)[asked.opener].next_address(asked.id)
    if local_path(address) != address:
        raise ValueError(f"{asked.opener} leads away from this site")
    return address


@blueprint.get("/ask/<request_id>")
def wait(request_id: str) -> ResponseReturnValue:
    """Show the code of a request, and wait for its answer."""
    asked, now = _find(request_id), utc_now()
    return render_template(
        "relying/waiting.html",
        asked=asked,
        phrase=PURPOSE_PHRASES[service.contents_of(asked).purpose],
        address=scan_address(request_id),
        number=scan_code.number_check(asking_key(), request_id).shown,
        seconds_left=max(0, int((asked.expires_at - now).total_seconds())),
        outcome=_outcome(asked),
    )


@blueprint.get("/ask/<request_id>/state")
def state(request_id: str) -> ResponseReturnValue:
    """Say what has become of a request; after `?after=made`, when that has changed."""
    asked, previous = _find(request_id), request.args.get("after", "")
    leave_cookie()
    if previous in _HELD:
        release_connection()
        _long_poll().wait(request_id, previous, HELD_SECONDS)
        session().expire_all()
    return jsonify(_outcome(asked))


@blueprint.post("/ask/<request_id>/withdraw")
def withdraw(request_id: str) -> ResponseReturnValue:
    """Take a request back, on the page that asked."""
    asked = _find(request_id)
    with unit_of_work() as work:
        openers = openers_of(current_app)
        service.withdraw(work, request_id, openers=openers, now=utc_now())
    tell_waiting(request_id)
    return jsonify(_outcome(asked))


def _find(request_id: str) -> AskingRequest:
    if not is_waiting(request_id):
        raise RequestUnknownError
    return service.find(session(), request_id)


def _outcome(asked: AskingRequest) -> dict[str, Any]:
    current: State = service.state_of(session(), asked.id, utc_now())
    return {
        "state": current.value,
        "next": "" if current.is_open else next_address(asked),
    }


def _long_poll() -> LongPoll:
    long_poll: LongPoll = current_app.extensions[_LONG_POLL]
    return long_poll
