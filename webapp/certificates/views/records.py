"""After issuing: reminder, where it is kept, own history."""

import msgspec
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from mobile_bridge.pki.short_number import short_number
from mobile_bridge.server.user_agent import describe_user_agent
from webapp.audit.events import customer_event_label
from webapp.authenticators.factors import factor_events
from webapp.ca.context import current_ca
from webapp.certificates import service
from webapp.certificates.labels import COPY_LABELS, told_in_words
from webapp.certificates.records import copies, history
from webapp.certificates.records.calendar import RenewalEvent, renewal_calendar
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.web.csv_export import csv_time, write_csv
from webapp.web.i18n import language
from webapp.web.json_body import read_json
from webapp.web.pagination import parse_number
from webapp.web.security import client_details, customer_required

blueprint = Blueprint("records", __name__)
MAX_COPY_BODY = 200  # bytes


class CopyReport(msgspec.Struct, frozen=True):
    """What a browser tells of a copy of a certificate."""

    place: str = ""
    how: str = ""


@blueprint.get("/certificates/<certificate_id>/reminder.ics")
@customer_required
def reminder_file(certificate_id: str) -> ResponseReturnValue:
    """Hand out the reminder for a calendar."""
    certificate = service.find(session(), current_user, certificate_id)
    cert_type = current_ca().types.get(certificate.type_id)
    occasion = RenewalEvent(
        certificate_id=certificate.id,
        type_name=cert_type.name_in(language()) if cert_type else certificate.type_id,
        number=short_number(certificate.serial),
        life=certificate.life,
        public_url=current_ca().config.public_url,
        language=language(),
    )
    return _file(
        renewal_calendar(occasion, utc_now()), "text/calendar", "certificate.ics"
    )


@blueprint.get("/certificates/<certificate_id>/places")
@customer_required
def places(certificate_id: str) -> ResponseReturnValue:
    """Show where a certificate has been kept, as far as the centre was told."""
    certificate = service.find(session(), current_user, certificate_id)
    return render_template(
        "certificates/records/places.html",
        certificate=certificate,
        keepings=copies.list_copies(session(), certificate),
        kept=COPY_LABELS,
        now=utc_now(),
    )


@blueprint.post("/certificates/<certificate_id>/kept")
@customer_required
def kept(certificate_id: str) -> ResponseReturnValue:
    """Note what the person's browser did with a copy."""
    certificate = service.find(session(), current_user, certificate_id)
    body = read_json(CopyReport, max_bytes=MAX_COPY_BODY)
    device = describe_user_agent(request.user_agent.string)
    with unit_of_work() as work:
        copies.report_copy(
            work,
            certificate,
            place=body.place,
            event=body.how,
            device=device,
            now=utc_now(),
            client=client_details(),
            is_phone_only=current_ca().is_phone_only(certificate.type_id),
        )
    return "", 204


@blueprint.get("/me/history")
@customer_required
def own_history() -> ResponseReturnValue:
    """Show a person's own part of the log, a page at a time."""
    before = parse_number(request.args.get("before", ""))
    page = history.list_page(session(), current_user, before)
    return render_template(
        "certificates/records/history.html",
        page=page,
        event_label=_event_label,
        told_in_words=told_in_words,
        is_first=before is None,
        sends_mail=current_ca().config.sends_mail,
    )


@blueprint.get("/me/history.csv")
@customer_required
def history_csv() -> ResponseReturnValue:
    """Hand out the whole history as a table."""
    header = [
        _("Time (Korea)"),
        _("What happened"),
        _("By whom"),
        _("Certificate"),
        _("More"),
    ]
    rows = [
        [
            csv_time(entry.at),
            _event_label(entry.event),
            str(entry.actor.customer_label),
            entry.serial,
            "; ".join(told_in_words(entry.told)),
        ]
        for entry in history.list_all(session(), current_user)
    ]
    table = write_csv(header, [[cell or "" for cell in row] for row in rows])
    return _file(table, "text/csv", "history.csv")


@blueprint.get("/me/history.json")
@customer_required
def history_json() -> ResponseReturnValue:
    """Hand out the whole history for programs."""
    rows = [
        {
            "at": entry.at.isoformat(timespec="seconds"),
            "what": entry.event,
            "sentence": _event_label(entry.event),
            "by": entry.actor_code,
            "certificate": entry.serial,
            "more": dict(entry.told),
        }
        for entry in history.list_all(session(), current_user)
    ]
    return _file(history.to_json(rows), "application/json", "history.json")


def _event_label(stored: str) -> str:
    return customer_event_label(stored, factor_events())


def _file(content: bytes, kind: str, name: str) -> ResponseReturnValue:
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return content, 200, headers
