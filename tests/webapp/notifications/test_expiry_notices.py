"""Each letter is sent once, whoever sends it, and again only where it did not leave."""

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.certificate_factory import DAY, CertificateFactory, kst
from tests.webapp.notifications.servers import mail_server
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.ca.certificate_types import packaged_types
from webapp.certificates.lifecycle import Initiator, StoredState
from webapp.certificates.revocation import mark_revoked, update_status
from webapp.notifications import expiry_notices
from webapp.notifications.delivery import MAX_ATTEMPTS, RETRY_DELAY, Messenger
from webapp.notifications.expiry_notices import send_expiry_notices
from webapp.notifications.mailer import (
    MailDeferredError,
    MailRefusedError,
    MailServerDownError,
)
from webapp.notifications.models import Notice
from webapp.pki.crl import ReasonCode

ROOT = Path(__file__).resolve().parents[3]
ISSUED = kst(2026, 11, 23, 12)
LAST = kst(2027, 11, 23)  # midnight at which the last day begins
MINUTE = timedelta(minutes=1)


class Pigeon:
    """A post that notes what it carried, and fails as it is told."""

    def __init__(self, *fails: Exception) -> None:
        self.carried: list[str] = []
        self.fails = list(fails)

    def send(self, message) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.carried.append(message["Message-ID"])


def sender(post) -> Messenger:
    return Messenger(
        mailer=post,
        mail_from="ca@example.com",
        public_url="https://ca.example",
        types=packaged_types(),
    )


@pytest.fixture
def factory(app, stored):
    return CertificateFactory.of(app, stored)


@pytest.fixture
def hanas(factory):
    """Hana's certificate; its last day is LAST."""
    certificate = factory.issued(ISSUED)
    assert certificate.not_after == LAST + DAY - timedelta(seconds=1)
    return certificate


def days_of(post: Pigeon) -> list[str]:
    return [message_id.split("@")[0].rsplit("-", 1)[-1] for message_id in post.carried]


def test_a_year_of_daily_runs_sends_three_letters(hanas, stored):
    post = Pigeon()

    for day in range(-40, 3):
        for hour in (0, 12, 23):
            now = LAST + DAY * day + timedelta(hours=hour)
            send_expiry_notices(stored, sender(post), now)

    assert days_of(post) == ["30", "7", "1"]
    logged = stored.scalars(
        select(AuditEntry.detail).where(AuditEntry.event == "notice.sent")
    ).all()
    assert logged == ['{"days": 30}', '{"days": 7}', '{"days": 1}']


def test_missed_days_are_caught_up_with_the_nearest_letter_only(hanas, stored):
    post = Pigeon()

    send_expiry_notices(stored, sender(post), LAST - DAY * 5)
    send_expiry_notices(stored, sender(post), LAST - DAY * 4)
    send_expiry_notices(stored, sender(post), LAST)

    assert days_of(post) == ["7", "1"]


def test_a_clock_that_is_set_back_sends_nothing_twice(hanas, stored):
    post = Pigeon()

    for days in (30, 7, 29, 30, 7):
        send_expiry_notices(stored, sender(post), LAST - DAY * days)

    assert days_of(post) == ["30", "7"]


def test_a_renewed_certificate_is_not_written_about(hanas, factory, stored):
    post = Pigeon()
    factory.renewed(hanas, LAST - DAY * 20)

    send_expiry_notices(stored, sender(post), LAST - DAY * 7)

    assert post.carried == []


def test_a_suspended_certificate_is_written_about_and_a_revoked_one_is_not(
    hanas, stored
):
    post = Pigeon()
    at = LAST - DAY * 60
    values = {
        "state": StoredState.SUSPENDED,
        "suspended_at": at,
        "suspended_by": "holder",
    }
    update_status(stored, hanas, was=(StoredState.VALID,), values=values)
    stored.commit()
    send_expiry_notices(stored, sender(post), LAST - DAY * 30)

    reason, initiator = ReasonCode.KEY_COMPROMISE, Initiator.HOLDER
    mark_revoked(stored, hanas, reason=reason, initiator=initiator, now=LAST - DAY * 10)
    stored.commit()
    send_expiry_notices(stored, sender(post), LAST - DAY * 7)

    assert days_of(post) == ["30"]


@pytest.mark.parametrize("email", [None, ""])
def test_who_has_no_address_is_not_written_to(hanas, factory, stored, email):
    post = Pigeon()
    factory.customer.email = email
    stored.commit()

    send_expiry_notices(stored, sender(post), LAST - DAY * 7)

    assert post.carried == []
    assert stored.scalars(select(Notice)).all() == []


def test_a_letter_that_is_deferred_is_tried_again_later_and_later(hanas, stored):
    post = Pigeon(*[MailDeferredError("451")] * 2)
    now = LAST - DAY * 7

    tries = []
    for _ in range(120):
        left = len(post.fails), len(post.carried)
        send_expiry_notices(stored, sender(post), now)
        if (len(post.fails), len(post.carried)) != left:
            tries.append(now)
        now += MINUTE

    assert len(post.carried) == 1
    assert [b - a for a, b in itertools.pairwise(tries)] == [
        RETRY_DELAY,
        RETRY_DELAY * 2,
    ]


def test_a_letter_that_is_never_taken_is_given_up(hanas, stored):
    post = Pigeon(*[MailDeferredError("451")] * 50)
    now = LAST - DAY * 29

    for _ in range(48 * 4):
        send_expiry_notices(stored, sender(post), now)
        now += timedelta(minutes=15)

    assert 50 - len(post.fails) == MAX_ATTEMPTS


