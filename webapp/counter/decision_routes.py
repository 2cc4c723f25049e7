"""What waits for a decision: applications to approve, charges to settle."""

import re
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.billing.service import open_charges, require_open
from webapp.ca.context import centre
from webapp.clock import utc_now
from webapp.counter import (
    agreements,
    approvals,
    desk,
    handling,
    held_acts,
    operators,
    records,
)
from webapp.counter.act_words import DECLINE, SETTLE
from webapp.counter.acts import Act
from webapp.counter.asking import ask, ask_second, asks_again, waits, why
from webapp.counter.door import (
    CUSTOMER,
    LOOKS,
    SERVES,
    back_to_customer,
    blueprint,
    me,
    role_required,
    show,
    typed,
)
from webapp.counter.forms import CustomerForm
from webapp.db import session, unit_of_work


@blueprint.get("/approvals")
@role_required(LOOKS)
def waiting() -> ResponseReturnValue:
    """Show the applications that wait."""
    rule, now = centre().issuer.second_operator, utc_now()
    return show(
        "approvals",
        fields=CustomerForm(),
        waiting=approvals.waiting(session(), now),
        held=agreements.held_customers(session(), me(), rule, now),
        customers_of_import=partial(records.customers_of_import, session()),
        held_imports=agreements.held_imports(session(), me(), rule, now),
        acts=held_acts.waiting(session(), me(), now),
        names=operators.names(session()),
        own=me().customer_id,
    )


@blueprint.post(f"/approvals/customers/{CUSTOMER}/agree")
@role_required(SERVES)
def agree(customer_id: int) -> ResponseReturnValue:
    """Agree, as a second operator, to what was changed about a customer."""
    found = desk.find(session(), customer_id)
    seen = typed("seen", 10)
    newest = int(seen) if re.fullmatch(r"[0-9]{1,9}", seen) else 0
    agreements.agree(session(), me(), found, seen=newest, now=utc_now())
    return _agreed(customer_id)


@blueprint.post("/approvals/imports/<batch>/agree")
@role_required(SERVES)
def agree_to_import(batch: str) -> ResponseReturnValue:
    """Agree, as a second operator, to everybody whom a colleague imported."""
    agreements.agree_to_import(session(), me(), batch[:32], utc_now())
    return redirect(url_for("counter.waiting", done="agreed"), 303)


@blueprint.get("/approvals/<application_id>/approve")
@role_required(SERVES)
def ask_approve(application_id: str, **context: Any) -> str:
    """Ask before an application may go on."""
    return _ask_decision(Act.APPROVE, application_id, **context)


@blueprint.post("/approvals/<application_id>/approve")
@role_required(SERVES)
@asks_again(ask_approve)
def approve(application_id: str) -> ResponseReturnValue:
    """Let an application go on."""
    reason, seen, now = why(Act.APPROVE), _seen(), utc_now()
    strict = bool(centre().config.four_eyes)
    if waits(Act.APPROVE):
        application, owner = approvals.find_waiting(session(), application_id, now)
        target, sent = application.id, asdict(seen)
        return ask_second(Act.APPROVE, owner, reason, target=target, **sent)
    approvals.approve(
        session(),
        me(),
        application_id,
        seen=seen,
        why=reason,
        now=now,
        other_hands=strict,
    )
    return redirect(url_for("counter.waiting", done="approved"), 303)


@blueprint.get("/approvals/<application_id>/decline")
@role_required(SERVES)
def ask_decline(application_id: str, **context: Any) -> str:
    """Ask for the reason that the customer reads."""
    return _ask_decision(DECLINE, application_id, **context)


@blueprint.post("/approvals/<application_id>/decline")
@role_required(SERVES)
@asks_again(ask_decline)
def decline(application_id: str) -> ResponseReturnValue:
    """Close an application and say why."""
    because = typed("because", approvals.MOST_WORDS)
    approvals.decline(
        session(), me(), application_id, because=because, seen=_seen(), now=utc_now()
    )
    return redirect(url_for("counter.waiting", done="declined"), 303)


@blueprint.get("/charges")
@role_required(LOOKS)
def charges() -> ResponseReturnValue:
    """Show the charges that are open, the oldest first."""
    return show("charges", charges=open_charges(session(), limit=100))


@blueprint.get("/charges/<charge_id>/settle")
@role_required(SERVES)
def ask_settle(charge_id: str, **context: Any) -> str:
    """Ask before a charge is noted as paid."""
    return _ask_charge(SETTLE, charge_id, **context)


@blueprint.post("/charges/<charge_id>/settle")
@role_required(SERVES)
@asks_again(ask_settle)
def settle(charge_id: str) -> ResponseReturnValue:
    """Note that a charge was paid."""
    note = typed("note", 100)
    with unit_of_work() as work:
        found = handling.settle(work, me(), charge_id, note=note, now=utc_now())
    return _after(found.customer_id, "settled")


@blueprint.get("/charges/<charge_id>/waive")
@role_required(SERVES)
def ask_waive(charge_id: str, **context: Any) -> str:
    """Ask before a charge is let go."""
    return _ask_charge(Act.WAIVE, charge_id, **context)


@blueprint.post("/charges/<charge_id>/waive")
@role_required(SERVES)
@asks_again(ask_waive)
def waive(charge_id: str) -> ResponseReturnValue:
    """Let a charge go."""
    reason = why(Act.WAIVE)
    if waits(Act.WAIVE):
        owner = desk.find(
            session(), handling.find_charge(session(), charge_id).customer_id
        )
        return ask_second(Act.WAIVE, owner, reason, target=charge_id)
    with unit_of_work() as work:
        found = handling.waive(work, me(), charge_id, why=reason, now=utc_now())
    return _after(found.customer_id, "waived")


def _ask_decision(act: str, application_id: str, **context: Any) -> str:
    application, customer = approvals.find_waiting(session(), application_id, utc_now())
    home = url_for("counter.waiting")
    context = {"application": application, "home": home, **context}
    return ask(act, customer=customer, template="ask_decision", **context)


def _ask_charge(act: str, charge_id: str, **context: Any) -> str:
    found = handling.find_charge(session(), charge_id)
    require_open(found)
    owner = desk.find(session(), found.customer_id)
    return ask(act, customer=owner, template="ask_charge", charge=found, **context)


def _seen() -> approvals.Seen:
    return approvals.Seen(typed("type_id"), typed("asked_at"))


def _agreed(customer_id: int) -> ResponseReturnValue:
    if request.form.get("from") == "approvals":
        return redirect(url_for("counter.waiting", done="agreed"), 303)
    return back_to_customer(customer_id, "agreed")


def _after(customer_id: int, done: str) -> ResponseReturnValue:
    if request.form.get("from") == "charges":
        return redirect(url_for("counter.charges", done=done), 303)
    return back_to_customer(customer_id, done)
