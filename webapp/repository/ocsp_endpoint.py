"""OCSP over HTTP (RFC 6960 appendix A, RFC 5019): a WSGI callable, and nothing else.

It stands beside the site in the centre's own process, and alone in `certferry ocsp`.
"""

import base64
import binascii
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from webapp.pki.services.ocsp import MAX_REQUEST_BYTES
from webapp.repository.ocsp import OcspAnswer, OcspResponder

PATH: Final = "/ocsp"
RESPONSE_TYPE: Final = "application/ocsp-response"
_TYPE: Final = ("Content-Type", RESPONSE_TYPE)
_MAX_GET_CHARACTERS: Final = 4 * MAX_REQUEST_BYTES
_PLAIN: Final = bytes.maketrans(b"-_", b"+/")
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


def is_ocsp_path(path: str) -> bool:
    """Tell whether a path is the responder's."""
    return path == PATH or path.startswith(f"{PATH}/")


class OcspEndpoint:
    """Answers below `/ocsp`; what else is asked for goes to `other`."""

    def __init__(
        self,
        responder: OcspResponder,
        clock: Callable[[], datetime],
        other: Application | None = None,
    ) -> None:
        self._responder, self._clock = responder, clock
        self._other = other or _not_here

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request."""
        path = environ.get("PATH_INFO", "")
        if not is_ocsp_path(path):
            return self._other(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            content = _read_body(environ)
        elif method in ("GET", "HEAD"):
            content = decode_path(path[len(PATH) + 1 :])
        else:
            start_response(
                "405 Method Not Allowed",
                [("Allow", "GET, HEAD, POST"), ("Content-Length", "0")],
            )
            return [b""]
        return self._send(self._responder.answer(content), environ, start_response)

    def _send(
        self, answer: OcspAnswer, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        headers = self._headers(answer)
        is_get = environ["REQUEST_METHOD"] != "POST"
        if is_get and answer.etag and _matches(environ, answer.etag):
            start_response("304 Not Modified", headers[1:])
            return [b""]
        length = ("Content-Length", str(len(answer.der)))
        start_response("200 OK", [*headers, length])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.der]

    def _headers(self, answer: OcspAnswer) -> list[tuple[str, str]]:
        max_age = answer.max_age(self._clock())
        if not max_age or answer.this_update is None or answer.next_update is None:
            return [_TYPE, ("Cache-Control", "no-store")]
        # RFC 5019 6.2, with a shorter life: what was revoked is soon known everywhere.
        return [
            _TYPE,
            (
                "Cache-Control",
                f"max-age={max_age}, public, no-transform, must-revalidate",
            ),
            ("ETag", answer.etag),
            ("Last-Modified", format_datetime(answer.this_update, usegmt=True)),
            ("Expires", format_datetime(answer.next_update, usegmt=True)),
        ]


def decode_path(text: str) -> bytes:
    """Return the request that stands in a path, in any spelling of base64.

    Servers have undone the percent signs once; some clients write them twice. What is
    no base64 becomes an empty request, which is refused as malformed.
    """
    if len(text) > _MAX_GET_CHARACTERS:
        return b""
    raw = unquote_to_bytes(text).translate(_PLAIN, b" \t\r\n").rstrip(b"=")
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _read_body(environ: Environ) -> bytes:
    """Return the body, or one octet too many of it."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or MAX_REQUEST_BYTES + 1)
    except ValueError:
        return b""
    try:
        body: bytes = environ["wsgi.input"].read(
            max(0, min(length, MAX_REQUEST_BYTES + 1))
        )
    except OSError:  # it did not come in time
        return b""
    return body


def _matches(environ: Environ, etag: str) -> bool:
    tags = environ.get("HTTP_IF_NONE_MATCH", "").split(",")
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in tags)


def _not_here(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]
