"""The two pages of a pairing: the one that shows a code, the one that scans it."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from mobile_bridge.core.link import PATH
from mobile_bridge.server.user_agent import device_type

bp = Blueprint("bridge", __name__)


@bp.get(PATH)
def phone() -> ResponseReturnValue:
    """Show the page that scans or types; what stands after `#` never comes here."""
    response = make_response(
        render_template("bridge/phone.html", own_scan=_is_own_scan(), device=_device())
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/move")
def move() -> ResponseReturnValue:
    """Show the page that shows a code, to send or to receive."""
    return render_template("bridge/move.html", device=_device())


def _device() -> str:
    return device_type(request.headers.get("User-Agent", ""))


def _is_own_scan() -> bool:
    """Say whether a camera or an address bar led here, and not another page."""
    # Fetch Metadata 2.3: only a navigation the person started has site "none".
    site = request.headers.get("Sec-Fetch-Site", "none")
    return site == "none" and "Referer" not in request.headers
