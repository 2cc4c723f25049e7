"""What waits for a decision: applications to approve, charges to settle."""

import re
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.context import current_second_operator_rule
from webapp.billing.service import open_charges, require_open
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra import held_acts
from webapp.ra.access import (
    CAN_SERVE,
    CAN_VIEW,
    CUSTOMER,
    blueprint,
    current_operator,
    form_text,
    redirect_to_customer,
    render,
    role_required,
)
from webapp.ra.approvals import account_confirmations, applications
from webapp.ra.approvals.act_labels import DECLINE, SETTLE
from webapp.ra.approvals.acts import Act
from webapp.ra.certificates import certificate_actions
from webapp.ra.customers import customer_actions, customer_record
from webapp.ra.customers.forms import CustomerForm
from webapp.ra.operators import lookup
from webapp.ra.views.confirmation import (
    ask,
    ask_second,
    asks_again,
    justification,
    needs_second_operator,
)


@blueprint.get("/approvals")
@role_required(CAN_VIEW)
def waiting() -> ResponseReturnValue:
    """Show the applications that wait."""
    rule, now = current_second_operator_rule(), utc_now()
    return render(
        "approvals",
        fields=CustomerForm(),
        waiting=applications.list_pending(session(), now),
        held=account_confirmations.held_customers(
            session(), current_operator(), rule, now
        ),
        list_imported_customers=partial(
            customer_record.list_imported_customers, session()
        ),
        held_imports=account_confirmations.held_imports(
            session(), current_operator(), rule, now
        ),
        acts=held_acts.list_pending(session(), current_operator(), now),
        names=lookup.names(session()),
        own=current_operator().customer_id,
    )


@blueprint.post(f"/approvals/customers/{CUSTOMER}/agree")
@role_required(CAN_SERVE)
def agree(customer_id: int) -> ResponseReturnValue:
    """Agree, as a second operator, to what was changed about a customer."""
    customer = customer_actions.find(session(), customer_id)
    seen = form_text("seen", 10)
    newest = int(seen) if re.fullmatch(r"[0-9]{1,9}", seen) else 0
    with unit_of_work() as work:
        account_confirmations.agree(
            work, current_operator(), customer, seen=newest, now=utc_now()
        )
    return _agreed(customer_id)


@blueprint.post("/approvals/imports/<batch>/agree")
@role_required(CAN_SERVE)
def agree_to_import(batch: str) -> ResponseReturnValue:
    """Agree, as a second operator, to everybody whom a colleague imported."""
    with unit_of_work() as work:
        account_confirmations.agree_to_import(
            work, current_operator(), batch[:32], utc_now()
        )
    return redirect(url_for("ra.waiting", done="agreed"), 303)


@blueprint.get("/approvals/<application_id>/approve")
@role_required(CAN_SERVE)
def ask_approve(application_id: str, **context: Any) -> str:
    """Ask before an application may go on."""
    return _ask_decision(Act.APPROVE, application_id, **context)


@blueprint.post("/approvals/<application_id>/approve")
@role_required(CAN_SERVE)
@asks_again(ask_approve)
def approve(application_id: str) -> ResponseReturnValue:
    """Let an application go on."""
    reason, seen, now = justification(Act.APPROVE), _seen(), utc_now()
    strict = bool(current_ca().config.four_eyes)
    if needs_second_operator(Act.APPROVE):
        application, owner = applications.find_waiting(session(), application_id, now)
        target, sent = application.id, asdict(seen)
        return ask_second(Act.APPROVE, owner, reason, target=target, **sent)
    with unit_of_work() as work:
        applications.approve(
            work,
            current_operator(),
            application_id,
            seen=seen,
            justification=reason,
            now=now,
            other_hands=strict,
        )
    return redirect(url_for("ra.waiting", done="approved"), 303)


@blueprint.get("/approvals/<application_id>/decline")
@role_required(CAN_SERVE)
def ask_decline(application_id: str, **context: Any) -> str:
    """Ask for the reason that the customer reads."""
    return _ask_decision(DECLINE, application_id, **context)


@blueprint.post("/approvals/<application_id>/decline")
@role_required(CAN_SERVE)
@asks_again(ask_decline)
def decline(application_id: str) -> ResponseReturnValue:
    """Close an application and say why."""
    because = form_text("because", applications.MAX_REASON)
    with unit_of_work() as work:
        applications.decline(
            work,
            current_operator(),
            application_id,
            because=because,
            seen=_seen(),
            now=utc_now(),
        )
    return redirect(url_for("ra.waiting", done="declined"), 303)


@blueprint.get("/charges")
@role_required(CAN_VIEW)
def charges() -> ResponseReturnValue:
    """Show the charges that are open, the oldest first."""
    return render("charges", charges=open_charges(session(), limit=100))


@blueprint.get("/charges/<charge_id>/settle")
@role_required(CAN_SERVE)
def ask_settle(charge_id: str, **context: Any) -> str:
    """Ask before a charge is noted as paid."""
    return _ask_charge(SETTLE, charge_id, **context)


@blueprint.post("/charges/<charge_id>/settle")
@role_required(CAN_SERVE)
@asks_again(ask_settle)
def settle(charge_id: str) -> ResponseReturnValue:
    """Note that a charge was paid."""
    note = form_text("note", 100)
    with unit_of_work() as work:
        charge = certificate_actions.settle(
            work, current_operator(), charge_id, note=note, now=utc_now()
        )
    return _after(charge.customer_id, "settled")


@blueprint.get("/charges/<charge_id>/waive")
@role_required(CAN_SERVE)
def ask_waive(charge_id: str, **context: Any) -> str:
    """Ask before a charge is let go."""
    return _ask_charge(Act.WAIVE, charge_id, **context)


@blueprint.post("/charges/<charge_id>/waive")
@role_required(CAN_SERVE)
@asks_again(ask_waive)
def waive(charge_id: str) -> ResponseReturnValue:
    """Let a charge go."""
    reason = justification(Act.WAIVE)
    if needs_second_operator(Act.WAIVE):
        owner = customer_actions.find(
            session(), certificate_actions.find_charge(session(), charge_id).customer_id
        )
        return ask_second(Act.WAIVE, owner, reason, target=charge_id)
    with unit_of_work() as work:
        charge = certificate_actions.waive(
            work, current_operator(), charge_id, justification=reason, now=utc_now()
        )
    return _after(charge.customer_id, "waived")


def _ask_decision(act: str, application_id: str, **context: Any) -> str:
    application, customer = applications.find_waiting(
        session(), application_id, utc_now()
    )
    home = url_for("ra.waiting")
    context = {"application": application, "home": home, **context}
    return ask(act, customer=customer, template="ask_decision", **context)


def _ask_charge(act: str, charge_id: str, **context: Any) -> str:
    charge = certificate_actions.find_charge(session(), charge_id)
    require_open(charge)
    owner = customer_actions.find(session(), charge.customer_id)
    return ask(act, customer=owner, template="ask_charge", charge=charge, **context)


def _seen() -> applications.ReviewedVersion:
    return applications.ReviewedVersion(form_text("type_id"), form_text("asked_at"))


def _agreed(customer_id: int) -> ResponseReturnValue:
    if request.form.get("from") == "approvals":
        return redirect(url_for("ra.waiting", done="agreed"), 303)
    return redirect_to_customer(customer_id, "agreed")


def _after(customer_id: int, done: str) -> ResponseReturnValue:
    if request.form.get("from") == "charges":
        return redirect(url_for("ra.charges", done=done), 303)
    return redirect_to_customer(customer_id, done)
