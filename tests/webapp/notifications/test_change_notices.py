"""People hear of changes at the counter, where they could be reached before, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.webapp.ra.conftest import make_customer
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import AccountChange, Customer, Operator
from webapp.audit.models import AuditEntry
from webapp.authenticators.phone_call.voice_gateway import GatewayError
from webapp.notifications.change_email import spoken_notice
from webapp.notifications.change_notices import send_change_notices
from webapp.notifications.delivery import MAX_ATTEMPTS, RETRY_DELAY, Messenger
from webapp.notifications.mailer import (
    MailDeferredError,
    MailRefusedError,
    MailServerDownError,
)
from webapp.notifications.models import ChangeNotice
from webapp.ra.approvals.acts import Justification
from webapp.ra.customers import customer_actions


class Carrier:
    """A post and a voice that note what they carried, and fail as they are told."""

    def __init__(self, *fails: Exception) -> None:
        self.letters, self.calls, self.fails = [], [], list(fails)

    def send(self, message) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.letters.append(message)

    def announce(self, number, sentences) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.calls.append((number, sentences))


def messenger(post=None, voice=None) -> Messenger:
    return Messenger(
        mailer=post,
        voice=voice,
        mail_from="ca@example.com",
        public_url="https://ca.example",
    )


@pytest.fixture
def clerk(stored):
    return stored.scalar(select(Operator))


@pytest.fixture
def hana(stored, now):
    return make_customer(stored, now)


def tell_all(stored, carrier, now):
    stored.rollback()
    return send_change_notices(stored, messenger(carrier, carrier), now)


WHY = Justification("by_request")


def move(stored, clerk, hana, now, **contact):
    present = {"phone": hana.phone, "email": hana.email}
    customer_actions.edit_contact(
        stored, clerk, hana, **{**present, **contact}, justification=WHY, now=now
    )
    stored.commit()


def notices(stored):
    stored.expire_all()
    return list(stored.scalars(select(ChangeNotice).order_by(ChangeNotice.id)))


def test_the_old_address_and_the_old_number_are_told(stored, clerk, hana, now):
    carrier = Carrier()
    move(stored, clerk, hana, now, phone="+821099990000", email="thief@example.org")

    told = tell_all(stored, carrier, now)

    assert told.sent == 2
    assert [letter["To"] for letter in carrier.letters] == ["hana@example.com"]
    assert [number for number, _ in carrier.calls] == ["+821012345678"]


def test_a_letter_and_a_call_say_what_it_was_in_both_languages(
    stored, clerk, hana, now
):
    carrier = Carrier()
    move(stored, clerk, hana, now, phone="+821099990000")
    tell_all(stored, carrier, now)

    text = carrier.letters[0].get_content()
    assert "등록된 전화번호를 바꿨어요" in text
    assert "Your registered phone number was changed" in text
    assert "thief" not in text
    assert "9999" not in text
    assert carrier.letters[0]["Auto-Submitted"] == "auto-generated"
    call = carrier.calls[0][1]
    assert "부탁한 적이 없으면" in call["ko"]
    assert "did not ask" in call["en"]


@pytest.mark.parametrize(
    "kind", sorted(set(ChangeKind) - {ChangeKind.REGISTERED}), ids=str
)
def test_every_kind_can_be_written_and_spoken(kind, now):
    from webapp.notifications.change_email import ChangeEmail, compose_change_email

    letter = ChangeEmail(
        change_id=1,
        kind=kind,
        made_at=now,
        name="김하나",
        address="hana@example.com",
        public_url="https://ca.example",
    )

    message = compose_change_email(letter, sender="ca@example.com", now=now)

    assert message["Message-ID"] == "<change-1@example.com>"
    assert all(spoken_notice(kind, now))


def test_a_notice_is_sent_once(stored, clerk, hana, now):
    carrier = Carrier()
    move(stored, clerk, hana, now, phone="+821099990000")

    for minutes in (0, 1, 60, 600):
        tell_all(stored, carrier, now + timedelta(minutes=minutes))

    assert (len(carrier.letters), len(carrier.calls)) == (1, 1)
    facts = stored.scalars(
        select(AuditEntry.detail).where(AuditEntry.event == "notice.change_sent")
    ).all()
    assert len(facts) == 2
    assert not any("9999" in detail or "1234" in detail for detail in facts)


def test_what_another_worker_claimed_is_not_sent_a_second_time(
    stored, clerk, hana, now, app
):
    carrier = Carrier()
    move(stored, clerk, hana, now, phone="+821099990000")
    engine = app.extensions["certferry.sessions"].kw["bind"]

    class Greedy(Carrier):
        def send(self, message):
            with Session(engine) as other:
                send_change_notices(other, messenger(carrier, carrier), now)
            super().send(message)

    first = Greedy()
    tell_all(stored, first, now)

    assert len(first.letters) + len(carrier.letters) == 1
    assert len(first.calls) + len(carrier.calls) == 1


@pytest.mark.parametrize(
    "away",
    [MailServerDownError("x"), MailDeferredError("450"), GatewayError("x")],
    ids=str,
)
def test_what_did_not_leave_is_tried_again_and_given_up_at_last(
    stored, clerk, hana, now, away
):
    hana.phone = None if not isinstance(away, GatewayError) else hana.phone
    hana.email = None if isinstance(away, GatewayError) else hana.email
    stored.commit()
    customer_actions.lock_sign_in(stored, clerk, hana, justification=WHY, now=now)
    customer_actions.unlock_sign_in(stored, clerk, hana, now)
    stored.commit()
    carrier = Carrier(*[away] * MAX_ATTEMPTS)

    tell_all(stored, carrier, now)
    assert notices(stored)[0].try_at == now + RETRY_DELAY
    later = now
    for _attempt in range(MAX_ATTEMPTS - 1):
        later = notices(stored)[0].try_at
        tell_all(stored, carrier, later)

    [notice] = notices(stored)
    assert (notice.failed, notice.try_at, notice.sent_at) == ("gave_up", None, None)
    assert carrier.fails == []


def test_an_address_that_is_refused_for_good_is_noted(stored, clerk, hana, now):
    customer_actions.lock_sign_in(stored, clerk, hana, justification=WHY, now=now)
    customer_actions.unlock_sign_in(stored, clerk, hana, now)
    stored.commit()
    hana_id = hana.id
    stored.execute(update(Customer).values(phone=None))
    stored.execute(
        update(ChangeNotice).where(ChangeNotice.channel == "phone").values(try_at=None)
    )
    stored.commit()

    tell_all(stored, Carrier(MailRefusedError("550")), now)

    customer = stored.get(Customer, hana_id, populate_existing=True)
    assert (customer.email_refused_at, customer.email_refused_code) == (now, "550")
    assert notices(stored)[0].failed == "refused"
    move(stored, clerk, customer, now, email="new@example.com")
    stored.refresh(customer)
    assert customer.email_refused_at is None


def test_without_a_post_or_a_voice_the_record_says_so(stored, clerk, hana, now):
    move(stored, clerk, hana, now, phone="+821099990000")
    stored.rollback()

    send_change_notices(stored, messenger(), now)

    assert {notice.failed for notice in notices(stored)} == {
        "no_mail_server",
        "no_voice_gateway",
    }
    assert not any(notice.sent_at for notice in notices(stored))


def test_where_nobody_can_be_reached_the_record_says_so(stored, clerk, hana, now):
    hana.phone = hana.email = None
    stored.commit()

    move(stored, clerk, hana, now, phone="+821099990000")

    assert notices(stored) == []
    assert stored.scalar(
        select(AuditEntry.detail).where(AuditEntry.event == "notice.unreachable")
    )


def test_change_and_notice_stand_in_one_transaction(
    stored, clerk, hana, now, monkeypatch
):
    def broken(*_args, **_values):
        raise RuntimeError("power cut")

    monkeypatch.setattr(customer_actions, "record", broken)
    with pytest.raises(RuntimeError):
        move(stored, clerk, hana, now, phone="+821099990000")
    stored.rollback()

    stored.expire_all()
    assert hana.phone == "+821012345678"
    assert stored.scalar(select(AccountChange.id)) is None
    assert notices(stored) == []


def test_a_bad_address_of_old_is_told_on_the_record_and_not_noted_as_sent(
    stored, clerk, hana, now
):
    hana.email = "하나@example.com"
    hana.phone = None
    stored.commit()
    move(stored, clerk, hana, now, phone="+821099990000")

    tell_all(stored, Carrier(), now)

    [notice] = notices(stored)
    assert (notice.failed, notice.sent_at) == ("bad_address", None)


def told_of(stored):
    stored.expire_all()
    return stored.scalar(select(AccountChange.told))


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_one_notice_that_was_sent_is_enough_and_none_is_noted(
    stored, clerk, hana, now, fails
):
    move(stored, clerk, hana, now, phone="+821099990000")
    assert told_of(stored) is None
    carrier = Carrier()
    post = carrier if fails < 1 else None
    voice = carrier if fails < 2 else None
    stored.rollback()

    send_change_notices(stored, messenger(post, voice), now)

    assert told_of(stored) == ("untold" if fails == 2 else "told")


def test_where_nobody_can_be_reached_the_change_is_untold_at_once(
    stored, clerk, hana, now
):
    hana.phone = hana.email = None
    stored.commit()

    move(stored, clerk, hana, now, phone="+821099990000")

    assert told_of(stored) == "untold"
