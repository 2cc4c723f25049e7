"""The log: filtered, by the page, and as a file for whoever may read it."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobile_bridge.formats.korean_time import korean_date
from webapp.audit.actors import WITHOUT_NUMBER
from webapp.audit.models import AuditEntry
from webapp.ca.context import name_of_type
from webapp.clock import utc_now
from webapp.db import session
from webapp.ra.access import (
    CAN_READ_AUDIT,
    blueprint,
    current_operator,
    query_days,
    query_text,
    render,
    role_required,
)
from webapp.ra.audit_log import entries, labels
from webapp.web.csv_export import csv_time, write_csv
from webapp.web.pagination import parse_number

_FIELDS = ("what", "by", "q", "customer", "from", "to")


@blueprint.get("/log")
@role_required(CAN_READ_AUDIT)
def read_log() -> ResponseReturnValue:
    """Show the log, the newest first."""
    asked: dict[str, Any] = {
        name: text for name in _FIELDS if (text := query_text(name))
    }
    page = entries.read(
        session(),
        current_operator(),
        _filters(),
        before=parse_number(query_text("before", 20)),
    )
    older = page.older and url_for("ra.read_log", **asked, before=page.older)
    return render(
        "log",
        page=page,
        asked=asked,
        older=older,
        file=url_for("ra.log_file", **asked),
        most=entries.MAX_EXPORTED,
        actors=WITHOUT_NUMBER,
        operators=entries.list_operator_names(session()),
        events=labels.events(),
        today=korean_date(utc_now()),
    )


@blueprint.get("/log.csv")
@role_required(CAN_READ_AUDIT)
def log_file() -> ResponseReturnValue:
    """Hand out the newest entries that fit, as a table."""
    header = [
        _("Entry"),
        _("Time (Korea)"),
        _("What"),
        _("By whom"),
        _("Customer"),
        _("Customer number"),
        _("Serial number"),
        _("More"),
    ]
    rows = [
        _row(entry, page.names)
        for page in entries.read_all(session(), current_operator(), _filters())
        for entry in page.entries
    ]
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="log.csv"',
    }
    return write_csv(header, rows), 200, headers


def _row(entry: AuditEntry, names: entries.Names) -> list[str]:
    name, number = names.customers.get(entry.customer_id or 0, ("", ""))
    details = labels.detail_texts(entry, names, name_of_type)
    return [
        str(entry.id),
        csv_time(entry.at),
        labels.event_text(entry.event),
        labels.actor_text(entry.actor, names),
        name,
        number,
        names.serials.get(entry.certificate_id or "", ""),
        "; ".join(f"{label}: {value}" for label, value in details),
    ]


def _filters() -> entries.LogFilters:
    since, before = query_days()
    return entries.LogFilters(
        event=query_text("what", 40),
        actor=query_text("by", 40),
        person=query_text("q"),
        customer_id=parse_number(query_text("customer", 20), max_digits=9),
        since=since,
        before=before,
    )
