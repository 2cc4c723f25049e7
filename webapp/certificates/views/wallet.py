"""The wallet: the page of what a browser keeps, and what makes an app of it."""

from typing import Final

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from mobile_bridge.languages import LANGUAGES
from webapp.certificates import offline_wallet
from webapp.web.branding import current_brand
from webapp.web.site_files import list_icons

blueprint = Blueprint("wallet", __name__)
# Asked for at every visit; the answer tells whether a new edition is there.
_ASK_EACH_TIME: Final = "no-cache"


@blueprint.get("/wallet")
def show() -> ResponseReturnValue:
    """Show what this browser keeps; the centre does not know what that is."""
    return render_template("wallet/wallet.html", is_offline=False)


@blueprint.get("/bring")
def bring() -> ResponseReturnValue:
    """Show what reads a certificate from a file; nothing of it comes here."""
    return render_template("wallet/bring.html")


@blueprint.get("/wallet/app/<language>")
def offline_page(language: str) -> ResponseReturnValue:
    """Answer with the page that a browser shows while there is no network."""
    _check(language)
    return _revalidated(Response(offline_wallet.render_page(language)))


@blueprint.get("/wallet/app/<language>.js")
def worker(language: str) -> ResponseReturnValue:
    """Answer with the service worker that keeps the wallet's files."""
    _check(language)
    script = offline_wallet.build_worker(language)
    answer = Response(script, mimetype="text/javascript")
    # Service Workers 4.2: else only what lies below its own address.
    answer.headers["Service-Worker-Allowed"] = offline_wallet.SCOPE
    return _revalidated(answer)


@blueprint.get(offline_wallet.KDF_WORKER)
def kdf_worker() -> ResponseReturnValue:
    """Answer with the script that derives keys beside any page, offline too."""
    answer = Response(offline_wallet.kdf_worker(), mimetype="text/javascript")
    answer.add_etag()
    return _revalidated(answer).make_conditional(request)


@blueprint.get("/wallet/app/<language>.webmanifest")
def manifest(language: str) -> ResponseReturnValue:
    """What the wallet is called as an app, and what it looks like."""
    _check(language)
    brand = current_brand()
    with force_locale(language):
        name, short_name = gettext("My certificates"), gettext("Certificates")
    answer = jsonify(
        id=offline_wallet.SCOPE,
        name=f"{name} · {brand.name_in(language)}",
        short_name=short_name,
        lang=language,
        start_url=offline_wallet.SCOPE,
        # Moving and signing in belong to it too, and stay in its window.
        scope="/",
        display="standalone",
        background_color="#f4f6f9",
        theme_color="#ffffff",
        icons=list_icons(),
    )
    answer.mimetype = "application/manifest+json"
    return _revalidated(answer)


def _check(language: str) -> None:
    if language not in LANGUAGES:
        abort(404)


def _revalidated(answer: Response) -> Response:
    answer.headers["Cache-Control"] = _ASK_EACH_TIME
    return answer
