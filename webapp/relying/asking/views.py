"""The page on the device that answers a request, and what its script asks for.

The secret of a request comes in a body, never in an address: no log has it.
"""

import hashlib
import re
import secrets
from typing import Any, Final

import msgspec
import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.ca.context import current_ca
from webapp.certificates.views.lifecycle import origin
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.pki.services.timestamp import TimestampRequest
from webapp.relying.asking import (
    addressed,
    device_requests,
    openers,
    preparing,
    request_context,
    service,
    waiting,
)
from webapp.relying.asking.contents import MAX_DOCUMENTS, to_json
from webapp.relying.asking.documents import finishing
from webapp.relying.asking.documents import service as documents
from webapp.relying.asking.documents.service import Completer
from webapp.relying.asking.labels import FACT_LABELS, PURPOSE_PHRASES
from webapp.relying.asking.messages import ERROR_MESSAGES
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.scan_code import number_check, read_token
from webapp.relying.timestamps.authority import current_authority
from webapp.relying.timestamps.service import give_stamp
from webapp.web.error_handlers import register_error_messages
from webapp.web.json_body import read_json
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import network_here

blueprint = Blueprint("asking", __name__)
OCTETS: Final = "application/octet-stream"
_MAX_BODY: Final = 48 * 1024  # twenty signatures of RSA-4096 in hexadecimal, and more
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-f]{2}){1,1024}", re.ASCII)

log = structlog.get_logger()


class OpenOrder(msgspec.Struct, frozen=True):
    """What stood after `#` in the code."""

    token: str = ""


class ApproveOrder(msgspec.Struct, frozen=True):
    """An approval: signatures in the contents' order, in lower-case hexadecimal.

    `signedAfter` is how many seconds after it was asked it was signed: that time
    stands in signatures beside documents.
    """

    token: str = ""
    serial: str = ""
    signatures: tuple[str, ...] = ()
    number: str = ""
    signedAfter: int = 0  # noqa: N815  # as the script writes it


class DocumentOrder(msgspec.Struct, frozen=True):
    """Which document, by its number from 1; and whose certificate is to sign it."""

    token: str = ""
    document: int = 0
    serial: str = ""


def init_app(app: Flask) -> None:
    """Register the pages, and what people read for refusals."""
    openers.init_app(app)
    app.register_blueprint(blueprint)
    waiting.init_app(app)
    app.register_blueprint(addressed.blueprint)
    app.register_blueprint(device_requests.blueprint)
    register_error_messages(app, ERROR_MESSAGES)


@blueprint.get("/a")
def page() -> ResponseReturnValue:
    """Show the page that a scanned code leads to; what for stands after `#`."""
    return render_template(
        "relying/request.html", facts=FACT_LABELS, phrases=PURPOSE_PHRASES
    )


@blueprint.post("/a/open")
@limiter.limit("60 per 10 minutes")
def open_request() -> ResponseReturnValue:
    """Tell who asks, what for, until when, and from where."""
    token = read_json(OpenOrder, max_bytes=_MAX_BODY).token
    request_id = read_token(request_context.asking_key(), token)
    with unit_of_work() as work:
        opened = service.open_request(work, request_id, now=utc_now())
    waiting.tell_waiting(request_id)
    return jsonify(_describe(opened))


@blueprint.post("/a/approve")
@limiter.limit("60 per 10 minutes")
def approve() -> ResponseReturnValue:
    """Take the signatures for what is asked for."""
    order = read_json(ApproveOrder, max_bytes=_MAX_BODY)
    key = request_context.asking_key()
    request_id = read_token(key, order.token)
    with unit_of_work() as work:
        service.approve(
            work,
            request_id,
            _answer(order),
            issuer_id=current_ca().authority.issuer_id,
            numbers=number_check(key, request_id),
            openers=openers.openers_of(current_app),
            now=utc_now(),
            completer=_completer(work),
        )
    _finish(request_id)
    waiting.tell_waiting(request_id)
    return jsonify(next=_next_here(request_id))


