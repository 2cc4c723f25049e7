"""The pages of the stepper that belong to no other domain."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mobile_bridge.core.pairing_number import without_separators
from webapp.accounts.password_hash import verify
from webapp.accounts.password_policy import known_facts
from webapp.ca.context import current_ca
from webapp.certificates.lifecycle import Purpose
from webapp.certificates.records.copies import present_copies
from webapp.certificates.service import find as find_certificate
from webapp.certificates.service import find_by_application
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment import approval, identity_check, service
from webapp.enrolment.eligibility import eligible_types
from webapp.enrolment.errors import (
    BirthDateUnreadableError,
    IdentityMismatchError,
    PrivacyNotAcceptedError,
    TermsNotAcceptedError,
    TypeLimitError,
    UnknownTypeError,
)
from webapp.enrolment.models import Application, CloseReason
from webapp.enrolment.steps import Step
from webapp.enrolment.wizard import (
    checks_last,
    load_for_session,
    redirect_to_step,
    redirect_with_error,
    render,
    require_second_operator,
    show_step,
    steps_for,
    take_over,
)
from webapp.exceptions import AppError
from webapp.values.remaining_attempts import AfterLastTry, tries_to_tell
from webapp.values.text_input import parse_date
from webapp.web import error_handlers
from webapp.web.rate_limits.attempts import BIRTH_DATE, refund_rate_limit
from webapp.web.security import (
    client_details,
    customer_required,
    login_session_id,
    run_in_thread,
)

_MAX_DATE = 64  # characters of a date in words, with marks that nobody sees
blueprint = Blueprint("applications", __name__, url_prefix="/applications")


@blueprint.post("")
@customer_required
def start() -> ResponseReturnValue:
    """Open the customer's application and go to its next step."""
    require_second_operator()
    with unit_of_work() as work:
        application_id = service.open_application(
            work,
            current_user,
            utc_now(),
            login_session_id=login_session_id(),
            checks_last=checks_last(),
        )
    return redirect(url_for("applications.go_on", application_id=application_id))


@blueprint.get("/<application_id>")
@customer_required
def go_on(application_id: str) -> ResponseReturnValue:
    """Go to the step that is open."""
    return redirect_to_step(load_for_session(application_id))


@blueprint.post("/<application_id>/begin-again")
@customer_required
def begin_again(application_id: str) -> ResponseReturnValue:
    """Close this application and start another, of the same kind."""
    application = take_over(application_id)
    action, replaced = _ACTIONS.get(application.purpose), application.replaces_id
    with unit_of_work() as work:
        service.restart(work, application, utc_now())
    if action and replaced:
        return redirect(f"/certificates/{replaced}/{action}", 303)
    return start()


@blueprint.get("/<application_id>/<step>")
@customer_required
def show(application_id: str, step: str) -> ResponseReturnValue:
    """Show one step; one that is not open yet leads to the one that is."""
    if step not in tuple(Step):
        return error_handlers.error_response("unknown_page")
    if step == Step.APPROVAL and is_declined(
        application := load_for_session(application_id)
    ):
        return render(application, Step.APPROVAL)
    return show_step(application_id, Step(step), PAGES[Step(step)])


@blueprint.post("/<application_id>/terms")
@customer_required
def accept_terms(application_id: str) -> ResponseReturnValue:
    """Accept the terms, and the use of personal data."""
    application = take_over(application_id)
    try:
        with unit_of_work() as work:
            service.accept_terms(
                work,
                application,
                terms=_ticked("accepted", "version"),
                privacy=_ticked("privacy", "privacy_version"),
                now=utc_now(),
            )
    except (TermsNotAcceptedError, PrivacyNotAcceptedError) as refused:
        return redirect_with_error(application, Step.TERMS, refused.code)
    return redirect_to_step(application)


def _ticked(box: str, version: str) -> str:
    """Return the version of the text whose box was ticked; empty where it was not."""
    return request.form.get(version, "") if request.form.get(box) == "yes" else ""


@blueprint.post("/<application_id>/you")
@customer_required
@BIRTH_DATE.counted_by(lambda: str(current_user.id))
def confirm_identity(application_id: str) -> ResponseReturnValue:
    """Compare who somebody says they are with what is registered."""
    application = take_over(application_id)
    steps, now = steps_for(application), utc_now()
    try:
        claim = _claim(application, steps)
        with unit_of_work() as work:
            identity_check.confirm(
                work, application, current_user, claim, steps=steps, now=now
            )
    except AppError as refused:
        if not isinstance(refused, _GUESSED):
            refund_rate_limit()
        if not isinstance(refused, _WRONG):
            raise
        return redirect_with_error(application, Step.YOU, refused.code)
    refund_rate_limit()
    return redirect_to_step(application)


