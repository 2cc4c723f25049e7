"""What waits for a second operator: look at it, agree, decline, hand it over."""

import secrets
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.password_hash import generate_password, hash_password
from webapp.authenticators.encryption import read_key
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.ra import held_acts
from webapp.ra.access import (
    CAN_SERVE,
    CAN_VIEW,
    blueprint,
    current_operator,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.certificates import certificate_actions
from webapp.ra.customers import customer_actions
from webapp.ra.errors import NotFoundError
from webapp.ra.models import HeldAct, HeldState
from webapp.ra.operators import lookup
from webapp.ra.views.customers.record import lift_sign_in, require_cards
from webapp.web.security import run_in_thread

HELD = "/acts/<held_id>"


@blueprint.get(HELD)
@role_required(CAN_VIEW)
def held_act(held_id: str) -> ResponseReturnValue:
    """Show who asked for what, when and why."""
    held, now = held_acts.find(session(), held_id), utc_now()
    return render(
        "held_act",
        held=held,
        detail=held_acts.entered_detail(held),
        customer=customer_actions.find(session(), held.customer_id),
        is_over=held.state not in held_acts.OPEN or held.expires_at <= now,
        is_mine=held.asked_by == current_operator().id,
        may_agree=held.asked_by not in same_person_ids(session(), current_operator()),
        is_own=current_operator().customer_id == held.customer_id,
        names=lookup.names(session()),
        **_target(held),
    )


@blueprint.post(f"{HELD}/agree")
@role_required(CAN_SERVE)
def agree_to_act(held_id: str) -> ResponseReturnValue:
    """Agree, as a second operator, to what a colleague asked for."""
    with unit_of_work() as work:
        held = held_acts.agree(work, current_operator(), held_id, utc_now())
    is_done = held.state == HeldState.DONE
    done = "act-done" if is_done else "act-agreed"
    return redirect(url_for("ra.waiting", done=done), 303)


@blueprint.post(f"{HELD}/decline")
@role_required(CAN_SERVE)
def decline_act(held_id: str) -> ResponseReturnValue:
    """Decline what a colleague asked for, or take back what one asked for."""
    with unit_of_work() as work:
        held_acts.decline(work, current_operator(), held_id, utc_now())
    return redirect(url_for("ra.waiting", done="act-declined"), 303)


@blueprint.post(f"{HELD}/hand-over")
@role_required(CAN_SERVE)
def hand_over(held_id: str) -> ResponseReturnValue:
    """Make the password or card that was agreed to and show it, once."""
    act = held_acts.find(session(), held_id).act
    if act == Act.PASSWORD:
        return _hand_over_password(held_id)
    if act == Act.CARD:
        return _hand_over_card(held_id)
    raise NotFoundError


def _hand_over_password(held_id: str) -> str:
    password = generate_password()
    release_connection()
    new = run_in_thread(hash_password, password)
    with unit_of_work() as work:
        customer = held_acts.hand_over_password(
            work, current_operator(), held_id, new, utc_now()
        )
    lift_sign_in(customer)
    return render("new_credentials", customer=customer, password=password, card=None)


def _hand_over_card(held_id: str) -> str:
    require_cards()
    with unit_of_work() as work:
        customer, card = held_acts.hand_over_card(
            work,
            current_operator(),
            held_id,
            key=read_key(current_ca().config.identity_key),
            random=secrets.SystemRandom(),
            now=utc_now(),
        )
    return render("new_credentials", customer=customer, password=None, card=card)


def _target(held: HeldAct) -> dict[str, Any]:
    if held.act == Act.REVOKE:
        return {"certificate": certificate_actions.find(session(), held.target)}
    if held.act == Act.WAIVE:
        return {"charge": certificate_actions.find_charge(session(), held.target)}
    return {}
