"""The addresses of the provider: those of programs, and those of people."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, ResourceProtector
from flask import Blueprint, Flask, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from webapp.accounts.models import Customer
from webapp.ca.context import current_ca
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.relying.asking import service as asking
from webapp.relying.asking.openers import Opener, register_opener
from webapp.relying.asking.waiting import is_waiting
from webapp.relying.institutions.models import Institution
from webapp.relying.openid import flow, keys, requests, sign_ins
from webapp.relying.openid.discovery import (
    AUTHORIZE,
    KEYS,
    LOGOUT,
    PUSH,
    REVOKE,
    TOKEN,
    USERINFO,
    describe_provider,
)
from webapp.relying.openid.errors import LogoutRefusedError, RequestOverError
from webapp.relying.openid.messages import CLAIM_LABELS, ERROR_MESSAGES
from webapp.relying.openid.models import AuthorizationRequest, SignIn
from webapp.relying.openid.provider import (
    AUTH_METHODS,
    ProviderRequest,
    Token,
    TokenValidator,
    form_of_call,
)
from webapp.relying.openid.rules import PERMISSIONS, PUSHED_LIFE, Claim, claims_of
from webapp.web.error_handlers import register_error_messages
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import (
    allow_form_target,
    csrf,
    open_to_other_sites,
)

blueprint = Blueprint("openid", __name__)
programs = Blueprint("openid_programs", __name__)
REQUEST = "<string(length=32):request_id>"


def init_app(app: Flask) -> None:
    """Register the addresses, and what people read for refusals."""
    flow.set_provider(app)
    csrf.exempt(programs)  # no cookie says who calls, or nothing is done by it
    app.register_blueprint(programs)
    app.register_blueprint(blueprint)
    for name in ("authorize_by_form", "log_out_by_form"):
        open_to_other_sites(app, f"{programs.name}.{name}")
    register_error_messages(app, ERROR_MESSAGES)
    register_opener(
        app,
        Opener(
            name=flow.OPENER,
            next_address=lambda request_id: f"/openid/resume/{request_id}",
        ),
    )


@programs.get("/.well-known/openid-configuration")
def configuration() -> ResponseReturnValue:
    """Describe the provider."""
    return jsonify(describe_provider(current_ca().config.public_url))


@programs.get(KEYS)
def key_set() -> ResponseReturnValue:
    """Hand out the public keys; before the first token there may be none."""
    return jsonify(keys.published_keys(session(), utc_now()))


@blueprint.get(AUTHORIZE)
@limiter.limit("60 per minute")
def authorize() -> ResponseReturnValue:
    """Take a request of an institution that a browser brings."""
    with unit_of_work() as work:
        begun = flow.begin(work, MultiDict(request.args))
        if not isinstance(begun, AuthorizationRequest):
            return begun
        return flow.proceed(work, begun)


@programs.post(AUTHORIZE)
@limiter.limit("60 per minute")
def authorize_by_form() -> ResponseReturnValue:
    """Take a request that another site's form sends: as if its address had said so."""
    query = urlencode(request.form.to_dict(flat=False), doseq=True)
    return redirect(f"{AUTHORIZE}?{query}", 303)


@programs.post(PUSH)
@limiter.limit("120 per minute")
def push() -> ResponseReturnValue:
    """Keep a request that an institution's program sends itself (RFC 9126)."""
    server, oauth_request = flow.provider(), ProviderRequest(request.form)
    try:
        with unit_of_work() as work:
            client = server.authenticate_client(oauth_request, AUTH_METHODS, "par")
            stored = _push(work, client.get_client_id())
    except OAuth2Error as error:
        error.redirect_uri = None
        refusal: ResponseReturnValue = server.handle_error_response(None, error)
        return refusal
    lasts = int(PUSHED_LIFE.total_seconds())
    return jsonify(request_uri=requests.URN + stored, expires_in=lasts), 201


@blueprint.get(f"/openid/resume/{REQUEST}")
def resume(request_id: str) -> ResponseReturnValue:
    """Go on when the person was asked; `request_id` is the asking's."""
    if not is_waiting(request_id):
        raise RequestOverError
    with unit_of_work() as work:
        stored = requests.find_by_asking(work, request_id)
        open_request = flow.find_here(work, stored.id)
        if asking.state_of(work, request_id, utc_now()).is_open:
            return redirect(f"/ask/{request_id}", 303)
        approval = asking.find_approval(work, request_id)
        if approval is None:
            return flow.deny(open_request)
        flow.take_approval(work, open_request, approval)
        return flow.proceed(work, open_request)


@blueprint.get(f"/openid/consent/{REQUEST}")
def consent(request_id: str) -> ResponseReturnValue:
    """Show what an institution will learn."""
    stored = flow.find_here(session(), request_id)
    sign_in = flow.sign_in_for(stored)
    parameters = requests.parameters_of(stored)
    allow_form_target(_origin(parameters["redirect_uri"]))
    return render_template(
        "relying/openid/consent.html",
        institution=session().get_one(Institution, stored.institution_id),
        claims=_claim_values(sign_in, requests.facts_of(stored, None).claims),
        labels=CLAIM_LABELS,
        request_id=request_id,
    )


