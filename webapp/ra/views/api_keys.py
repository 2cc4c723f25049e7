"""API keys at the counter: made, shown once, and ended with a reason."""

import secrets
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra.access import (
    CAN_MANAGE,
    blueprint,
    current_operator,
    form_text,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.operators import lookup
from webapp.ra.views.confirmation import ask, asks_again, justification
from webapp.relying.api_keys import service
from webapp.relying.api_keys.errors import ApiKeyFieldsError
from webapp.web import error_handlers

KEY = "<string(length=16):key_id>"


@blueprint.get("/api-keys")
@role_required(CAN_MANAGE)
def api_keys() -> ResponseReturnValue:
    """Show which programs may call."""
    return _page()


@blueprint.post("/api-keys")
@role_required(CAN_MANAGE)
def make_api_key() -> ResponseReturnValue:
    """Make a key and show it, once."""
    try:
        new_key = service.parse_new_key(
            form_text("name", 60), form_text("purpose", 200), form_text("calls", 4)
        )
    except ApiKeyFieldsError as error:
        answer = error_handlers.error_message(error.code)
        return _page(refused=answer), answer.status
    with unit_of_work() as work:
        key, secret = service.make_key(
            work,
            new_key,
            operator_id=current_operator().id,
            chance=secrets.token_bytes(service.CHANCE),
            now=utc_now(),
        )
    return render("api_key_made", key=key, secret=secret)


@blueprint.get(f"/api-keys/{KEY}/revoke")
@role_required(CAN_MANAGE)
def ask_api_key_revocation(key_id: str, **context: Any) -> str:
    """Ask before a program can call no more."""
    return ask(
        Act.API_KEY_REVOKE,
        template="ask_api_key",
        key=service.find_key(session(), key_id),
        home=url_for("ra.api_keys"),
        **context,
    )


@blueprint.post(f"/api-keys/{KEY}/revoke")
@role_required(CAN_MANAGE)
@asks_again(ask_api_key_revocation)
def revoke_api_key(key_id: str) -> ResponseReturnValue:
    """End a key for good."""
    key, reason = service.find_key(session(), key_id), justification(Act.API_KEY_REVOKE)
    with unit_of_work() as work:
        service.revoke_key(
            work,
            key,
            operator_id=current_operator().id,
            detail=reason.for_log(),
            now=utc_now(),
        )
    return redirect(url_for("ra.api_keys", done="api_key_revoked"), 303)


def _page(**context: object) -> str:
    return render(
        "api_keys",
        keys=service.list_keys(session()),
        names=lookup.names(session()),
        default_calls=service.DEFAULT_CALLS,
        **{"refused": None, **context},
    )
