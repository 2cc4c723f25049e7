"""A sign-in for an institution, from its request to the code: what a view calls.

Each step ends in an answer: a page of ours, or a way back to the institution.
"""

import hashlib
import secrets
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError
from authlib.oauth2.rfc6749.errors import UnsupportedResponseTypeError
from authlib.oidc.core.errors import (
    ConsentRequiredError,
    LoginRequiredError,
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)
from flask import current_app, redirect, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Asker
from webapp.relying.asking.contents import SignIn as SignInContents
from webapp.relying.asking.errors import TooManyOpenError
from webapp.relying.asking.openers import Approval
from webapp.relying.asking.request_context import asking_browser
from webapp.relying.asking.waiting import begin_waiting
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.service import note_use
from webapp.relying.openid import requests, sign_ins
from webapp.relying.openid.clients import Client, find_client
from webapp.relying.openid.errors import (
    ClientUnknownError,
    NoSigningKeyError,
    RedirectRefusedError,
    RequestOverError,
)
from webapp.relying.openid.models import AuthorizationRequest, Consent, SignIn
from webapp.relying.openid.provider import Provider, ProviderRequest, read_id_token
from webapp.relying.openid.rules import (
    ASKING_LIFE,
    MAX_LENGTH,
    MAX_PARAMETERS,
    MAX_SUM,
    Step,
    next_step,
    parse_max_age,
    parse_prompts,
)

OPENER: Final = "openid"
_PROVIDER: Final = "certferry.openid"
_SIGN_INS: Final = "openid"  # in the cookie: institution to sign-in
_BEGUN: Final = "openid_begun"  # the requests that this browser brought
_MAX_KEPT: Final = 8
_SILENT: Final = {
    Step.LOGIN_REQUIRED: LoginRequiredError,
    Step.CONSENT_REQUIRED: ConsentRequiredError,
}
_UNSUPPORTED: Final = {
    "request": RequestNotSupportedError,
    "request_uri": RequestURINotSupportedError,
    "registration": RegistrationNotSupportedError,
}


class TemporarilyUnavailableError(OAuth2Error):  # type: ignore[misc]
    """So many people of an institution are asked that nobody else is (4.1.2.1)."""

    error = "temporarily_unavailable"


def provider() -> Provider:
    """Return the provider of this centre."""
    stored: Provider = current_app.extensions[_PROVIDER]
    return stored


def set_provider(app: Any) -> None:
    """Give a centre its provider."""
    app.extensions[_PROVIDER] = Provider()


def begin(
    work: Session, parameters: MultiDict[str, str]
) -> AuthorizationRequest | ResponseReturnValue:
    """Store what a browser brings; a refusal that its institution reads is an answer.

    Raises:
        ClientUnknownError, RedirectRefusedError: nobody can be led back.
        RequestOverError: what was pushed is over.
    """
    client_id = parameters.get("client_id", "")
    request_uri = parameters.get("request_uri", "")
    if request_uri.startswith(requests.URN):
        request = requests.take_pushed(work, request_uri, client_id, utc_now())
    else:
        try:
            request = check_and_store(work, parameters, is_pushed=False)
        except OAuth2Error as error:
            return refuse(parameters, error)
    others = [id_ for id_ in cookie.get(_BEGUN, []) if id_ != request.id]
    cookie[_BEGUN] = [request.id, *others][:_MAX_KEPT]
    return request


def check_and_store(
    work: Session,
    parameters: MultiDict[str, str],
    *,
    is_pushed: bool,
) -> AuthorizationRequest:
    """Check a request by the rules of OAuth and OpenID Connect, and store it.

    Raises:
        NoSigningKeyError: nothing can be signed here.
        ClientUnknownError, RedirectRefusedError: its institution must not read it.
        OAuth2Error: everything else, for its institution.
    """
    if not current_ca().config.identity_key:
        raise NoSigningKeyError  # before anybody signs in vain
    client = _client_of(work, parameters)
    _check_form(parameters)
    oauth_request = ProviderRequest(parameters)
    provider().get_consent_grant(oauth_request, end_user=client)
    note_use(client.institution, utc_now())
    return requests.store(
        work,
        client.get_client_id(),
        oauth_request.payload.data,
        is_pushed=is_pushed,
        random=secrets.token_bytes,
        now=utc_now(),
    )


