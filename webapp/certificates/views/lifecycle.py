"""The doors: re-issue, renew, suspend, resume, revoke; each first says what it does."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.authenticators.step_up.rules import Need
from webapp.authenticators.views import step_up
from webapp.billing.service import fee
from webapp.ca.context import current_ca
from webapp.certificates import revocation
from webapp.certificates.action_facts import list_allowed_actions, require_action
from webapp.certificates.actions import Action, AllowedActions
from webapp.certificates.errors import (
    NotConfirmedError,
    ProofRefusedError,
    UnknownCertificateError,
    UnknownReasonError,
)
from webapp.certificates.models import Certificate
from webapp.certificates.proof import origin_of
from webapp.certificates.service import find
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment import replacement
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Purpose, Step
from webapp.enrolment.wizard import (
    checks_last,
    render,
    require_second_operator,
    show_step,
    steps_for,
    take_over,
    to_next,
)
from webapp.pki.crl import Reason
from webapp.pki.key_proof import MAX_SIGNATURE
from webapp.web import error_handlers
from webapp.web.security import customer_required, limiter, sitting

blueprint = Blueprint("doors", __name__)
# What a person may say; the other reasons are the centre's own.
REASONS = (
    Reason.KEY_COMPROMISE,
    Reason.AFFILIATION_CHANGED,
    Reason.CESSATION_OF_OPERATION,
)


@blueprint.get("/certificates/<certificate_id>/reissue")
@customer_required
def reissue(certificate_id: str) -> ResponseReturnValue:
    """Say what a re-issue does to the old certificate."""
    return _door_page(certificate_id, Purpose.REISSUE)


@blueprint.get("/certificates/<certificate_id>/renew")
@customer_required
def renew(certificate_id: str) -> ResponseReturnValue:
    """Say what a renewal does, costs and needs."""
    return _door_page(certificate_id, Purpose.RENEW)


@blueprint.post("/certificates/<certificate_id>/reissue")
@customer_required
def open_reissue(certificate_id: str) -> ResponseReturnValue:
    """Open the application that issues the certificate anew."""
    return _open(certificate_id, Purpose.REISSUE)


@blueprint.post("/certificates/<certificate_id>/renew")
@customer_required
def open_renewal(certificate_id: str) -> ResponseReturnValue:
    """Open the application that renews the certificate."""
    return _open(certificate_id, Purpose.RENEW)


@blueprint.get("/certificates/<certificate_id>/suspend")
@customer_required
def suspend_page(certificate_id: str) -> ResponseReturnValue:
    """Say what a suspension does."""
    found = find(session(), current_user, certificate_id)
    _require(found, Action.SUSPEND)
    return _page("suspend", found)


@blueprint.post("/certificates/<certificate_id>/suspend")
@customer_required
def suspend(certificate_id: str) -> ResponseReturnValue:
    """Suspend at once."""
    found = find(session(), current_user, certificate_id)
    revocation.suspend(session(), found, actor=None, now=utc_now())
    return _to(found)


@blueprint.get("/certificates/<certificate_id>/resume")
@customer_required
def resume_page(certificate_id: str) -> ResponseReturnValue:
    """Say what resuming does."""
    found = find(session(), current_user, certificate_id)
    _require(found, Action.RESUME)
    return _page("resume", found, **_shown())


@blueprint.post("/certificates/<certificate_id>/resume")
@customer_required
def resume(certificate_id: str) -> ResponseReturnValue:
    """Make a suspended certificate usable again, after one more check."""
    found = find(session(), current_user, certificate_id)
    if step_up.need_now() is not Need.NOTHING:
        _require(found, Action.RESUME)
        return step_up.ask("resume", found.id, {})
    revocation.resume(session(), found, actor=None, now=utc_now())
    return _to(found)


@blueprint.get("/certificates/<certificate_id>/revoke")
@customer_required
def revoke_page(certificate_id: str) -> ResponseReturnValue:
    """Ask why, for what, and whether it is meant; nothing is preset."""
    return _revoke_page(find(session(), current_user, certificate_id))


@blueprint.post("/certificates/<certificate_id>/revoke")
@customer_required
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Revoke this certificate, or all of its line, for good, after one more check."""
    found = find(session(), current_user, certificate_id)
    try:
        reason = _confirmed_reason(request.form.get("reason", ""))
    except (NotConfirmedError, UnknownReasonError) as refused:
        return _revoke_page(found, refused.code)
    every = request.form.get("scope") == "line"
    if step_up.need_now() is not Need.NOTHING:
        _line_to_revoke(found)
        scope = "line" if every else "one"
        chosen = {"reason": reason.value, "scope": scope, "confirmed": "yes"}
        return step_up.ask("revoke", found.id, chosen)
    work = revocation.revoke_lineage if every else revocation.revoke
    work(session(), found, reason=reason, actor=None, now=utc_now())
    step_up.forget()
    return _to(found)


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