def test_a_letter_that_is_refused_for_good_is_not_tried_again(hanas, stored):
    post = Pigeon(MailRefusedError("550"))

    send_expiry_notices(stored, sender(post), LAST - DAY * 7)
    send_expiry_notices(stored, sender(post), LAST - DAY * 6)
    assert post.carried == []

    send_expiry_notices(stored, sender(post), LAST - DAY)
    assert days_of(post) == ["1"]  # the next one is another letter


def test_an_address_that_is_none_is_given_up_and_others_get_theirs(
    hanas, factory, stored
):
    post = Pigeon()
    factory.customer.email = "hana\r\nBcc: all@example.com"
    stored.commit()

    done = send_expiry_notices(stored, sender(post), LAST - DAY * 7)
    again = send_expiry_notices(stored, sender(post), LAST - DAY * 6)

    assert (done.sent, done.failed) == (0, 1)
    assert (again.sent, again.failed) == (0, 0)


def test_days_without_a_mail_server_cost_no_letter_its_attempts(hanas, stored):
    post = Pigeon(*[MailServerDownError("away")] * 40)
    now = LAST - DAY * 29

    for _ in range(60):
        send_expiry_notices(stored, sender(post), now)
        now += timedelta(minutes=20)

    assert days_of(post) == ["30"]


def test_a_round_ends_when_the_mail_server_is_away(hanas, factory, stored):
    factory.issued(ISSUED, type_id="personal-bank")
    post = Pigeon(MailServerDownError("away"))

    done = send_expiry_notices(stored, sender(post), LAST - DAY * 7)

    assert done.unreachable
    assert post.carried == []
    assert len(stored.scalars(select(Notice)).all()) == 1


def test_what_a_dead_worker_claimed_is_sent_by_another_one(hanas, stored):
    now = LAST - DAY * 7
    killed = Pigeon(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        send_expiry_notices(stored, sender(killed), now)
    stored.rollback()
    post = Pigeon()

    send_expiry_notices(stored, sender(post), now + RETRY_DELAY - MINUTE)
    assert post.carried == []
    send_expiry_notices(stored, sender(post), now + RETRY_DELAY)

    assert days_of(post) == ["7"]


def test_two_workers_at_the_same_moment_send_each_letter_once(
    app, factory, hanas, stored
):
    types = ("personal-bank", "personal-sign")
    for number in range(8):
        factory.issued(ISSUED, type_id=types[number % 2])
    stored.commit()
    bind = app.extensions["certferry.sessions"].kw["bind"]
    post, together = Pigeon(), Barrier(4)

    def work(_number: int) -> int:
        with Session(bind) as session:
            together.wait()
            return send_expiry_notices(session, sender(post), LAST - DAY * 7).sent

    with ThreadPoolExecutor(4) as pool:
        sent = sum(pool.map(work, range(4)))

    assert sent == len(post.carried) == len(set(post.carried)) == 9


def test_two_processes_at_the_same_moment_send_each_letter_once(
    config, factory, hanas, stored
):
    for _ in range(4):
        factory.issued(ISSUED)
    stored.commit()
    with mail_server() as mailbox:
        words = [str(config.database_url), str(mailbox.port), str(LAST - DAY * 7)]
        started = [
            subprocess.Popen([sys.executable, "-c", WORKER, *words], cwd=ROOT)
            for _ in range(2)
        ]
        codes = [process.wait(60) for process in started]

    assert codes == [0, 0]
    ids = [letter["Message-ID"] for letter in mailbox.letters]
    assert len(ids) == len(set(ids)) == 5


def test_a_database_that_is_busy_for_a_while_does_not_send_a_letter_twice(
    hanas, stored, monkeypatch
):
    from sqlalchemy.exc import OperationalError

    record, fails = (
        expiry_notices.record,
        [OperationalError("locked", None, Exception())] * 3,
    )

    def busy(*args, **more):
        if fails:
            raise fails.pop()
        record(*args, **more)

    monkeypatch.setattr(expiry_notices, "record", busy)
    post, now = Pigeon(), LAST - DAY * 7

    send_expiry_notices(stored, sender(post), now)
    send_expiry_notices(stored, sender(post), now + DAY)

    assert days_of(post) == ["7"]


WORKER = """
import sys
from datetime import datetime
from sqlalchemy.orm import Session
from tests.webapp.notifications.test_expiry_notices import sender
from tests.webapp.notifications.servers import Mailbox
from webapp import db
from webapp.notifications.expiry_notices import send_expiry_notices
url, port, now = sys.argv[1:]
post = Mailbox(port=int(port)).post()
with Session(db.make_engine(url)) as session:
    send_expiry_notices(session, sender(post), datetime.fromisoformat(now))
"""


@pytest.mark.parametrize(
    ("post", "email", "noted"),
    [
        (Pigeon(MailRefusedError("550")), "hana@example.com", "550"),
        (Pigeon(), "하나@example.com", None),
        (Pigeon(), "hana@example..com", None),
    ],
)
def test_what_can_never_leave_is_not_noted_as_sent(hanas, stored, post, email, noted):
    customer = stored.get(Customer, hanas.customer_id)
    customer.email = email
    stored.commit()

    done = send_expiry_notices(stored, sender(post), LAST - DAY * 5)

    stored.expire_all()
    assert (done.sent, post.carried) == (0, [])
    assert stored.scalars(select(Notice.sent_at)).all() == [None]
    assert stored.get(Customer, hanas.customer_id).email_refused_code == noted
