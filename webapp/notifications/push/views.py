"""Where a paired device says that it is to be told by push, or no longer."""

import json
import secrets

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue

from webapp.authenticators.encryption import read_key
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.devices.device_orders import accept_order
from webapp.devices.rules import Purpose
from webapp.notifications.push import keys, service
from webapp.notifications.push.errors import PushUnavailableError, SubscriptionError
from webapp.notifications.push.messages import ERROR_MESSAGES
from webapp.notifications.push.web_push import read_subscription
from webapp.web.error_handlers import register_error_messages
from webapp.web.rate_limits.attempts import limiter

blueprint = Blueprint("push", __name__)


def init_app(app: Flask) -> None:
    """Register the address, what templates ask, and what people read for refusals."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(push_key=push_key)
    register_error_messages(app, ERROR_MESSAGES)


def push_key() -> tuple[str, str]:
    """Return id and public half of the key that browsers subscribe with; else empty."""
    newest = keys.newest_key(session()) if current_ca().config.identity_key else None
    return (newest.id, newest.public) if newest else ("", "")


@blueprint.post("/device/notices")
@limiter.limit("60 per 10 minutes")
def choose() -> ResponseReturnValue:
    """Store where a device is told; without an address it is told no longer."""
    config = current_ca().config
    if not config.identity_key:
        raise PushUnavailableError
    with unit_of_work() as work:
        order = accept_order(work, Purpose.NOTICES)
        fields = _read(order.body)
        if not fields:
            service.unsubscribe(work, order.device.id)
            return jsonify(told=False)
        service.subscribe(
            work,
            order.device,
            read_subscription(fields, allow_plain=config.demo),
            key_id=str(fields.get("key", "")),
            seal=read_key(config.identity_key),
            random=secrets.token_bytes,
            now=utc_now(),
        )
    return jsonify(told=True)


def _read(body: bytes) -> dict[str, object]:
    try:
        fields = json.loads(body)
    except ValueError:
        raise SubscriptionError from None
    if not isinstance(fields, dict):
        raise SubscriptionError
    return fields
