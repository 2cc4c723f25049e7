"""Institutions at the counter: registered, changed, and ended with a reason."""

import secrets
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra.access import (
    CAN_MANAGE,
    blueprint,
    current_operator,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.approvals.four_eyes import INSTITUTIONS
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.errors import OwnChangeError
from webapp.ra.operators import lookup
from webapp.ra.views.confirmation import ask, asks_again, justification
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.messages import (
    FAILURE_LABELS,
    KIND_LABELS,
    OUTCOME_LABELS,
)
from webapp.relying.institutions import rules, service
from webapp.relying.institutions.errors import NoSecretError, RegistrationError
from webapp.relying.institutions.messages import FIELD_LABELS, PURPOSE_LABELS
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import JOINING_CLAIMS
from webapp.relying.openid.messages import CLAIM_LABELS
from webapp.relying.openid.rules import Claim
from webapp.web import error_handlers

INSTITUTION = "/institutions/<string(length=16):institution_id>"
# As they are typed, with the longest that is read of each.
_FIELDS = {
    **dict.fromkeys(("name", "reason", "page", "sector", "auth_method"), 400),
    **dict.fromkeys(
        ("redirect_uris", "post_logout_redirect_uris", "return_uris"), 4000
    ),
    **dict.fromkeys(("backchannel_logout_uri", "events_uri", "joining_text"), 400),
    "webhook_uri": 400,
    "jwks": rules.MAX_JWKS + 1,
}


@blueprint.get("/institutions")
@role_required(CAN_MANAGE)
def institutions() -> ResponseReturnValue:
    """Show who may ask people."""
    listed = service.list_institutions(session())
    return render("institutions", institutions=listed, purpose_labels=PURPOSE_LABELS)


@blueprint.get("/institutions/new")
@role_required(CAN_MANAGE)
def new_institution() -> ResponseReturnValue:
    """Show the form of a registration."""
    return _form("new_institution", request.form)


@blueprint.post("/institutions/new")
@role_required(CAN_MANAGE)
def register_institution() -> ResponseReturnValue:
    """Register an institution and show its secret, once."""
    try:
        registration = _read(_typed())
    except RegistrationError as error:
        return _form_again("new_institution", error)
    with unit_of_work() as work:
        institution, secret = service.register(
            work,
            registration,
            operator_id=current_operator().id,
            chance=secrets.token_bytes(service.CHANCE),
            now=utc_now(),
            is_confirmed=not _needs_second_operator(),
        )
    return _handed_over(institution, secret)


@blueprint.get(INSTITUTION)
@role_required(CAN_MANAGE)
def institution(institution_id: str) -> ResponseReturnValue:
    """Show an institution, with the form that changes it."""
    stored = service.find(session(), institution_id)
    return _page_of(stored, _as_typed(stored))


@blueprint.post(INSTITUTION)
@role_required(CAN_MANAGE)
def change_institution(institution_id: str) -> ResponseReturnValue:
    """Store what was changed of an institution."""
    stored = service.find(session(), institution_id)
    try:
        _change(stored)
    except RegistrationError as error:
        session().rollback()
        return _form_again("institution", error, **_context(stored))
    is_waiting = stored.asked_by is not None
    done = "institution_change_asked" if is_waiting else "institution_changed"
    return _back_to(stored, done)


@blueprint.post(f"{INSTITUTION}/agree")
@role_required(CAN_MANAGE)
def agree_to_institution(institution_id: str) -> ResponseReturnValue:
    """Agree, as a second administrator, to what waits."""
    stored = service.find(session(), institution_id)
    with unit_of_work() as work:
        service.lock_active(work, stored)
        if stored.asked_by in same_person_ids(work, current_operator()):
            raise OwnChangeError
        service.agree(work, stored, operator_id=current_operator().id, now=utc_now())
    return _back_to(stored, "institution_agreed")


@blueprint.post(f"{INSTITUTION}/decline")
@role_required(CAN_MANAGE)
def decline_institution(institution_id: str) -> ResponseReturnValue:
    """Give up a change that waits: one's own, or a colleague's."""
    stored = service.find(session(), institution_id)
    with unit_of_work() as work:
        service.decline(work, stored, operator_id=current_operator().id, now=utc_now())
    return _back_to(stored, "institution_declined")


@blueprint.post(f"{INSTITUTION}/deliveries/<int:delivery_id>/again")
@role_required(CAN_MANAGE)
def send_again(institution_id: str, delivery_id: int) -> ResponseReturnValue:
    """Have an institution told something once more."""
    stored = service.find(session(), institution_id)
    with unit_of_work() as work:
        queue.send_again(work, stored.id, delivery_id, utc_now())
    done = url_for("ra.institution", institution_id=stored.id, done="sent_again")
    return redirect(f"{done}#deliveries", 303)


@blueprint.get(f"{INSTITUTION}/secret")
@role_required(CAN_MANAGE)
def ask_institution_secret(institution_id: str, **context: Any) -> str:
    """Ask before the secret of an institution ends.

    Raises:
        NoSecretError: it has none.
    """
    if service.find(session(), institution_id).secret_hash is None:
        raise NoSecretError
    return _ask(Act.INSTITUTION_SECRET, institution_id, context)


@blueprint.post(f"{INSTITUTION}/secret")
@role_required(CAN_MANAGE)
@asks_again(ask_institution_secret)
def renew_institution_secret(institution_id: str) -> ResponseReturnValue:
    """Make another secret and show it, once."""
    stored = service.find(session(), institution_id)
    reason = justification(Act.INSTITUTION_SECRET)
    with unit_of_work() as work:
        secret = service.renew_secret(
            work,
            stored,
            operator_id=current_operator().id,
            chance=secrets.token_bytes(service.SECRET_BYTES),
            detail=reason.for_log(),
            now=utc_now(),
        )
    return _handed_over(stored, secret)


@blueprint.get(f"{INSTITUTION}/end")
@role_required(CAN_MANAGE)
def ask_institution_end(institution_id: str, **context: Any) -> str:
    """Ask before an institution can ask nobody any more."""
    return _ask(Act.INSTITUTION_END, institution_id, context)


@blueprint.post(f"{INSTITUTION}/end")
@role_required(CAN_MANAGE)
@asks_again(ask_institution_end)
def end_institution(institution_id: str) -> ResponseReturnValue:
    """End an institution for good."""
    stored = service.find(session(), institution_id)
    reason = justification(Act.INSTITUTION_END)
    with unit_of_work() as work:
        service.end(
            work,
            stored,
            operator_id=current_operator().id,
            detail=reason.for_log(),
            now=utc_now(),
        )
    return redirect(url_for("ra.institutions", done="institution_ended"), 303)


def _change(stored: Institution) -> None:
    fixed = {"auth_method": stored.auth_method, "sector": stored.sector}
    registration = _read({**_typed(), **fixed})
    store = service.ask_change if _needs_second_operator() else service.change
    with unit_of_work() as work:
        store(
            work,
            stored,
            registration,
            operator_id=current_operator().id,
            now=utc_now(),
        )


def _needs_second_operator() -> bool:
    return INSTITUTIONS in current_ca().config.four_eyes


def _back_to(stored: Institution, done: str) -> ResponseReturnValue:
    return redirect(url_for("ra.institution", institution_id=stored.id, done=done), 303)


def _waiting_changes(stored: Institution) -> list[tuple[Any, Any, Any]]:
    """Return what would change: label, before and after."""
    if not stored.waiting:
        return []
    before, after = stored.registration, rules.from_json(stored.waiting)
    return [
        (FIELD_LABELS.get(name, name), getattr(before, name), getattr(after, name))
        for name in rules.changed_fields(before, after)
    ]


def _typed() -> dict[str, str]:
    fields = {
        name: request.form.get(name, "")[:length] for name, length in _FIELDS.items()
    }
    claims = request.form.getlist("joining_claims")[: len(Claim) + 1]
    return {**fields, "joining_claims": " ".join(claims)}


def _read(fields: dict[str, str]) -> rules.Registration:
    # A centre without HTTPS of its own is a trial on one computer.
    return rules.parse_registration(
        fields,
        request.form.getlist("purposes")[: len(rules.Purpose) + 1],
        allow_loopback=not current_ca().config.secure,
    )


def _as_typed(stored: Institution) -> dict[str, Any]:
    return {
        "name": stored.name,
        "reason": stored.reason,
        "page": stored.page,
        "redirect_uris": stored.redirect_lines,
        "post_logout_redirect_uris": stored.post_logout_lines,
        "backchannel_logout_uri": stored.backchannel_logout_uri,
        "events_uri": stored.events_uri,
        "joining_text": stored.joining_text,
        "joining_claims": stored.joining_claims.split(),
        "return_uris": stored.return_lines,
        "webhook_uri": stored.webhook_uri,
        "jwks": stored.jwks,
    }


def _context(stored: Institution) -> dict[str, Any]:
    return {
        "institution": stored,
        "names": lookup.names(session()),
        "waiting_changes": _waiting_changes(stored),
        "deliveries": queue.list_recent(session(), stored.id),
        "kind_labels": KIND_LABELS,
        "outcome_labels": OUTCOME_LABELS,
        "failure_labels": FAILURE_LABELS,
    }


def _page_of(stored: Institution, typed: Any) -> str:
    return _form("institution", typed, stored.purposes, **_context(stored))


def _form(template: str, typed: Any, chosen: Any = (), **context: Any) -> str:
    return render(
        template,
        typed=typed,
        chosen=chosen,
        purpose_labels=PURPOSE_LABELS,
        claim_labels={name: CLAIM_LABELS[Claim(name)] for name in JOINING_CLAIMS},
        **{"refused": None, "mistake": "", **context},
    )


def _form_again(
    template: str, error: RegistrationError, **context: Any
) -> ResponseReturnValue:
    answer = error_handlers.error_message(error.code)
    chosen = request.form.getlist("purposes")
    page = _form(
        template,
        {**_typed(), "joining_claims": request.form.getlist("joining_claims")},
        chosen,
        refused=answer,
        mistake=error.field,
        **context,
    )
    return page, answer.status


def _ask(act: Act, institution_id: str, context: dict[str, Any]) -> str:
    return ask(
        act,
        template="ask_institution",
        institution=service.find(session(), institution_id),
        home=url_for("ra.institution", institution_id=institution_id),
        **context,
    )


def _handed_over(stored: Institution, secret: str | None) -> str:
    return render("institution_registered", institution=stored, secret=secret)
