"""After issuing: receipt, reminder, where it is kept, a person's own history."""

import csv
import hashlib
import io
import json
import re
import subprocess
from datetime import UTC, date, timedelta
from pathlib import Path

import ics
import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from mobile_bridge.pki.short_number import short_number
from tests.support.certificate_factory import DAY, kst
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.billing.models import Charge
from webapp.certificates.errors import CertificateExpiredError, CertificateRevokedError
from webapp.certificates.lifecycle import Initiator, LifecycleFacts, StoredState
from webapp.certificates.models import CertificateCopy
from webapp.certificates.records import copies
from webapp.certificates.records.calendar import RenewalEvent, renewal_calendar
from webapp.certificates.records.copies import (
    MAX_ROWS,
    REPEATED,
    list_copies,
    present_copies,
    record_copy,
)
from webapp.certificates.records.history import PAGE
from webapp.certificates.revocation import mark_revoked
from webapp.pki.crl import ReasonCode

END = kst(2027, 11, 22, 23, 59, 59)


@pytest.fixture
def hanas(factory, now):
    """Hana's certificate, issued just now."""
    return factory.issued(now)


def english(visitor):
    visitor.client.set_cookie("language", "en")
    return visitor


PAGES = ("receipt", "places", "reminder.ics")


@pytest.mark.parametrize("page", PAGES)
def test_a_strangers_certificate_is_unknown(hanas, stranger, page):
    answer = stranger.open(f"/certificates/{hanas.id}/{page}")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/me/history", "/me/history.csv", "/me/history.json"])
def test_who_is_not_signed_in_is_asked_to(visitor, path):
    assert "/sign-in" in visitor.open(path).request.path


# The receipt --------------------------------------------------------------------------


def test_the_receipt_says_what_was_issued_and_how_to_recognise_it(customer, hanas):
    page = english(customer).open(f"/certificates/{hanas.id}/receipt").text

    digest = hashlib.sha256(hanas.der).hexdigest().upper()
    assert ":".join(re.findall("..", digest)) in page
    assert hanas.serial in page
    assert "김하나 (KIM HANA)" in page
    assert "certferry demo issuing CA (not accredited)" in page
    assert "The certificate before it" not in page


def test_the_receipt_says_the_fee_and_whether_it_is_paid(
    customer, factory, stored, now
):
    certificate = factory.issued(now, type_id="personal-general")
    where = f"/certificates/{certificate.id}/receipt"
    charge = stored.scalar(
        select(Charge).where(Charge.certificate_id == certificate.id)
    )
    open_page = english(customer).open(where).text
    charge.state = "settled"
    stored.commit()

    settled_page = customer.open(where).text

    assert f"{charge.won:,} won" in open_page
    assert "not paid yet" in open_page
    assert "not paid yet" not in settled_page


def test_the_receipt_of_a_free_type_says_so(customer, factory, now):
    certificate = factory.issued(now, type_id="personal-bank")

    page = english(customer).open(f"/certificates/{certificate.id}/receipt").text

    assert "<dd>free</dd>" in page


def test_the_receipt_of_a_re_issue_says_what_happened_to_the_old_one(
    customer, factory, hanas, now
):
    new = factory.reissued(hanas, now)

    page = english(customer).open(f"/certificates/{new.id}/receipt").text

    assert "It was revoked at the moment this one was issued" in page
    assert short_number(hanas.serial) in page


def test_the_receipt_of_a_renewal_says_that_the_old_one_stays_usable(
    customer, factory, now
):
    before = factory.issued(now - DAY * 350)
    new = factory.renewed(before, now)

    page = english(customer).open(f"/certificates/{new.id}/receipt").text

    assert "stays usable until its own last day" in page


# The reminder -------------------------------------------------------------------------


def life(**changes) -> LifecycleFacts:
    return LifecycleFacts(**{"state": StoredState.VALID, "not_after": END, **changes})


def written(app, now, language="ko", **changes) -> bytes:
    occasion = RenewalEvent(
        certificate_id="ab" * 16,
        type_name="개인 범용 인증서, 은행; 보험",
        number="3F7A-91C2",
        life=life(**changes),
        public_url="https://ca.example",
        language=language,
    )
    with app.test_request_context(headers={"Accept-Language": language}):
        return renewal_calendar(occasion, now)


