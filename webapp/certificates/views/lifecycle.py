"""Suspend, resume and revoke one's own; each page first says what it does."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.authenticators.step_up.rules import Need
from webapp.authenticators.views import step_up
from webapp.ca.context import current_ca
from webapp.certificates import revocation
from webapp.certificates.action_facts import list_allowed_actions, require_action
from webapp.certificates.actions import Action, AllowedActions
from webapp.certificates.errors import NotConfirmedError, UnknownReasonError
from webapp.certificates.models import Certificate
from webapp.certificates.proof import origin_of
from webapp.certificates.service import find
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.pki.crl import ReasonCode
from webapp.web import error_handlers
from webapp.web.security import customer_required

blueprint = Blueprint("lifecycle", __name__)
# What a person may say; the other reasons are the centre's own.
REASONS = (
    ReasonCode.KEY_COMPROMISE,
    ReasonCode.AFFILIATION_CHANGED,
    ReasonCode.CESSATION_OF_OPERATION,
)


@blueprint.get("/certificates/<certificate_id>/suspend")
@customer_required
def suspend_page(certificate_id: str) -> ResponseReturnValue:
    """Say what a suspension does."""
    certificate = find(session(), current_user, certificate_id)
    require_now(certificate, Action.SUSPEND)
    return render_action("suspend", certificate)


@blueprint.post("/certificates/<certificate_id>/suspend")
@customer_required
def suspend(certificate_id: str) -> ResponseReturnValue:
    """Suspend at once."""
    certificate = find(session(), current_user, certificate_id)
    with unit_of_work() as work:
        revocation.suspend(work, certificate, actor=None, now=utc_now())
    return _to(certificate)


@blueprint.get("/certificates/<certificate_id>/resume")
@customer_required
def resume_page(certificate_id: str) -> ResponseReturnValue:
    """Say what resuming does."""
    certificate = find(session(), current_user, certificate_id)
    require_now(certificate, Action.RESUME)
    return render_action("resume", certificate, **_shown())


@blueprint.post("/certificates/<certificate_id>/resume")
@customer_required
def resume(certificate_id: str) -> ResponseReturnValue:
    """Make a suspended certificate usable again, after one more check."""
    certificate = find(session(), current_user, certificate_id)
    if step_up.need_now() is not Need.NOTHING:
        require_now(certificate, Action.RESUME)
        return step_up.ask("resume", certificate.id, {})
    with unit_of_work() as work:
        revocation.resume(work, certificate, actor=None, now=utc_now())
    return _to(certificate)


@blueprint.get("/certificates/<certificate_id>/revoke")
@customer_required
def revoke_page(certificate_id: str) -> ResponseReturnValue:
    """Ask why, for what, and whether it is meant; nothing is preset."""
    return _revoke_page(find(session(), current_user, certificate_id))


@blueprint.post("/certificates/<certificate_id>/revoke")
@customer_required
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Revoke this certificate, or all of its line, for good, after one more check."""
    certificate = find(session(), current_user, certificate_id)
    try:
        reason = _confirmed_reason(request.form.get("reason", ""))
    except (NotConfirmedError, UnknownReasonError) as refused:
        return _revoke_page(certificate, refused.code)
    every = request.form.get("scope") == "line"
    if step_up.need_now() is not Need.NOTHING:
        _line_to_revoke(certificate)
        scope = "line" if every else "one"
        chosen = {"reason": reason.value, "scope": scope, "confirmed": "yes"}
        return step_up.ask("revoke", certificate.id, chosen)
    revoke_now = revocation.revoke_lineage if every else revocation.revoke
    with unit_of_work() as work:
        revoke_now(work, certificate, reason=reason, actor=None, now=utc_now())
    step_up.forget()
    return _to(certificate)


def render_action(
    action: str,
    certificate: Certificate,
    *,
    folder: str = "certificates/lifecycle",
    **context: Any,
) -> str:
    """Return the page that says what an action does to a certificate."""
    return render_template(
        f"{folder}/{action}.html",
        certificate=certificate,
        can=allowed_now(certificate),
        now=utc_now(),
        **context,
    )


def _revoke_page(
    certificate: Certificate, refused: str | None = None
) -> ResponseReturnValue:
    line = _line_to_revoke(certificate)
    answer = error_handlers.error_message(refused) if refused else None
    page = render_action(
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
    require_now(certificate, Action.REVOKE)
    return revocation.active_in_lineage(session(), certificate, utc_now())


def require_now(certificate: Certificate, action: Action) -> None:
    """Refuse an action that its holder may not do with a certificate now.

    Raises:
        LifecycleError: as `actions.require_allowed` says.
    """
    types = current_ca().types
    require_action(session(), certificate, action, types=types, now=utc_now())


def allowed_now(certificate: Certificate) -> AllowedActions:
    """Return what its holder may do with a certificate now."""
    types = current_ca().types
    allowed = list_allowed_actions(session(), [certificate], types, utc_now())
    return allowed[certificate.id]


def _shown() -> dict[str, Any]:
    """Return what a page says of the check before an act."""
    needed = step_up.need_now()
    return {"needed": needed.value, "checked": step_up.minutes_since()}


def _confirmed_reason(reason_code: str) -> ReasonCode:
    reason = reason_in(reason_code)
    if request.form.get("confirmed") != "yes":
        raise NotConfirmedError
    return reason


def reason_in(reason_code: str) -> ReasonCode:
    """Return the reason that a person chose.

    Raises:
        UnknownReasonError: it is none of those shown.
    """
    if reason_code not in REASONS:
        raise UnknownReasonError
    return ReasonCode(reason_code)


def _to(certificate: Certificate) -> ResponseReturnValue:
    where = url_for("certificates.show", certificate_id=certificate.id)
    return redirect(where, 303)


def origin() -> str:
    """Return the origin of the page that this request comes from."""
    return origin_of(request.host_url, current_ca().config.public_url)
