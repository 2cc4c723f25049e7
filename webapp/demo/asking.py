"""A bank of a demo that asks for a person's certificate, to try that out."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Flask, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from mobile_bridge.formats.korean_time import korean_date
from webapp.accounts.models import Customer
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.relying.asking import service
from webapp.relying.asking.contents import (
    Asker,
    ConsentText,
    Contents,
    Document,
    Documents,
    Fact,
    Facts,
    SignIn,
)
from webapp.relying.asking.labels import PURPOSE_LABELS
from webapp.relying.asking.openers import Opener, register_opener
from webapp.relying.asking.request_context import asking_browser
from webapp.relying.asking.waiting import begin_waiting, is_waiting
from webapp.relying.institutions.rules import Purpose
from webapp.web.login_session import customer_signed_in
from webapp.web.rate_limits.attempts import limiter

blueprint = Blueprint("demo_asking", __name__, url_prefix="/demo/ask")
LIFE: Final = timedelta(minutes=5)
_OPENER: Final = "demo"


def init_app(app: Flask) -> None:
    """Register the trial bank."""
    app.register_blueprint(blueprint)
    register_opener(
        app, Opener(name=_OPENER, next_address=lambda id_: f"/demo/ask/{id_}")
    )


@blueprint.get("")
def choose() -> ResponseReturnValue:
    """Offer what the trial bank can ask for."""
    purposes = {purpose: PURPOSE_LABELS[purpose] for purpose in _contents()}
    return render_template("demo/ask.html", purposes=purposes, bank=_bank())


@blueprint.post("")
@limiter.limit("60 per 10 minutes")
def ask() -> ResponseReturnValue:
    """Ask, and wait for the answer."""
    contents = _contents().get(request.form.get("purpose", ""))
    if contents is None:
        abort(400)
    now = utc_now()
    with unit_of_work() as work:
        asking = service.ask(
            work,
            Asker("trial-bank", _bank(), current_ca().config.public_url),
            contents,
            opener=_OPENER,
            browser=asking_browser(),
            expires_at=now + LIFE,
            now=now,
            random=secrets.token_bytes,
            customer_id=_addressee(),
        )
    return redirect(begin_waiting(asking.request_id), 303)


@blueprint.get("/<request_id>")
def outcome(request_id: str) -> ResponseReturnValue:
    """Show what the trial bank was told."""
    if not is_waiting(request_id):
        abort(404)
    now = utc_now()
    asked = service.find(session(), request_id)
    approval = service.find_approval(session(), request_id)
    customer = approval and session().get(Customer, approval.customer_id)
    contents, facts = service.contents_of(asked), {}
    if customer and isinstance(contents, Facts):
        facts = service.facts_of(customer, contents.facts, korean_date(now))
    return render_template(
        "demo/asked.html",
        bank=asked.asker_name,
        state=service.state_of(session(), request_id, now),
        purpose=contents.purpose,
        approval=approval,
        customer=customer,
        facts=facts,
    )


def _bank() -> str:
    return str(_("Trial Bank"))


def _addressee() -> int | None:
    """Return the customer who is signed in and wants to be asked by name."""
    is_by_name = request.form.get("mine") == "yes" and customer_signed_in()
    return int(current_user.id) if is_by_name else None


def _contents() -> Mapping[str, Contents]:
    lease, receipt = _("Lease contract"), _("Receipt of the deposit")
    return MappingProxyType(
        {
            Purpose.SIGN_IN: SignIn(),
            Purpose.SIGN_DOCUMENTS: Documents((_document(lease), _document(receipt))),
            Purpose.CONSENT: ConsentText(
                _("I agree that the trial bank keeps my name for this trial.")
            ),
            Purpose.PROVE: Facts((Fact.NAME, Fact.ADULT)),
        }
    )


def _document(title: str) -> Document:
    return Document(title, hashlib.sha256(title.encode()).digest())
