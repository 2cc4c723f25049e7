"""The operator's name, logo and colours on the pages; the notice that they wrote."""

from itertools import groupby

from flask import Flask, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.local import LocalProxy

from mobile_bridge.languages import LANGUAGES
from webapp.values.brand import Brand, SpokenBrand
from webapp.web import assets
from webapp.web.i18n import language

_EXTENSION = "certferry.brand"
# Also a picture that somebody opens by itself runs nothing and fetches nothing.
_ONLY_LOOK = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def init_app(app: Flask, brand: Brand) -> None:
    """Give templates `brand`, in the language of the request, and serve its files."""
    app.extensions[_EXTENSION] = brand
    # Lazily, so that macros of imported templates have it in the right language too.
    app.jinja_env.globals.update(
        brand=LocalProxy(spoken_brand), brand_style=_inline_colours
    )
    if brand.logo or brand.palette:
        app.add_url_rule("/static/centre/<version>/<name>", "brand_file", _file)
    if any(map(brand.privacy_text, LANGUAGES)):
        app.add_url_rule("/privacy", "privacy", _privacy)


def current_brand() -> Brand:
    """Return whose centre this application serves."""
    brand: Brand = current_app.extensions[_EXTENSION]
    return brand


def spoken_brand() -> SpokenBrand:
    """Return the same in the language of this request."""
    return current_brand().spoken(language())


def _file(version: str, name: str) -> Response:
    """Answer with the logo or the colours; of each there is one version."""
    brand, path = current_brand(), f"/static/centre/{version}/{name}"
    if brand.logo and path == brand.logo.path:
        response = Response(brand.logo.content, mimetype=brand.logo.mimetype)
    elif brand.palette and path == brand.palette.path:
        response = Response(brand.palette.css, mimetype="text/css")
    else:
        abort(404)
    response.headers["Cache-Control"] = assets.IMMUTABLE
    return picture_alone(response)


def picture_alone(response: Response) -> Response:
    """Let a file of the operator run and fetch nothing where it is opened by itself."""
    response.headers["Content-Security-Policy"] = _ONLY_LOOK
    return response


def _inline_colours() -> Markup:
    """Return the colours for a page that carries its style in itself."""
    palette = current_brand().palette
    css = palette.css if palette else ""
    assets.allow_inline("style-src", css.encode())
    # Made of hex digits and names of ours alone.
    return Markup(css)  # noqa: S704


def _privacy() -> ResponseReturnValue:
    """Show the notice that the operator put in a file."""
    text = current_brand().privacy_text(language())
    if not text:
        abort(404)
    return render_template("privacy.html", parts=_parts(text))


def _parts(text: str) -> list[tuple[str, str]]:
    """Return headings (lines that begin with #) and paragraphs, in their order."""
    parts: list[tuple[str, str]] = []
    for block in text.split("\n\n"):
        for is_heading, lines in groupby(block.split("\n"), key=_is_heading):
            if is_heading:
                parts.extend(("h2", line.lstrip("# ").rstrip()) for line in lines)
            elif paragraph := "\n".join(lines).strip():
                parts.append(("p", paragraph))
    return parts


def _is_heading(line: str) -> bool:
    return line.startswith("#")
