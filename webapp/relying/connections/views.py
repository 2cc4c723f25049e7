"""Pages about institutions: where the certificate is used, ending that, and joining."""

import secrets
from collections.abc import Sequence

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Asker
from webapp.relying.asking.errors import RequestUnknownError
from webapp.relying.asking.openers import Approval, Opener, register_opener
from webapp.relying.asking.request_context import asking_browser
from webapp.relying.asking.waiting import begin_waiting
from webapp.relying.connections import joining, service
from webapp.relying.connections.messages import ERROR_MESSAGES, WAY_LABELS
from webapp.relying.deliveries.kinds import Sender
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.messages import CLAIM_LABELS
from webapp.web.branding import current_brand
from webapp.web.error_handlers import register_error_messages
from webapp.web.i18n import language
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import customer_required

blueprint = Blueprint("connections", __name__)
ONE = "/connections/<string(length=16):institution_id>/end"
_MAX_NAME = 60


def init_app(app: Flask) -> None:
    """Register the pages, and what people read for refusals."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["institutions_are_open"] = lambda: joining.is_open(session())
    register_error_messages(app, ERROR_MESSAGES)
    register_opener(
        app,
        Opener(
            name=joining.OPENER,
            next_address=lambda request_id: f"/join/{request_id}",
            on_approved=_register,
        ),
    )


@blueprint.get("/connections")
@customer_required
def index() -> ResponseReturnValue:
    """Show where the certificate is used, since when, and for what."""
    return render_template(
        "relying/connections/index.html",
        connections=service.list_connections(session(), _customer()),
        has_open=joining.is_open(session()),
        labels=CLAIM_LABELS,
        way_labels=WAY_LABELS,
        done=request.args.get("done", ""),
    )


@blueprint.get(ONE)
@customer_required
def ask_end(institution_id: str) -> ResponseReturnValue:
    """Ask before the use at one institution ends."""
    connection = service.find_connection(session(), _customer(), institution_id)
    return render_template(
        "relying/connections/ask_end.html", connections=[connection], is_all=False
    )


@blueprint.post(ONE)
@customer_required
def end_connection(institution_id: str) -> ResponseReturnValue:
    """End the use of the certificate at one institution."""
    with unit_of_work() as work:
        service.end_connection(work, _customer(), institution_id, _sender())
    return redirect(url_for("connections.index", done="ended"), 303)


@blueprint.get("/connections/end")
@customer_required
def ask_end_all() -> ResponseReturnValue:
    """Ask before all of it ends."""
    listed = service.list_connections(session(), _customer())
    if not listed:
        return redirect(url_for("connections.index"), 303)
    return render_template(
        "relying/connections/ask_end.html", connections=listed, is_all=True
    )


@blueprint.post("/connections/end")
@customer_required
def end_all() -> ResponseReturnValue:
    """End the use of the certificate everywhere."""
    with unit_of_work() as work:
        service.end_all(work, _customer(), _sender())
    return redirect(url_for("connections.index", done="all-ended"), 303)


@blueprint.get("/join")
@customer_required
def choose() -> ResponseReturnValue:
    """Offer the institutions at which people can register from here."""
    joined = {
        one.institution.id for one in service.list_connections(session(), _customer())
    }
    return render_template(
        "relying/connections/join.html",
        institutions=joining.list_open(session()),
        joined=joined,
        claims_of=joining.claims_of,
        labels=CLAIM_LABELS,
        most=joining.MAX_CHOSEN,
    )


@blueprint.post("/join")
@customer_required
@limiter.limit("30 per 10 minutes")
def join() -> ResponseReturnValue:
    """Have the person sign for what they chose."""
    chosen = request.form.getlist("institutions")[: joining.MAX_CHOSEN + 1]
    with unit_of_work() as work:
        institutions = joining.choose(work, chosen)
        request_id = joining.ask(
            work,
            _customer(),
            institutions,
            asker=_centre(),
            text=_consent_text(institutions),
            browser=asking_browser(),
            now=utc_now(),
            random=secrets.token_bytes,
        )
    return redirect(begin_waiting(request_id), 303)


@blueprint.get("/join/<string(length=32):request_id>")
@customer_required
def joined(request_id: str) -> ResponseReturnValue:
    """Show where the person is registered now."""
    stored = joining.find(session(), _customer(), request_id)
    if stored is None:
        raise RequestUnknownError
    return render_template(
        "relying/connections/joined.html",
        state=asking.state_of(session(), request_id, utc_now()),
        institutions=joining.institutions_of(session(), stored),
    )


def _register(work: Session, approval: Approval) -> None:
    joining.register(work, approval, _sender())


def _centre() -> Asker:
    name = current_brand().name_in(language())[:_MAX_NAME].strip()
    return Asker(joining.ASKER_ID, name, current_ca().config.public_url)


def _consent_text(institutions: Sequence[Institution]) -> str:
    """Return what is signed: each institution, what it learns, and why."""
    lines = [_("I register with my certificate at these institutions:")]
    for number, institution in enumerate(institutions, 1):
        claims = [str(CLAIM_LABELS[claim]) for claim in joining.claims_of(institution)]
        lines += [
            "",
            f"{number}. {institution.name} ({institution.origin})",
            _("It learns: %(claims)s", claims=", ".join(claims) or _("nothing")),
            _("What for: %(text)s", text=institution.joining_text),
        ]
    return "\n".join(lines)


def _sender() -> Sender:
    return Sender(config=current_ca().config, now=utc_now())


def _customer() -> Customer:
    customer: Customer = current_user._get_current_object()
    return customer
