"""Certificates at the counter: list, look, suspend, resume, revoke."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from webapp.ca.context import current_ca
from webapp.certificates.action_facts import list_allowed_actions, require_action
from webapp.certificates.actions import Action
from webapp.certificates.lifecycle import CertificateStatus, Initiator, status_at
from webapp.certificates.models import Certificate
from webapp.certificates.records.copies import latest_copies
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra.access import (
    CAN_SERVE,
    CAN_VIEW,
    blueprint,
    current_operator,
    query_days,
    query_text,
    redirect_to_customer,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.certificates import certificate_actions, certificate_list
from webapp.ra.customers import customer_actions, customer_record
from webapp.ra.errors import NotConfirmedError
from webapp.ra.views.confirmation import (
    ask,
    ask_second,
    asks_again,
    justification,
    needs_second_operator,
)
from webapp.web.pagination import Cursor, parse_cursor


@blueprint.get("/certificates")
@role_required(CAN_VIEW)
def certificates() -> ResponseReturnValue:
    """Show a page of certificates."""
    page = certificate_list.list_certificates(
        session(), _filters(), _cursor(), utc_now()
    )
    asked = {
        name: query_text(name)
        for name in ("status", "type", "from", "to", "q")
        if query_text(name)
    }

    def address_of(name: str, cursor: Cursor | None) -> str:
        query: dict[str, Any] = {**asked, name: str(cursor)}
        return url_for("ra.certificates", **query)

    return render(
        "certificates",
        page=page,
        asked=asked,
        newer=address_of("newer", page.newer) if page.newer else None,
        older=address_of("older", page.older) if page.older else None,
        types=current_ca().types,
        statuses=tuple(CertificateStatus),
        status_of=status_at,
    )


@blueprint.get("/certificates/<certificate_id>")
@role_required(CAN_VIEW)
def certificate(certificate_id: str) -> ResponseReturnValue:
    """Show one certificate and what can be done with it."""
    certificate = certificate_actions.find(session(), certificate_id)
    owner, now = customer_actions.find(session(), certificate.customer_id), utc_now()
    by_counter = Initiator.COUNTER
    allowed = list_allowed_actions(
        session(), [certificate], current_ca().types, now, by_counter
    )
    return render(
        "certificate",
        certificate=certificate,
        before=customer_record.predecessor_of(session(), certificate),
        last_keeping=latest_copies(session(), [certificate.id]).get(certificate.id),
        customer=owner,
        is_own=current_operator().customer_id == owner.id,
        can=allowed[certificate.id],
    )


@blueprint.get("/certificates/<certificate_id>/suspend")
@role_required(CAN_SERVE)
def ask_suspend(certificate_id: str, **context: Any) -> str:
    """Ask before a certificate is suspended."""
    certificate = certificate_actions.find(session(), certificate_id)
    _require(certificate, Action.SUSPEND)
    return _ask(Act.SUSPEND, certificate, **context)


@blueprint.post("/certificates/<certificate_id>/suspend")
@role_required(CAN_SERVE)
@asks_again(ask_suspend)
def suspend(certificate_id: str) -> ResponseReturnValue:
    """Suspend a certificate at once."""
    certificate = certificate_actions.find(session(), certificate_id)
    reason = justification(Act.SUSPEND)
    with unit_of_work() as work:
        certificate_actions.suspend(
            work, current_operator(), certificate, justification=reason, now=utc_now()
        )
    return redirect_to_customer(certificate.customer_id, "suspended")


@blueprint.post("/certificates/<certificate_id>/resume")
@role_required(CAN_SERVE)
def resume(certificate_id: str) -> ResponseReturnValue:
    """Lift a suspension that the counter placed."""
    certificate = certificate_actions.find(session(), certificate_id)
    with unit_of_work() as work:
        certificate_actions.resume(work, current_operator(), certificate, utc_now())
    return redirect_to_customer(certificate.customer_id, "resumed")


@blueprint.get("/certificates/<certificate_id>/revoke")
@role_required(CAN_SERVE)
def ask_revoke(certificate_id: str, **context: Any) -> str:
    """Ask before a certificate is revoked for good."""
    certificate = certificate_actions.find(session(), certificate_id)
    _require(certificate, Action.REVOKE)
    return _ask(Act.REVOKE, certificate, template="ask_revoke", **context)


@blueprint.post("/certificates/<certificate_id>/revoke")
@role_required(CAN_SERVE)
@asks_again(ask_revoke)
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Revoke a certificate for good, after a tick that says so."""
    certificate = certificate_actions.find(session(), certificate_id)
    reason = justification(Act.REVOKE)
    if request.form.get("confirmed") != "yes":
        raise NotConfirmedError
    whole = request.form.get("extent") == "line"
    if needs_second_operator(Act.REVOKE):
        owner = customer_actions.find(session(), certificate.customer_id)
        target, extent = certificate.id, "line" if whole else "one"
        return ask_second(Act.REVOKE, owner, reason, target=target, extent=extent)
    with unit_of_work() as work:
        certificate_actions.revoke(
            work,
            current_operator(),
            certificate,
            justification=reason,
            whole_line=whole,
            now=utc_now(),
        )
    return redirect_to_customer(certificate.customer_id, "revoked")


def _require(certificate: Certificate, action: Action) -> None:
    require_action(
        session(),
        certificate,
        action,
        types=current_ca().types,
        now=utc_now(),
        initiator=Initiator.COUNTER,
    )


def _ask(act: Act, certificate: Certificate, **context: Any) -> str:
    owner, now = customer_actions.find(session(), certificate.customer_id), utc_now()
    life = status_at(certificate.life, now)
    return ask(act, customer=owner, certificate=certificate, status=life, **context)


def _filters() -> certificate_list.Filters:
    status = query_text("status")
    since, before = query_days()
    return certificate_list.Filters(
        status=CertificateStatus(status)
        if status in tuple(CertificateStatus)
        else None,
        type_id=query_text("type", 40),
        issued_from=since,
        issued_before=before,
        text=query_text("q"),
    )


def _cursor() -> Cursor | None:
    older, newer = query_text("older", 100), query_text("newer", 100)
    if newer:
        return parse_cursor(newer, back=True)
    return parse_cursor(older, back=False)
