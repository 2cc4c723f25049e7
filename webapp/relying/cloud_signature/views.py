"""The addresses of the CSC API 1.0.4.0; refusals are in its form."""

import secrets
import time
from typing import Final

from flask import Blueprint, Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from mobile_bridge.relay.limits import ConcurrencyLimit
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.relying.asking.contents import Hashes
from webapp.relying.asking.openers import Opener, register_opener
from webapp.relying.cloud_signature import credentials, rules, service, wire
from webapp.relying.cloud_signature.callers import Caller, find_caller
from webapp.relying.cloud_signature.errors import (
    PendingError,
    UserNamedError,
)
from webapp.relying.cloud_signature.messages import ERROR_MESSAGES
from webapp.relying.openid import views as openid
from webapp.relying.openid.discovery import AUTHORIZE
from webapp.web.error_handlers import register_error_messages
from webapp.web.i18n import language
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import csrf

BASE: Final = "/csc/v1"
POLL: Final = 0.5  # seconds
WAITING_EACH: Final = 50  # calls of one institution that one process keeps
METHODS: Final = (
    *("oauth2/authorize", "oauth2/token", "oauth2/revoke"),
    *("credentials/list", "credentials/info", "credentials/authorize"),
    "signatures/signHash",
)
blueprint = Blueprint("cloud_signature", __name__, url_prefix=BASE)
blueprint.register_error_handler(AppError, wire.refuse)
blueprint.register_error_handler(HTTPException, wire.refuse_http)
blueprint.register_error_handler(Exception, wire.fail)
_waiting = ConcurrencyLimit(WAITING_EACH)


def init_app(app: Flask) -> None:
    """Register the addresses, and who asks the phones."""
    csrf.exempt(blueprint)  # no cookie says who calls
    app.register_blueprint(blueprint)
    register_error_messages(app, ERROR_MESSAGES)
    register_opener(
        app,
        Opener(
            name=service.OPENER,
            next_address=lambda _request_id: "/me/requests",
            on_approved=service.check_approval,
        ),
    )


@blueprint.post("/info")
@limiter.limit("600 per minute")
def info() -> ResponseReturnValue:
    """Describe the service (11.1)."""
    config = current_ca().config
    return jsonify(
        specs=rules.VERSION,
        name=config.brand.name_in(language()),
        logo=f"{config.public_url}/static/img/icon-192.png",
        region="KR",
        lang=language(),
        description=config.brand.name_in(language()),
        authType=["oauth2code"],
        oauth2=config.public_url + BASE,
        methods=["info", *METHODS],
    )


@blueprint.get("/oauth2/authorize")
def authorize_service() -> ResponseReturnValue:
    """Lead a person's browser to the provider (8.3.2)."""
    return redirect(f"{AUTHORIZE}?{request.query_string.decode('latin-1')}", 303)


@blueprint.post("/oauth2/token")
@limiter.limit("240 per minute")
def token() -> ResponseReturnValue:
    """Exchange a code, as the provider does (8.3.3)."""
    return openid.token()


@blueprint.post("/oauth2/revoke")
@limiter.limit("240 per minute")
def revoke() -> ResponseReturnValue:
    """End a token, as the provider does (8.3.4)."""
    return openid.revoke()


@blueprint.post("/credentials/list")
@limiter.limit("600 per minute")
def list_credentials() -> ResponseReturnValue:
    """Name what can sign (11.4)."""
    caller = _caller()
    if wire.read_body(wire.ListBody).user_id:
        raise UserNamedError
    listed = credentials.list_usable(session(), current_ca(), caller, utc_now())
    return jsonify(credentialIDs=[credential.id for credential in listed])


@blueprint.post("/credentials/info")
@limiter.limit("600 per minute")
def credential_info() -> ResponseReturnValue:
    """Describe a credential (11.5)."""
    caller, body = _caller(), wire.read_body(wire.InfoBody)
    fields = credentials.describe(
        _find(caller, body.credential_id),
        current_ca(),
        certificates=body.certificates,
        cert_info=body.cert_info,
        now=utc_now(),
    )
    return jsonify(lang=language(), **fields)


@blueprint.post("/credentials/authorize")
@limiter.limit("600 per minute")
def authorize() -> ResponseReturnValue:
    """Have the person approve on the phone, wait for it, and give the SAD (11.6)."""
    caller, body = _caller(), wire.read_body(wire.AuthorizeBody)
    request_id = _begin(caller, body)
    _wait(caller, request_id)
    with unit_of_work() as work:
        authorization = service.hand_out_sad(
            work, request_id, random=secrets.token_bytes, now=utc_now()
        )
    lasts = int((authorization.expires_at - utc_now()).total_seconds())
    return jsonify(SAD=authorization.sad, expiresIn=lasts)


@blueprint.post("/signatures/signHash")
@limiter.limit("600 per minute")
def sign_hash() -> ResponseReturnValue:
    """Give the signatures that a SAD stands for (11.9)."""
    caller, body = _caller(), wire.read_body(wire.SignBody)
    order = service.SigningOrder(
        sad=body.sad,
        hashes=rules.parse_hashes(body.hash, len(body.hash)),
        hash_algo=body.hash_algo,
        sign_algo=body.sign_algo,
        params=body.sign_algo_params,
    )
    with unit_of_work() as work:
        credential = _find(caller, body.credential_id)
        signatures = service.take_signatures(work, caller, credential, order, utc_now())
    return jsonify(signatures=[wire.encode(one) for one in signatures])


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _caller() -> Caller:
    with unit_of_work() as work:
        header = request.headers.get("Authorization", "")
        return find_caller(work, header, utc_now())


def _find(caller: Caller, credential_id: str) -> credentials.Credential:
    return credentials.find(session(), current_ca(), caller, credential_id)


def _begin(caller: Caller, body: wire.AuthorizeBody) -> str:
    hashes = rules.parse_hashes(body.hash, body.num_signatures)
    attributes = rules.parse_attributes(body.client_data)
    rules.check_attributes(hashes, attributes)
    with unit_of_work() as work:
        credential = _find(caller, body.credential_id)
        contents = Hashes(
            body.description,
            hashes,
            attributes,
            binding=bytes.fromhex(credential.id),  # the device chooses it by that
        )
        return service.begin(
            work,
            caller,
            credential,
            contents,
            random=secrets.token_bytes,
            now=utc_now(),
        )


def _wait(caller: Caller, request_id: str) -> None:
    """Wait for the person as long as the program would, between transactions.

    Raises:
        PendingError: there is no answer yet.
    """
    ends_at = time.monotonic() + rules.parse_wait(wire.preference())
    is_kept = _waiting.acquire(caller.institution.id)
    try:
        while _is_open(request_id):
            if not is_kept or time.monotonic() >= ends_at:
                raise PendingError
            time.sleep(POLL)
    finally:
        if is_kept:
            _waiting.release(caller.institution.id)


def _is_open(request_id: str) -> bool:
    with unit_of_work() as work:
        return service.is_open(work, request_id, utc_now())
