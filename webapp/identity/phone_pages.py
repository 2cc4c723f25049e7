"""What both pages of the phone check share: their words, and placing the call."""

from typing import Any

from webapp.ca.context import centre
from webapp.clock import utc_now
from webapp.db import session
from webapp.identity import phone_calls
from webapp.identity.models import Call
from webapp.identity.phone_service import Shown
from webapp.identity.phone_words import ENDINGS, line_of
from webapp.identity.voice import GatewayError, gateway_of, has_console, order_for
from webapp.web.security import off_the_loop


def look(shown: Shown) -> dict[str, Any]:
    """Return what `identity/phone_call.html` shows."""
    return {
        "shown": shown,
        "line": line_of(shown),
        "ending": ENDINGS.get(shown.state) if shown.state else None,
        "console": has_console(centre().config),
    }


def place(call: Call, number: str) -> None:
    """Have the gateway call; the row is committed, and no transaction is open."""
    config = centre().config
    order = order_for(call.id, number, config.public_url)
    try:
        gateway = gateway_of(config)
        name = off_the_loop(gateway.place, order)
    except GatewayError:
        phone_calls.not_placed(session(), call, utc_now())
        return
    phone_calls.placed(
        session(), call, name, rings=gateway.rings_at_once, now=utc_now()
    )
