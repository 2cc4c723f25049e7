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
from webapp.db import session
from webapp.ra.access import back_to_customer, me, show
from webapp.ra.approvals import four_eyes, held_acts
from webapp.ra.approvals.act_labels import reasons_of, words_of
from webapp.ra.approvals.acts import Why, read_why
from webapp.ra.errors import NotConfirmedError, ReasonMissingError, WordsMissingError
from webapp.ra.permissions import require_serving
from webapp.web import error_handlers

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
# Where a form came from, by the word in it.
_LISTS = {"charges": "counter.charges", "approvals": "counter.waiting"}
_AGAIN = (
    ReasonMissingError,
    NotConfirmedError,
    ChargeNoteError,
    WordsMissingError,
)


def ask(
    act: str, *, customer: Customer | None = None, template: str = "ask", **context: Any
) -> str:
    """Return the page of an act. Its form is sent to the page's own address.

    Raises:
        NotYourRoleError, OwnRequestError: before anything is typed in vain.
    """
    if customer is not None:
        require_serving(me(), customer.id)
    return show(
        template,
        act=act,
        asked=words_of(act),
        customer=customer,
        came_from=_came_from(),
        waits=waits(act),
        hours=current_ca().config.second_operator_hours,
        **{
            "refused": None,
            "home": _home(customer),
            "reasons": reasons_of(act),
            **context,
        },
    )


def waits(act: str) -> bool:
    """Tell whether an act waits for a second operator here."""
    return four_eyes.waits(act, current_ca().config.four_eyes)


def ask_second(
    act: str,
    customer: Customer,
    reason: Why,
    *,
    target: str = "",
    **detail: str | None,
) -> ResponseReturnValue:
    """Have an act wait for a second operator, and lead back to the customer."""
    held_acts.ask(
        session(),
        me(),
        customer,
        act,
        why=reason,
        target=target,
        detail=detail,
        now=utc_now(),
    )
    return back_to_customer(customer.id, "asked-second")


def why(act: str) -> Why:
    """Return the reason that stands in the form of this request.

    Raises:
        ReasonMissingError
    """
    note = request.form.get("note", "")[:2000]
    return read_why(reasons_of(act), request.form.get("reason", "")[:40], note)


def _came_from() -> str:
    where = request.values.get("from", "")
    return where if where in _LISTS else ""


def _home(customer: Customer | None) -> str:
    """Return where one goes on without doing anything."""
    if _came_from():
        return url_for(_LISTS[_came_from()])
    if customer is not None:
        return url_for("counter.customer", customer_id=customer.id)
    return url_for("counter.all_operators")


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
