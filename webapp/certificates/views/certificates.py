"""A customer's certificates: one on its page, as a file, or sent to another device."""

import re
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mobile_bridge.pki.short_number import short_number
from webapp.ca.context import current_ca
from webapp.certificates import lifecycle, service
from webapp.certificates.action_facts import list_allowed_actions
from webapp.certificates.actions import Action
from webapp.certificates.display import (
    centre_details,
    describe_copy,
    display_details,
    issuer_display_name,
    lacks_vid,
    place_names,
    storage_text,
)
from webapp.certificates.errors import ResumedTooOftenError
from webapp.certificates.models import Certificate
from webapp.certificates.records.copies import present_copies
from webapp.certificates.summary import CertificateSummary, summarise
from webapp.clock import utc_now
from webapp.db import session
from webapp.web import error_handlers, login_session
from webapp.web.security import customer_required

blueprint = Blueprint("certificates", __name__)
blueprint.add_app_template_filter(short_number, "short_number")
blueprint.add_app_template_global(display_details)
blueprint.add_app_template_global(issuer_display_name)
blueprint.add_app_template_global(centre_details)
blueprint.add_app_template_global(storage_text)
blueprint.add_app_template_global(lacks_vid)
blueprint.add_app_template_global(describe_copy)
blueprint.add_app_template_global(place_names)


@blueprint.get("/certificates/<certificate_id>")
@customer_required
def show(certificate_id: str) -> ResponseReturnValue:
    """Show one certificate in plain words."""
    now, certificate = utc_now(), service.find(session(), current_user, certificate_id)
    summaries = own_summaries(now)
    card = next(
        summary for summary in summaries if summary.certificate.id == certificate.id
    )
    denial = card.actions.denial_reasons.get(Action.RESUME)
    is_too_often = isinstance(denial, ResumedTooOftenError)
    return render_template(
        "certificates/show.html",
        card=card,
        denial=error_handlers.message_of(denial) if denial and is_too_often else None,
        certificate=certificate,
        copies=present_copies(session(), certificate),
        now=now,
    )


@blueprint.get("/certificates/<certificate_id>.cer")
@customer_required
def download(certificate_id: str) -> ResponseReturnValue:
    """Hand out the certificate itself, DER, without any key."""
    certificate = service.find(session(), current_user, certificate_id)
    name = f'attachment; filename="certificate-{short_number(certificate.serial)}.cer"'
    headers = {"Content-Type": PKIX_CERT, "Content-Disposition": name}
    return certificate.der or b"", 200, headers


@blueprint.get("/certificates/<certificate_id>/send")
@customer_required
def send(certificate_id: str) -> ResponseReturnValue:
    """Lead to the page that sends this certificate to another device."""
    certificate = service.find(session(), current_user, certificate_id)
    asked = request.args.get("receipt", "")
    receipt = asked if _APPLICATION_ID.fullmatch(asked) else None
    keep = "copy" if request.args.get("keep") == "copy" else None
    # By its hash: the browser's copy may have come from another device.
    return redirect(
        url_for(
            "bridge.move",
            certificate=certificate.fingerprint,
            receipt=receipt,
            keep=keep,
        )
    )


@blueprint.get("/sign-out")
@customer_required
def leave() -> ResponseReturnValue:
    """Before a sign-out on a device of several people: what of one's own stays."""
    return render_template("wallet/leaving.html")


def own_summaries(now: datetime) -> list[CertificateSummary]:
    """Return what the signed-in customer sees of each certificate, the newest first."""
    certificates = service.list_for_customer(session(), current_user)
    allowed = list_allowed_actions(session(), certificates, current_ca().types, now)
    return summarise(certificates, allowed)


@blueprint.app_template_global("own_certificates")
def own_certificates() -> list[str]:
    """Return which certificates are the signed-in customer's, as a store names them."""
    if not login_session.customer_signed_in():
        return []
    return [
        certificate.fingerprint
        for certificate in service.list_for_customer(session(), current_user)
    ]


@blueprint.get("/certificates/of/<fingerprint>")
@customer_required
def show_by_fingerprint(fingerprint: str) -> ResponseReturnValue:
    """Lead to the page of a certificate that a browser keeps and knows by its hash."""
    certificate = service.find_by_fingerprint(session(), current_user, fingerprint)
    return redirect(url_for("certificates.show", certificate_id=certificate.id))


@blueprint.app_template_global("is_phone_only")
def is_phone_only(type_id: str | None) -> bool:
    """Tell a page whether the keys of a type stay on the phone that made them."""
    return current_ca().is_phone_only(type_id)


@blueprint.app_template_global("status_of")
def status_of(certificate: Certificate, now: datetime) -> str:
    """Return for a page what a certificate is at `now`."""
    return lifecycle.status_at(certificate.life, now)


_APPLICATION_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
PKIX_CERT = "application/pkix-cert"  # RFC 2585 section 4.1