@blueprint.post(f"/openid/consent/{REQUEST}")
@limiter.limit("60 per minute")
def agree(request_id: str) -> ResponseReturnValue:
    """Keep what the person lets the institution learn, and lead back there."""
    with unit_of_work() as work:
        stored = flow.find_here(work, request_id)
        sign_in = flow.sign_in_for(stored)
        if request.form.get("answer") != "yes":
            return flow.deny(stored)
        asked = requests.facts_of(stored, None).claims
        chosen = set(request.form.getlist("claims")[: len(Claim)])
        granted = [claim for claim in asked if claim in chosen]
        sign_ins.agree(work, sign_in, asked, granted, utc_now())
        return flow.proceed(work, stored)


@programs.post(TOKEN)
@limiter.limit("240 per minute")
def token() -> ResponseReturnValue:
    """Exchange a code; what a refusal changes is kept."""
    server = flow.provider()
    with unit_of_work():
        try:
            answer: ResponseReturnValue = server.create_token_response()
        except ValueError:  # what was sent is in no words that a refusal may repeat
            error = InvalidRequestError("The request cannot be read")
            answer = server.handle_error_response(None, error)
    return answer


@programs.post(REVOKE)
@limiter.limit("240 per minute")
def revoke() -> ResponseReturnValue:
    """End a token before its time (RFC 7009)."""
    with unit_of_work():
        answer: ResponseReturnValue = flow.provider().create_endpoint_response(
            "revocation"
        )
    return answer


@programs.route(USERINFO, methods=["GET", "POST"])
@limiter.limit("240 per minute")
def userinfo() -> ResponseReturnValue:
    """Tell what the person agreed to."""
    protector = ResourceProtector()
    protector.register_token_validator(TokenValidator())
    oauth_request = ProviderRequest(form_of_call())
    try:
        bearer = protector.validate_request([], _with_header(oauth_request))
    except OAuth2Error as error:
        server = flow.provider()
        refusal: ResponseReturnValue = server.handle_error_response(None, error)
        return refusal
    return jsonify(_claims(bearer))


@blueprint.get(LOGOUT)
@limiter.limit("60 per minute")
def log_out() -> ResponseReturnValue:
    """End a session at once where its token is shown, else after a question."""
    return _log_out(request.args)


@programs.post(LOGOUT)
@limiter.limit("60 per minute")
def log_out_by_form() -> ResponseReturnValue:
    """Take the same from another site's form."""
    return _log_out(request.form)


@blueprint.post("/openid/signed-out")
def confirm_log_out() -> ResponseReturnValue:
    """End the sessions of this browser, on our own page."""
    with unit_of_work() as work:
        sign_ins.end_all(work, flow.sign_ins_here(), utc_now())
    flow.forget_here()
    return render_template("relying/openid/signed_out.html")


def _push(work: Any, client_id: str) -> str:
    fields = MultiDict(request.form)
    for name in ("client_secret", "client_assertion", "client_assertion_type"):
        fields.poplist(name)
    if fields.setdefault("client_id", client_id) != client_id:
        raise InvalidRequestError("The 'client_id' is another one's")
    return flow.check_and_store(work, fields, is_pushed=True).id


def _log_out(parameters: MultiDict[str, str]) -> ResponseReturnValue:
    server = flow.provider()
    try:
        with unit_of_work():
            ending = server.validate_endpoint_request(
                "end_session", ProviderRequest(parameters)
            )
            if ending.needs_confirmation:
                return render_template("relying/openid/sign_out.html")
            answer = server.create_endpoint_response("end_session", ending)
    except (OAuth2Error, ValueError):
        raise LogoutRefusedError from None
    return answer or render_template("relying/openid/signed_out.html")


def _with_header(oauth_request: ProviderRequest) -> ProviderRequest:
    """Return a request whose token stands in its header (RFC 6750 2.1, 2.2)."""
    token_in_body = request.form.get("access_token")
    if token_in_body and "Authorization" not in request.headers:
        oauth_request.headers = {"Authorization": f"Bearer {token_in_body}"}
    return oauth_request


def _claims(token: Token) -> Mapping[str, str]:
    """Return what the person agreed to, of what this very token was asked for."""
    sign_in, asked = token.sign_in, claims_of(token.get_scope()) or ()
    consent = sign_ins.find_consent(
        session(), sign_in.institution_id, sign_in.customer_id
    )
    granted = consent.claims if consent and consent.ended_at is None else ()
    told = [claim for claim in granted if claim in asked and claim not in PERMISSIONS]
    values = _claim_values(sign_in, told)
    return {"sub": sign_in.subject, **{str(name): values[name] for name in values}}


def _claim_values(sign_in: SignIn, claims: Any) -> dict[Claim, str]:
    customer = session().get_one(Customer, sign_in.customer_id)
    certificate = session().get_one(Certificate, sign_in.certificate_id)
    values = {
        Claim.NAME: customer.name,
        Claim.BIRTH_DATE: customer.birth_date.isoformat(),
        Claim.FINGERPRINT: certificate.fingerprint,
        Claim.CERTIFICATE: b64encode(certificate.signed_der).decode(),
        Claim.CREDENTIALS: "",  # a permission: the label says it all
    }
    return {claim: values[claim] for claim in claims}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
