"""What only a demo has: signing in with one button, its telephone, card and clock.

Whoever can open a demo may be anybody in it: there is nothing in it that is worth more.
`app` leaves this out of every other centre.
"""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.accounts import service as accounts
from webapp.accounts.models import Customer, Operator
from webapp.authenticators.encryption import read_key
from webapp.authenticators.phone_call.calls import find_ringing
from webapp.authenticators.phone_call.gateways import has_console
from webapp.authenticators.security_card.service import find_card, read_demo_card
from webapp.ca.context import current_ca
from webapp.clock import demo_clock, utc_now
from webapp.db import session, unit_of_work
from webapp.demo import asking
from webapp.demo import people as demo_people
from webapp.demo.other_bank import Bank, find_bank
from webapp.ra.operators import sign_in as counter
from webapp.ra.views import factors
from webapp.web import login_session

blueprint = Blueprint("demo", __name__, url_prefix="/demo")
STEP_DAYS: Final = 30
_OPERATORS: Final = {
    "operator": demo_people.OPERATOR_LOGIN_ID,
    "colleague": demo_people.SECOND_OPERATOR_LOGIN_ID,
}


def init_app(app: Flask) -> None:
    """Register the pages of a demo and what its banner says."""
    app.register_blueprint(blueprint)
    asking.init_app(app)
    app.jinja_env.globals.update(demo_state=demo_state, other_bank=other_bank)


@dataclass(frozen=True, slots=True)
class DemoState:
    """What the banner of a demo says and offers."""

    days_ahead: int
    has_clock: bool
    is_at_end: bool  # the clock goes no further
    has_phone: bool
    people = demo_people

    @property
    def operators(self) -> tuple[str, str]:
        """Return both operators' names, in Latin letters on an English page."""
        return _("Park Doum"), _("Lee Hamkke")


def demo_state() -> DemoState:
    """Return what the banner shows."""
    clock = demo_clock()
    days = clock.days if clock else 0
    return DemoState(
        days_ahead=days,
        has_clock=clock is not None,
        is_at_end=clock is not None and days + STEP_DAYS > clock.MAX_DAYS,
        has_phone=has_console(current_ca().config),
    )


def other_bank() -> Bank | None:
    """Return the example bank, which runs just now or not."""
    return find_bank(session(), current_ca().config)


@blueprint.get("/bank")
def bank() -> ResponseReturnValue:
    """Lead to the example bank, or say how to start it."""
    bank = other_bank()
    if bank is None:
        abort(404)
    if bank.is_running:
        return redirect(bank.page, 303)
    return render_template("demo/bank.html", bank=bank)


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in as one of the people of this demo, without a password."""
    who = request.form.get("who", "customer")
    person: Customer | Operator
    if who in _OPERATORS:
        login_id = _OPERATORS[who]
        password_hash = counter.password_hash_of(session(), login_id)
        with unit_of_work() as work:
            person = counter.operator_for_password(work, login_id, password_hash)
            if factors.asks_factor(person):  # the button is the password only
                return factors.begin(person, "/counter")
            counter.record_sign_in(work, person, utc_now())
    else:
        password_hash = accounts.password_hash_of(session(), demo_people.LOGIN_ID)
        with unit_of_work() as work:
            person = accounts.record_login(
                work, demo_people.LOGIN_ID, password_hash, utc_now()
            )
    login_session.begin(person, utc_now())
    return redirect("/counter" if who in _OPERATORS else "/")


@blueprint.get("/phone")
def phone() -> ResponseReturnValue:
    """Lead to the phone that rings, or wait for one."""
    if not has_console(current_ca().config):
        abort(404)
    call = find_ringing(session(), utc_now())
    if call is not None:
        return redirect(url_for("voice.console", token=call.gateway_id))
    return render_template("demo/phone.html")


@blueprint.get("/card")
def card() -> ResponseReturnValue:
    """Show the security card of who is signed in, else of the demo's customer."""
    customer = current_user
    if not login_session.customer_signed_in():
        customer = accounts.find_by_login_id(session(), demo_people.LOGIN_ID)
    stored = find_card(session(), customer) if customer else None
    issued = stored and read_demo_card(
        stored, read_key(current_ca().config.identity_key)
    )
    return render_template(
        "demo/card.html",
        card=issued,
        holder=customer,
        issued_at=stored and stored.issued_at,
    )


@blueprint.post("/clock")
def set_clock() -> ResponseReturnValue:
    """Set the demo thirty days further ahead, or back to today."""
    clock = demo_clock()
    if clock is None:
        abort(404)
    clock.set(clock.days + STEP_DAYS if request.form.get("to") == "later" else 0)
    return redirect(login_session.local_path(request.form.get("next", "/")))
