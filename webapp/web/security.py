"""What every answer and every change must obey: headers, CSRF, origin, proxies."""

import secrets
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import gevent
import structlog
from flask import Flask, Request, Response, current_app, g, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from gevent import monkey
from werkzeug.datastructures import MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import cached_property

from mobile_bridge.relay.messages import UNKNOWN_NETWORK
from mobile_bridge.server.client_address import TrustedProxies, client_network
from mobile_bridge.server.own_origin import OriginCheck
from mobile_bridge.server.user_agent import describe_user_agent
from webapp.config import Config
from webapp.exceptions import AppError
from webapp.values.client_details import address_for_log
from webapp.web.assets import csp_hashes
from webapp.web.login_session import IDLE_LIFETIME, customer_signed_in
from webapp.web.rate_limits import attempts

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_ORIGINS = "certferry.origins"
_ADDRESSES = "certferry.log_addresses"
_OPEN = "certferry.open_to_other_sites"
_SETTING = "CERTFERRY_TRUSTED_PROXIES"

log = structlog.get_logger()


csrf = CSRFProtect()


def init_app(app: Flask, config: Config) -> None:
    """Put the guards around the site."""
    app.wsgi_app = TrustedProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, config.trusted_proxies
    )
    proxies = TrustedProxies(config.trusted_proxies)
    app.extensions[_ORIGINS] = OriginCheck(proxies, config.public_url)
    app.extensions[_ADDRESSES] = config.log_addresses
    app.before_request(_require_own_origin)
    app.config.update(
        SECRET_KEY=str(config.secret_key),
        MAX_CONTENT_LENGTH=64 * 1024,
        SESSION_COOKIE_NAME="__Host-session" if config.secure else "session",
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the session
        # The token and the cookie guard us; the phone's page sends no referrer at all.
        WTF_CSRF_SSL_STRICT=False,
        PERMANENT_SESSION_LIFETIME=IDLE_LIFETIME,  # each request renews it
    )
    app.request_class = BodyRequest
    csrf.init_app(app)
    attempts.init_app(app, config)
    app.after_request(lambda response: _add_security_headers(response, config))


class BodyRequest(Request):
    """A request whose address decides nothing where it changes something.

    A link or a foreign page can write an address; what stands in the body was sent
    with the token of this session.
    """

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """What the address asks for; nothing where the method changes something."""
        return super().args if self.method in SAFE_METHODS else MultiDict()


class OtherOriginError(AppError):
    """A page of another site sent this."""

    code = "other_origin"


class TrustedProxyFix:
    """Believes X-Forwarded-* from the named networks, and from nobody else.

    Where another one sends them, the log says so once: behind a proxy that is not named
    all visitors have one address, and what one of them does wrong locks all others out.
    """

    def __init__(self, app: WSGIApplication, networks: tuple[str, ...]) -> None:
        self._direct = app
        self._forwarded = ProxyFix(app, x_for=0, x_proto=1, x_host=1)
        self._proxies = TrustedProxies(networks)
        self._has_noted = False

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve a request as it was made to the outermost proxy of ours."""
        hop = environ.get("REMOTE_ADDR", "")
        if not self._proxies.trusts(hop):
            if "HTTP_X_FORWARDED_FOR" in environ and not self._has_noted:
                self._has_noted = True
                log.warning("forwarded_by_unknown_proxy", peer=hop, setting=_SETTING)
            return self._direct(environ, start_response)
        walked = environ.get("HTTP_X_FORWARDED_FOR", "")
        environ["REMOTE_ADDR"] = self._proxies.address(hop, walked)
        return self._forwarded(environ, start_response)


def origins_of(app: Flask) -> OriginCheck:
    """Return what judges whether a request comes from a page of this site."""
    origin_check: OriginCheck = app.extensions[_ORIGINS]
    return origin_check


def customer_required(view: View) -> View:
    """Let only a signed-in customer in; an operator is asked to sign in as one."""

    @wraps(view)
    def guarded(*args: object, **values: object) -> ResponseReturnValue:
        if not customer_signed_in():
            answer: ResponseReturnValue = login_manager().unauthorized()
            return answer
        return view(*args, **values)

    return cast(View, guarded)


def login_session_id() -> str:
    """Return what this sign-in in this browser is known by; it ends with a sign-out."""
    session_id: str = cookie.setdefault("sitting", secrets.token_hex(16))
    return session_id


def login_manager() -> LoginManager:
    """Return what knows who is signed in."""
    manager: LoginManager = current_app.extensions["certferry.login"]
    return manager


def forget_pages(response: Response) -> Response:
    """Have the browser forget the pages of who has signed out (Clear Site Data 3.1)."""
    # Also those that it keeps whole, to show them again by "Back".
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def run_in_thread(work: Callable[..., T], *args: object) -> T:
    """Run slow work in a thread, so that other people's requests go on meanwhile."""
    if not monkey.is_module_patched("threading"):
        return work(*args)
    # As a value, since gevent prints whatever a thread raises to the terminal.
    done, error = gevent.get_hub().threadpool.apply(_outcome, (work, args))
    if error is not None:
        raise error
    return cast(T, done)


