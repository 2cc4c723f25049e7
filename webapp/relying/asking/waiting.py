"""The page that waits for an answer: the code to scan, the number, and how it ended.

Only the browser that asked sees it: its session says so. Whoever learns a request's id
sees nothing, and nobody is signed in by what somebody else began.
"""

from typing import Any, Final

from flask import Blueprint, current_app, jsonify, render_template
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp.certificates.views.lifecycle import origin
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.relying.asking import scan_code, service
from webapp.relying.asking.errors import RequestUnknownError
from webapp.relying.asking.labels import PURPOSE_PHRASES
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.openers import openers_of
from webapp.relying.asking.request_context import asking_key
from webapp.relying.asking.rules import State

blueprint = Blueprint("asking_waiting", __name__)
MAX_WAITING: Final = 5  # of one browser; more would fill its cookie
_WAITING: Final = "asking"


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


def next_address(request: AskingRequest) -> str:
    """Return where the browser that waited goes when a request has ended."""
    return openers_of(current_app)[request.opener].next_address(request.id)


@blueprint.get("/ask/<request_id>")
def wait(request_id: str) -> ResponseReturnValue:
    """Show the code of a request, and wait for its answer."""
    request, now = _find(request_id), utc_now()
    return render_template(
        "relying/waiting.html",
        asked=request,
        phrase=PURPOSE_PHRASES[service.contents_of(request).purpose],
        address=scan_address(request_id),
        number=scan_code.number_check(asking_key(), request_id).shown,
        seconds_left=max(0, int((request.expires_at - now).total_seconds())),
        outcome=_outcome(request),
    )


@blueprint.get("/ask/<request_id>/state")
def state(request_id: str) -> ResponseReturnValue:
    """Say what has become of a request."""
    return jsonify(_outcome(_find(request_id)))


@blueprint.post("/ask/<request_id>/withdraw")
def withdraw(request_id: str) -> ResponseReturnValue:
    """Take a request back, on the page that asked."""
    request = _find(request_id)
    with unit_of_work() as work:
        openers = openers_of(current_app)
        service.withdraw(work, request_id, openers=openers, now=utc_now())
    return jsonify(_outcome(request))


def _find(request_id: str) -> AskingRequest:
    if not is_waiting(request_id):
        raise RequestUnknownError
    return service.find(session(), request_id)


def _outcome(request: AskingRequest) -> dict[str, Any]:
    current: State = service.state_of(session(), request.id, utc_now())
    return {
        "state": current.value,
        "next": "" if current.is_open else next_address(request),
    }
