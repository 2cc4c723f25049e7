"""The calls of programs, and the address to which they lead a person's browser."""

import secrets
from typing import Final

from authlib.common.urls import add_params_to_uri
from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobile_bridge.formats.korean_time import korean_date
from webapp.accounts.models import Customer
from webapp.ca.context import current_ca
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.pki.services.certificates import ServiceKind
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Facts
from webapp.relying.asking.documents import finishing
from webapp.relying.asking.documents import service as documents
from webapp.relying.asking.errors import DocumentUnknownError, RequestWithdrawnError
from webapp.relying.asking.openers import (
    Approval,
    Opener,
    openers_of,
    register_opener,
)
from webapp.relying.asking.request_context import asking_browser
from webapp.relying.asking.rules import State
from webapp.relying.asking.waiting import (
    begin_waiting,
    is_waiting,
    tell_waiting,
)
from webapp.relying.institutions.errors import (
    InstitutionRefusedError,
    InstitutionUnknownError,
)
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.service import find_active
from webapp.relying.openid.sign_ins import subject_for
from webapp.relying.signing import answers, openapi, rules, service, webhooks
from webapp.relying.signing.callers import calling_institution
from webapp.relying.signing.errors import AnswerAwaitedError, StartRefusedError
from webapp.relying.signing.messages import ERROR_MESSAGES
from webapp.relying.signing.models import SigningRequest
from webapp.relying.signing.receipts import approval_fields
from webapp.relying.uses.models import Way
from webapp.relying.uses.service import note_use
from webapp.relying.verification.receipts import sign_receipt
from webapp.web.error_handlers import handle_app_error, register_error_messages
from webapp.web.i18n import language
from webapp.web.json_body import read_json
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import csrf, run_in_thread

api = Blueprint("signing_api", __name__, url_prefix=answers.PATH)
pages = Blueprint("signing", __name__)
REQUEST: Final = "/<string(length=32):request_id>"
_CALLS: Final = "240 per minute"


def init_app(app: Flask) -> None:
    """Register the calls, and what people and programs read for refusals."""
    csrf.exempt(api)  # no cookie says who calls
    app.register_blueprint(api)
    app.register_blueprint(pages)
    register_error_messages(app, ERROR_MESSAGES)
    register_opener(
        app,
        Opener(
            name=service.OPENER,
            next_address=lambda request_id: f"{answers.START}/{request_id}/done",
            on_approved=_keep_approval,
            on_ended=_note_end,
        ),
    )


@api.post("")
@limiter.limit(_CALLS)
def make_request() -> ResponseReturnValue:
    """Make a request; the same key with the same body gets the same answer."""
    request.max_content_length = rules.MAX_BODY
    institution = calling_institution()
    key = rules.parse_key(request.headers.get("Idempotency-Key"))
    fields = read_json(max_bytes=rules.MAX_BODY)
    call = service.Call(key, request.get_data()) if key else None
    order = run_in_thread(rules.parse_order, fields)
    try:
        with unit_of_work() as work:
            text = _make(work, institution, order, call)
    except IntegrityError:  # of two equal calls at once, the other one was first
        text = _answer_before(institution, call)
    return _json(text, 201)


@api.get(REQUEST)
@limiter.limit(_CALLS)
def read_request(request_id: str) -> ResponseReturnValue:
    """Say how a request stands; nothing where that is known by its ETag."""
    institution = calling_institution()
    placed, asked = service.find(session(), institution.id, request_id)
    fields = answers.status_fields(placed, asked, centre=_centre(), now=utc_now())
    response = _json(answers.to_text(fields))
    response.add_etag()
    return response.make_conditional(request)


@api.post(f"{REQUEST}/withdraw")
@limiter.limit(_CALLS)
def withdraw_request(request_id: str) -> ResponseReturnValue:
    """Take a request back; it can be answered no more."""
    institution, now = calling_institution(), utc_now()
    with unit_of_work() as work:
        placed, asked = service.find(work, institution.id, request_id)
        openers = openers_of(current_app)
        asking.withdraw(work, placed.id, openers=openers, now=now)
    tell_waiting(placed.id)
    fields = answers.status_fields(placed, asked, centre=_centre(), now=now)
    return _json(answers.to_text(fields))


@api.get(f"{REQUEST}/result")
@limiter.limit(_CALLS)
def read_result(request_id: str) -> ResponseReturnValue:
    """Say what came of an approved request, and where its files are."""
    institution, now = calling_institution(), utc_now()
    placed, asked = service.find_result(session(), institution.id, request_id, now)
    finishing.finish(placed.id)
    listed = [
        documents.find(session(), placed.id, one.number)
        for one in documents.list_documents(session(), placed.id)
    ]
    fields = answers.result_fields(placed, asked, listed, centre=_centre())
    return _json(answers.to_text(fields))


@api.get(f"{REQUEST}/documents/<int:number>")
@limiter.limit(_CALLS)
def read_document(request_id: str, number: int) -> ResponseReturnValue:
    """Hand out what a signature became: CMS in DER, or the signed PDF."""
    institution, now = calling_institution(), utc_now()
    placed, _ = service.find_result(session(), institution.id, request_id, now)
    finishing.finish(placed.id)
    document = documents.find(session(), placed.id, number)
    if document.result is None:
        raise DocumentUnknownError
    return Response(document.result, mimetype=answers.media_type(document))


