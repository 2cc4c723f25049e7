"""The session cookie: opened for people, never for what is the same for everybody.

Files, scripts of words, certificates, revocation lists and the health check are public:
an answer that reads or renews a session could be kept by no cache, and would carry one
person's cookie to the next.
"""

from flask import Flask, Request, Response, request
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionMixin,
)

PUBLIC_PREFIXES = ("/static/", "/pki/")
PUBLIC_PATHS = frozenset({"/healthz", "/robots.txt", "/favicon.ico"})


def init_app(app: Flask) -> None:
    """Keep sessions away from public answers."""
    app.session_interface = SessionInterface()
    # An error page at a public path has no forms: their token is kept in a session.
    app.jinja_env.globals.update(has_session=lambda: not is_public(request.path))


def is_public(path: str) -> bool:
    """Tell whether what is at `path` is the same for everybody."""
    return path.startswith(PUBLIC_PREFIXES) or path in PUBLIC_PATHS


class SessionInterface(SecureCookieSessionInterface):
    """Flask's own sessions, for every path that is not public."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of the cookie; for a public path an empty one."""
        if is_public(request.path):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(
        self, app: Flask, session: SessionMixin, response: Response
    ) -> None:
        """Send the cookie, where there is one to send."""
        if not is_public(request.path):
            super().save_session(app, session, response)
