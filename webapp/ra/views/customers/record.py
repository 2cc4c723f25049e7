"""Customers at the counter: find one, look, and do what the page offers."""

import secrets
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from webapp.accounts.context import current_second_operator_rule
from webapp.accounts.models import Customer
from webapp.accounts.password_hash import generate_password, hash_password
from webapp.authenticators.encryption import read_key
from webapp.authenticators.factors import FACTORS, all_enrolled_factors, find_removal
from webapp.authenticators.security_card import service
from webapp.authenticators.security_card.service import IssuedCard
from webapp.billing.service import charges_of
from webapp.ca.context import current_ca
from webapp.certificates.lifecycle import status_at
from webapp.certificates.records.copies import latest_copies
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.enrolment import service as applications
from webapp.enrolment.issuing.context import current_issuer
from webapp.enrolment.steps import next_step
from webapp.notifications import changes
from webapp.ra import held_acts
from webapp.ra.access import (
    CAN_SERVE,
    CAN_VIEW,
    CUSTOMER,
    blueprint,
    current_operator,
    query_text,
    redirect_to_customer,
    render,
    role_required,
)
from webapp.ra.approvals import account_confirmations
from webapp.ra.approvals.acts import REASONS, Act, Justification
from webapp.ra.audit_log.entries import names_for
from webapp.ra.customers import customer_actions, customer_record
from webapp.ra.customers.customer_search import find_customers
from webapp.ra.customers.forms import ContactForm, CustomerForm, required_fields
from webapp.ra.errors import NotFoundError
from webapp.ra.operators import lookup
from webapp.ra.permissions import require_can_serve
from webapp.ra.views.confirmation import (
    ask,
    ask_second,
    asks_again,
    justification,
    needs_second_operator,
)
from webapp.values.email_address import mail_problem
from webapp.web.rate_limits.attempts import (
    BIRTH_DATE,
    OWN_PASSWORD,
    SIGN_IN,
    account_rate_key_for,
)
from webapp.web.security import run_in_thread


@blueprint.get("/customers")
@role_required(CAN_VIEW)
def customers() -> ResponseReturnValue:
    """Show who fits what was typed."""
    text = query_text("q")
    matches, more = find_customers(session(), text)
    return render(
        "customers", customers=matches, more=more, text=text, uses_cards=uses_cards()
    )


@blueprint.get(f"/customers/{CUSTOMER}")
@role_required(CAN_VIEW)
def customer(customer_id: int) -> ResponseReturnValue:
    """Show all that the centre knows of a customer."""
    return _page(customer_actions.find(session(), customer_id))


@blueprint.get(f"/customers/{CUSTOMER}/contact")
@role_required(CAN_SERVE)
def ask_contact(customer_id: int, **context: Any) -> str:
    """Ask for another phone or e-mail, and why."""
    customer = customer_actions.find(session(), customer_id)
    typed = request.form if request.method == "POST" else None
    form = ContactForm(typed, required_fields(current_ca().config), obj=customer)
    context = {"form": form, **context}
    return ask(Act.CONTACT, customer=customer, template="ask_contact", **context)


@blueprint.post(f"/customers/{CUSTOMER}/contact")
@role_required(CAN_SERVE)
@asks_again(ask_contact)
def edit_contact(customer_id: int) -> ResponseReturnValue:
    """Store phone and e-mail."""
    customer = customer_actions.find(session(), customer_id)
    form = ContactForm(request.form, required_fields(current_ca().config))
    if not form.validate():
        return ask_contact(customer_id=customer_id, form=form), 422
    reason = justification(Act.CONTACT)
    if needs_second_operator(Act.CONTACT):
        return ask_second(Act.CONTACT, customer, reason, **form.data)
    with unit_of_work() as work:
        customer_actions.edit_contact(
            work,
            current_operator(),
            customer,
            **form.data,
            justification=reason,
            now=utc_now(),
        )
    return redirect_to_customer(customer_id, "contact")


@blueprint.get(f"/customers/{CUSTOMER}/do/<action>")
@role_required(CAN_SERVE)
def ask_act(customer_id: int, action: str, **context: Any) -> str:
    """Ask before something is taken away; what only gives back needs no page."""
    customer = customer_actions.find(session(), customer_id)
    act = customer_actions.require_possible(session(), customer, action, utc_now())
    return ask(act, customer=customer, **_subject(customer, act), **context)


@blueprint.post(f"/customers/{CUSTOMER}/do/<action>")
@role_required(CAN_SERVE)
@asks_again(ask_act)
def act(customer_id: int, action: str) -> ResponseReturnValue:
    """Do one of the things that need no further word than why."""
    customer = customer_actions.find(session(), customer_id)
    if customer_actions.asks_first(action):
        reason = justification(action)
        if needs_second_operator(action):
            return ask_second(action, customer, reason)
        with unit_of_work() as work:
            customer_actions.take_away(
                action,
                work,
                current_operator(),
                customer,
                justification=reason,
                now=utc_now(),
            )
        return redirect_to_customer(customer_id, action)
    limited = BIRTH_DATE.is_used_up(str(customer_id))
    with unit_of_work() as work:
        customer_actions.unlock(
            action, work, current_operator(), customer, utc_now(), is_limited=limited
        )
    if action == customer_actions.UNLOCK_ACCOUNT:
        BIRTH_DATE.lift(str(customer_id))
    elif action == "unlock":
        lift_sign_in(customer)
    return redirect_to_customer(customer_id, action)


