"""Re-issue and renew: what each does, its application, and the proof by the old key."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.billing.service import fee_krw
from webapp.ca.context import current_ca
from webapp.certificates.actions import Action
from webapp.certificates.errors import ProofRefusedError, UnknownCertificateError
from webapp.certificates.lifecycle import Purpose
from webapp.certificates.service import find
from webapp.certificates.views.lifecycle import (
    allowed_now,
    origin,
    render_action,
    require_now,
)
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment.issuing import replacement
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.enrolment.wizard import (
    checks_last,
    redirect_to_step,
    render,
    require_second_operator,
    show_step,
    steps_for,
    take_over,
)
from webapp.pki.key_proof import MAX_SIGNATURE
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import customer_required, login_session_id

blueprint = Blueprint("replacement", __name__)


@blueprint.get("/certificates/<certificate_id>/reissue")
@customer_required
def reissue(certificate_id: str) -> ResponseReturnValue:
    """Say what a re-issue does to the old certificate."""
    return _explain(certificate_id, Purpose.REISSUE)


@blueprint.get("/certificates/<certificate_id>/renew")
@customer_required
def renew(certificate_id: str) -> ResponseReturnValue:
    """Say what a renewal does, costs and needs."""
    return _explain(certificate_id, Purpose.RENEW)


@blueprint.post("/certificates/<certificate_id>/reissue")
@customer_required
def open_reissue(certificate_id: str) -> ResponseReturnValue:
    """Open the application that issues the certificate anew."""
    return _start(certificate_id, Purpose.REISSUE)


@blueprint.post("/certificates/<certificate_id>/renew")
@customer_required
def open_renewal(certificate_id: str) -> ResponseReturnValue:
    """Open the application that renews the certificate."""
    return _start(certificate_id, Purpose.RENEW)


@blueprint.get("/applications/<application_id>/proof")
@customer_required
def proof_page(application_id: str) -> ResponseReturnValue:
    """Let the browser prove that it has the old key."""
    return show_step(application_id, Step.PROOF, _proof_page)


@blueprint.post("/applications/<application_id>/proof")
@customer_required
@limiter.limit("30 per 10 minutes", key_func=lambda: f"proof:{current_user.id}")
def prove(application_id: str) -> ResponseReturnValue:
    """Check the old key's signature, sent as bytes."""
    application, signature = take_over(application_id), _signature()
    with unit_of_work() as work:
        replacement.prove_possession(
            work,
            application,
            signature=signature,
            origin=origin(),
            steps=steps_for(application),
            types=current_ca().types,
            now=utc_now(),
        )
    return "", 204


def _explain(certificate_id: str, purpose: Purpose) -> ResponseReturnValue:
    certificate, now = find(session(), current_user, certificate_id), utc_now()
    require_now(certificate, Action(purpose))
    cert_type = current_ca().types[certificate.type_id]
    return render_action(
        purpose,
        certificate,
        folder="enrolment",
        fee=fee_krw(current_ca().types, certificate.type_id, purpose),
        valid_until=replacement.validity_period(
            cert_type, certificate, purpose, now
        ).not_after,
        blocking_application=replacement.blocking_application(
            session(), current_user, certificate, purpose, now
        ),
    )


def _start(certificate_id: str, purpose: Purpose) -> ResponseReturnValue:
    certificate = find(session(), current_user, certificate_id)
    require_second_operator()
    with unit_of_work() as work:
        opened = replacement.start_replacement(
            work,
            current_user,
            certificate,
            purpose=purpose,
            login_session_id=login_session_id(),
            checks_last=checks_last(),
            types=current_ca().types,
            now=utc_now(),
        )
    return redirect(url_for("applications.go_on", application_id=opened))


def _proof_page(application: Application) -> ResponseReturnValue:
    if application.proved_at is not None or application.proof_challenge is None:
        return redirect_to_step(application)
    before = replacement.find_predecessor(session(), application)
    if before is None:  # nothing removes certificates
        raise UnknownCertificateError
    return render(
        application,
        Step.PROOF,
        before=before,
        fingerprint=before.fingerprint,
        origin=origin(),
        can=allowed_now(before),
    )


def _signature() -> bytes:
    if (request.content_length or 0) > MAX_SIGNATURE:
        raise ProofRefusedError
    return request.get_data()
