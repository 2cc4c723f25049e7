"""Operators: who works here, and in which role."""

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.models import Role
from webapp.accounts.password_hash import generate_password, hash_password
from webapp.accounts.password_policy import PasswordsDifferError
from webapp.authenticators.factors import factors_for_operators
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.ra.access import (
    CAN_MANAGE,
    OPERATOR,
    blueprint,
    current_operator,
    form_text,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.customers.forms import operator_mistakes
from webapp.ra.errors import FactorReasonError, LoginTakenError, RaError
from webapp.ra.operators import lookup, service
from webapp.ra.views.confirmation import ask, asks_again, justification
from webapp.values.text_input import normalize_login_id
from webapp.web import error_handlers
from webapp.web.rate_limits.attempts import (
    OPERATOR_FACTOR,
    OPERATOR_PASSWORD,
    OPERATOR_SIGN_IN,
    account_rate_key_for,
    form_login_id,
)
from webapp.web.security import run_in_thread


@blueprint.get("/operators")
@role_required(CAN_MANAGE)
def all_operators() -> ResponseReturnValue:
    """Show who works here."""
    return _page()


@blueprint.post("/operators")
@role_required(CAN_MANAGE)
def add_operator() -> ResponseReturnValue:
    """Add somebody and show their first password, once."""
    mistakes = operator_mistakes(form_login_id(), form_text("name", 40))
    if mistakes:
        return _page(mistakes=mistakes), 422
    password = generate_password()
    release_connection()
    hashed = run_in_thread(hash_password, password)
    try:
        new = service.NewOperator(
            login_id=form_login_id(),
            name=form_text("name", 40),
            role=service.parse_role(form_text("role")),
            password_hash=hashed,
            customer_login_id=normalize_login_id(form_text("customer")) or None,
        )
        with unit_of_work() as work:
            added = service.add(work, current_operator(), new, utc_now())
    except LoginTakenError:
        return _page(mistakes={"login_id": "login_id_taken"}), 409
    except (RaError, PasswordsDifferError) as error:
        answer = error_handlers.error_message(error.code)
        return _page(refused=answer), answer.status
    return render("operator_password", operator=added, password=password)


@blueprint.get(f"/operators/{OPERATOR}/role")
@role_required(CAN_MANAGE)
def ask_role(operator_id: int, **context: Any) -> str:
    """Ask for the new role, and why."""
    context = {"roles": tuple(Role), "template": "ask_role", **context}
    return _ask(Act.OPERATOR_ROLE, operator_id, **context)


@blueprint.post(f"/operators/{OPERATOR}/role")
@role_required(CAN_MANAGE)
@asks_again(ask_role)
def change_role(operator_id: int) -> ResponseReturnValue:
    """Give somebody else another role."""
    operator, role = lookup.find(session(), operator_id), form_text("role")
    requested = service.parse_role(role)
    reason = justification(Act.OPERATOR_ROLE)
    with unit_of_work() as work:
        service.change_role(
            work,
            current_operator(),
            operator,
            requested,
            justification=reason,
            now=utc_now(),
        )
    done = "role_asked" if operator.pending_role else "role"
    return redirect(url_for("ra.all_operators", done=done), 303)


@blueprint.post(f"/operators/{OPERATOR}/confirm")
@role_required(CAN_MANAGE)
def confirm_operator(operator_id: int) -> ResponseReturnValue:
    """Confirm, as a second administrator, a new operator or more rights for one."""
    operator = lookup.find(session(), operator_id)
    requested = service.parse_role(form_text("role"))
    with unit_of_work() as work:
        service.confirm(
            work, current_operator(), operator, role=requested, now=utc_now()
        )
    return redirect(url_for("ra.all_operators", done="confirmed"), 303)


@blueprint.post(f"/operators/{OPERATOR}/customer")
@role_required(CAN_MANAGE)
def link_operator(operator_id: int) -> ResponseReturnValue:
    """Store which customer an operator is."""
    operator = lookup.find(session(), operator_id)
    with unit_of_work() as work:
        service.link_customer(
            work,
            current_operator(),
            operator,
            normalize_login_id(form_text("customer")),
            utc_now(),
        )
    return redirect(url_for("ra.all_operators", done="linked"), 303)


@blueprint.get(f"/operators/{OPERATOR}/close")
@role_required(CAN_MANAGE)
def ask_close(operator_id: int, **context: Any) -> str:
    """Ask before somebody's work here ends."""
    return _ask(Act.OPERATOR_CLOSE, operator_id, **context)


@blueprint.post(f"/operators/{OPERATOR}/close")
@role_required(CAN_MANAGE)
@asks_again(ask_close)
def close_operator(operator_id: int) -> ResponseReturnValue:
    """End somebody's work here."""
    operator, reason = (
        lookup.find(session(), operator_id),
        justification(Act.OPERATOR_CLOSE),
    )
    with unit_of_work() as work:
        service.close(
            work, current_operator(), operator, justification=reason, now=utc_now()
        )
    return redirect(url_for("ra.all_operators", done="closed"), 303)


@blueprint.get(f"/operators/{OPERATOR}/password")
@role_required(CAN_MANAGE)
def ask_operator_password(operator_id: int, **context: Any) -> str:
    """Ask before a new first password ends the one until now."""
    return _ask(Act.OPERATOR_PASSWORD, operator_id, **context)


@blueprint.post(f"/operators/{OPERATOR}/password")
@role_required(CAN_MANAGE)
@asks_again(ask_operator_password)
def new_operator_password(operator_id: int) -> ResponseReturnValue:
    """Show a new first password for somebody else, once."""
    operator, password = lookup.find(session(), operator_id), generate_password()
    reason = justification(Act.OPERATOR_PASSWORD)
    release_connection()
    hashed = run_in_thread(hash_password, password)
    with unit_of_work() as work:
        service.reset_password(
            work,
            current_operator(),
            operator,
            hashed,
            justification=reason,
            now=utc_now(),
        )
    OPERATOR_SIGN_IN.lift(account_rate_key_for(operator.login_id))
    OPERATOR_PASSWORD.lift(str(operator.id))
    return render("operator_password", operator=operator, password=password)


@blueprint.get(f"/operators/{OPERATOR}/second-factor")
@role_required(CAN_MANAGE)
def ask_factor_removal(operator_id: int) -> ResponseReturnValue:
    """Say what ends with a colleague's second factor, and ask for the reason."""
    return _factor_page(operator_id)


@blueprint.post(f"/operators/{OPERATOR}/second-factor")
@role_required(CAN_MANAGE)
def remove_factor(operator_id: int) -> ResponseReturnValue:
    """Forget a colleague's second factor."""
    operator, reason = lookup.find(session(), operator_id), form_text("reason", 200)
    try:
        with unit_of_work() as work:
            service.remove_factor(
                work, current_operator(), operator, reason=reason, now=utc_now()
            )
    except FactorReasonError as refused:
        return _factor_page(operator_id, refused.code)
    OPERATOR_FACTOR.lift(f"operator:{operator.id}")
    return redirect(url_for("ra.all_operators", done="factor"), 303)


def _factor_page(operator_id: int, refused: str | None = None) -> ResponseReturnValue:
    answer = error_handlers.error_message(refused) if refused else None
    operator = lookup.find(session(), operator_id)
    page = render(
        "remove_factor",
        operator=operator,
        factors=factors_for_operators(),
        refused=answer,
    )
    return page, answer.status if answer else 200


def _ask(act: Act, operator_id: int, **context: Any) -> str:
    operator = lookup.find(session(), operator_id)
    service.require_other(current_operator(), operator)
    return ask(act, operator=operator, **context)


def _page(**context: object) -> str:
    return render(
        "operators",
        operators=lookup.list_operators(session()),
        names=lookup.names(session()),
        factor_holders=lookup.factor_holders(session()),
        own=same_person_ids(session(), current_operator()),
        current_operator=current_operator(),
        roles=tuple(Role),
        **{"refused": None, "mistakes": {}, **context},
    )