def client_details() -> dict[str, str]:
    """Return for the log from which device and network this request comes, in words."""
    much = current_app.extensions[_ADDRESSES]
    details = {
        "device": describe_user_agent(request.user_agent.string),
        "network": address_for_log(request.remote_addr or "", much),
    }
    return {name: text for name, text in details.items() if text}


def network_here() -> str:
    """Return the network of this request, empty where unknown."""
    network = client_network(request.remote_addr or "")
    return "" if network == UNKNOWN_NETWORK else network


def open_to_other_sites(app: Flask, endpoint: str) -> None:
    """Let other sites send forms to an address that does nothing by a cookie."""
    app.extensions.setdefault(_OPEN, set()).add(endpoint)


def allow_form_target(origin: str) -> None:
    """Let a form of this page lead on to `origin`: redirects are held to it too."""
    g.form_target = origin


def _require_own_origin() -> None:
    is_open = request.endpoint in current_app.extensions.get(_OPEN, ())
    if request.method in SAFE_METHODS or is_open:
        return
    if not origins_of(current_app).accepts(request.environ, has_token=True):
        raise OtherOriginError


def _outcome(
    work: Callable[..., T], args: tuple[object, ...]
) -> tuple[T | None, Exception | None]:
    try:
        return work(*args), None
    except Exception as error:
        return None, error


def _add_security_headers(response: Response, config: Config) -> Response:
    scripts = f"'self' {csp_hashes('script-src')}".rstrip()
    styles = f"'self' {csp_hashes('style-src')}".rstrip()
    if request.endpoint == "bridge.phone" or request.path.endswith("/scan_worker.js"):
        # The scanner decodes with WebAssembly; a worker obeys its own answer's policy.
        scripts += " 'wasm-unsafe-eval'"
    host = config.public_url.partition("://")[2]
    # 'self' is enough for today's browsers; CSP has no word for an IPv6 address.
    socket = f"{'wss' if config.secure else 'ws'}://{host}"
    socket = "" if host.startswith("[") else f" {socket}"
    # What is to be signed is shown by the browser's own PDF viewer; a certificate from
    # a file is taken to that page without leaving the document.
    frames = "frame-src blob:; " if request.path in ("/a", "/sign", "/bring") else ""
    forms = f"'self' {g.get('form_target', '')}".rstrip()
    response.headers.setdefault("Referrer-Policy", "same-origin")
    # A picture of the operator's brings a stricter one of its own.
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src {scripts}; style-src {styles}; "
        f"img-src 'self' data: blob:; connect-src 'self'{socket}; "
        f"worker-src 'self'; manifest-src 'self'; form-action {forms}; {frames}"
        "base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.update(
        {
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        }
    )
    if config.secure and not config.demo:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if (
        request.endpoint not in ("static", "localized_script")
        and "Cache-Control" not in response.headers
    ):
        response.headers["Cache-Control"] = "no-store"
    return response
