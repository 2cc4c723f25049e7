"""A customer's certificates: list, one, issue, deliver, send."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.centre import centre
from webapp.certificates import service
from webapp.certificates.issuing import Order
from webapp.clock import utc_now
from webapp.db import session
from webapp.security import sign_in_required

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Show the first page, or what the signed-in person has."""
    if not (current_user.is_authenticated and current_user.is_customer):
        return render_template("certificates/welcome.html")
    found = service.of_customer(session(), current_user)
    return render_template("certificates/list.html", certificates=found, now=utc_now())


@blueprint.post("/certificates")
@sign_in_required
def issue() -> ResponseReturnValue:
    """Issue a certificate for the PKCS#10 request in the body."""
    order = Order(
        application_id=request.headers.get("Application-Id", ""),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        request=request.get_data(),
    )
    issued = centre().issuer.issue(session(), current_user, order, utc_now())
    where = url_for("certificates.show", certificate_id=issued.id)
    return issued.der or b"", 201, {"Content-Type": PKIX_CERT, "Location": where}


@blueprint.post("/certificates/<certificate_id>/delivered")
@sign_in_required
def delivered(certificate_id: str) -> ResponseReturnValue:
    """Note that the browser keeps the certificate and read it back."""
    found = service.find(session(), current_user, certificate_id)
    service.deliver(session(), found, place=_place(), now=utc_now())
    return "", 204


@blueprint.get("/certificates/<certificate_id>")
@sign_in_required
def show(certificate_id: str) -> ResponseReturnValue:
    """Show one certificate in plain words."""
    found = service.find(session(), current_user, certificate_id)
    return render_template("certificates/show.html", certificate=found, now=utc_now())


@blueprint.get("/certificates/<certificate_id>.cer")
@sign_in_required
def download(certificate_id: str) -> ResponseReturnValue:
    """Hand out the certificate itself, DER, without any key."""
    found = service.find(session(), current_user, certificate_id)
    name = f'attachment; filename="certificate-{found.serial[:8]}.cer"'
    headers = {"Content-Type": PKIX_CERT, "Content-Disposition": name}
    return found.der or b"", 200, headers


@blueprint.get("/certificates/<certificate_id>/send")
@sign_in_required
def send(certificate_id: str) -> ResponseReturnValue:
    """Lead to the page that sends this certificate to another device."""
    found = service.find(session(), current_user, certificate_id)
    return redirect(url_for("bridge.move", certificate=found.id))


@blueprint.get("/wallet")
def wallet() -> ResponseReturnValue:
    """Show what this browser keeps; the centre does not know what that is."""
    return render_template("wallet/wallet.html")


def _place() -> str:
    # Nothing nested gets to the parser: the one real body is this short.
    short = (request.content_length or 0) <= MAX_PLACE_BODY
    body = request.get_json(silent=True) if short else None
    return str(body.get("place")) if isinstance(body, dict) else ""


MAX_PLACE_BODY = 100
PKIX_CERT = "application/pkix-cert"  # RFC 2585 section 4.1