def proceed(work: Session, request: AuthorizationRequest) -> ResponseReturnValue:
    """Do what comes next for a request that this browser brought."""
    now, sign_in = utc_now(), _current_sign_in(request)
    consent = _consent_of(work, sign_in)
    step = next_step(
        requests.facts_of(request, _subject_hint(request)),
        sign_ins.facts_of(sign_in),
        consent.agreed if consent else None,
        now,
    )
    if step in _SILENT:
        return _end(request, _SILENT[step]())
    if step is Step.SIGN or sign_in is None:
        try:
            return redirect(_ask(work, request), 303)
        except TooManyOpenError:
            return _end(request, TemporarilyUnavailableError())
    if step is Step.CONSENT:
        return redirect(url_for("openid.consent", request_id=request.id), 303)
    if consent is not None:
        consent.used_at = now
        sign_ins.note_sign_in(work, sign_in, now)
    return _issue(request, sign_in)


def take_approval(
    work: Session, request: AuthorizationRequest, approval: Approval
) -> None:
    """Sign in who approved, in this browser, once for a request."""
    if request.sign_in_id is None:
        sign_in = sign_ins.begin(
            work,
            work.get_one(Institution, request.institution_id),
            sign_ins.Signer(
                customer_id=approval.customer_id,
                certificate_id=approval.certificate_id,
                signed_at=approval.approved_at,
            ),
            is_phone_only=current_ca().is_phone_only,
            random=secrets.token_bytes,
        )
        request.sign_in_id = sign_in.id
    others = {
        institution_id: sign_in_id
        for institution_id, sign_in_id in cookie.get(_SIGN_INS, {}).items()
        if institution_id != request.institution_id
    }
    latest = list(others.items())[-_MAX_KEPT + 1 :]
    cookie[_SIGN_INS] = {**dict(latest), request.institution_id: request.sign_in_id}


def deny(request: AuthorizationRequest) -> ResponseReturnValue:
    """Lead back where the person said no, or said nothing in time."""
    return _end(request, AccessDeniedError())


def refuse(
    parameters: MultiDict[str, str] | dict[str, str], error: OAuth2Error
) -> ResponseReturnValue:
    """Lead back to an institution, whose address was checked, with a refusal."""
    error.redirect_uri, error.state = (
        parameters["redirect_uri"],
        parameters.get("state"),
    )
    answer = provider().handle_error_response(None, error)
    issuer = {"iss": current_ca().config.public_url}  # RFC 9207 2
    return redirect(add_params_to_uri(answer.location, issuer), 303)


def find_here(work: Session, request_id: str) -> AuthorizationRequest:
    """Return an open request that this very browser brought.

    Raises:
        RequestOverError: another one did, or it is over.
    """
    if request_id not in cookie.get(_BEGUN, []):
        raise RequestOverError
    return requests.find_open(work, request_id, utc_now())


def sign_in_for(request: AuthorizationRequest) -> SignIn:
    """Return who signed in for a request in this browser.

    Raises:
        RequestOverError: nobody, or the certificate counts no more.
    """
    sign_in = _current_sign_in(request)
    if sign_in is None:
        raise RequestOverError
    return sign_in


def sign_ins_here() -> list[SignIn]:
    """Return who is signed in for institutions in this browser."""
    now, stored = utc_now(), cookie.get(_SIGN_INS, {}).values()
    usable = [sign_ins.find_usable(session(), sign_in_id, now) for sign_in_id in stored]
    return [sign_in for sign_in in usable if sign_in is not None]


def forget_here() -> None:
    """Forget who is signed in for institutions in this browser."""
    cookie.pop(_SIGN_INS, None)
    cookie.pop(_BEGUN, None)


def _consent_of(work: Session, sign_in: SignIn | None) -> Consent | None:
    if sign_in is None:
        return None
    return sign_ins.find_consent(work, sign_in.institution_id, sign_in.customer_id)


