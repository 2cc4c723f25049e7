"""Register customers: one by one, or a sheet of them."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from webapp.clock import KST, utc_now
from webapp.counter import registering, sheet
from webapp.counter.customer_routes import make_card, uses_cards, wanted
from webapp.counter.door import SERVES, blueprint, me, role_required, show
from webapp.counter.errors import LoginTakenError
from webapp.counter.forms import FIELDS, read_customer
from webapp.db import session
from webapp.security import off_the_loop
from webapp.text_input import normalize_login_id


@blueprint.get("/customers/new")
@role_required(SERVES)
def new_customer() -> ResponseReturnValue:
    """Show the form."""
    return _form({}, {})


@blueprint.post("/customers/new")
@role_required(SERVES)
def register() -> ResponseReturnValue:
    """Register a customer and show what is handed over, once."""
    typed = {name: request.form.get(name, "")[:300] for name in FIELDS}
    read = read_customer(typed, wanted(), utc_now().astimezone(KST).date())
    mistakes = dict(read.mistakes)
    if registering.taken_login_ids(session(), [normalize_login_id(typed["login_id"])]):
        mistakes["login_id"] = "login_id_taken"
    if mistakes or read.entry is None:
        return _form({**typed, **read.suggestions}, mistakes), 422
    session().rollback()  # others use the connection while the password is hashed
    ready = off_the_loop(registering.make_ready, read.entry)
    try:
        made = registering.register_all(session(), me(), [ready], utc_now())[0]
    except LoginTakenError:
        return _form(typed, {"login_id": "login_id_taken"}), 422
    card = make_card(made, is_new_customer=True)
    return show("handed_over", customer=made, password=ready.password, card=card)


@blueprint.get("/import")
@role_required(SERVES)
def import_form() -> ResponseReturnValue:
    """Show how a sheet has to look, and take one."""
    return _import_page(None)


@blueprint.get("/import/template.csv")
@role_required(SERVES)
def template() -> ResponseReturnValue:
    """Hand out a sheet with a header and examples."""
    text = sheet.ACCOUNT_TEMPLATE if wanted().account else sheet.TEMPLATE
    headers = {"Content-Disposition": 'attachment; filename="customers.csv"'}
    # The mark tells a spreadsheet that this is UTF-8.
    return Response(text.encode("utf-8-sig"), headers=headers, mimetype="text/csv")


@blueprint.post("/import")
@role_required(SERVES)
def read_sheet() -> ResponseReturnValue:
    """Show what is wrong with a sheet, or what it would register."""
    sent = request.files.get("sheet")
    content = sent.read(sheet.MOST_BYTES + 1) if sent else b""
    if len(content) > sheet.MOST_BYTES:
        return _import_page((sheet.Mistake(0, "", "sheet_too_large"),)), 422
    text = sheet.decode(content)
    if text is None:
        return _import_page((sheet.Mistake(0, "", "not_a_sheet"),)), 422
    found = _look_at(text)
    if found.mistakes:
        return _import_page(found.mistakes), 422
    return show("import_ready", sheet=found, text=text)


@blueprint.post("/import/confirm")
@role_required(SERVES)
def import_sheet() -> ResponseReturnValue:
    """Register everybody in a sheet, or nobody; show the first passwords, once."""
    text = request.form.get("text", "")[: sheet.MOST_BYTES]
    found = _look_at(text)
    if found.mistakes:
        return _import_page(found.mistakes), 422
    session().rollback()
    # One at a time, so that the threads stay free for people who sign in.
    ready = [off_the_loop(registering.make_ready, each) for _, each in found.entries]
    try:
        made = registering.register_all(session(), me(), ready, utc_now())
    except LoginTakenError:
        return _import_page(_look_at(text).mistakes), 422
    handed = list(zip(made, ready, strict=True))
    return show("imported", made=handed, uses_cards=uses_cards())


def _look_at(text: str) -> sheet.Sheet:
    found = sheet.read_sheet(text, wanted(), utc_now().astimezone(KST).date())
    login_ids = [entry.login_id for _, entry in found.entries]
    taken = registering.taken_login_ids(session(), login_ids)
    mistakes = (*found.mistakes, *sheet.taken(found, taken))
    return sheet.Sheet(found.entries, tuple(sorted(mistakes, key=lambda at: at.line)))


def _form(typed: dict[str, str], mistakes: dict[str, str]) -> str:
    return show(
        "new_customer", typed=typed, mistakes=mistakes, fields=FIELDS, wanted=wanted()
    )


def _import_page(mistakes: tuple[sheet.Mistake, ...] | None) -> str:
    return show(
        "import",
        mistakes=(mistakes or ())[: sheet.MOST_MISTAKES],
        count=len(mistakes or ()),
        most_rows=sheet.MOST_ROWS,
        wanted=wanted(),
    )
