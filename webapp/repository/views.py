"""What anybody may fetch: CA certificates, revocation lists, health."""

import base64
import hashlib
from datetime import UTC, datetime

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from mobile_bridge.pki.certificate import fingerprint_pairs, shown_issuer
from mobile_bridge.server.user_agent import system_of
from webapp.ca.context import CaContext, current_ca
from webapp.ca.material import read_crl
from webapp.certificates.public.status import StatusResponse, parse_ids
from webapp.clock import utc_now
from webapp.db import session
from webapp.pki.crl import crl_der, crl_end, crl_number, parse_crl
from webapp.pki.crl_partitions import Partition
from webapp.repository import apple_profile, status_lookup
from webapp.repository.crl_publisher import CrlPublisher, PublishedList
from webapp.repository.newest_crl import NewestCrl
from webapp.web import error_handlers
from webapp.web.i18n import language
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import run_in_thread

blueprint = Blueprint("publication", __name__)
CERTIFICATE_HEADERS = {
    "Content-Type": "application/pkix-cert",  # RFC 2585 section 4
    "Cache-Control": "public, max-age=86400",
}
CRL_TYPE = "application/pkix-crl"
CRL_MAX_AGE = 300  # seconds
DEVICES = ("ios", "mac", "android", "windows", "linux")
OCTETS = "application/octet-stream"
STATUS_CACHE = "public, max-age=5"  # seconds: what was just revoked is soon said to be


def init_app(app: Flask) -> None:
    """Register what relying parties fetch."""
    ca: CaContext = app.extensions["certferry.ca"]
    app.extensions["certferry.crl_publisher"] = CrlPublisher(
        ca.authority,
        lambda: app.extensions["certferry.sessions"](),
        crl_url=ca.locations.crl_url,
        newest_crl=NewestCrl.beside(ca.config.issuing_key),
        run=lambda work: run_in_thread(work),
    )
    app.register_blueprint(blueprint)


@blueprint.get("/pki/root.crt")
def root_certificate() -> ResponseReturnValue:
    """The root's certificate, DER."""
    return current_ca().root_certificate, 200, CERTIFICATE_HEADERS


@blueprint.get("/pki/root.mobileconfig")
def root_profile() -> ResponseReturnValue:
    """The root's certificate as a profile that iPhone, iPad and Mac install."""
    ca = current_ca()
    brand = ca.config.brand.name_in(language())
    profile = apple_profile.root_profile(
        ca.root_certificate,
        name=gettext("Root certificate of %(centre)s", centre=brand),
        organisation=brand,
        about=gettext(
            "This device then trusts the address and certificates of this centre."
        ),
    )
    headers = {
        "Content-Type": apple_profile.MEDIA_TYPE,
        "Content-Disposition": 'attachment; filename="root.mobileconfig"',
        "Cache-Control": "no-cache",  # it is in the language of who asks
    }
    return profile, 200, headers


@blueprint.get("/pki/issuing.crt")
def issuing_certificate() -> ResponseReturnValue:
    """The issuing CA's certificate, DER."""
    return current_ca().issuing_certificate, 200, CERTIFICATE_HEADERS


@blueprint.get("/pki/issuing.crl")
def issuing_list() -> ResponseReturnValue:
    """The issuing CA's current revocation list, DER."""
    return _list_response(_publisher().full(session(), utc_now()))


@blueprint.get("/pki/issuing/<name>")
def issuing_list_part(name: str) -> ResponseReturnValue:
    """A part of the issuing CA's revocation list, as its certificates name it, DER."""
    partition = Partition.named(name)
    if partition is None:
        abort(404)
    return _list_response(_publisher().part(session(), partition, utc_now()))


@blueprint.get("/pki/root.crl")
def root_list() -> ResponseReturnValue:
    """The root's revocation list, DER."""
    try:  # it is signed anew while the centre runs
        der = crl_der(read_crl(current_ca().config.root_crl))
    except (OSError, ValueError):  # half written, or gone
        der = current_ca().root_crl
    crl = parse_crl(der)
    begin, end = crl.last_update_utc, crl_end(crl)
    return _list_response(PublishedList(der, crl_number(crl), begin, end))


@blueprint.get("/pki/chain.json")
def chain() -> ResponseReturnValue:
    """The certificates between a holder and the root, and the root, for scripts."""
    certificates = (current_ca().issuing_certificate, current_ca().root_certificate)
    return jsonify(chain=[base64.b64encode(der).decode() for der in certificates])


@blueprint.get("/pki/identity-key")
def identity_key() -> ResponseReturnValue:
    """The CA's key to which a device seals R: X-Wing, 1216 octets."""
    return current_ca().identity_key.public, 200, {"Content-Type": OCTETS}


@blueprint.get("/pki/status")
@limiter.limit("300 per minute")
def certificate_status() -> ResponseReturnValue:
    """Say which of the certificates in the question count now, and what time it is."""
    now, authority = utc_now(), current_ca().authority
    responses = status_lookup.look_up(
        session(),
        parse_ids(request.args.getlist("certificate")),
        issuer_id=authority.issuer_id,
        issuer_name=request.args.get("issuer"),
        own_name=shown_issuer(authority.name),
        now=now,
    )
    answer: Response = jsonify(
        now=_seconds(now), certificates=[_as_json(response) for response in responses]
    )
    answer.headers["Cache-Control"] = STATUS_CACHE
    return answer


@blueprint.get("/trust")
def trust() -> ResponseReturnValue:
    """Explain the root certificate, and hand it out."""
    asked = request.args.get("device", "")
    return render_template(
        "repository/trust.html",
        device=asked if asked in DEVICES else system_of(request.user_agent.string),
        fingerprint=fingerprint_pairs(current_ca().root_certificate),
        public_url=current_ca().config.public_url,
    )


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 when this centre can issue: database, CA key and list are there."""
    current_ca().require_ca_outlives(utc_now())
    try:
        _publisher().full(session(), utc_now())
    except SQLAlchemyError:
        return error_handlers.error_response("cannot_issue")
    return jsonify(status="ok")


def _as_json(response: StatusResponse) -> dict[str, str]:
    fields = {"status": str(response.status)}
    if response.reason is not None:
        fields["reason"] = response.reason
    if response.at is not None:
        fields["at"] = _seconds(response.at)
    return fields


def _seconds(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _publisher() -> CrlPublisher:
    publisher: CrlPublisher = current_app.extensions["certferry.crl_publisher"]
    return publisher


def _list_response(crl: PublishedList) -> Response:
    """Hand out a list with what caches need (RFC 9919, RFC 9111); 304 to who has it."""
    response = Response(crl.der, content_type=CRL_TYPE)
    left = int((crl.next_update - utc_now()).total_seconds())
    response.cache_control.public = True
    response.cache_control.max_age = max(0, min(CRL_MAX_AGE, left))
    response.last_modified = crl.this_update
    response.expires = crl.next_update
    response.set_etag(hashlib.sha256(crl.der).hexdigest()[:32])
    response.make_conditional(request)
    return response