def test_the_reminder_is_at_nine_when_the_renewal_opens_and_on_the_last_day(app):
    opening, last = Calendar.from_ical(written(app, END - DAY * 200)).events

    assert opening.start == kst(2027, 10, 23, 9)
    assert last.start == date(2027, 11, 22)
    assert last.end == date(2027, 11, 23)
    assert [alarm["action"] for alarm in opening.walk("VALARM")] == ["DISPLAY"]
    assert opening["url"] == f"https://ca.example/certificates/{'ab' * 16}/renew"
    assert "개인 범용 인증서, 은행; 보험" in opening["summary"]


def test_the_reminder_taken_twice_makes_no_second_entry(app):
    first, again = (
        [event["uid"] for event in Calendar.from_ical(written(app, now)).events]
        for now in (END - DAY * 200, END - DAY * 100)
    )

    assert first == again
    assert len(set(first)) == 2


def test_the_reminder_has_the_lines_that_calendars_ask_for(app):
    content = written(app, END - DAY * 200)

    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75  # octets, RFC 5545 section 3.1
    assert b"\n" not in content.replace(b"\r\n", b"")
    content.decode("utf-8")
    for line in (b"VERSION:2.0", b"PRODID:", b"DTSTAMP:", b"BEGIN:VALARM"):
        assert line in content


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_reminders_alarms_are_read_by_ics_py(app, language):
    text = written(app, END - DAY * 200, language).decode()
    events = ics.Calendar(text).events

    (opening,) = [event for event in events if "-renewal@" in event.uid]
    (last,) = [event for event in events if "-last-day@" in event.uid]
    assert [alarm.trigger for alarm in opening.alarms] == [timedelta()]
    assert [alarm.trigger.astimezone(UTC) for alarm in last.alarms] == [
        kst(2027, 11, 21, 9)
    ]
    assert opening.begin.datetime == kst(2027, 10, 23, 9)
    assert last.all_day
    assert "개인 범용 인증서, 은행; 보험" in last.name


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_reminders_alarms_are_read_by_ical_js(app, language, tmp_path):
    file = tmp_path / "certificate.ics"
    file.write_bytes(written(app, END - DAY * 200, language))
    reader = Path(__file__).with_name("read_calendar.mjs")
    done = subprocess.run(["node", reader, file], capture_output=True, check=True)

    opening, last = json.loads(done.stdout)
    assert opening["alarms"] == [{"type": "duration", "value": "PT0S"}]
    assert last["alarms"] == [{"type": "date-time", "value": "2027-11-21T00:00:00Z"}]
    assert (opening["start"], last["start"]) == ("2027-10-23T00:00:00Z", "2027-11-22")
    assert "개인 범용 인증서, 은행; 보험" in opening["summary"]


def test_what_is_past_is_not_in_the_reminder(app):
    (only,) = Calendar.from_ical(written(app, END - DAY * 3)).events

    assert only.start == date(2027, 11, 22)


@pytest.mark.parametrize(
    ("changes", "now", "refusal"),
    [
        ({"state": StoredState.REVOKED}, END - DAY, CertificateRevokedError),
        ({}, END + timedelta(seconds=1), CertificateExpiredError),
    ],
)
def test_of_what_is_over_there_is_no_reminder(app, changes, now, refusal):
    with pytest.raises(refusal):
        written(app, now, **changes)


def test_the_reminder_is_a_file_of_its_kind(customer, hanas):
    answer = customer.client.get(f"/certificates/{hanas.id}/reminder.ics")

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "certificate.ics" in answer.headers["Content-Disposition"]


# Where it is kept ---------------------------------------------------------------------

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)


def test_the_places_are_listed_by_date_with_what_the_browser_calls_itself(
    customer, hanas, stored, now
):
    for place, event, when in (
        ("browser", "made", now),
        ("file", "saved", now + DAY),
        ("phone", "sent", now + DAY * 2),
    ):
        record_copy(
            stored, hanas, place=place, event=event, device="Chrome, Windows", now=when
        )
    stored.commit()

    page = english(customer).open(f"/certificates/{hanas.id}/places").text

    told = ["Sent to a phone or tablet", "Saved as a file", "Made in a browser"]
    at = [page.index(sentence) for sentence in told]
    assert at == sorted(at)
    assert page.count("reported by: Chrome, Windows") == 3


