"""The session cookie: opened for people, never for what is the same for everybody.

Files, scripts of words, certificates, revocation lists and the health check are public:
an answer that reads or renews a session could be kept by no cache, and would carry one
person's cookie to the next.
"""

import hmac
import re
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionMixin,
)
from flask_login import current_user, login_user
from werkzeug.exceptions import HTTPException

from webapp.clock import true_time, utc_now

# However busy it is, a session ends so long after its sign-in.
IDLE_LIFETIME: Final = timedelta(minutes=30)  # after the last request
CUSTOMER_LIFETIME: Final = timedelta(hours=12)
OPERATOR_LIFETIME: Final = timedelta(hours=8)
# The sign-in asked for a second factor too, or one was set up since.
FACTOR_PASSED: Final = "factor_passed"
# A passkey or a certificate opened the session: no password was typed.
_UNTYPED: Final = "by_passkey"
_BEGAN = "began"  # in seconds since 1970
_PERSON = "_user_id"  # Flask-Login's name for who is signed in
_STALE: Final = "stale=1"
OPERATOR_PREFIX: Final = "operator:"  # of what names an operator in a session

PUBLIC_PREFIXES = ("/static/", "/pki/", "/manifest/", "/wallet/app/")
PUBLIC_PATHS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/robots.txt", "/favicon.ico"}
)


def init_app(app: Flask) -> None:
    """Keep sessions away from public answers."""
    app.session_interface = SessionInterface()
    # An error page at a public path has no forms: their token is kept in a session.
    app.jinja_env.globals.update(
        has_session=lambda: not is_public(request.path),
        session_is_over=is_over,
        is_form_stale=is_form_stale,
        person_mark=person_mark,
        customer_signed_in=customer_signed_in,
        operator_signed_in=operator_signed_in,
    )


def is_public(path: str) -> bool:
    """Tell whether what is at `path` is the same for everybody."""
    return path.startswith(PUBLIC_PREFIXES) or path in PUBLIC_PATHS


def begin(person: object, now: datetime, *, by_password: bool = True) -> None:
    """Sign somebody in whose password, passkey or certificate was just compared.

    Nothing of an earlier session in this browser goes on.
    """
    session.clear()
    session.permanent = True
    session[_BEGAN] = int(true_time(now).timestamp())
    if not by_password:
        session[_UNTYPED] = True
    login_user(person)


def go_on(person: object) -> None:
    """Give somebody who is signed in a new session, with the end of the old one."""
    kept = {name: session.get(name) for name in (_BEGAN, FACTOR_PASSED)}
    session.clear()
    session.permanent = True
    session.update({name: value for name, value in kept.items() if value})
    login_user(person)


def is_without_password() -> bool:
    """Tell whether no password was typed to open this session."""
    return bool(session.get(_UNTYPED))


def is_over() -> bool:
    """Tell whether the session of this request has lasted as long as it may."""
    person = session.get(_PERSON)
    if person is None:
        return False
    began = session.get(_BEGAN)
    lifetime = CUSTOMER_LIFETIME
    if str(person).startswith(OPERATOR_PREFIX):
        lifetime = OPERATOR_LIFETIME
    if not isinstance(began, int):
        return True
    age = true_time(utc_now()).timestamp() - began
    return age >= lifetime.total_seconds()


def customer_signed_in(user: Any = current_user) -> bool:
    """Tell whether a customer is signed in, and no operator."""
    return bool(user.is_authenticated and user.is_customer)


def operator_signed_in(user: Any = current_user) -> bool:
    """Tell whether an operator is signed in, and no customer."""
    return bool(user.is_authenticated and not user.is_customer)


def path_to_return_to(default: str) -> str:
    """Return where a person was who has to sign in: this page, or its form's."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    return page_of_form() or default


def page_of_form() -> str | None:
    """Return the page whose form this is; shown again, it says that nothing was done.

    None where the browser names no page of this site, or one that cannot be asked for
    anew, or that page was shown again for this already and no cookie came even now.
    """
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:  # a browser sends none such
        return None
    if came_from.netloc != request.host or not came_from.path.startswith("/"):
        return None
    has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    asked = [parameter for parameter in came_from.query.split("&") if parameter]
    if _STALE in asked and not has_cookie:
        return None
    try:
        current_app.url_map.bind(request.host).match(came_from.path, method="GET")
    except HTTPException:
        return None
    again = "&".join(
        [*(parameter for parameter in asked if parameter != _STALE), _STALE]
    )
    return f"{came_from.path}?{again}"


def is_form_stale() -> bool:
    """Tell whether this page is shown again since its form was too old."""
    return request.method == "GET" and request.args.get("stale") == "1"


def person_mark() -> str:
    """Return what a page knows by whether somebody else signed in meanwhile."""
    person = session.get(_PERSON)
    if person is None:
        return ""
    who = f"{type(current_user).__name__}:{getattr(current_user, 'id', '')}"
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"person:{who}".encode(), "sha256").hexdigest()[:16]


def leave_cookie() -> None:
    """Send no cookie with this answer: the browser may have a newer one by then."""
    g.leaves_cookie = True


def local_path(path: str) -> str:
    """Return a path on this site: anything else would make us a springboard."""
    safe = re.fullmatch(r"/(?![/\\])[\w\-./?=&%~+:]*", path)
    return path if safe else "/"


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
        if not is_public(request.path) and not g.get("leaves_cookie"):
            super().save_session(app, session, response)
