"""Register a sheet of customers: look at it, have it done, look at what came of it."""

import threading
from typing import Any

import structlog
from flask import Response, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from mobile_bridge.formats.korean_time import korean_date
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.ra.access import (
    CAN_SERVE,
    blueprint,
    current_operator,
    form_text,
    render,
    role_required,
)
from webapp.ra.approvals.acts import Act
from webapp.ra.customers import csv_import, csv_rows
from webapp.ra.customers.forms import CustomerForm, required_fields
from webapp.ra.views.confirmation import ask, asks_again, justification
from webapp.ra.views.customers.record import uses_cards
from webapp.web import error_handlers

log = structlog.get_logger()
IMPORT = "/imports/<import_id>"


@blueprint.get("/import")
@role_required(CAN_SERVE)
def import_form() -> ResponseReturnValue:
    """Show how a sheet has to look, and take one."""
    return _import_page(None)


@blueprint.get("/import/template.csv")
@role_required(CAN_SERVE)
def template() -> ResponseReturnValue:
    """Hand out a sheet with a header and examples."""
    text = csv_rows.template(required_fields(current_ca().config))
    headers = {"Content-Disposition": 'attachment; filename="customers.csv"'}
    # The mark tells a spreadsheet that this is UTF-8.
    return Response(text.encode("utf-8-sig"), headers=headers, mimetype="text/csv")


@blueprint.post("/import")
@role_required(CAN_SERVE)
def read_sheet() -> ResponseReturnValue:
    """Show what is wrong with a sheet, or what it would register."""
    sent = request.files.get("sheet")
    content = sent.read(csv_rows.MAX_BYTES + 1) if sent else b""
    if len(content) > csv_rows.MAX_BYTES:
        return _import_page((csv_rows.RowError(0, "", "sheet_too_large"),)), 422
    text = csv_rows.decode(content)
    if text is None:
        return _import_page((csv_rows.RowError(0, "", "not_a_sheet"),)), 422
    sheet = _look_at(text, _settings())
    if sheet.mistakes:
        return _import_page(sheet.mistakes), 422
    return render(
        "import_ready",
        sheet=sheet,
        text=text,
        import_id=csv_import.new_id(),
        fields=CustomerForm(),
    )


@blueprint.post("/import/confirm")
@role_required(CAN_SERVE)
def import_sheet() -> ResponseReturnValue:
    """Have everybody in a sheet registered in the background, or nobody."""
    text = request.form.get("text", "")
    if len(text) > csv_rows.MAX_BYTES:  # cut, it would register some of them
        return _import_page((csv_rows.RowError(0, "", "sheet_too_large"),)), 422
    settings, import_id = _settings(), form_text("import", 32)
    if not csv_import.is_known(session(), current_operator(), import_id):
        sheet = _look_at(text, settings)
        if sheet.mistakes:
            return _import_page(sheet.mistakes), 422
        with unit_of_work() as work:
            csv_import.begin(
                work,
                current_operator(),
                import_id,
                text=text,
                total=len(sheet.entries),
                settings=settings,
                now=utc_now(),
            )
        _run_beside(import_id, settings)
    return redirect(url_for("ra.show_import", import_id=import_id), 303)


@blueprint.get(IMPORT)
@role_required(CAN_SERVE)
def show_import(import_id: str) -> ResponseReturnValue:
    """Show how far an import is, or the first passwords while they are kept."""
    import_, now = csv_import.find(session(), current_operator(), import_id), utc_now()
    handed = csv_import.list_handed_over(session(), import_, _settings(), now)
    if handed:
        return render(
            "imported", import_=import_, handed_over=handed, uses_cards=uses_cards()
        )
    return render(
        "import_progress",
        import_=import_,
        is_stalled=csv_import.is_stalled(import_, now),
        answer=error_handlers.error_messages().get(import_.refused or ""),
    )


@blueprint.get(f"{IMPORT}/state")
@role_required(CAN_SERVE)
def import_state(import_id: str) -> ResponseReturnValue:
    """Tell the page that waits how far an import is."""
    customer_import = csv_import.find(session(), current_operator(), import_id)
    return jsonify(
        state=customer_import.state,
        hashed=customer_import.hashed,
        total=customer_import.total,
        stalled=csv_import.is_stalled(customer_import, utc_now()),
    )


@blueprint.post(f"{IMPORT}/resume")
@role_required(CAN_SERVE)
def resume_import(import_id: str) -> ResponseReturnValue:
    """Go on with an import that nobody works on, for example after a restart."""
    customer_import = csv_import.find(session(), current_operator(), import_id)
    if csv_import.is_stalled(customer_import, utc_now()):
        _run_beside(customer_import.id, _settings())
    return redirect(url_for("ra.show_import", import_id=import_id), 303)


@blueprint.get(f"{IMPORT}/close")
@role_required(CAN_SERVE)
def ask_close_import(import_id: str, **context: Any) -> str:
    """Ask before the first passwords of an import are forgotten."""
    customer_import = csv_import.find(session(), current_operator(), import_id)
    home = url_for("ra.show_import", import_id=import_id)
    kept = csv_import.require_kept(customer_import)
    return ask(Act.CLOSE_IMPORT, batch=kept, home=home, **context)


@blueprint.post(f"{IMPORT}/close")
@role_required(CAN_SERVE)
@asks_again(ask_close_import)
def close_import(import_id: str) -> ResponseReturnValue:
    """Forget the first passwords of an import."""
    import_, reason = (
        csv_import.find(session(), current_operator(), import_id),
        justification(Act.CLOSE_IMPORT),
    )
    with unit_of_work() as work:
        csv_import.close(
            work, current_operator(), import_, justification=reason, now=utc_now()
        )
    return redirect(url_for("ra.customers", done="import-closed"), 303)


def _run_beside(import_id: str, settings: csv_import.Settings) -> None:
    """Make the passwords beside this request; it answers at once."""
    sessions: sessionmaker[Session] = current_app.extensions["certferry.sessions"]
    session().rollback()

    def work() -> None:
        try:
            with sessions() as own:
                csv_import.run(own, import_id, settings, clock=utc_now)
        except SQLAlchemyError as error:
            # The worker goes on with it, once the claim has run out.
            log.warning("import_put_off", kind=type(error).__name__)

    # Of a served centre a greenlet; the hashing has real threads of its own.
    threading.Thread(target=work, name="import", daemon=True).start()


def _settings() -> csv_import.Settings:
    return csv_import.import_settings(current_ca().config)


def _look_at(text: str, settings: csv_import.Settings) -> csv_rows.Sheet:
    today = korean_date(utc_now())
    return csv_import.validate_sheet(session(), text, settings.required, today)


def _import_page(mistakes: tuple[csv_rows.RowError, ...] | None) -> str:
    fields = csv_rows.sheet_fields(required_fields(current_ca().config))
    return render(
        "import",
        mistakes=(mistakes or ())[: csv_rows.MAX_ERRORS],
        count=len(mistakes or ()),
        most_rows=csv_rows.MAX_ROWS,
        fields=fields,
        labels={field.name: field.label.text for field in CustomerForm()},
        other_headers=", ".join(name for field in fields for name in field.headers[1:]),
        imports=csv_import.list_imports(session(), current_operator()),
    )
