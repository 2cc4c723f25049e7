"""What waits for a decision: applications to approve, charges to settle."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.counter import approvals, handling
from webapp.counter.door import (
    LOOKS,
    SERVES,
    back_to_customer,
    blueprint,
    me,
    role_required,
    show,
    typed,
)
from webapp.db import session
from webapp.payments.service import open_charges


@blueprint.get("/approvals")
@role_required(LOOKS)
def waiting() -> ResponseReturnValue:
    """Show the applications that wait."""
    found = approvals.waiting(session(), utc_now())
    return show("approvals", waiting=found, own=me().customer_id)


@blueprint.post("/approvals/<application_id>/approve")
@role_required(SERVES)
def approve(application_id: str) -> ResponseReturnValue:
    """Let an application go on."""
    approvals.approve(session(), me(), application_id, seen=_seen(), now=utc_now())
    return redirect(url_for("counter.waiting", done="approved"), 303)


@blueprint.post("/approvals/<application_id>/decline")
@role_required(SERVES)
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


@blueprint.post("/charges/<charge_id>/settle")
@role_required(SERVES)
def settle(charge_id: str) -> ResponseReturnValue:
    """Note that a charge was paid."""
    note = typed("note", 100)
    found = handling.settle(session(), me(), charge_id, note=note, now=utc_now())
    return _after(found.customer_id, "settled")


@blueprint.post("/charges/<charge_id>/waive")
@role_required(SERVES)
def waive(charge_id: str) -> ResponseReturnValue:
    """Let a charge go."""
    note = typed("note", 100)
    found = handling.waive(session(), me(), charge_id, note=note, now=utc_now())
    return _after(found.customer_id, "waived")


def _seen() -> approvals.Seen:
    return approvals.Seen(typed("type_id"), typed("asked_at"))


def _after(customer_id: int, done: str) -> ResponseReturnValue:
    if request.form.get("from") == "charges":
        return redirect(url_for("counter.charges", done=done), 303)
    return back_to_customer(customer_id, done)
