"""Pages that ask before what cannot be undone: whom it meets, what ends, and why."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.models import Customer
from webapp.billing.errors import ChargeNoteError
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra import held_acts
from webapp.ra.access import current_operator, redirect_to_customer, render
from webapp.ra.approvals import four_eyes
from webapp.ra.approvals.act_labels import act_reasons, act_text
from webapp.ra.approvals.acts import Justification, parse_justification
from webapp.ra.errors import DeclineReasonError, NotConfirmedError, ReasonMissingError
from webapp.ra.permissions import require_can_serve
from webapp.web import error_handlers

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
# Where a form came from, by the word in it.
_LISTS = {"charges": "ra.charges", "approvals": "ra.waiting"}
_AGAIN = (
    ReasonMissingError,
    NotConfirmedError,
    ChargeNoteError,
    DeclineReasonError,
)


def ask(
    act: str, *, customer: Customer | None = None, template: str = "ask", **context: Any
) -> str:
    """Return the page of an act. Its form is sent to the page's own address.

    Raises:
        ForbiddenRoleError, SelfServiceError: before anything is typed in vain.
    """
    if customer is not None:
        require_can_serve(current_operator(), customer.id)
    return render(
        template,
        act=act,
        asked=act_text(act),
        customer=customer,
        came_from=_origin_list(),
        waits=needs_second_operator(act),
        hours=current_ca().config.second_operator_hours,
        **{
            "refused": None,
            "home": _home(customer),
            "reasons": act_reasons(act),
            **context,
        },
    )


def needs_second_operator(act: str) -> bool:
    """Tell whether an act waits for a second operator here."""
    return four_eyes.needs_second_operator(act, current_ca().config.four_eyes)


def ask_second(
    act: str,
    customer: Customer,
    reason: Justification,
    *,
    target: str = "",
    **detail: str | None,
) -> ResponseReturnValue:
    """Have an act wait for a second operator, and lead back to the customer."""
    with unit_of_work() as work:
        held_acts.ask(
            work,
            current_operator(),
            customer,
            act,
            justification=reason,
            target=target,
            detail=detail,
            now=utc_now(),
        )
    return redirect_to_customer(customer.id, "asked-second")


def justification(act: str) -> Justification:
    """Return the reason that stands in the form of this request.

    Raises:
        ReasonMissingError
    """
    note = request.form.get("note", "")[:2000]
    return parse_justification(
        act_reasons(act), request.form.get("reason", "")[:40], note
    )


def _origin_list() -> str:
    where = request.values.get("from", "")
    return where if where in _LISTS else ""


def _home(customer: Customer | None) -> str:
    """Return where one goes on without doing anything."""
    if _origin_list():
        return url_for(_LISTS[_origin_list()])
    if customer is not None:
        return url_for("ra.customer", customer_id=customer.id)
    return url_for("ra.all_operators")


def asks_again(page: Callable[..., str]) -> Callable[[View], View]:
    """Show `page` again, with what was typed, where the reason is missing."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(**values: Any) -> ResponseReturnValue:
            try:
                return view(**values)
            except _AGAIN as error:
                session().rollback()
                if not error_handlers.wants_html():
                    raise
                answer = error_handlers.error_message(error.code)
                return page(**values, refused=answer), answer.status

        return cast(View, answered)

    return decorate
