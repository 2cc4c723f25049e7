"""Register customers one by one."""

from flask import request
from flask.typing import ResponseReturnValue

from mobile_bridge.core.korean_time import korean_date
from webapp.clock import utc_now
from webapp.counter import registering
from webapp.counter.customer_routes import make_card, wanted
from webapp.counter.door import SERVES, blueprint, me, role_required, show
from webapp.counter.errors import LoginTakenError
from webapp.counter.forms import FIELDS, read_customer
from webapp.db import session
from webapp.security import off_the_loop
from webapp.text_input import normalize_login_id


@blueprint.get("/customers/new")
@role_required(SERVES)
def new_customer() -> ResponseReturnValue:
    """Show the form."""
    return _form({}, {})


@blueprint.post("/customers/new")
@role_required(SERVES)
def register() -> ResponseReturnValue:
    """Register a customer and show what is handed over, once."""
    typed = {name: request.form.get(name, "")[:300] for name in FIELDS}
    read = read_customer(typed, wanted(), korean_date(utc_now()))
    mistakes = dict(read.mistakes)
    if registering.taken_login_ids(session(), [normalize_login_id(typed["login_id"])]):
        mistakes["login_id"] = "login_id_taken"
    if mistakes or read.entry is None:
        return _form({**typed, **read.suggestions}, mistakes), 422
    session().rollback()  # others use the connection while the password is hashed
    ready = off_the_loop(registering.make_ready, read.entry)
    try:
        made = registering.register_all(session(), me(), [ready], utc_now())[0]
    except LoginTakenError:
        return _form(typed, {"login_id": "login_id_taken"}), 422
    card = make_card(made, None)
    return show("handed_over", customer=made, password=ready.password, card=card)


def _form(typed: dict[str, str], mistakes: dict[str, str]) -> str:
    return show(
        "new_customer", typed=typed, mistakes=mistakes, fields=FIELDS, wanted=wanted()
    )
