"""Where a page finds its files, and which of them stand in the page itself.

An address changes with the content behind it, so that what is behind it may be kept for
ever. A page for far devices carries its first script and its style in itself: each is
allowed by its hash (CSP3 2.3.1), and nothing else that somebody might put there is.
"""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from flask import Flask, current_app, g
from markupsafe import Markup
from werkzeug.security import safe_join

IMMUTABLE = "public, max-age=31536000, immutable"
_DIRECTIVES = {".js": "script-src", ".css": "style-src"}


def init_app(app: Flask) -> None:
    """Give templates the addresses and the contents."""
    app.jinja_env.globals.update(
        asset_url=asset_url, inline=inline, svg_data_uri=svg_data_uri
    )


def asset_url(name: str) -> str:
    """Return the address of a static file that changes with its content."""
    return f"/static/{name}?v={version_of(asset_path(name))}"


def version(content: bytes) -> str:
    """Return what tells this content from every other."""
    return sha256(content).hexdigest()[:12]


def inline(name: str) -> Markup:
    """Return a script or a style of ours for this page to carry; its hash is noted."""
    content = read(name)
    allow_inline(_DIRECTIVES[Path(name).suffix], content)
    # Ours, built, and looked at by a test: it does not end its own element.
    return Markup(content.decode())  # noqa: S704


def allow_inline(directive: str, content: bytes) -> None:
    """Note that the page of this request carries this content."""
    hashed = b64encode(sha256(content).digest()).decode()
    g.setdefault("inline", {}).setdefault(directive, []).append(f"'sha256-{hashed}'")


def csp_hashes(directive: str) -> str:
    """Return what the page of this request carries, as its policy names it."""
    hashes: list[str] = g.get("inline", {}).get(directive, [])
    return " ".join(hashes)


def svg_data_uri(name: str) -> str:
    """Return a small drawing as an address that has nothing to fetch."""
    return f"data:image/svg+xml,{quote(read(name).decode())}"


def read(name: str) -> bytes:
    """Return a static file; it is read again when it was changed."""
    path = asset_path(name)
    return _read(path, path.stat().st_mtime_ns)


def asset_path(name: str) -> Path:
    """Return where a static file is, whether or not it is there."""
    return Path(str(current_app.static_folder)) / name


def find(name: str) -> Path | None:
    """Return the static file that a client asked for; None where there is none."""
    joined = safe_join(str(current_app.static_folder), name)
    try:
        return Path(joined).resolve(strict=True) if joined else None
    except (OSError, ValueError):  # no such file, or no such name
        return None


def version_of(path: Path) -> str:
    """Return the version of a static file that is there."""
    return _version(path, path.stat().st_mtime_ns)


def cache_size() -> int:
    """Return how many files and versions are kept."""
    return _read.cache_info().currsize + _version.cache_info().currsize


# Asked for with files that are there, never with what a client wrote; an entry stays
# behind when a file changes, so both are bounded.
@lru_cache(maxsize=256)
def _read(path: Path, _changed: int) -> bytes:
    return path.read_bytes()


@lru_cache(maxsize=256)
def _version(path: Path, changed: int) -> str:
    return version(_read(path, changed))
