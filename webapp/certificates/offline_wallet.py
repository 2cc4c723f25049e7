"""What a browser keeps to show the wallet without a network: files, and one page.

That page is the wallet as it is for everybody: no session, no token, no name. What the
browser keeps of a person lies in its own storage, which this never touches.
"""

import json
from typing import Final

from flask import render_template
from flask_babel import force_locale, gettext

from webapp.web import assets
from webapp.web.branding import spoken_brand

SCOPE: Final = "/wallet"
SCRIPT: Final = "dist/wallet_worker.js"
# A browser asks a service worker for the script of another worker by its address alone
# (Service Workers, "Handle Fetch"), so that it lies within the scope.
KDF_WORKER: Final = "/wallet/app/kdf_worker.js"
_KDF_SCRIPT: Final = "kdf_worker.js"
_PAGES: Final = ("wallet_page", "site_page")


def page_path(language: str) -> str:
    """Return where the page is that is shown without a network."""
    return f"{SCOPE}/app/{language}"


def render_page(language: str) -> str:
    """Return that page; it is the same for everybody."""
    with force_locale(language):
        return render_template("wallet/wallet.html", is_offline=True)


def build_worker(language: str) -> bytes:
    """Return the service worker's script with the list of what it keeps.

    The list's version changes with every file and with the page, so that a browser
    takes each new script for a new edition.
    """
    files = list_files(language)
    page = render_page(language)
    words = json.dumps(_notices(language))
    content = "\n".join([*files, page, words]).encode() + kdf_worker()
    edition = {
        "version": f"{language}-{assets.version(content)}",
        "page": page_path(language),
        "files": files,
        "notices": _notices(language),
    }
    return f"self.edition={json.dumps(edition)};\n".encode() + assets.read(SCRIPT)


def kdf_worker() -> bytes:
    """Return the script that derives keys beside the page."""
    return assets.read(f"dist/{_KDF_SCRIPT}")


def list_files(language: str) -> list[str]:
    """Return the addresses of all files that the page loads, now or later."""
    entries = {f"{name}.js" for name in _PAGES}
    names = {name for page in _PAGES for name in _parts(page)}
    scripts = [
        assets.asset_url(f"dist/{name}") if name in entries else f"/static/dist/{name}"
        for name in sorted(names - {_KDF_SCRIPT})
    ]
    workers = [KDF_WORKER] if _KDF_SCRIPT in names else []
    styles = [assets.asset_url("dist/site.css"), *_brand_files(language)]
    return [*styles, *scripts, *workers]


def _notices(language: str) -> dict[str, dict[str, str]]:
    """Return what notices by push say, by their kind; nothing of it is sent."""
    with force_locale(language):
        return {
            "request": {
                "title": gettext("A request waits for you"),
                "body": gettext("Press here to see who asks and what for."),
                "address": "/device",
            },
            "use": {
                "title": gettext("Something was done in your name"),
                "body": gettext("Press here to see what. Was it not you? Stop it."),
                "address": "/me/history",
                "alarm": gettext("That was not me"),
            },
        }


def _parts(page: str) -> list[str]:
    names: list[str] = json.loads(assets.read(f"dist/{page}.files.json"))
    return names


def _brand_files(language: str) -> list[str]:
    with force_locale(language):
        brand = spoken_brand()
        palette = [brand.palette.path] if brand.palette else []
        icon = brand.logo.path if brand.logo else "/static/img/favicon.svg"
    return [*palette, icon]