@blueprint.get(f"/customers/{CUSTOMER}/password")
@role_required(CAN_SERVE)
def ask_password(customer_id: int, **context: Any) -> str:
    """Ask before a new first password ends the one until now."""
    return ask(
        Act.PASSWORD, customer=customer_actions.find(session(), customer_id), **context
    )


@blueprint.post(f"/customers/{CUSTOMER}/password")
@role_required(CAN_SERVE)
@asks_again(ask_password)
def new_first_password(customer_id: int) -> ResponseReturnValue:
    """Show a new first password, once."""
    customer = customer_actions.find(session(), customer_id)
    require_can_serve(current_operator(), customer.id)
    reason = justification(Act.PASSWORD)
    if needs_second_operator(Act.PASSWORD):
        return ask_second(Act.PASSWORD, customer, reason)
    password = generate_password()
    release_connection()
    new = run_in_thread(hash_password, password)
    with unit_of_work() as work:
        customer_actions.reset_password(
            work,
            current_operator(),
            customer,
            password_hash=new,
            justification=reason,
            now=utc_now(),
        )
    lift_sign_in(customer)
    return render("new_credentials", customer=customer, password=password, card=None)


@blueprint.get(f"/customers/{CUSTOMER}/card")
@role_required(CAN_SERVE)
def ask_card(customer_id: int, **context: Any) -> str:
    """Ask before a new card ends the one until now."""
    customer = customer_actions.find(session(), customer_id)
    require_cards()
    subject = _subject(customer, Act.CARD)
    # Nobody who has a card gets their first one.
    reasons = REASONS[Act.CARD][1:] if subject["card"] else REASONS[Act.CARD]
    return ask(Act.CARD, customer=customer, reasons=reasons, **subject, **context)


@blueprint.post(f"/customers/{CUSTOMER}/card")
@role_required(CAN_SERVE)
@asks_again(ask_card)
def new_card(customer_id: int) -> ResponseReturnValue:
    """Show a new security card, once."""
    customer = customer_actions.find(session(), customer_id)
    require_cards()
    reason = justification(Act.CARD)
    if needs_second_operator(Act.CARD):
        return ask_second(Act.CARD, customer, reason)
    with unit_of_work():
        card = make_card(customer, reason)
    return render("new_credentials", customer=customer, password=None, card=card)


@blueprint.get(f"/customers/{CUSTOMER}/applications/<application_id>")
@role_required(CAN_VIEW)
def application(customer_id: int, application_id: str) -> ResponseReturnValue:
    """Show one application: every step with its time."""
    customer = customer_actions.find(session(), customer_id)
    walked = customer_record.find_application(session(), customer, application_id)
    steps = applications.steps_for(walked, current_issuer().checks, current_ca().types)
    return render(
        "application",
        customer=customer,
        application=walked,
        steps=steps,
        times=customer_record.completed_at(walked),
        next_step=next_step(steps, walked.passed),
        calls=customer_record.list_calls(session(), walked),
        decided_by=customer_record.operator_name(session(), walked.decided_by),
    )


def lift_sign_in(owner: Customer) -> None:
    """Let whoever got a new password, or was unlocked, sign in at once."""
    SIGN_IN.lift(account_rate_key_for(owner.login_id))
    OWN_PASSWORD.lift(str(owner.id))


def uses_cards() -> bool:
    """Tell whether this centre hands out security cards."""
    config = current_ca().config
    is_asked = config.require_security_card and "card" in config.second_checks
    return is_asked and config.identity_key is not None


def require_cards() -> None:
    if not uses_cards():
        raise NotFoundError


def make_card(owner: Customer, reason: Justification | None) -> IssuedCard | None:
    """Issue a card where the centre uses them; the first one needs no reason."""
    require_can_serve(current_operator(), owner.id)
    if not uses_cards():
        return None
    return customer_actions.issue_card(
        session(),
        current_operator(),
        owner,
        key=read_key(current_ca().config.identity_key),
        random=secrets.SystemRandom(),
        justification=reason,
        now=utc_now(),
    )


def _subject(owner: Customer, act: str) -> dict[str, Any]:
    """Return what of a customer's an act meets."""
    removal = find_removal(act)
    return {
        "card": service.find_card(session(), owner),
        "removed": removal[0].find(session(), owner, utc_now()) if removal else None,
    }


def _page(owner: Customer) -> str:
    now, stored = utc_now(), session()
    entries = customer_record.list_entries(stored, owner)
    certificates = customer_record.list_certificates(stored, owner)
    return render(
        "customer",
        customer=owner,
        fields=CustomerForm(),
        is_own=current_operator().customer_id == owner.id,
        certificates=certificates,
        keepings=latest_copies(
            stored, [certificate.id for certificate in certificates]
        ),
        applications=customer_record.list_applications(stored, owner),
        charges=charges_of(stored, owner),
        factors=FACTORS.values(),
        records={
            factor.id: factor for factor in all_enrolled_factors(stored, owner, now)
        },
        uses_cards=uses_cards(),
        status_of=status_at,
        birth_dates_used_up=BIRTH_DATE.is_used_up(str(owner.id)),
        entries=entries,
        entry_names=names_for(stored, entries),
        held=account_confirmations.held_customer(
            stored, current_operator(), owner, current_second_operator_rule(), now
        ),
        acts=held_acts.list_pending(stored, current_operator(), now, customer=owner),
        told=changes.notices_of(stored, owner.id),
        mail_problem=mail_problem(owner.email),
        names=lookup.names(stored),
    )
