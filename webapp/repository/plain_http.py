"""The little that is served without TLS: status, CA certificates, trust.

A phone that does not know the root yet can fetch it here; everything else is led to
the HTTPS address.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from webapp.ca.context import CaContext
from webapp.repository.ocsp.endpoint import is_ocsp_path
from webapp.web.request_filter import is_normal_path

OPEN = ("/pki/", "/trust", "/static/")


class PlainHttp:
    """A WSGI application in front of the centre's own."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        ca_context: CaContext = app.extensions["certferry.ca"]
        self._secure_url = ca_context.config.public_url

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer what is open to all; lead the rest to HTTPS."""
        path = environ.get("PATH_INFO", "/")
        if is_ocsp_path(path):  # by GET and by POST, in any spelling
            return self._app(environ, start_response)
        if not is_normal_path(environ):  # unknown there as well
            return self._app(environ, start_response)
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and path.startswith(OPEN):
            return self._app(environ, start_response)
        target = "/trust" if path == "/" else f"{self._secure_url}/"
        start_response("307 Temporary Redirect", [("Location", target)])
        return [b""]