def test_present_places_are_those_that_have_a_copy_now(hanas, stored, now):
    for minutes, (place, event) in enumerate(
        (
            ("browser", "made"),
            ("file", "saved"),
            ("phone", "sent"),
            ("file", "saved"),
            ("browser", "removed"),
        )
    ):
        when = now + timedelta(minutes=minutes)
        record_copy(stored, hanas, place=place, event=event, device="", now=when)
    stored.commit()

    present = present_copies(stored, hanas)

    assert [(copy.place, copy.how) for copy in present] == [
        ("phone", "sent"),
        ("file", "saved"),
    ]


@pytest.mark.parametrize("places", [1, 2])
def test_the_receipt_lists_each_place_that_has_a_copy(
    customer, hanas, stored, now, places
):
    for place, event in (("browser", "made"), ("phone", "sent"))[:places]:
        record_copy(stored, hanas, place=place, event=event, device="Chrome", now=now)
    stored.commit()

    page = english(customer).open(f"/certificates/{hanas.id}/receipt").text

    assert f'data-places="{places}"' in page
    assert "<b>In a browser · Chrome</b>" in page
    assert ("<b>On a phone or tablet</b>" in page) is (places == 2)
    assert page.count("read back complete") == places
    # The phone's copy was told by the computer, which is no place of it.
    assert page.count("reported by: Chrome") == places - 1


def test_the_page_of_a_certificate_names_the_place_and_not_who_told_of_it(
    customer, hanas, stored, now
):
    record_copy(
        stored, hanas, place="phone", event="sent", device="Chrome, Linux", now=now
    )
    stored.commit()

    page = english(customer).open(f"/certificates/{hanas.id}").text

    [note] = re.findall(r"<b>On a phone or tablet</b><small>(.*?)</small>", page)
    assert note.endswith("reported by: Chrome, Linux")
    assert 'data-told="a phone or tablet"' in page
    home = english(customer).open("/").text
    assert 'data-told="a phone or tablet"' in home


def test_what_a_browser_tells_is_noted(customer, hanas, stored):
    answer = customer.client.post(
        f"/certificates/{hanas.id}/kept",
        json={"place": "file", "how": "saved"},
        headers={"X-CSRFToken": customer.token, "User-Agent": CHROME},
    )

    assert answer.status_code == 204
    (copy,) = list_copies(stored, hanas)
    assert (copy.place, copy.how, copy.device) == (
        "file",
        "saved",
        "Chrome, Windows",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"place": "browser", "how": "made"},  # follows from the delivery alone
        {"place": "phone", "how": "saved"},
        {"place": "file", "how": "sent"},
        {"place": "cloud", "how": "saved"},
        {"place": ["file"], "how": "saved"},
        {"place": "file"},
        {},
    ],
)
def test_what_no_browser_of_ours_tells_is_refused(customer, hanas, stored, body):
    answer = customer.send_json(f"/certificates/{hanas.id}/kept", body)

    assert (answer.status_code, answer.json["code"]) == (422, "unknown_place")
    assert list_copies(stored, hanas) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ("file", 400),
        (None, 415),
        ({"place": "file", "how": "saved", "more": "x" * 300}, 413),
    ],
)
def test_what_is_no_such_object_is_refused(customer, hanas, stored, body, status):
    answer = customer.send_json(f"/certificates/{hanas.id}/kept", body)

    assert answer.status_code == status
    assert list_copies(stored, hanas) == []


def test_nobody_tells_of_a_strangers_certificate(hanas, stranger, stored):
    body = {"place": "file", "how": "saved"}

    answer = stranger.send_json(f"/certificates/{hanas.id}/kept", body)

    assert answer.status_code == 404
    assert list_copies(stored, hanas) == []


def test_nothing_is_told_without_the_token_of_the_page(customer, hanas, stored):
    customer.token = ""

    answer = customer.send_json(
        f"/certificates/{hanas.id}/kept", {"place": "file", "how": "saved"}
    )

    assert answer.json["code"] == "csrf_refused"
    assert list_copies(stored, hanas) == []


