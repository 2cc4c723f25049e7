"""Access to the counter: its blueprint, who gets in, and what its pages share."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mobile_bridge.formats.korean_time import day_start
from webapp.accounts.models import Operator, Role
from webapp.authenticators.factors import messages
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session
from webapp.exceptions import AppError
from webapp.ra import messages as answers
from webapp.ra.approvals.act_labels import REASON_LABELS, act_text
from webapp.ra.audit_log import labels
from webapp.ra.permissions import (
    CAN_MANAGE,
    CAN_READ_AUDIT,
    CAN_SERVE,
    CAN_VIEW,
    require_role,
)
from webapp.values.phone_number import format_phone
from webapp.values.text_input import normalize_text, parse_date
from webapp.web import error_handlers, login_session

log = structlog.get_logger()
blueprint = Blueprint("ra", __name__, url_prefix="/counter")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
_UPLOADS = {"ra.read_sheet", "ra.import_sheet"}
MAX_UPLOAD = 1024 * 1024
# Larger numbers are no ids: a database would choke on them.
CUSTOMER = "<int(max=2147483647):customer_id>"
OPERATOR = "<int(max=2147483647):operator_id>"


def role_required(roles: frozenset[Role]) -> Callable[[View], View]:
    """Let only operators of these roles in, after they chose their own password.

    Where the centre requires a second factor, after they showed or set up one, too.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **values: object) -> ResponseReturnValue:
            if not login_session.operator_signed_in():
                return ask_to_sign_in()
            if current_user.must_change_password:
                return redirect(url_for("ra.password"))
            if must_show_factor():
                return redirect(url_for("ra.my_sign_in"))
            require_role(current_operator(), roles)
            return view(*args, **values)

        return cast(View, guarded)

    return decorate


def must_show_factor() -> bool:
    """Tell whether this sign-in still lacks the second factor that is required."""
    is_required = current_ca().config.operator_second_factor == "required"
    return is_required and not cookie.get(login_session.FACTOR_PASSED)


def current_operator() -> Operator:
    """Return the operator who is signed in."""
    operator: Operator = current_user._get_current_object()
    return operator


def render(template: str, **context: Any) -> str:
    """Return a page of the counter."""
    is_operator = login_session.operator_signed_in()
    return render_template(
        f"ra/{template}.html",
        now=utc_now(),
        success_message={**answers.SUCCESS_MESSAGES, **messages()}.get(
            request.args.get("done", "")
        ),
        error_texts=answers.INPUT_ERRORS,
        role_labels=answers.ROLES,
        reason_labels={**REASON_LABELS, **answers.REASONS},
        act_text=act_text,
        log_labels=labels,
        status_labels=answers.STATUSES,
        change_labels=answers.CHANGES,
        notice_failure_labels=answers.NOTICE_FAILURES,
        factor_open=is_operator and must_show_factor(),
        may_serve=is_operator and current_user.role in CAN_SERVE,
        may_manage=is_operator and current_user.role in CAN_MANAGE,
        may_read_log=is_operator and current_user.role in CAN_READ_AUDIT,
        phone_for_people=format_phone,
        **context,
    )


def redirect_to_customer(customer_id: int, done: str) -> ResponseReturnValue:
    """Lead to a customer's page, which says what was done."""
    where = url_for("ra.customer", customer_id=customer_id, done=done)
    return redirect(where, 303)


def counter_path(path: str) -> str:
    """Return a path of the counter as it is; anything else would lead elsewhere."""
    safe = re.fullmatch(r"/counter(?:[/?][\w\-./?=&%~+:]*)?", path)
    return path if safe else "/counter"


def form_text(name: str, max_length: int = 64) -> str:
    """Return what was typed into a form, without what nobody sees.

    Never what the address says: a decision is made by what stands on the page.
    """
    return _seen(request.form.get(name, ""), max_length)


def query_text(name: str, max_length: int = 64) -> str:
    """Return what the address asks to be shown, without what nobody sees."""
    return _seen(request.args.get(name, ""), max_length)


def query_days() -> tuple[datetime | None, datetime | None]:
    """Return when the days begin and end that the address asks for, "from" and "to"."""
    first, last = parse_date(query_text("from")), parse_date(query_text("to"))
    return (
        day_start(first) if first and first.year > 1 else None,
        day_start(last + timedelta(days=1)) if last and last.year < 9000 else None,
    )


def _seen(text: str, max_length: int) -> str:
    return normalize_text(text[: max_length * 4], max_length + 1)


@blueprint.url_value_preprocessor
def _allow_sheets(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Here, since the guard against foreign forms reads the form before any view.
    if endpoint in _UPLOADS and login_session.operator_signed_in():
        request.max_content_length = MAX_UPLOAD


@blueprint.errorhandler(AppError)
def _refused(error: AppError) -> ResponseReturnValue:
    session().rollback()
    log.info("refused", code=error.code)
    if not error_handlers.wants_html() or not login_session.operator_signed_in():
        return error_handlers.error_response(error.code)
    message = error_handlers.error_message(error.code)
    page = render("refused", code=error.code, answer=message, back=_safe_referrer())
    return page, message.status


def _safe_referrer() -> str:
    try:
        path = urlsplit(request.referrer or "").path
    except ValueError:  # a browser sends none such
        path = ""
    return path if path.startswith("/counter/") else url_for("ra.home")


def ask_to_sign_in() -> ResponseReturnValue:
    if not error_handlers.wants_html():
        return error_handlers.error_response("sign_in_needed")
    back = login_session.path_to_return_to("/counter")
    return redirect(url_for("ra.sign_in", next=back))


__all__ = [
    "CAN_MANAGE",
    "CAN_READ_AUDIT",
    "CAN_SERVE",
    "CAN_VIEW",
    "CUSTOMER",
    "OPERATOR",
    "blueprint",
    "current_operator",
    "form_text",
    "query_text",
    "redirect_to_customer",
    "render",
    "role_required",
]
