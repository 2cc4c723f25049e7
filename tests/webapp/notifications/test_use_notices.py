"""People hear once of what was done in their name, unless they chose not to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.browser_client import Browser
from tests.webapp.ra.conftest import make_customer
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.notifications.delivery import MAX_ATTEMPTS, RETRY_DELAY, Messenger
from webapp.notifications.mailer import MailDeferredError, MailRefusedError
from webapp.notifications.models import UseNotice
from webapp.notifications.use_email import MAX_LINES, TOLD
from webapp.notifications.use_notices import (
    NEWS_FOR,
    choose_notices,
    queue_use_notices,
    send_use_notices,
)
from webapp.values.secret import Secret

SAVED = AuditEvent.CERTIFICATE_SAVED


class Post:
    """A post that notes what it carried, and fails as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self.letters, self.failures = [], list(failures)

    def send(self, message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.letters.append(message)


MESSENGER = Messenger(
    mailer=None, mail_from="ca@example.com", public_url="https://ca.example"
)


@pytest.fixture
def hana(stored, now):
    customer = make_customer(stored, now)
    queue_use_notices(stored, now)  # what was before is no news
    stored.commit()
    return customer


def happen(stored, customer, now, event=SAVED, actor=None):
    record(stored, event, customer_id=customer.id, actor=actor, at=now)
    stored.commit()


def send(stored, now, post=None):
    stored.rollback()
    post = post or Post()
    return send_use_notices(stored, MESSENGER, post, now), post.letters


def events(stored):
    stored.expire_all()
    return stored.scalars(select(AuditEntry.event)).all()


def test_a_use_is_told_once_in_both_languages(stored, hana, now):
    happen(stored, hana, now)

    result, letters = send(stored, now)
    _, later = send(stored, now + timedelta(hours=1))

    assert (result.sent, result.failed, later) == (1, 0, [])
    [letter] = letters
    assert letter["To"] == hana.email
    text = letter.get_content()
    assert "The certificate was saved as a file" in text
    assert "인증서를 파일로 저장했" in text
    assert "That was not me" in text
    assert "내가 한 일이 아니" in text
    assert "https://ca.example" in text
    assert events(stored).count("notice.use_sent") == 1


def test_what_happened_between_two_looks_is_one_letter(stored, hana, now):
    happen(stored, hana, now)
    happen(stored, hana, now, AuditEvent.CERTIFICATE_SENT)

    result, [letter] = send(stored, now)

    assert result.sent == 1
    text = letter.get_content()
    assert text.index("saved as a file") < text.index("sent to another device")


@pytest.mark.parametrize("event", TOLD)
def test_each_is_told_in_the_words_of_the_history(event):
    assert TOLD[event] == str(event.customer_label)


@pytest.mark.parametrize(
    "event",
    [
        AuditEvent.CUSTOMER_SIGNED_IN,
        AuditEvent.NOTICE_USE_SENT,
        AuditEvent.NOTICE_USE_FAILED,
    ],
)
def test_everyday_things_are_not_told(stored, hana, now, event):
    happen(stored, hana, now, event)

    assert send(stored, now)[1] == []


def test_what_the_counter_does_is_told_elsewhere(stored, hana, now):
    happen(stored, hana, now, AuditEvent.CERTIFICATE_REVOKED, Actor.operator(1))

    assert send(stored, now)[1] == []


def test_nobody_is_told_of_others(stored, hana, now):
    other = stored.scalar(select(Customer).where(Customer.id != hana.id))
    other.email = "other@example.com"
    happen(stored, hana, now)
    happen(stored, other, now, AuditEvent.CERTIFICATE_SENT)
    happen(stored, hana, now)

    _, letters = send(stored, now)

    texts = {letter["To"]: letter.get_content() for letter in letters}
    assert "sent to another device" not in texts[hana.email]
    assert "saved as a file" not in texts["other@example.com"]


def test_who_switched_it_off_is_told_of_that_alone(stored, hana, now):
    choose_notices(stored, hana, is_told=False, now=now)
    stored.commit()
    happen(stored, hana, now)

    _, letters = send(stored, now)
    happen(stored, hana, now)
    _, later = send(stored, now)

    [letter] = letters
    assert "were switched off" in letter.get_content()
    assert later == []


def test_switched_on_again_what_follows_is_told(stored, hana, now):
    choose_notices(stored, hana, is_told=False, now=now)
    stored.commit()
    send(stored, now)
    choose_notices(stored, hana, is_told=True, now=now)
    stored.commit()
    happen(stored, hana, now)

    assert len(send(stored, now)[1]) == 1
    assert events(stored).count("customer.notices_on") == 1


def test_the_same_choice_twice_is_one_entry(stored, hana, now):
    for _ in range(2):
        choose_notices(stored, hana, is_told=False, now=now)
        stored.commit()

    assert events(stored).count("customer.notices_off") == 1


@pytest.mark.parametrize("field", ["none", "refused"])
def test_who_cannot_be_reached_gets_no_notice(stored, hana, now, field):
    hana.email = None if field == "none" else hana.email
    hana.email_refused_at = now if field == "refused" else None
    happen(stored, hana, now)

    assert send(stored, now)[1] == []
    assert stored.scalars(select(UseNotice)).all() == []


def test_what_is_older_than_a_day_alarms_nobody(stored, hana, now):
    happen(stored, hana, now)

    assert send(stored, now + NEWS_FOR + timedelta(seconds=1))[1] == []


def test_a_post_that_is_away_gets_it_later(stored, hana, now):
    happen(stored, hana, now)

    _, first = send(stored, now, Post(MailDeferredError("451")))
    _, second = send(stored, now + RETRY_DELAY)

    assert (len(first), len(second)) == (0, 1)


def test_it_gives_up_in_the_end(stored, hana, now):
    happen(stored, hana, now)
    for attempt in range(MAX_ATTEMPTS):
        send(stored, now + timedelta(days=attempt), Post(MailDeferredError("451")))

    [notice] = stored.scalars(select(UseNotice)).all()
    assert (notice.failed, notice.try_at) == ("gave_up", None)
    assert events(stored).count("notice.use_failed") == 1


def test_a_refused_address_is_noted(stored, hana, now):
    happen(stored, hana, now)

    send(stored, now, Post(MailRefusedError("550")))

    stored.expire_all()
    assert stored.get_one(Customer, hana.id).email_refused_at is not None


def test_a_long_list_is_cut_and_says_so(stored, hana, now):
    for _ in range(MAX_LINES + 1):
        happen(stored, hana, now)

    _, [letter] = send(stored, now)

    text = letter.get_content()
    assert text.count("The certificate was saved as a file") == MAX_LINES
    assert "There is more; your history has all of it." in text


def test_an_upgraded_centre_tells_nothing_of_before(stored, now):
    hana = make_customer(stored, now)
    happen(stored, hana, now)

    assert send(stored, now)[1] == []


def test_the_page_of_the_history_switches_it(customer, stored):
    customer.client.set_cookie("language", "en")
    hana = stored.scalar(select(Customer).where(Customer.login_id == "demo"))
    hana.email = "hana@example.com"
    stored.commit()
    shown = customer.open("/me/history").text

    answer = customer.submit("/me/notices", told="off")

    stored.expire_all()
    assert "hana@example.com" in shown
    assert "Now: on" in shown
    assert answer.headers["Location"].endswith("/me/history#notices")
    assert not stored.get_one(Customer, hana.id).is_told_of_use
    assert "Now: off" in customer.open("/me/history").text


@pytest.mark.parametrize("smtp_url", [None, Secret("smtp://127.0.0.1:25")])
def test_a_centre_without_post_promises_none(config, password, smtp_url):
    app = create_app(replace(config, demo=False, smtp_url=smtp_url))
    visitor = Browser(app.test_client())
    visitor.client.set_cookie("language", "en")
    with app.extensions["certferry.sessions"]() as session:
        hana = session.scalar(select(Customer).where(Customer.login_id == "demo"))
        hana.email = "hana@example.com"
        session.commit()
    visitor.sign_in("demo", password)

    page = visitor.open("/me/history").text

    assert ("This centre sends no e-mail." in page) == (smtp_url is None)
    assert ("we write to hana@example.com" in page) == (smtp_url is not None)