def _door_page(certificate_id: str, purpose: Purpose) -> ResponseReturnValue:
    found, now = find(session(), current_user, certificate_id), utc_now()
    _require(found, Action(purpose))
    cert_type = current_ca().types[found.type_id]
    return _page(
        purpose,
        found,
        fee=fee(current_ca().types, found.type_id, purpose),
        valid_until=replacement.period(cert_type, found, purpose, now).not_after,
        blocking_application=replacement.blocking_application(
            session(), current_user, found, purpose, now
        ),
    )


def _open(certificate_id: str, purpose: Purpose) -> ResponseReturnValue:
    found = find(session(), current_user, certificate_id)
    require_second_operator()
    with unit_of_work() as work:
        opened = replacement.start_replacement(
            work,
            current_user,
            found,
            purpose=purpose,
            sitting=sitting(),
            checks_last=checks_last(),
            types=current_ca().types,
            now=utc_now(),
        )
    return redirect(url_for("applications.go_on", application_id=opened))


def _page(door: str, certificate: Certificate, **context: Any) -> str:
    return render_template(
        f"certificates/lifecycle/{door}.html",
        certificate=certificate,
        can=_allowed(certificate),
        now=utc_now(),
        **context,
    )


def _revoke_page(
    certificate: Certificate, refused: str | None = None
) -> ResponseReturnValue:
    line = _line_to_revoke(certificate)
    answer = error_handlers.error_message(refused) if refused else None
    page = _page(
        "revoke",
        certificate,
        refused=answer,
        line=line,
        reasons=REASONS,
        chosen=request.form or step_up.kept("revoke", certificate.id),
        **_shown(),
    )
    return page, answer.status if answer else 200


def _line_to_revoke(certificate: Certificate) -> list[Certificate]:
    _require(certificate, Action.REVOKE)
    return revocation.usable_of_line(session(), certificate, utc_now())


def _require(certificate: Certificate, action: Action) -> None:
    types = current_ca().types
    require_action(session(), certificate, action, types=types, now=utc_now())


def _allowed(certificate: Certificate) -> AllowedActions:
    types = current_ca().types
    allowed = list_allowed_actions(session(), [certificate], types, utc_now())
    return allowed[certificate.id]


def _shown() -> dict[str, Any]:
    """Return what a page says of the check before an act."""
    needed = step_up.need_now()
    return {"needed": needed.value, "checked": step_up.minutes_since()}


def _confirmed_reason(wanted: str) -> Reason:
    reason = reason_in(wanted)
    if request.form.get("confirmed") != "yes":
        raise NotConfirmedError
    return reason


def reason_in(wanted: str) -> Reason:
    """Return the reason that a person chose.

    Raises:
        UnknownReasonError: it is none of those shown.
    """
    if wanted not in REASONS:
        raise UnknownReasonError
    return Reason(wanted)


def _proof_page(application: Application) -> ResponseReturnValue:
    if application.proved_at is not None or application.proof_challenge is None:
        return to_next(application)
    before = replacement.predecessor_of(session(), application)
    if before is None:  # nothing removes certificates
        raise UnknownCertificateError
    return render(
        application,
        Step.PROOF,
        before=before,
        fingerprint=before.fingerprint,
        origin=origin(),
        can=_allowed(before),
    )


def _to(certificate: Certificate) -> ResponseReturnValue:
    where = url_for("certificates.show", certificate_id=certificate.id)
    return redirect(where, 303)


def _signature() -> bytes:
    if (request.content_length or 0) > MAX_SIGNATURE:
        raise ProofRefusedError
    return request.get_data()


def origin() -> str:
    """Return the origin of the page that this request comes from."""
    return origin_of(request.host_url, current_ca().config.public_url)
