"""The outermost WSGI layer: what no part of the site ever gets to see, or to send.

A path that is not its own normal form (RFC 3986 6.2.2) names nothing here: whatever is
looked up, cached or logged behind this layer is asked for in one spelling. A body comes
with its length, so that none is cut off unseen. What nobody foresaw is one answer, and
no answer of 400 and above is stored by a cache.
"""

import io
import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask, request

from webapp.web import error_handlers

MAX_PATH = 1024
MAX_SEGMENT = 255
# In the environment of a request: the code of the refusal that answers it.
REFUSAL = "certferry.refusal"
UNKNOWN_PATH = "/unknown"  # stands for the path of what is refused here
FAULT_BODY = b'{"code":"fault"}\n'

# Nothing of ours has a name that needs escaping; other scripts' letters may be asked.
_ESCAPED_ASCII = re.compile(r"%(?![89A-Fa-f][0-9A-Fa-f])")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]|//|/\.{1,2}(?:/|$)")

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Put the filter around everything that `app` answers, and around the bridge."""
    app.wsgi_app = RequestFilter(app.wsgi_app)  # type: ignore[method-assign]


def refuse_marked_request() -> Any:
    """Answer a request that the filter refused, before anything else looks at it."""
    code = request.environ.get(REFUSAL)
    return error_handlers.error_response(code) if code else None


class RequestFilter:
    """A WSGI application in front of the whole site."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request."""
        _normalise(environ)
        start = _UnstoredErrors(start_response)
        try:
            return self._app(environ, start)
        except StopIteration:  # how a WebSocket tells gunicorn that it is over
            raise
        except Exception as error:
            error_handlers.log_fault(error)
            headers = [("Content-Type", "application/json")]
            if start.has_started:
                raise  # the server can only break off what has begun
            start("500 Internal Server Error", headers)
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [FAULT_BODY]


def is_normal_path(environ: WSGIEnvironment) -> bool:
    """Tell whether a request names its path in the one spelling that counts."""
    path: str = environ.get("PATH_INFO", "")
    raw: str = environ.get("RAW_URI", "").partition("?")[0]
    return (
        path.startswith("/")
        and len(path) <= MAX_PATH
        and not _FORBIDDEN.search(path)
        and not _ESCAPED_ASCII.search(raw)
        and all(len(segment) <= MAX_SEGMENT for segment in path.split("/"))
        and _is_utf8(path)
    )


def _is_utf8(path: str) -> bool:
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def _normalise(environ: WSGIEnvironment) -> None:
    """Replace what no part may see: a path spelled otherwise, a body without end."""
    if not is_normal_path(environ):
        environ[REFUSAL] = "unknown_page"
    elif environ.get("HTTP_TRANSFER_ENCODING"):
        environ[REFUSAL] = "length_required"
    if environ.get(REFUSAL):
        environ["PATH_INFO"] = UNKNOWN_PATH
        environ["wsgi.input"] = io.BytesIO()
        environ["CONTENT_LENGTH"] = "0"
        environ.pop("HTTP_TRANSFER_ENCODING", None)
    # Told that the server ends the body, Werkzeug would take one that broke off, or
    # that is longer than allowed, for a whole one.
    environ.pop("wsgi.input_terminated", None)


class _UnstoredErrors:
    """Starts an answer; one of 400 and above is stored by no cache."""

    def __init__(self, start_response: StartResponse) -> None:
        self._start = start_response
        self.has_started = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], *exc_info: Any
    ) -> Any:
        if int(status[:3]) >= 400:
            dropped = {"cache-control", "expires", "etag", "last-modified"}
            headers = [header for header in headers if header[0].lower() not in dropped]
            headers.append(("Cache-Control", "no-store"))
        written = self._start(status, headers, *exc_info)
        self.has_started = True
        return written
