"""The reminder for a calendar (RFC 5545): when the renewal opens, and the last day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event

from mobile_bridge.formats.korean_time import day_start, korean_date
from webapp.certificates.errors import CertificateExpiredError, CertificateRevokedError
from webapp.certificates.lifecycle import (
    CertificateStatus,
    LifecycleFacts,
    renewal_window_start,
    status_at,
)

MORNING: Final = timedelta(hours=9)  # in Korea, of the day on which it opens
DURATION: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalEvent:
    """What a reminder is about."""

    certificate_id: str
    type_name: str
    number: str  # the short one
    life: LifecycleFacts
    public_url: str
    language: str


def renewal_calendar(occasion: RenewalEvent, now: datetime) -> bytes:
    """Return the calendar with what is still to come, in the language of the request.

    Raises:
        CertificateRevokedError, CertificateExpiredError: there is nothing to come.
    """
    certificate_status = status_at(occasion.life, now)
    if certificate_status is CertificateStatus.REVOKED:
        raise CertificateRevokedError
    if certificate_status is CertificateStatus.EXPIRED:
        raise CertificateExpiredError
    calendar = Calendar()
    calendar.add("prodid", f"-//certferry//reminder//{occasion.language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    opens = renewal_window_start(occasion.life.not_after) + MORNING
    if now < opens:
        calendar.add_component(_opening(occasion, opens, now))
    calendar.add_component(_last_day(occasion, now))
    return bytes(calendar.to_ical())


def _opening(occasion: RenewalEvent, opens: datetime, now: datetime) -> Event:
    event = _event(occasion, "renewal", now)
    event.add("summary", _("Renew the certificate: %(type)s", type=occasion.type_name))
    event.add("dtstart", opens)
    event.add("dtend", opens + DURATION)
    event.add_component(_alarm(event, timedelta()))
    return event


def _last_day(occasion: RenewalEvent, now: datetime) -> Event:
    day = korean_date(occasion.life.not_after)
    event = _event(occasion, "last-day", now)
    event.add(
        "summary", _("Last day of the certificate: %(type)s", type=occasion.type_name)
    )
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    # At nine on the day before: on the last day itself it may be too late.
    alarm_at = day_start(day - timedelta(days=1)) + MORNING
    event.add_component(_alarm(event, alarm_at))
    return event


def _event(occasion: RenewalEvent, part: str, now: datetime) -> Event:
    address = f"{occasion.public_url}/certificates/{occasion.certificate_id}/renew"
    event = Event()
    host = urlsplit(occasion.public_url).hostname or "certferry"
    # The same each time, so that taking it twice makes no second entry.
    event.add("uid", f"{occasion.certificate_id}-{part}@{host}")
    event.add("dtstamp", now)
    event.add("url", address)
    event.add(
        "description",
        _(
            "Renew it before its last day ends, at 23:59 Korean time. You need the "
            "certificate you have now, and its password."
        )
        + f"\n{_('Number %(number)s', number=occasion.number)}\n{address}",
    )
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def _alarm(event: Event, when: datetime | timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event["summary"])
    # RFC 5545 3.8.6.3: a time must say that it is one; the library leaves that out.
    is_time = isinstance(when, datetime)
    alarm.add("trigger", when, {"VALUE": "DATE-TIME"} if is_time else {})
    return alarm
