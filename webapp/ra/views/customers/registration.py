"""Register customers one by one."""

from flask import request
from flask.typing import ResponseReturnValue

from mobile_bridge.formats.korean_time import korean_date
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra.access import (
    CAN_SERVE,
    blueprint,
    current_operator,
    render,
    role_required,
)
from webapp.ra.customers import registration
from webapp.ra.customers.forms import CustomerForm, required_fields
from webapp.ra.errors import LoginTakenError
from webapp.ra.views.customers.record import make_card
from webapp.web.security import run_in_thread


@blueprint.get("/customers/new")
@role_required(CAN_SERVE)
def new_customer() -> ResponseReturnValue:
    """Show the form."""
    return _page(CustomerForm(required=required_fields(current_ca().config)))


@blueprint.post("/customers/new")
@role_required(CAN_SERVE)
def register() -> ResponseReturnValue:
    """Register a customer and show what is handed over, once."""
    required = required_fields(current_ca().config)
    form = CustomerForm(request.form, required, today=korean_date(utc_now()))
    form.validate()
    if registration.existing_login_ids(session(), [form.login_id.data]):
        form.login_id.errors = ["login_id_taken"]
    if form.errors:
        return _page(form), 422
    session().rollback()  # others use the connection while the password is hashed
    prepared = run_in_thread(registration.prepare_customer, form.customer_data())
    try:
        with unit_of_work() as work:
            customer = registration.register(
                work, current_operator(), prepared, utc_now()
            )
            card = make_card(customer, None)
    except LoginTakenError:
        form.login_id.errors = ["login_id_taken"]
        return _page(form), 422
    password = prepared.password
    return render("new_credentials", customer=customer, password=password, card=card)


def _page(form: CustomerForm) -> str:
    return render("new_customer", form=form)
