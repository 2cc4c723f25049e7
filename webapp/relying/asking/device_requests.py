"""What waits for the holder of a paired device, told to the device by its own key."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.db import unit_of_work
from webapp.devices.device_orders import accept_order, challenge_for
from webapp.devices.rules import Purpose
from webapp.relying.asking import service
from webapp.relying.asking.addressed import describe_waiting
from webapp.web.i18n import format_datetime
from webapp.web.rate_limits.attempts import limiter

blueprint = Blueprint("asking_device", __name__)


@blueprint.post("/device/requests")
@limiter.limit("300 per 10 minutes")
def list_for_device() -> ResponseReturnValue:
    """Tell a paired device which requests wait, and what it signs to ask again."""
    with unit_of_work() as work:
        order, now = accept_order(work, Purpose.LIST), utc_now()
        requests, _rest = service.list_waiting(work, order.customer, now)
        count = len(service.list_waiting_ids(work, order.customer, now))
        waiting = [describe_waiting(request) for request in requests]
        name, account = order.device.name, order.customer.name
    return jsonify(
        challenge=challenge_for(order.device.id),
        name=name,
        account=account,
        count=count,
        requests=[
            {
                "asker": request.asker_name,
                "origin": request.asker_origin,
                "phrase": str(request.phrase),
                "until": format_datetime(request.expires_at),
                "address": request.address,
            }
            for request in waiting
        ],
    )