@blueprint.post("/a/document")
@limiter.limit("120 per 10 minutes")
def read_document() -> ResponseReturnValue:
    """Return a document as its institution sent it, to be read before it is signed."""
    order = read_json(DocumentOrder, max_bytes=_MAX_BODY)
    request_id = read_token(request_context.asking_key(), order.token)
    service.require_seen(session(), request_id, utc_now())
    document = documents.find(session(), request_id, order.document)
    return Response(documents.content_of(document), mimetype=OCTETS)


@blueprint.post("/a/prepared")
@limiter.limit("120 per 10 minutes")
def prepare_document() -> ResponseReturnValue:
    """Return a PDF with room for the signature of a certificate."""
    order = read_json(DocumentOrder, max_bytes=_MAX_BODY)
    request_id = read_token(request_context.asking_key(), order.token)
    pdf = preparing.prepare_document(request_id, order.document, order.serial)
    return Response(pdf, mimetype=OCTETS)


@blueprint.post("/a/decline")
@limiter.limit("60 per 10 minutes")
def decline() -> ResponseReturnValue:
    """Say no."""
    token = read_json(OpenOrder, max_bytes=_MAX_BODY).token
    request_id = read_token(request_context.asking_key(), token)
    with unit_of_work() as work:
        parts = openers.openers_of(current_app)
        service.decline(work, request_id, openers=parts, now=utc_now())
    waiting.tell_waiting(request_id)
    return jsonify(next=_next_here(request_id))


def _answer(order: ApproveOrder) -> service.Answer:
    signatures = order.signatures[: MAX_DOCUMENTS + 2]  # one too many is seen
    return service.Answer(
        serial=order.serial,
        signatures=tuple(
            bytes.fromhex(one) if _HEXADECIMAL.fullmatch(one) else b""
            for one in signatures
        ),
        number=order.number,
        centre=origin(),
        network=network_here(),
        signed_after=order.signedAfter,
    )


def _completer(work: Session) -> Completer:
    """Return what signatures of documents get in this transaction."""

    def stamp(value: bytes) -> bytes:
        now, digest = utc_now(), hashlib.sha256(value).digest()
        order = TimestampRequest.for_sha256(digest)
        stamper = current_authority(now)
        return give_stamp(work, stamper, order, random=secrets.token_bytes, now=now)

    return Completer((current_ca().issuing_certificate,), stamp)


def _finish(request_id: str) -> None:
    """Put signed PDFs together; where that fails, whoever fetches them is told."""
    try:
        finishing.finish(request_id)
    except AppError as error:
        log.warning("document_unfinished", code=error.code)


def _next_here(request_id: str) -> str:
    """Return where to go on, where this very browser asked; else nothing."""
    if not waiting.is_waiting(request_id):
        return ""
    return waiting.next_address(service.find(session(), request_id))


def _describe(request: AskingRequest) -> dict[str, Any]:
    asker, now = service.asker_of(request), utc_now()
    key, network = request_context.asking_key(), network_here()
    is_elsewhere = service.needs_number(request, network)
    numbers = number_check(key, request.id).offered if is_elsewhere else ()
    return {
        "requestId": request.id,
        "asker": {
            "id": asker.institution_id,
            "name": asker.name,
            "origin": asker.origin,
        },
        "contents": to_json(service.contents_of(request)),
        "files": [
            {"document": one.number, "type": one.media_type}
            for one in documents.list_documents(session(), request.id)
            if one.media_type
        ],
        "askedAt": int(request.asked_at.timestamp()),
        "expiresAt": int(request.expires_at.timestamp()),
        "secondsLeft": max(0, int((request.expires_at - now).total_seconds())),
        "browser": {
            "network": request.browser_network,
            "device": request.browser_device,
            "isProgram": request.is_of_program,
        },
        "numbers": numbers,
    }
