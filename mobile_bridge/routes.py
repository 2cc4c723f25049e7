"""The page a phone's camera opens."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from mobile_bridge.link import PATH

bp = Blueprint("bridge", __name__)


@bp.get(PATH)
def phone() -> ResponseReturnValue:
    """Show the receiving page; what stands after `#` never comes here."""
    response = make_response(
        render_template("bridge/phone.html", own_scan=_is_own_scan())
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_own_scan() -> bool:
    """Say whether a camera or an address bar led here, and not another page."""
    # Fetch Metadata 2.3: only a navigation the person started has site "none".
    site = request.headers.get("Sec-Fetch-Site", "none")
    return site == "none" and "Referer" not in request.headers