def _client_of(work: Session, parameters: MultiDict[str, str]) -> Client:
    client = find_client(work, parameters.get("client_id", ""))
    if client is None or len(parameters.getlist("client_id")) > 1:
        raise ClientUnknownError
    redirect_uris = parameters.getlist("redirect_uri")
    if len(redirect_uris) != 1 or not client.check_redirect_uri(redirect_uris[0]):
        raise RedirectRefusedError
    return client


def _check_form(parameters: MultiDict[str, str]) -> None:
    """Refuse what authlib does not look at (RFC 6749 4.1.2.1).

    Raises:
        OAuth2Error
    """
    entries = list(parameters.items(multi=True))
    if len(entries) != len(parameters):
        raise InvalidRequestError("A parameter was sent twice")
    if len(entries) > MAX_PARAMETERS or any(len(v) > MAX_LENGTH for _, v in entries):
        raise InvalidRequestError("The request is too long")
    if sum(len(value) for _, value in entries) > MAX_SUM:
        raise InvalidRequestError("The request is too long")
    for name, refusal in _UNSUPPORTED.items():
        if name in parameters:
            raise refusal()
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseTypeError("Only 'code' is a 'response_type' here")
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequestError("Only 'query' is a 'response_mode' here")
    if parse_prompts(parameters.get("prompt")) is None:
        raise InvalidRequestError("Invalid 'prompt' parameter.")
    try:
        parse_max_age(parameters.get("max_age"))
    except ValueError:
        raise InvalidRequestError("Invalid 'max_age' parameter.") from None


def _current_sign_in(request: AuthorizationRequest) -> SignIn | None:
    sign_in_id = cookie.get(_SIGN_INS, {}).get(request.institution_id, "")
    sign_in = sign_ins.find_usable(session(), sign_in_id, utc_now())
    is_theirs = sign_in is not None and sign_in.institution_id == request.institution_id
    return sign_in if is_theirs else None


def _subject_hint(request: AuthorizationRequest) -> str | None:
    """Return whom an institution believes to be signed in; a false hint is nobody."""
    text = requests.parameters_of(request).get("id_token_hint")
    if text is None:
        return None
    claims = read_id_token(text) or {}
    is_theirs = claims.get("aud") == request.institution_id
    return str(claims.get("sub", "")) if is_theirs else ""


def _ask(work: Session, request: AuthorizationRequest) -> str:
    """Have the person asked to sign, and return the page that waits for it."""
    institution = work.get_one(Institution, request.institution_id)
    binding, now = hashlib.sha256(request.parameters.encode()).digest(), utc_now()
    asked = asking.ask(
        work,
        Asker(institution.id, institution.name, institution.origin),
        SignInContents(binding=binding),
        opener=OPENER,
        browser=asking_browser(),
        expires_at=now + ASKING_LIFE,
        now=now,
        random=secrets.token_bytes,
    )
    request.asking_id = asked.request_id
    return begin_waiting(asked.request_id)


def _issue(request: AuthorizationRequest, sign_in: SignIn) -> ResponseReturnValue:
    """Lead back with a code."""
    parameters = requests.parameters_of(request)
    oauth_request = ProviderRequest(parameters)
    server = provider()
    try:
        grant = server.get_consent_grant(oauth_request, end_user=sign_in)
    except OAuth2Error as error:  # the registration was changed meanwhile
        return _end(request, error)
    answer = server.create_authorization_response(
        oauth_request, grant_user=sign_in, grant=grant
    )
    request.answered_at = utc_now()
    issuer = {"iss": current_ca().config.public_url}
    return redirect(add_params_to_uri(answer.location, issuer), 303)


def _end(request: AuthorizationRequest, error: OAuth2Error) -> ResponseReturnValue:
    """Lead back with a refusal.

    Raises:
        RedirectRefusedError: the address is registered no more.
    """
    parameters = requests.parameters_of(request)
    client = find_client(session(), request.institution_id)
    if client is None or not client.check_redirect_uri(parameters["redirect_uri"]):
        raise RedirectRefusedError
    request.answered_at = utc_now()
    return refuse(parameters, error)
