"""The only place where the parts of the centre meet."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from flask_socketio import SocketIO
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

import mobile_bridge
from mobile_bridge import PairingStore
from webapp import billing, db
from webapp.accounts import views as accounts
from webapp.accounts.models import Customer, Operator
from webapp.accounts.service import find_by_session_key
from webapp.authenticators import views as authenticators
from webapp.ca.context import load_ca, name_of_type
from webapp.ca.service_certificates import ServiceSignerError
from webapp.certificates import views as certificates
from webapp.clock import ahead, utc_now
from webapp.config import Config
from webapp.demo import views as demo
from webapp.devices import views as devices
from webapp.enrolment import views as enrolment
from webapp.enrolment.issuing.issuance import finish_reserved
from webapp.monitoring import views as monitoring
from webapp.notifications import views as notifications
from webapp.ra import views as ra
from webapp.ra.operators.sign_in import find_operator
from webapp.relying import views as relying
from webapp.repository import views as repository
from webapp.repository.ocsp.endpoint import OcspEndpoint
from webapp.repository.ocsp.responder import OcspResponder
from webapp.web import (
    assets,
    branding,
    compression,
    error_handlers,
    i18n,
    login_session,
    request_filter,
    security,
    site_files,
)

log = structlog.get_logger()

PACKAGES = (
    accounts,
    authenticators,
    certificates,
    billing,
    devices,
    notifications,
    enrolment,
    repository,
    relying,
    ra,
    monitoring,
)

HERE = Path(__file__).resolve().parent


class _Site(Flask):
    """Flask, with one place for what nobody foresaw."""

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault as every other; Flask's own line quotes what a client wrote."""
        error_handlers.log_fault(exc_info[1])

    def process_response(self, response: Response) -> Response:
        """Finish an answer; one that cannot be finished is a fault, not a traceback."""
        try:
            return super().process_response(response)
        except Exception as error:
            error_handlers.log_fault(error)
            return Response(request_filter.FAULT_BODY, 500, mimetype="application/json")


def create_app(
    config: Config,
    *,
    async_mode: str = "threading",
    pairing_store: PairingStore | None = None,
) -> Flask:
    """Return a centre that is ready to issue.

    Brings the tables up to date and completes what a crash left half done. Pairings
    live in Redis where the configuration names one, else in `registry`.
    """
    app = _Site(
        "webapp",
        template_folder=str(_folder("templates")),
        static_folder=str(_folder("static")),
        static_url_path="/static",
    )
    # A doubled slash would be answered with a redirect to whatever Host was sent.
    app.url_map.merge_slashes = False
    ca = app.extensions["certferry.ca"] = load_ca(config)
    with suppress(ServiceSignerError):  # logged; tried again by whoever needs a key
        ca.services.renew(utc_now())
    login_session.init_app(app)
    app.before_request(request_filter.refuse_marked_request)
    compression.init_app(app)
    security.init_app(app, config)
    assets.init_app(app)
    i18n.init_app(app)
    branding.init_app(app, config.brand)
    error_handlers.init_app(app)
    for kind in (DBAPIError, PoolTimeoutError):
        app.register_error_handler(kind, _busy_or_broken)
    _init_accounts(app)
    for package in PACKAGES:
        package.init_app(app)
    app.register_blueprint(site_files.blueprint)
    if config.demo:
        demo.init_app(app)
    _init_database(app, config)
    app.jinja_env.globals.update(
        now_here=utc_now,
        clock_ahead=lambda: int(ahead().total_seconds() * 1000),
        demo=config.demo,
        secure_site=config.secure,
        site_url=config.public_url,
        name_of_type=name_of_type,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # Korean as escapes is twice as long, and the first answer of a page short.
    app.jinja_env.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    _init_bridge(app, config, async_mode, pairing_store=pairing_store)
    request_filter.init_app(app)  # it stands in front of the bridge too
    _init_ocsp(app)  # last: whoever asks for a status needs nothing of the site
    return app


def _folder(name: str) -> Path:
    # Installed, the folder is inside the package; in a checkout it is beside it.
    inside = HERE / name
    return inside if inside.is_dir() else HERE.parent / name


def _init_accounts(app: Flask) -> None:
    manager = app.extensions["certferry.login"] = LoginManager(app)
    manager.session_protection = None  # phones change addresses; the key is random
    manager.user_loader(_find_person)
    manager.unauthorized_handler(accounts.ask_to_sign_in)


def _find_person(key: str) -> Customer | Operator | None:
    """Return who a session belongs to: a customer, or an operator at the counter."""
    if login_session.is_over():
        return None
    if key.startswith(prefix := login_session.OPERATOR_PREFIX):
        return find_operator(db.session(), key.removeprefix(prefix))
    return find_by_session_key(db.session(), key)


def _init_database(app: Flask, config: Config) -> None:
    engine = db.make_engine(config.database_url)
    db.migrate(engine)
    db.init_app(app, engine)
    with app.app_context():
        issuer = app.extensions["certferry.issuer"]
        finish_reserved(db.session(), issuer, utc_now())


def _init_ocsp(app: Flask) -> None:
    ca = app.extensions["certferry.ca"]
    sessions = app.extensions["certferry.sessions"]
    responder = OcspResponder(ca.authority, ca.services, sessions, utc_now)
    app.wsgi_app = OcspEndpoint(  # type: ignore[method-assign]
        responder, utc_now, app.wsgi_app
    )


def _busy_or_broken(error: SQLAlchemyError) -> ResponseReturnValue:
    if isinstance(error, DataError):  # no text or number that it could ever keep
        log.warning("not_storable", kind=type(error.orig).__name__)
        return error_handlers.error_response("bad_request")
    if not db.is_transient(error):
        return error_handlers.internal_error(error)
    log.warning("database_busy", kind=type(error).__name__)
    return error_handlers.error_response("busy")


def _init_bridge(
    app: Flask, config: Config, async_mode: str, *, pairing_store: PairingStore | None
) -> None:
    # No allowed origins are named: the library then takes the page's own host only,
    # under whichever of its addresses a person opened it.
    options = {"async_mode": async_mode, **mobile_bridge.SOCKET_OPTIONS}
    limits = mobile_bridge.Limits(trusted_proxies=config.trusted_proxies)
    origins = security.origins_of(app)
    if not config.rate_limits:
        limits = replace(limits, creations_a_minute=10**9, lookups_a_minute=10**9)
    if config.redis_url:
        # Only here: most centres are without, and start faster for it.
        from webapp import bridge_redis

        bridge_redis.init_app(app, config, options, limits=limits, origins=origins)
        return
    if pairing_store is None:
        pairing_store = mobile_bridge.MemoryPairingStore()
    app.extensions["certferry.pairings"] = pairing_store
    mobile_bridge.init_app(
        app, SocketIO(app, **options), pairing_store, limits=limits, origins=origins
    )
