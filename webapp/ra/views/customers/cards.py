"""First security cards for many customers: choose who, print them all."""

import re
import secrets

from flask import request
from flask.typing import ResponseReturnValue

from webapp.accounts.context import current_second_operator_rule
from webapp.authenticators.encryption import read_key
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra.access import (
    CAN_SERVE,
    blueprint,
    current_operator,
    query_text,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.customers import cards
from webapp.ra.errors import NotFoundError
from webapp.ra.views.confirmation import needs_second_operator
from webapp.ra.views.customers.record import uses_cards


@blueprint.get("/cards")
@role_required(CAN_SERVE)
def cards_to_issue() -> ResponseReturnValue:
    """Show who has no card, to be chosen from."""
    _require_cards()
    batch = query_text("import", 32)
    people, more = cards.without_card(
        session(),
        current_operator(),
        batch,
        rule=current_second_operator_rule(),
        waits=needs_second_operator(Act.CARD),
        now=utc_now(),
    )
    return render(
        "cards",
        people=people,
        more=more,
        batch=batch,
        most=cards.MAX_CARDS,
        others_wait=needs_second_operator(Act.CARD),
    )


@blueprint.post("/cards")
@role_required(CAN_SERVE)
def issue_cards() -> ResponseReturnValue:
    """Issue a card to everybody who was chosen, and show all of them once."""
    _require_cards()
    chosen = request.form.getlist("customer")
    with unit_of_work() as work:
        issued = cards.issue_first_cards(
            work,
            current_operator(),
            [int(id_) for id_ in chosen if re.fullmatch(r"[0-9]{1,9}", id_)],
            key=read_key(current_ca().config.identity_key),
            random=secrets.SystemRandom(),
            rule=current_second_operator_rule(),
            waits=needs_second_operator(Act.CARD),
            now=utc_now(),
        )
    return render("cards_issued", issued=issued)


def _require_cards() -> None:
    if not uses_cards():
        raise NotFoundError
