"""Send in fewer bytes what holds no secret.

Compressed together, a secret and what somebody else chose betray each other by their
size (BREACH). So only two things are: files that are the same for everybody, and the
page behind a QR code. That page repeats nothing from its request, neither address nor
form, and what is its own in it (the token against foreign forms) nobody can guess at
from outside.
"""

import gzip
import threading
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

from webapp.web import assets
from webapp.web.security import run_in_thread

FILES = {"static", "localized_script", "wallet.kdf_worker"}
PAGES = {"bridge.phone"}
KINDS = {
    "application/javascript",
    "application/json",
    "application/wasm",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}
MIN_SIZE = 256  # bytes; what is smaller travels as one packet in any case
MAX_PACKED = 256  # files; the oldest makes room
# Of each file that was found what it was made from and what became of it.
_gzip_cache: dict[Path, tuple[str, bytes]] = {}


def init_app(app: Flask) -> None:
    """Compress what may be, for those who say that they can read it."""
    app.after_request(_compress_response)


def _compress_response(response: Response) -> Response:
    if request.endpoint not in FILES | PAGES or response.mimetype not in KINDS:
        return response
    response.vary.add("Accept-Encoding")
    file = _found() if response.status_code in (200, 206, 304) else None
    if request.endpoint == "static" and file is not None:
        _keep(response, file)
    accepts = request.accept_encodings.quality("gzip") > 0
    # A range counts bytes of the file as it is (RFC 9110 14.2).
    if response.status_code != 200 or "Range" in request.headers or not accepts:
        return response
    if file is not None:
        return _pack_file(response, file)
    response.set_data(run_in_thread(_gzip, response.get_data(), 6))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _found() -> Path | None:
    """Return which file answers this request, whatever it was asked for by."""
    values = request.view_args or {}
    if request.endpoint == "localized_script":
        return Path(str(values["language"]), str(values["bundle"]))
    return assets.find(values["filename"]) if request.endpoint == "static" else None


def _keep(response: Response, path: Path) -> None:
    """Let browsers keep a file for ever, if its address belongs to this content."""
    asked = request.args.get("v")
    # Named after its content.
    is_part = path.parent.name == "dist" and path.name.startswith("part-")
    if is_part or (asked and asked == assets.version_of(path)):
        response.headers["Cache-Control"] = assets.IMMUTABLE


def _pack_file(response: Response, path: Path) -> Response:
    """Answer with the compressed form, which is made once and has a tag of its own."""
    tag, _is_weak = response.get_etag()
    packed = _gzip_once(path, str(tag), response)
    if packed is None:
        return response
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    response.set_etag(f"{tag}-gzip")
    # Asked anew: until here only the tag of the plain form was looked at.
    response.make_conditional(request)
    return response


def cache_size() -> int:
    """Return how many compressed files are kept."""
    return len(_gzip_cache)


def _gzip_once(path: Path, tag: str, response: Response) -> bytes | None:
    with _lock():  # of many who come first, one compresses
        made_from, packed = _gzip_cache.get(path, ("", b""))
        if made_from == tag:
            response.close()
            return packed
        response.direct_passthrough = False
        content = response.get_data()
        if len(content) < MIN_SIZE:
            return None
        packed = run_in_thread(_gzip, content, 9)
        if len(_gzip_cache) >= MAX_PACKED:
            del _gzip_cache[next(iter(_gzip_cache))]
        _gzip_cache[path] = (tag, packed)
        return packed


def _gzip(content: bytes, level: int) -> bytes:
    return gzip.compress(content, level, mtime=0)


@cache
def _lock() -> threading.Lock:
    # Made at the first use: only then gevent has given it its own form.
    return threading.Lock()
