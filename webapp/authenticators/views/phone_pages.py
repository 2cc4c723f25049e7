"""What both pages of the phone check share: their words, and placing the call."""

from typing import Any

from webapp.authenticators.models import Call
from webapp.authenticators.phone_call import calls
from webapp.authenticators.phone_call.messages import ENDINGS, line_of
from webapp.authenticators.phone_call.service import Shown
from webapp.authenticators.phone_call.voice_gateway import (
    GatewayError,
    gateway_of,
    has_console,
    order_for,
)
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import unit_of_work
from webapp.web.security import run_in_thread


def look(shown: Shown) -> dict[str, Any]:
    """Return what `authenticators/phone_call.html` shows."""
    return {
        "shown": shown,
        "line": line_of(shown),
        "ending": ENDINGS.get(shown.state) if shown.state else None,
        "console": has_console(current_ca().config),
    }


def place(call: Call, number: str) -> None:
    """Have the gateway call; the row is committed, and no transaction is open."""
    config = current_ca().config
    order = order_for(call.id, number, config.public_url)
    try:
        gateway = gateway_of(config)
        name = run_in_thread(gateway.place, order)
    except GatewayError:
        with unit_of_work() as work:
            calls.mark_not_placed(work, call, utc_now())
        return
    with unit_of_work() as work:
        calls.mark_placed(work, call, name, rings=gateway.rings_at_once, now=utc_now())
