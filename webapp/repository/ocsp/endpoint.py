"""OCSP over HTTP (RFC 6960 appendix A, RFC 5019): its rules, and a WSGI callable.

The callable stands beside the site in the centre's own process; `certferry ocsp` keeps
its connections (`protocol`).
"""

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from webapp.pki.services.ocsp import MAX_REQUEST_BYTES
from webapp.repository.ocsp.responder import OcspAnswer, OcspResponder

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


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response; its length stands in the headers."""

    status: str  # with its reason phrase
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)


NOT_FOUND: Final = HttpResponse("404 Not Found", [("Content-Length", "0")], b"")
NOT_ALLOWED: Final = HttpResponse(
    "405 Method Not Allowed",
    [("Allow", "GET, HEAD, POST"), ("Content-Length", "0")],
    b"",
)


def read_question(method: str, path: str, body: bytes) -> bytes | HttpResponse:
    """Return the OCSPRequest of an HTTP request, or why there is none.

    `path` has its percent signs undone once.
    """
    if not is_ocsp_path(path):
        return NOT_FOUND
    if method == "POST":
        return body
    if method in ("GET", "HEAD"):
        return decode_path(path[len(PATH) + 1 :])
    return NOT_ALLOWED


def make_response(
    answer: OcspAnswer, method: str, if_none_match: str, now: datetime
) -> HttpResponse:
    """Return an answer with what caches need (RFC 5019 6.2); 304 to who has it."""
    headers = _headers(answer, now)
    if method != "POST" and answer.etag and _matches(if_none_match, answer.etag):
        return HttpResponse("304 Not Modified", headers[1:], b"")
    length = ("Content-Length", str(len(answer.der)))
    body = b"" if method == "HEAD" else answer.der
    return HttpResponse("200 OK", [*headers, length], body)


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
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not is_ocsp_path(path):
            return self._other(environ, start_response)
        body = _read_body(environ) if method == "POST" else b""
        question = read_question(method, path, body)
        if isinstance(question, HttpResponse):
            response = question
        else:
            answer = self._responder.answer(question)
            tags = environ.get("HTTP_IF_NONE_MATCH", "")
            response = make_response(answer, method, tags, self._clock())
        start_response(response.status, response.headers)
        return [response.body]


def _headers(answer: OcspAnswer, now: datetime) -> list[tuple[str, str]]:
    max_age = answer.max_age(now)
    if not max_age or answer.this_update is None or answer.next_update is None:
        return [_TYPE, ("Cache-Control", "no-store")]
    # RFC 5019 6.2, with a shorter life: what was revoked is soon known everywhere.
    return [
        _TYPE,
        ("Cache-Control", f"max-age={max_age}, public, no-transform, must-revalidate"),
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


def _matches(if_none_match: str, etag: str) -> bool:
    tags = if_none_match.split(",")
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in tags)


def _not_here(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response(NOT_FOUND.status, NOT_FOUND.headers)
    return [NOT_FOUND.body]