def test_a_script_that_runs_wild_fills_no_table(customer, hanas, stored, now):
    before = now - 2 * REPEATED
    for _ in range(MAX_ROWS):
        record_copy(stored, hanas, place="file", event="saved", device="", now=before)
    stored.commit()

    answer = customer.send_json(
        f"/certificates/{hanas.id}/kept", {"place": "file", "how": "saved"}
    )

    assert (answer.status_code, answer.json["code"]) == (409, "too_many_places")
    assert stored.scalar(select(func.count(CertificateCopy.id))) == MAX_ROWS


def test_a_place_is_one_of_those_there_are(hanas, stored, now):
    with pytest.raises(copies.UnknownPlaceError):
        record_copy(stored, hanas, place="moon", event="made", device="", now=now)


# The history --------------------------------------------------------------------------


def test_the_history_is_in_plain_words_and_the_newest_is_first(
    customer, hanas, stored, now
):
    reason = ReasonCode.KEY_COMPROMISE
    mark_revoked(stored, hanas, reason=reason, initiator=Initiator.COUNTER, now=now)
    whose = {"customer_id": hanas.customer_id, "certificate_id": hanas.id}
    record(stored, "certificate.revoked", actor=Actor.operator(42), at=now, **whose)
    record(stored, "moon.landed", actor=SYSTEM, at=now, **whose)
    stored.commit()

    whole = english(customer).open("/me/history").text
    page = whole[whole.index("<main") : whole.index("</main>")]

    told = ["moon.landed", "A certificate was revoked for good", "You signed in"]
    at = [page.index(sentence) for sentence in told]
    assert at == sorted(at)
    assert "The counter" in page
    assert "operator" not in page
    shown = re.sub(r"<[^>]*>", "", page)
    assert "42" not in shown.replace(short_number(hanas.serial), "")


def test_the_history_shows_nobody_elses(customer, hanas, stranger):
    page = english(stranger).open("/me/history").text
    table = stranger.client.get("/me/history.csv").data.decode("utf-8-sig")

    assert short_number(hanas.serial) not in page
    assert hanas.serial not in table
    assert "A certificate was issued to you" not in page


def test_the_history_is_paged_without_a_gap(customer, factory, stored, now):
    for number in range(PAGE * 2):
        record(stored, f"thing.{number:03}", customer_id=factory.customer.id, at=now)
    stored.commit()

    seen, path = [], "/me/history"
    while path:
        page = customer.open(path).text
        seen += re.findall(r"thing\.(\d{3})", page)
        more = re.search(r'href="(/me/history\?before=\d+)"', page)
        path = more[1] if more else None

    assert seen == [f"{number:03}" for number in reversed(range(PAGE * 2))]


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 30, "%00", "1e3", "²"])
def test_a_page_that_nobody_links_to_is_no_fault(customer, before):
    assert customer.open(f"/me/history?before={before}").status_code == 200


def test_the_table_opens_in_a_spreadsheet_and_computes_nothing(
    customer, factory, hanas, stored, now
):
    record(stored, "=cmd|'/c calc'!A1", customer_id=factory.customer.id, at=now)
    stored.commit()

    answer = english(customer).client.get("/me/history.csv")

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    header = ["Time (Korea)", "What happened", "By whom", "Certificate", "More"]
    assert rows[0] == header
    assert rows[1][1] == "'=cmd|'/c calc'!A1"
    assert hanas.serial in [row[3] for row in rows]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")]


def test_programs_get_the_same_as_json(customer, hanas, stored):
    answer = english(customer).client.get("/me/history.json")

    entries = json.loads(answer.data)
    mine = stored.scalars(
        select(AuditEntry.event)
        .where(AuditEntry.customer_id == hanas.customer_id)
        .order_by(AuditEntry.id.desc())
    ).all()
    assert [entry["what"] for entry in entries] == list(mine)
    assert {entry["by"] for entry in entries} <= {"you", "counter", "centre"}
    assert set(entries[0]) == {"at", "what", "sentence", "by", "certificate", "more"}


def test_what_somebody_was_told_of_is_said_by_each_line(customer, factory, stored, now):
    for change in ("card_issued", "phone_changed"):
        record(
            stored,
            "notice.change_sent",
            actor=SYSTEM,
            customer_id=factory.customer.id,
            at=now,
            detail={"change": change, "channel": "email"},
        )
    stored.commit()

    page = english(customer).open("/me/history").text

    assert "A new security card was issued in your name" in page
    assert "Your registered phone number was changed" in page
