"""The files that browsers and search engines ask every site for, at its root."""

from typing import Final

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue

from mobile_bridge.languages import LANGUAGES
from webapp.web import assets
from webapp.web.branding import current_brand, picture_alone

blueprint = Blueprint("site_files", __name__)
_A_DAY: Final = "public, max-age=86400"
# Pages of people, and addresses that scripts ask: nothing there is to be found. What
# only a signed-in person sees leads to the sign-in page anyway.
_NOT_FOR_ROBOTS: Final = (
    "/applications/",
    "/bridge/",
    "/certificates/",
    "/me/",
    "/pki/status",
    "/socket.io/",
    "/wallet/app/",
)


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """What a search engine may read (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    return _kept(Response("\n".join(lines) + "\n", mimetype="text/plain"))


@blueprint.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """The small picture, for what does not read the one that pages name."""
    logo = current_brand().logo
    if logo:
        return _kept(picture_alone(Response(logo.content, mimetype=logo.mimetype)))
    return _kept(Response(assets.read("img/favicon.ico"), mimetype="image/x-icon"))


@blueprint.get("/manifest/<language>.webmanifest")
def manifest(language: str) -> ResponseReturnValue:
    """What the site is called where somebody puts it on the home screen.

    The language stands in the address: browsers ask for it without cookies.
    """
    if language not in LANGUAGES:
        abort(404)
    name = current_brand().name_in(language)
    answer = jsonify(
        name=name,
        short_name=name,
        lang=language,
        start_url="/",
        scope="/",
        # Not as an app of its own: on iOS that has another storage than Safari, and
        # what is kept in the one would not be there in the other.
        display="browser",
        background_color="#ffffff",
        icons=list_icons(),
    )
    answer.mimetype = "application/manifest+json"
    return _kept(answer)


def list_icons() -> list[dict[str, str]]:
    """Return the pictures of the site as a manifest lists them."""
    logo = current_brand().logo
    if logo:
        return [{"src": logo.path, "sizes": "any", "type": logo.mimetype}]
    return [
        {
            "src": f"/static/img/icon-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]


def _kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = _A_DAY
    return answer
