"""A customer's certificates: list, one, issue, deliver, send."""

import re
from datetime import datetime

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mobile_bridge.pki.short_number import short_number
from mobile_bridge.server.user_agent import describe_user_agent
from webapp.accounts.context import current_second_operator_rule
from webapp.ca.context import current_ca
from webapp.certificates import lifecycle, service
from webapp.certificates.action_facts import list_allowed_actions
from webapp.certificates.actions import Action
from webapp.certificates.errors import ResumedTooOftenError
from webapp.certificates.face import about_centre, centre_called, exact_of, kept_words
from webapp.certificates.labels import CHANGED
from webapp.certificates.models import Certificate
from webapp.certificates.summary import Card, cards
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment.context import current_issuer
from webapp.enrolment.guards import is_issued
from webapp.enrolment.issuance_request import Order
from webapp.enrolment.requirements import asked_of, asked_of_anybody
from webapp.enrolment.service import find_declined, find_in_progress, steps_for
from webapp.enrolment.steps import next_step
from webapp.exceptions import AppError, ErrorMessage
from webapp.notifications.changes import recent_changes, require_free
from webapp.values.email_address import mail_problem
from webapp.web import error_handlers, login_session
from webapp.web.json_body import read_json
from webapp.web.security import customer_required, sitting

blueprint = Blueprint("certificates", __name__)


class DeliveryReport(msgspec.Struct, frozen=True):
    """Where the browser keeps a certificate."""

    place: str = ""


blueprint.add_app_template_filter(short_number, "short_number")
blueprint.add_app_template_global(exact_of)
blueprint.add_app_template_global(centre_called)
blueprint.add_app_template_global(about_centre)
blueprint.add_app_template_global(kept_words)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Show the first page, or what the signed-in person has."""
    if not login_session.customer_signed_in():
        return render_template("certificates/welcome.html", asked=asked_of_anybody())
    now = utc_now()
    found = service.of_customer(session(), current_user)
    return render_template(
        "certificates/list.html",
        cards=_cards(found, now),
        in_progress=_in_progress(now),
        declined=find_declined(session(), current_user),
        changes=recent_changes(session(), current_user.id, now),
        changed_said=CHANGED,
        held=_held(now),
        asked=asked_of(session(), current_user, now),
        mail_problem=mail_problem(current_user.email),
        now=now,
    )


@blueprint.post("/certificates")
@customer_required
def issue() -> ResponseReturnValue:
    """Issue a certificate for the PKCS#10 request in the body."""
    order = Order(
        application_id=request.headers.get("Application-Id", ""),
        sitting=sitting(),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        request=request.get_data(),
    )
    issued = current_issuer().issue(session(), current_user, order, utc_now())
    where = url_for("certificates.show", certificate_id=issued.id)
    return issued.der or b"", 201, {"Content-Type": PKIX_CERT, "Location": where}


@blueprint.post("/certificates/<certificate_id>/delivered")
@customer_required
def delivered(certificate_id: str) -> ResponseReturnValue:
    """Note that the browser keeps the certificate and read it back."""
    found = service.find(session(), current_user, certificate_id)
    device = describe_user_agent(request.user_agent.string)
    place = read_json(DeliveryReport, max_bytes=MAX_PLACE_BODY).place
    with unit_of_work() as work:
        service.deliver(work, found, place=place, now=utc_now(), device=device)
    return "", 204


@blueprint.get("/certificates/<certificate_id>")
@customer_required
def show(certificate_id: str) -> ResponseReturnValue:
    """Show one certificate in plain words."""
    now, found = utc_now(), service.find(session(), current_user, certificate_id)
    every = service.of_customer(session(), current_user)
    card = next(each for each in _cards(every, now) if each.certificate.id == found.id)
    denial = card.actions.denial_reasons.get(Action.RESUME)
    is_too_often = isinstance(denial, ResumedTooOftenError)
    return render_template(
        "certificates/show.html",
        card=card,
        denial=_message(denial) if denial and is_too_often else None,
        certificate=found,
        now=now,
    )


@blueprint.get("/certificates/<certificate_id>.cer")
@customer_required
def download(certificate_id: str) -> ResponseReturnValue:
    """Hand out the certificate itself, DER, without any key."""
    found = service.find(session(), current_user, certificate_id)
    name = f'attachment; filename="certificate-{short_number(found.serial)}.cer"'
    headers = {"Content-Type": PKIX_CERT, "Content-Disposition": name}
    return found.der or b"", 200, headers


@blueprint.get("/certificates/<certificate_id>/send")
@customer_required
def send(certificate_id: str) -> ResponseReturnValue:
    """Lead to the page that sends this certificate to another device."""
    found = service.find(session(), current_user, certificate_id)
    asked = request.args.get("receipt", "")
    receipt = asked if _APPLICATION_ID.fullmatch(asked) else None
    # By its hash: the browser's copy may have come from another device.
    return redirect(
        url_for("bridge.move", certificate=found.fingerprint, receipt=receipt)
    )


@blueprint.get("/wallet")
def wallet() -> ResponseReturnValue:
    """Show what this browser keeps; the centre does not know what that is."""
    return render_template("wallet/wallet.html")


@blueprint.get("/sign-out")
@customer_required
def leave() -> ResponseReturnValue:
    """Before a sign-out on a device of several people: what of one's own stays."""
    return render_template("wallet/leaving.html")


@blueprint.app_template_global("own_certificates")
def own_certificates() -> list[str]:
    """Return which certificates are the signed-in customer's, as a store names them."""
    if not login_session.customer_signed_in():
        return []
    return [each.fingerprint for each in service.of_customer(session(), current_user)]


@blueprint.get("/certificates/of/<fingerprint>")
@customer_required
def show_by_fingerprint(fingerprint: str) -> ResponseReturnValue:
    """Lead to the page of a certificate that a browser keeps and knows by its hash."""
    found = service.find_by_fingerprint(session(), current_user, fingerprint)
    return redirect(url_for("certificates.show", certificate_id=found.id))


@blueprint.app_template_global("status_of")
def status_of(certificate: Certificate, now: datetime) -> str:
    """Return for a page what a certificate is at `now`."""
    return lifecycle.status(certificate.life, now)


def _cards(certificates: list[Certificate], now: datetime) -> list[Card]:
    allowed = list_allowed_actions(session(), certificates, current_ca().types, now)
    return cards(certificates, allowed)


def _message(error: AppError) -> ErrorMessage:
    return error_handlers.with_details(
        error_handlers.error_message(error.code), error.details
    )


def _held(now: datetime) -> ErrorMessage | None:
    """Return why this person gets no certificate now, if the counter is the cause."""
    rule = current_second_operator_rule()
    try:
        require_free(session(), current_user.id, rule, now)
    except AppError as error:
        return _message(error)
    return None


def _in_progress(now: datetime) -> dict[str, object] | None:
    """Return what the customer began and can go on with, and where it stands."""
    application = find_in_progress(session(), current_user, now)
    if application is None:
        return None
    steps = steps_for(application, current_issuer().checks, current_ca().types)
    return {
        "application": application,
        "step": next_step(steps, application.passed),
        "is_issued": is_issued(session(), application),
        "waits": bool(application.approval_asked_at and not application.approved_at),
    }


_APPLICATION_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
MAX_PLACE_BODY = 100
PKIX_CERT = "application/pkix-cert"  # RFC 2585 section 4.1
