"""What waits for a second operator: look at it, agree, decline, hand it over."""

import secrets
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.password_hash import generate_password, hash_password
from webapp.authenticators.encryption import read_key
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import release_connection, session
from webapp.ra.access import LOOKS, SERVES, blueprint, me, role_required, show
from webapp.ra.approvals import held_acts
from webapp.ra.approvals.acts import Act
from webapp.ra.approvals.second_person import not_a_second_person
from webapp.ra.certificates import certificate_actions
from webapp.ra.customers import customer_actions
from webapp.ra.errors import UnknownAtCounterError
from webapp.ra.models import HeldAct, HeldState
from webapp.ra.operators import service
from webapp.ra.views.customers import lift_sign_in, require_cards
from webapp.web.security import run_in_thread

HELD = "/acts/<held_id>"


@blueprint.get(HELD)
@role_required(LOOKS)
def held_act(held_id: str) -> ResponseReturnValue:
    """Show who asked for what, when and why."""
    held, now = held_acts.find(session(), held_id), utc_now()
    return show(
        "held_act",
        held=held,
        detail=held_acts.detail_of(held),
        customer=customer_actions.find(session(), held.customer_id),
        is_over=held.state not in held_acts.OPEN or held.expires_at <= now,
        is_mine=held.asked_by == me().id,
        may_agree=held.asked_by not in not_a_second_person(session(), me()),
        is_own=me().customer_id == held.customer_id,
        names=service.names(session()),
        **_target(held),
    )


@blueprint.post(f"{HELD}/agree")
@role_required(SERVES)
def agree_to_act(held_id: str) -> ResponseReturnValue:
    """Agree, as a second operator, to what a colleague asked for."""
    held = held_acts.agree(session(), me(), held_id, utc_now())
    is_done = held.state == HeldState.DONE
    done = "act-done" if is_done else "act-agreed"
    return redirect(url_for("counter.waiting", done=done), 303)


@blueprint.post(f"{HELD}/decline")
@role_required(SERVES)
def decline_act(held_id: str) -> ResponseReturnValue:
    """Decline what a colleague asked for, or take back what one asked for."""
    held_acts.decline(session(), me(), held_id, utc_now())
    return redirect(url_for("counter.waiting", done="act-declined"), 303)


@blueprint.post(f"{HELD}/hand-over")
@role_required(SERVES)
def hand_over(held_id: str) -> ResponseReturnValue:
    """Make the password or card that was agreed to and show it, once."""
    act = held_acts.find(session(), held_id).act
    if act == Act.PASSWORD:
        return _hand_over_password(held_id)
    if act == Act.CARD:
        return _hand_over_card(held_id)
    raise UnknownAtCounterError


def _hand_over_password(held_id: str) -> str:
    password = generate_password()
    release_connection()
    fresh = run_in_thread(hash_password, password)
    found = held_acts.hand_over_password(session(), me(), held_id, fresh, utc_now())
    lift_sign_in(found)
    return show("new_credentials", customer=found, password=password, card=None)


def _hand_over_card(held_id: str) -> str:
    require_cards()
    found, card = held_acts.hand_over_card(
        session(),
        me(),
        held_id,
        key=read_key(current_ca().config.identity_key),
        random=secrets.SystemRandom(),
        now=utc_now(),
    )
    return show("new_credentials", customer=found, password=None, card=card)


def _target(held: HeldAct) -> dict[str, Any]:
    if held.act == Act.REVOKE:
        return {"certificate": certificate_actions.find(session(), held.target)}
    if held.act == Act.WAIVE:
        return {"charge": certificate_actions.find_charge(session(), held.target)}
    return {}