def _claim(
    application: Application, steps: tuple[Step, ...]
) -> identity_check.IdentityClaim:
    """Read the form; where accounts are used, count the try and compare the PIN."""
    birth_date = parse_date(request.form.get("birth_date", "")[:_MAX_DATE])
    if birth_date is None:
        raise BirthDateUnreadableError  # before a try is counted
    if not current_ca().config.ask_account:
        return identity_check.IdentityClaim(
            birth_date=birth_date, client=client_details()
        )
    account_number = without_separators(request.form.get("account_number", "")[:60])
    pin = without_separators(request.form.get("account_pin", "")[:60])  # as registered
    identity_check.require_readable(account_number, pin)
    with unit_of_work() as work:
        counted = identity_check.count_attempt(
            work, application, current_user, steps=steps, now=utc_now()
        )
    return identity_check.IdentityClaim(
        birth_date=birth_date,
        counted_try=counted.number,
        account_number=account_number,
        pin_fits=run_in_thread(verify, pin, counted.pin_hash),
        client=client_details(),
    )


@blueprint.post("/<application_id>/type")
@customer_required
def choose_type(application_id: str) -> ResponseReturnValue:
    """Choose what kind of certificate it will be."""
    application = take_over(application_id)
    try:
        with unit_of_work() as work:
            service.choose_type(
                work,
                application,
                current_user,
                type_id=request.form.get("type", ""),
                types=current_ca().types,
                steps=steps_for(application),
                now=utc_now(),
            )
    except (UnknownTypeError, TypeLimitError) as refused:
        return redirect_with_error(application, Step.TYPE, refused.code)
    return redirect_to_step(application)


@blueprint.post("/<application_id>/approval")
@customer_required
def ask_approval(application_id: str) -> ResponseReturnValue:
    """Ask the counter to approve this application."""
    application = take_over(application_id)
    steps = steps_for(application)
    with unit_of_work() as work:
        approval.request_approval(work, application, steps=steps, now=utc_now())
    return redirect_to_step(application)


@blueprint.get("/<application_id>/approval/state")
@customer_required
def approval_state(application_id: str) -> ResponseReturnValue:
    """Tell the page that waits how far the counter is."""
    application = load_for_session(application_id)
    if application.closed_at is None and application.approved_at is None:
        return jsonify(state="waiting" if application.approval_asked_at else "open")
    return jsonify(state="declined" if is_declined(application) else "decided")


def is_declined(application: Application) -> bool:
    """Tell whether the counter said no."""
    return application.closed_because == CloseReason.DECLINED


def _terms_page(application: Application) -> ResponseReturnValue:
    asks = current_ca().config.ask_account
    return render(application, Step.TERMS, ask_account=asks)


def _who_page(application: Application) -> ResponseReturnValue:
    asks, wrong = current_ca().config.ask_account, current_user.account_pin_errors
    tries = BIRTH_DATE.tries(str(current_user.id))
    if asks:
        tries = tries_to_tell(wrong, identity_check.MAX_ATTEMPTS, AfterLastTry.COUNTER)
    return render(application, Step.YOU, ask_account=asks, tries=tries)


def _keep_page(application: Application) -> ResponseReturnValue:
    is_shown = (
        application.identity_confirmed_at is not None
        and application.login_session_id == login_session_id()
    )
    personal = known_facts(
        current_user.login_id,
        # Told to whoever typed it in this sign-in, and to nobody else.
        current_user.birth_date if is_shown else None,
        (current_user.name, current_user.latin_name),
    )
    return render(
        application,
        Step.KEEP,
        known=personal,
        identity_key=current_ca().identity_key_for(application.type_id),
    )


def _type_page(application: Application) -> ResponseReturnValue:
    offered = eligible_types(session(), current_user, current_ca().types, utc_now())
    has_some = any(
        cert_type.offered and cert_type.audience == current_user.kind
        for cert_type in current_ca().types.values()
    )
    return render(application, Step.TYPE, offered=offered, has_some=has_some)


def _done_page(application: Application) -> ResponseReturnValue:
    before = None
    if application.replaces_id:
        before = find_certificate(session(), current_user, application.replaces_id)
    issued = find_by_application(session(), application.id)
    return render(
        application,
        Step.DONE,
        before=before,
        copies=present_copies(session(), issued) if issued else [],
        old_copies=present_copies(session(), before) if before else [],
    )


# The steps of other domains have routes of their own, which go first.
PAGES: dict[Step, Callable[[Application], ResponseReturnValue]] = {
    **{step: partial(render, step=step) for step in Step},
    Step.TERMS: _terms_page,
    Step.YOU: _who_page,
    Step.TYPE: _type_page,
    Step.KEEP: _keep_page,
    Step.DONE: _done_page,
}
_ACTIONS = {Purpose.REISSUE: "reissue", Purpose.RENEW: "renew"}
# After these something was compared, and it was a guess.
_GUESSED = (IdentityMismatchError, identity_check.IdentityClaimError)
_WRONG = (
    IdentityMismatchError,
    identity_check.IdentityClaimError,
    identity_check.IdentityLockedError,
    identity_check.NoAccountError,
    BirthDateUnreadableError,
    identity_check.AccountUnreadableError,
)
