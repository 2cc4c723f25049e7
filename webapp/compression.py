"""Send in fewer bytes what holds no secret.

Compressed together, a secret and what somebody else chose betray each other by their
size (BREACH). So only two things are: files that are the same for everybody, and the
page behind a QR code. That page repeats nothing from its request, neither address nor
form, and what is its own in it (the token against foreign forms) nobody can guess at
from outside.
"""

import gzip

from flask import Flask, Response, request

from webapp import assets

FILES = {"static", "spoken"}
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
WORTH_IT = 256  # bytes; what is smaller travels as one packet in any case
# Of each file what it was made from and what became of it; as many as there are files.
_packed: dict[str, tuple[str, bytes]] = {}


def init_app(app: Flask) -> None:
    """Compress what may be, for those who say that they can read it."""
    app.after_request(_shrink)


def _shrink(response: Response) -> Response:
    if request.endpoint not in FILES | PAGES or response.mimetype not in KINDS:
        return response
    if request.endpoint == "static":
        _keep(response)
    response.vary.add("Accept-Encoding")
    accepts = request.accept_encodings.quality("gzip") > 0
    # A range counts bytes of the file as it is (RFC 9110 14.2).
    if response.status_code != 200 or "Range" in request.headers or not accepts:
        return response
    if request.endpoint in FILES:
        return _pack_file(response)
    response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _keep(response: Response) -> None:
    """Let browsers keep a file for ever, if its address belongs to this content."""
    name = str((request.view_args or {}).get("filename"))
    asked = request.args.get("v")
    is_part = name.startswith("dist/part-")  # named after its content
    if response.status_code >= 400:
        return
    if is_part or (asked and asked == assets.version(assets.read(name))):
        response.headers["Cache-Control"] = assets.KEPT_FOR_EVER


def _pack_file(response: Response) -> Response:
    """Answer with the compressed form, which is made once and has a tag of its own."""
    tag, _is_weak = response.get_etag()
    packed = _packed_once(request.path, str(tag), response)
    if packed is None:
        return response
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    response.set_etag(f"{tag}-gzip")
    # Asked anew: until here only the tag of the plain form was looked at.
    response.make_conditional(request)
    return response


def _packed_once(path: str, tag: str, response: Response) -> bytes | None:
    made_from, packed = _packed.get(path, ("", b""))
    if made_from == tag:
        response.close()
        return packed
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < WORTH_IT:
        return None
    packed = gzip.compress(content, 9, mtime=0)
    _packed[path] = (tag, packed)
    return packed