@api.get(f"{REQUEST}/receipt")
@limiter.limit(_CALLS)
def read_receipt(request_id: str) -> ResponseReturnValue:
    """Hand out what the centre signed about the approval: CMS in DER around JSON."""
    institution, now = calling_institution(), utc_now()
    placed, _ = service.find_result(session(), institution.id, request_id, now)
    return Response(placed.receipt or b"", mimetype="application/pkcs7-mime")


@api.errorhandler(InstitutionRefusedError)
def refuse_caller(error: AppError) -> ResponseReturnValue:
    """Say how programs prove who they are (RFC 9110 11.6.1)."""
    response = current_app.make_response(handle_app_error(error))
    response.headers["WWW-Authenticate"] = 'Basic realm="certferry", Bearer'
    return response


@pages.get("/api/v1/signing.json")
def openapi_document() -> ResponseReturnValue:
    """The document of these calls, OpenAPI 3.1."""
    config = current_ca().config
    title = gettext("%(centre)s: requests", centre=config.brand.name_in(language()))
    response: Response = jsonify(
        openapi.document(server=config.public_url, title=title)
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@pages.get(f"{answers.START}{REQUEST}")
@limiter.limit("60 per minute")
def start(request_id: str) -> ResponseReturnValue:
    """Have the browser that an institution led here wait for the answer."""
    with unit_of_work() as work:
        placed = work.get(SigningRequest, request_id)
        if placed is None or placed.is_addressed:
            raise StartRefusedError
        # A page that loads this address unseen does not say where a person sits.
        is_visit = request.headers.get("Sec-Fetch-Dest", "document") == "document"
        if placed.started_at is None and is_visit:
            placed.started_at = utc_now()
            asking.note_browser(work, placed.id, asking_browser(), utc_now())
    if not is_waiting(request_id) and not is_visit:
        raise StartRefusedError
    return redirect(begin_waiting(request_id), 303)


@pages.get(f"{answers.START}{REQUEST}/done")
@limiter.limit("60 per minute")
def lead_back(request_id: str) -> ResponseReturnValue:
    """Lead a browser that waited back to its institution, where that is registered."""
    placed = session().get(SigningRequest, request_id)
    if placed is None or not is_waiting(request_id):
        raise StartRefusedError
    institution = session().get_one(Institution, placed.institution_id)
    if placed.return_uri not in institution.return_uris:
        raise StartRefusedError
    return redirect(add_params_to_uri(placed.return_uri, {"request": request_id}), 303)


def _make(
    work: Session,
    institution: Institution,
    order: rules.Order,
    call: service.Call | None,
) -> str:
    now = utc_now()
    before = service.find_answer(work, institution.id, call) if call else None
    if before is not None:
        return before
    placed = service.make(work, institution, order, random=secrets.token_bytes, now=now)
    asked = asking.find(work, placed.id)
    fields = answers.status_fields(placed, asked, centre=_centre(), now=now)
    text = answers.to_text(fields)
    if call is not None:
        service.keep_answer(work, institution.id, call, text, now)
    return text


def _answer_before(institution: Institution, call: service.Call | None) -> str:
    text = service.find_answer(session(), institution.id, call) if call else None
    if text is None:
        raise AnswerAwaitedError
    return text


def _keep_approval(work: Session, approval: Approval) -> None:
    """Keep what the institution is told; one that was ended meanwhile is told none.

    Raises:
        RequestWithdrawnError: the institution was ended.
        ServiceSignerError: the centre cannot sign the receipt now.
    """
    placed = work.get_one(SigningRequest, approval.request_id)
    try:
        institution = find_active(work, placed.institution_id)
    except InstitutionUnknownError:
        raise RequestWithdrawnError from None
    asked, now = asking.find(work, placed.id), approval.approved_at
    customer = work.get_one(Customer, approval.customer_id)
    certificate = work.get_one(Certificate, approval.certificate_id)
    contents, facts = asking.contents_of(asked), {}
    if isinstance(contents, Facts):
        facts = asking.facts_of(customer, contents.facts, korean_date(now))
    subject = subject_for(work, institution.sector, customer.id, secrets.token_bytes)
    fields = approval_fields(
        asked, certificate, centre=_centre(), subject=subject, facts=facts
    )
    signer = current_ca().services.signer(ServiceKind.RECEIPT_SIGNER, utc_now())
    receipt = sign_receipt(fields, signer)
    service.keep_approval(work, placed, subject=subject, facts=facts, receipt=receipt)
    note_use(
        work,
        institution_id=institution.id,
        customer_id=customer.id,
        certificate_id=certificate.id,
        way=Way.SIGNING,
        now=now,
    )
    webhooks.tell(work, placed.id, State.APPROVED, now)


def _note_end(work: Session, request_id: str) -> None:
    """Have the institution told, and delete what nobody signs any more."""
    asked = asking.find(work, request_id)
    service.forget_files(work, request_id)
    webhooks.tell(work, request_id, State(asked.state), utc_now())


def _json(text: str, status: int = 200) -> Response:
    response = Response(text, status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _centre() -> str:
    return current_ca().config.public_url
