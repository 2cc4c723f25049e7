"""A customer's own ways to identify themselves, and the sign-in by a passkey."""

import secrets

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.service import SignInRefusedError, check_password
from webapp.authenticators.factors import (
    describe_factors,
    messages,
    second_factors,
    step_up_factors,
)
from webapp.authenticators.passkey import service
from webapp.authenticators.passkey.factor import PasskeyFactor
from webapp.authenticators.passkey.rules import UnknownPasskeyError
from webapp.authenticators.step_up.rules import Kind, Need, address_of, read_aim
from webapp.authenticators.views import step_up
from webapp.authenticators.views.enrolment import AuthenticatorPages
from webapp.authenticators.views.second_factor import (
    MAX_RESPONSE,
    customer,
    factor_context,
    step_up_enrolled,
)
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import release_connection, unit_of_work
from webapp.web import error_handlers, login_session
from webapp.web.json_body import read_json
from webapp.web.rate_limits.attempts import OWN_PASSWORD, limiter, refund_rate_limit
from webapp.web.security import client_details, customer_required, run_in_thread


class PasskeyAssertion(msgspec.Struct):
    """What a browser answers to the challenge `id`; `answer` is WebAuthn's JSON."""

    id: str = ""
    answer: object = None
    next: str = ""


blueprint = Blueprint("identity", __name__, url_prefix="/me/security")


@blueprint.get("")
@customer_required
def show() -> ResponseReturnValue:
    """Show what there is."""
    context = factor_context()
    listed = [factor for factor in second_factors() if factor.is_listed(context)]
    return render_template(
        "authenticators/security_settings.html",
        sections=PAGES.sections(listed),
        message=messages().get(request.args.get("done", "")),
    )


@blueprint.app_template_global()
def passkeys_sign_in() -> bool:
    """Tell whether the sign-in page offers passkeys here."""
    allowed = PasskeyFactor.id in current_ca().config.second_checks
    return allowed and service.find_relying_party(factor_context()) is not None


@blueprint.post("/sign-in/options")
@limiter.limit("30 per 10 minutes")
def begin_sign_in() -> ResponseReturnValue:
    """Give the browser what any passkey of this site can sign."""
    _require_passkeys()
    random, site = secrets.token_bytes, service.require_relying_party(factor_context())
    with unit_of_work() as work:
        return service.begin_sign_in(work, site, random, utc_now())


@blueprint.post("/sign-in")
@limiter.limit("30 per 10 minutes")
def sign_in() -> ResponseReturnValue:
    """Sign in whoever's passkey it is."""
    _require_passkeys()
    assertion = read_json(PasskeyAssertion, max_bytes=MAX_RESPONSE)
    relying_party, now = service.require_relying_party(factor_context()), utc_now()
    with unit_of_work() as work:
        challenge = service.consume_sign_in_challenge(work, assertion.id, now)
    with unit_of_work() as work:
        owner = service.sign_in(
            work,
            relying_party,
            assertion.answer,
            challenge=challenge,
            client=client_details(),
            now=now,
        )
    login_session.begin(owner, utc_now(), by_password=False)
    step_up.note(Kind.FACTOR)
    # That page knows which addresses are ours, and leads there who is signed in.
    return {"next": url_for("accounts.sign_in", next=assertion.next)}


@blueprint.app_template_global()
def step_up_act(aim: str) -> tuple[str, str] | None:
    """Return action and certificate that a page asks for; None: it asks for a way."""
    return read_aim(aim)


@blueprint.app_template_global()
def step_up_things() -> str:
    """Return what customers may have at hand to show once more who they are."""
    return describe_factors(step_up_factors(current_ca().config))


@blueprint.get("/prove/password")
@customer_required
def ask_password() -> ResponseReturnValue:
    """Ask who has nothing else for the password, or say that it is not enough."""
    aim, need = request.args.get("aim", ""), step_up.need_now()
    if address_of(aim) is None or need not in (Need.TYPED, Need.COUNTER):
        return redirect(step_up.page_for(need, aim))
    return _password_page(aim, need)


@blueprint.post("/prove/password")
@customer_required
@OWN_PASSWORD.counted_by(lambda: str(current_user.id))
def prove_by_password() -> ResponseReturnValue:
    """Compare the password of who has nothing else."""
    aim, need = request.form.get("aim", ""), step_up.need_now()
    if need is not Need.TYPED:
        refund_rate_limit()  # nothing was compared
        return redirect(step_up.page_for(need, aim), 303)
    password, stored_hash = request.form.get("password", ""), current_user.password_hash
    release_connection()  # others use it while passwords are compared
    try:
        run_in_thread(check_password, password, stored_hash)
    except SignInRefusedError:
        return _password_page(aim, need, "old_password_wrong")
    refund_rate_limit()
    step_up.note(Kind.TYPED)
    return redirect(step_up.page_for(Need.NOTHING, aim), 303)


def _password_page(
    aim: str, need: Need, refused: str | None = None
) -> ResponseReturnValue:
    answer = error_handlers.error_message(refused) if refused else None
    page = render_template(
        "authenticators/password_proof.html",
        aim=aim,
        at_counter=need is Need.COUNTER,
        refused=answer,
        tries=OWN_PASSWORD.tries(str(current_user.id)) if refused else None,
    )
    return page, answer.status if answer else 200


def _require_passkeys() -> None:
    if PasskeyFactor.id not in current_ca().config.second_checks:
        raise UnknownPasskeyError


PAGES = AuthenticatorPages(
    blueprint=blueprint,
    prefix="",
    base="/me/security",
    home="identity.show",
    layout="base.html",
    guard=customer_required,
    holder=customer,
    allowed=lambda: current_ca().config.second_checks,
    step_up_enrolled=step_up_enrolled,
    is_operator=False,
    first_needs_proof=True,
    removal_needs_proof=False,  # it opens nothing, and a stolen phone goes at once
    keeps_one=lambda: False,
    passed=lambda: step_up.note(Kind.FACTOR),
    address_of=address_of,
)
PAGES.add_views()
