"""What both pages of the phone check share: their words, and placing the call."""

from typing import Any

from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import calls
from webapp.authenticators.phone_call.gateways import gateway_for, has_console
from webapp.authenticators.phone_call.messages import ENDINGS, status_text
from webapp.authenticators.phone_call.service import CallView
from webapp.authenticators.phone_call.voice_gateway import GatewayError, call_request
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import unit_of_work
from webapp.web.security import run_in_thread


def look(shown: CallView) -> dict[str, Any]:
    """Return what `authenticators/phone_call.html` shows."""
    return {
        "shown": shown,
        "line": status_text(shown),
        "ending": ENDINGS.get(shown.state) if shown.state else None,
        "console": has_console(current_ca().config),
    }


def place(call: PhoneCall, number: str) -> None:
    """Have the gateway call; the row is committed, and no transaction is open."""
    config = current_ca().config
    order = call_request(call.id, number, config.public_url)
    try:
        gateway = gateway_for(config)
        name = run_in_thread(gateway.place, order)
    except GatewayError:
        with unit_of_work() as work:
            calls.mark_not_placed(work, call, utc_now())
        return
    with unit_of_work() as work:
        calls.mark_placed(work, call, name, rings=gateway.rings_at_once, now=utc_now())
