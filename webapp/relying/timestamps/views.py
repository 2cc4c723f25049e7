"""Time stamps over HTTP (RFC 3161 3.4), for everybody's programs."""

import secrets

import structlog
from flask import Blueprint, Flask, abort, request
from flask.typing import ResponseReturnValue

from webapp.ca.service_certificates import ServiceSignerError
from webapp.clock import utc_now
from webapp.db import unit_of_work
from webapp.pki.services.timestamp import (
    MAX_REQUEST,
    MEDIA_TYPE_QUERY,
    MEDIA_TYPE_REPLY,
    FailureInfo,
    TimestampRequestError,
    granted,
    read_request,
    rejected,
)
from webapp.relying.timestamps.authority import current_authority
from webapp.relying.timestamps.messages import ERROR_MESSAGES
from webapp.relying.timestamps.service import give_stamp
from webapp.web.error_handlers import register_error_messages
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import csrf

blueprint = Blueprint("timestamps", __name__)
HEADERS = {"Content-Type": MEDIA_TYPE_REPLY}

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Register the address of the authority."""
    csrf.exempt(blueprint)  # programs have no page; nobody's session is looked at
    app.register_blueprint(blueprint)
    register_error_messages(app, ERROR_MESSAGES)


@blueprint.post("/tsa")
@limiter.limit("120 per minute")
def time_stamp() -> ResponseReturnValue:
    """Stamp the hash in the TimeStampReq of this request; a refusal is a reply too."""
    if request.mimetype != MEDIA_TYPE_QUERY:
        abort(415)
    try:
        return granted(_stamp()), 200, HEADERS
    except TimestampRequestError as error:
        return rejected(error.failure, str(error)), 200, HEADERS
    except ServiceSignerError:
        log.warning("no_time_stamping_key")
        text = "There is no time-stamping certificate at the moment."
        return rejected(FailureInfo.SYSTEM_FAILURE, text), 200, HEADERS


def _stamp() -> bytes:
    if (request.content_length or 0) > MAX_REQUEST:
        text = "The request is too large."
        raise TimestampRequestError(FailureInfo.BAD_REQUEST, text)
    query, now = read_request(request.get_data()), utc_now()
    authority = current_authority(now)
    with unit_of_work() as session:
        return give_stamp(
            session, authority, query, random=secrets.token_bytes, now=now
        )
