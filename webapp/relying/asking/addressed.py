"""What waits for somebody who is signed in: requests that are addressed to them."""

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.clock import utc_now
from webapp.db import session
from webapp.relying.asking import scan_code, service
from webapp.relying.asking.labels import PURPOSE_PHRASES
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.request_context import asking_key
from webapp.relying.institutions.rules import Purpose
from webapp.web.pagination import parse_cursor
from webapp.web.security import customer_required

blueprint = Blueprint("asking_addressed", __name__)


class WaitingRequest(NamedTuple):
    """A request as the list shows it; `address` opens it on this device."""

    asker_name: str
    asker_origin: str
    phrase: object
    expires_at: datetime
    address: str


@blueprint.get("/me/requests")
@customer_required
def show() -> ResponseReturnValue:
    """List what waits for an answer of who is signed in."""
    now, after = utc_now(), parse_cursor(request.args.get("after", ""), back=False)
    requests, rest = service.list_waiting(session(), current_user, now, after)
    return render_template(
        "relying/my_requests.html",
        requests=[describe_waiting(asked) for asked in requests],
        ids=service.list_waiting_ids(session(), current_user, now),
        is_first=after is None,
        rest=rest,
    )


@blueprint.get("/me/requests/open")
@customer_required
def list_open() -> ResponseReturnValue:
    """Say which requests wait, for the page that is open."""
    ids = service.list_waiting_ids(session(), current_user, utc_now())
    return jsonify(ids=ids)


def describe_waiting(asked: AskingRequest) -> WaitingRequest:
    """Return a request as its addressee reads it."""
    return WaitingRequest(
        asked.asker_name,
        asked.asker_origin,
        PURPOSE_PHRASES[Purpose(asked.purpose)],
        asked.expires_at,
        f"{scan_code.PATH}#{scan_code.scan_token(asking_key(), asked.id)}",
    )
