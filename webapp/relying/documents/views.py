"""The page that signs documents, and what its script asks the centre for.

Nobody has to sign in: the certificate is what signs, whoever has its key. No document
is stored. It comes with a request and goes back with its answer, twice: once to be made
ready, once to be stamped. In between it is in the browser, which signs it there.
"""

import re
import secrets
from datetime import datetime
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from mobile_bridge.formats.json_reader import JsonError, read_object
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import unit_of_work
from webapp.relying.documents.completion import read_new_signature
from webapp.relying.documents.messages import ERROR_MESSAGES
from webapp.relying.documents.pdf_file import MAX_PDF
from webapp.relying.documents.placement import Corner, Placement
from webapp.relying.documents.preparation import prepare
from webapp.relying.documents.service import Completion, stamp_signature
from webapp.relying.documents.signers import read_signer
from webapp.relying.documents.validation_data import collect_validation_data
from webapp.relying.timestamps.authority import current_authority
from webapp.web.error_handlers import register_error_messages
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import run_in_thread

blueprint = Blueprint("documents", __name__)
PDF = "application/pdf"
OCTETS = "application/octet-stream"
_MAX_HEAD = 32 * 1024
_IN_FIELD = "field"
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})+")


class PreparationOrder(msgspec.Struct, frozen=True):
    """What stands in front of a document: whose signature, and where it is seen.

    `page` counts from 1, -1 is the last; `corner` is empty where nothing is to be seen,
    and `field` for the document's own signature field, or else the lower right corner.
    """

    certificate: str = ""  # DER, in lower-case hexadecimal
    page: int = -1
    corner: str = ""


_LIMITS = {
    "documents.prepare_pdf": MAX_PDF + _MAX_HEAD,
    "documents.complete_pdf": MAX_PDF + 256 * 1024,  # what was prepared is longer
}


def init_app(app: Flask) -> None:
    """Register the page and what people read for refusals of documents."""
    app.register_blueprint(blueprint)
    register_error_messages(app, ERROR_MESSAGES)


@blueprint.get("/sign")
def sign_page() -> ResponseReturnValue:
    """Show the page that signs a document in the browser."""
    return render_template("relying/sign.html", max_pdf=MAX_PDF)


@blueprint.post("/sign/pdf/prepare")
@limiter.limit("30 per 10 minutes")
def prepare_pdf() -> ResponseReturnValue:
    """Return the document with a revision that waits for a signature.

    The body is one line of JSON, a `PreparationOrder`, and then the document.
    """
    head, _, pdf = _read_body().partition(b"\n")
    order = _read_order(head)
    prepared = run_in_thread(_prepare, pdf, order, utc_now())
    return _pdf_response(prepared)


@blueprint.post("/sign/pdf/complete")
@limiter.limit("30 per 10 minutes")
def complete_pdf() -> ResponseReturnValue:
    """Return the signed document in the body with time stamp and validation data."""
    pdf = _read_body()
    signature = run_in_thread(read_new_signature, pdf)
    now = utc_now()
    stamper = current_authority(now)
    signer = read_signer(signature.certificate)
    data = collect_validation_data(signer, stamper.certificate, now=now)
    with unit_of_work() as work:
        completion = stamp_signature(
            work,
            pdf,
            signature,
            authority=current_ca().authority,
            stamper=stamper,
            validation_data=data,
            random=secrets.token_bytes,
            now=now,
        )
    response = _pdf_response(run_in_thread(Completion.finish, completion))
    response.headers["Signature-Level"] = completion.level
    return response


def _prepare(pdf: bytes, order: PreparationOrder, now: datetime) -> bytes:
    placement = None
    if order.corner == _IN_FIELD:
        placement = Placement(order.page, Corner.BOTTOM_RIGHT, prefers_field=True)
    elif order.corner:
        placement = Placement(order.page, Corner(order.corner))
    certificate = bytes.fromhex(order.certificate)
    return prepare(pdf, certificate, placement=placement, now=now).pdf


@blueprint.url_value_preprocessor
def _allow_documents(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Here, since the guard against foreign forms looks into the body before any view.
    request.max_content_length = _LIMITS.get(endpoint or "", _MAX_HEAD)


def _read_body() -> bytes:
    if request.mimetype != OCTETS:
        abort(415)
    return request.get_data()


def _read_order(head: bytes) -> PreparationOrder:
    if len(head) > _MAX_HEAD:
        abort(400)
    try:
        order = msgspec.convert(read_object(head), PreparationOrder)
    except (JsonError, msgspec.ValidationError):
        abort(400)
    is_known = order.corner in {"", _IN_FIELD, *Corner}
    if not is_known or not _HEXADECIMAL.fullmatch(order.certificate):
        abort(400)
    return order


def _pdf_response(pdf: bytes) -> Response:
    return Response(pdf, mimetype=PDF)
