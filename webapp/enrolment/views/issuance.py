"""The end of an application: issue the certificate, confirm it stored, its receipt."""

import base64

import msgspec
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mobile_bridge.core.order import write_order
from mobile_bridge.server.user_agent import describe_user_agent, device_type
from webapp.ca.context import current_ca
from webapp.certificates.labels import CHARGE_LABELS
from webapp.certificates.service import find, find_by_application
from webapp.certificates.views.certificates import PKIX_CERT
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment import service
from webapp.enrolment.errors import RandomNumberUnreadableError
from webapp.enrolment.issuing.context import current_issuer
from webapp.enrolment.issuing.issuance_request import IssuanceRequest
from webapp.enrolment.issuing.phone_order import order_for
from webapp.enrolment.issuing.receipts import receipt_of
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.enrolment.wizard import redirect_to_step, render, show_step
from webapp.web.json_body import read_json
from webapp.web.security import customer_required, login_session_id

blueprint = Blueprint("issuance", __name__)
MAX_STORAGE_BODY = 100  # bytes
SEALED_RANDOM_NUMBER = "Sealed-Random-Number"  # in base64


class StorageReport(msgspec.Struct, frozen=True):
    """Where the browser stored a new certificate."""

    place: str = ""


@blueprint.post("/certificates")
@customer_required
def issue() -> ResponseReturnValue:
    """Issue a certificate for the PKCS#10 request in the body.

    What is reserved is committed before it is signed (docs/issuing.md, step 6).
    """
    issuer, order, now = current_issuer(), _order(), utc_now()
    with unit_of_work() as work:
        reserved = issuer.reserve(work, current_user, order, now)
    with unit_of_work() as work:
        issued = issuer.finish(work, reserved, now)
    where = url_for("certificates.show", certificate_id=issued.id)
    return issued.signed_der, 201, {"Content-Type": PKIX_CERT, "Location": where}


@blueprint.get("/applications/<application_id>/on-phone")
@customer_required
def on_phone(application_id: str) -> ResponseReturnValue:
    """Show the code with which a phone makes the key of this application."""
    return show_step(application_id, Step.KEEP, _on_phone_page)


@blueprint.post("/certificates/<certificate_id>/delivered")
@customer_required
def delivered(certificate_id: str) -> ResponseReturnValue:
    """Note that the browser stored the certificate and read it back."""
    certificate = find(session(), current_user, certificate_id)
    place = read_json(StorageReport, max_bytes=MAX_STORAGE_BODY).place
    device = describe_user_agent(request.user_agent.string)
    with unit_of_work() as work:
        service.confirm_stored(
            work,
            certificate,
            place=place,
            now=utc_now(),
            device=device,
            is_phone_only=current_ca().is_phone_only(certificate.type_id),
        )
    return "", 204


@blueprint.get("/certificates/<certificate_id>/receipt")
@customer_required
def receipt(certificate_id: str) -> ResponseReturnValue:
    """Show what was issued, on one page that can be printed."""
    certificate = find(session(), current_user, certificate_id)
    return render_template(
        "enrolment/receipt.html",
        receipt=receipt_of(session(), certificate),
        charged=CHARGE_LABELS,
        now=utc_now(),
    )


def _on_phone_page(application: Application) -> ResponseReturnValue:
    if application.delivered_at is not None:
        return redirect_to_step(application)
    issued = find_by_application(session(), application.id)
    ordered = order_for(current_issuer(), application, current_user, issued=issued)
    return render(
        application,
        Step.KEEP,
        template="on-phone",
        order=write_order(ordered).decode(),
        device=device_type(request.user_agent.string),
    )


def _order() -> IssuanceRequest:
    return IssuanceRequest(
        application_id=request.headers.get("Application-Id", ""),
        login_session_id=login_session_id(),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        request=request.get_data(),
        sealed_random_number=_sealed_random_number(),
    )


def _sealed_random_number() -> bytes:
    """Return what the browser sealed for the CA; empty where it sent nothing."""
    text = request.headers.get(SEALED_RANDOM_NUMBER, "")
    try:
        sealed = base64.b64decode(text, validate=True)
    except ValueError:
        raise RandomNumberUnreadableError from None
    return sealed
