"""The calls of the phone check as they are kept: limits, order, time, two at once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.committed import committed, committed_module
from webapp.accounts.models import Customer
from webapp.audit.actors import Actor
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import calls as call_service
from webapp.authenticators.phone_call import rules, service
from webapp.authenticators.phone_call.rules import Event, State, VoicePrompt
from webapp.authenticators.phone_call.service import (
    CallOrigin,
    phone_locked,
    unlock_phone,
)
from webapp.enrolment import checks
from webapp.enrolment.errors import ApplicationExpiredError, StepOutOfOrderError
from webapp.enrolment.models import Application
from webapp.enrolment.service import open_application, restart
from webapp.enrolment.steps import RequiredChecks, Step, steps_of

calls = committed_module(call_service)
request_call = committed(checks.request_call)
NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # in Korea
MIDNIGHT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
STEPS = steps_of("issue", RequiredChecks(phone_check=True))
SECOND = timedelta(seconds=1)
RIGHT, WRONG = "42", "24"


@pytest.fixture
def owner(stored):
    return stored.scalar(select(Customer).where(Customer.login_id == "demo"))


@pytest.fixture
def application(stored, owner):
    return begin(stored, owner, NOON)


def begin(stored, owner, now):
    """Open an application whose next step is the phone check."""
    application = stored.get(Application, open_application(stored, owner, now))
    application.terms_accepted_at = application.privacy_accepted_at = now
    application.identity_confirmed_at = now
    application.type_id = "personal-bank"
    stored.commit()
    return application


def call_for(stored, application, owner, now):
    return request_call(
        stored, application, owner, steps=STEPS, random_below=lambda _most: 42, now=now
    )


def shown(stored, application, owner, now):
    origin = CallOrigin(application_id=application.id)
    return service.call_view(stored, origin, owner, now)


def answer_and_key(stored, call, now, *pairs):
    """Take a call and key in pairs of digits; return the last reply."""
    calls.answer(stored, call, now)
    return [calls.submit_digits(stored, call, pair, now) for pair in pairs][-1]


def recorded(stored):
    whats = stored.scalars(
        select(AuditEntry.event)
        .where(AuditEntry.event.like("phone.%"))
        .order_by(AuditEntry.id)
    )
    return list(whats)


def test_the_right_digits_pass_the_step_and_give_time_for_the_next(
    stored, application, owner
):
    call = call_for(stored, application, owner, NOON)
    later = NOON + 30 * SECOND

    reply = answer_and_key(stored, call, later, RIGHT)

    assert reply is VoicePrompt.THANK
    stored.expire_all()
    assert (call.state, call.ended_at) == (State.RIGHT, later)
    assert Step.PHONE_CHECK in application.passed
    assert application.expires_at == later + timedelta(minutes=15)
    assert recorded(stored) == ["phone.called", "phone.checked"]


def test_nothing_that_comes_after_the_right_digits_changes_the_result(
    stored, application, owner
):
    call = call_for(stored, application, owner, NOON)
    answer_and_key(stored, call, NOON, RIGHT)

    for event in Event:
        calls.apply_event(stored, call, event, NOON + SECOND)
    assert calls.submit_digits(stored, call, WRONG, NOON + SECOND) is VoicePrompt.THANK
    assert calls.answer(stored, call, NOON + SECOND) is VoicePrompt.OVER

    stored.expire_all()
    assert (call.state, call.errors) == (State.RIGHT, 0)
    assert recorded(stored).count("phone.checked") == 1


def test_the_first_wrong_pair_may_be_mended_and_the_second_ends_the_call(
    stored, application, owner
):
    call = call_for(stored, application, owner, NOON)

    assert answer_and_key(stored, call, NOON, WRONG) is VoicePrompt.ASK_AGAIN
    assert shown(stored, application, owner, NOON).tried
    assert calls.submit_digits(stored, call, WRONG, NOON) is VoicePrompt.REFUSE
    assert calls.submit_digits(stored, call, RIGHT, NOON) is VoicePrompt.OVER
    assert call.state == State.WRONG
    assert Step.PHONE_CHECK not in application.passed


def test_the_second_try_may_be_right(stored, application, owner):
    call = call_for(stored, application, owner, NOON)

    assert answer_and_key(stored, call, NOON, WRONG, RIGHT) is VoicePrompt.THANK


def test_one_digit_or_none_is_asked_for_again_and_not_counted(
    stored, application, owner
):
    call = call_for(stored, application, owner, NOON)

    assert answer_and_key(stored, call, NOON, "", "4", "4*") is VoicePrompt.ASK
    assert call.errors == 0


def test_digits_before_anybody_answered_are_refused(stored, application, owner):
    call = call_for(stored, application, owner, NOON)

    with pytest.raises(rules.NotAnsweredError):
        calls.submit_digits(stored, call, RIGHT, NOON)

    assert Step.PHONE_CHECK not in application.passed


def test_digits_after_the_time_do_not_count(stored, application, owner):
    call = call_for(stored, application, owner, NOON)
    calls.answer(stored, call, NOON)

    assert (
        calls.submit_digits(stored, call, RIGHT, NOON + rules.WAIT) is VoicePrompt.OVER
    )
    assert Step.PHONE_CHECK not in application.passed


def test_digits_of_an_earlier_call_do_not_count(stored, application, owner):
    first = call_for(stored, application, owner, NOON)
    calls.answer(stored, first, NOON)
    calls.apply_event(stored, first, Event.ENDED, NOON)
    second = call_for(stored, application, owner, NOON + rules.PAUSE)
    calls.answer(stored, second, NOON + rules.PAUSE)

    assert (
        calls.submit_digits(stored, first, RIGHT, NOON + rules.PAUSE)
        is VoicePrompt.OVER
    )
    assert Step.PHONE_CHECK not in application.passed
    assert second.state == State.IN_PROGRESS


def test_digits_for_an_application_that_was_left_do_not_count(
    stored, application, owner
):
    call = call_for(stored, application, owner, NOON)
    calls.answer(stored, call, NOON)
    restart(stored, application, NOON)
    stored.commit()
    other = begin(stored, owner, NOON)

    assert calls.submit_digits(stored, call, RIGHT, NOON + SECOND) is VoicePrompt.OVER
    stored.expire_all()
    assert application.phone_checked_at is other.phone_checked_at is None


def test_a_call_just_before_the_end_of_the_application_can_still_be_passed(
    stored, application, owner
):
    last_moment = application.expires_at - SECOND

    call = call_for(stored, application, owner, last_moment)
    reply = answer_and_key(stored, call, last_moment + 60 * SECOND, RIGHT)

    assert reply is VoicePrompt.THANK


def test_a_second_tab_gets_the_same_call(stored, app, application, owner):
    first = call_for(stored, application, owner, NOON)

    assert call_for(stored, application, owner, NOON + SECOND) is None
    assert stored.scalar(select(func.count(PhoneCall.id))) == 1
    assert shown(stored, application, owner, NOON + SECOND).digits == first.digits


def test_two_tabs_that_ask_at_the_same_moment_make_one_call(
    stored, app, application, owner
):
    with Session(stored.get_bind()) as other:
        # The other tab has looked, and seen none, before the first one stored its call.
        same = other.get(Application, application.id)
        person = other.get(Customer, owner.id)
        first = call_for(stored, application, owner, NOON)

        assert call_for(other, same, person, NOON) is None
    assert stored.scalars(select(PhoneCall.id)).all() == [first.id]


def test_two_workers_that_hear_two_wrong_pairs_count_both(stored, application, owner):
    call = call_for(stored, application, owner, NOON)
    calls.answer(stored, call, NOON)
    with Session(stored.get_bind()) as other:
        same = other.get(PhoneCall, call.id)
        other.rollback()
        assert same.errors == 0
        calls.submit_digits(stored, call, WRONG, NOON)

        assert calls.submit_digits(other, same, WRONG, NOON) is VoicePrompt.REFUSE
    stored.expire_all()
    assert (call.errors, call.state) == (2, State.WRONG)


def test_a_passed_step_is_not_called_for_again(stored, application, owner):
    call = call_for(stored, application, owner, NOON)
    answer_and_key(stored, call, NOON, RIGHT)

    assert call_for(stored, application, owner, NOON + 60 * SECOND) is None


def test_a_call_before_its_step_or_after_the_application_is_refused(stored, owner):
    application = stored.get(Application, open_application(stored, owner, NOON))
    stored.commit()

    with pytest.raises(StepOutOfOrderError):
        call_for(stored, application, owner, NOON)
    with pytest.raises(ApplicationExpiredError):
        call_for(stored, application, owner, NOON + timedelta(minutes=15))
    assert stored.scalar(select(func.count(PhoneCall.id))) == 0


def test_who_has_no_number_is_not_called(stored, application, owner):
    owner.phone = None
    stored.commit()

    with pytest.raises(rules.NoPhoneError):
        call_for(stored, application, owner, NOON)
    assert shown(stored, application, owner, NOON).number is None


def test_the_next_call_has_to_wait_and_an_application_has_five(
    stored, application, owner
):
    now = NOON
    for _ in range(rules.MAX_CALLS_PER_APPLICATION):
        call = call_for(stored, application, owner, now)
        calls.apply_event(stored, call, Event.NOBODY, now)
        assert shown(stored, application, owner, now).again_in in (0, 20)
        refusal = rules.PhoneCheckError
        with pytest.raises(refusal):
            call_for(stored, application, owner, now + rules.PAUSE - SECOND)
        now += rules.PAUSE

    with pytest.raises(rules.ApplicationUsedUpError):
        call_for(stored, application, owner, now)
    about = shown(stored, application, owner, now)
    assert about.refused == "phone_application_used_up"


def test_a_call_that_nobody_ended_is_over_by_itself_and_the_pause_counts_from_there(
    stored, application, owner
):
    call_for(stored, application, owner, NOON)
    over = NOON + rules.WAIT

    about = shown(stored, application, owner, over)
    assert (about.state, about.digits, about.again_in) == (State.OVER, None, 20)
    with pytest.raises(rules.TooSoonError):
        call_for(stored, application, owner, over + 19 * SECOND)
    assert call_for(stored, application, owner, over + 20 * SECOND) is not None


def wrong_calls(stored, owner, now, calls):
    """Have calls end wrong, each with two wrong pairs, in applications of their own."""
    for _ in range(calls):
        application = begin(stored, owner, now)
        call = call_for(stored, application, owner, now)
        answer_and_key(stored, call, now, WRONG, WRONG)
        restart(stored, application, now)
        stored.commit()
        now += rules.PAUSE
    return now


def test_the_fifth_wrong_pair_of_a_day_ends_its_call_and_locks_until_midnight_in_korea(
    stored, owner
):
    now = wrong_calls(stored, owner, MIDNIGHT - timedelta(minutes=5), 2)
    application = begin(stored, owner, now)
    call = call_for(stored, application, owner, now)

    assert answer_and_key(stored, call, now, WRONG) is VoicePrompt.REFUSE
    assert phone_locked(stored, owner, MIDNIGHT - SECOND)
    with pytest.raises(rules.PhoneLockedError):
        call_for(stored, application, owner, MIDNIGHT - SECOND)
    assert not phone_locked(stored, owner, MIDNIGHT)
    assert call_for(stored, application, owner, MIDNIGHT) is not None
    assert recorded(stored)[-2:] == ["phone.locked", "phone.called"]


def test_the_counter_unlocks_the_day_and_the_wrong_pairs_stay_known(stored, owner):
    now = wrong_calls(stored, owner, NOON, 2)
    application = begin(stored, owner, now)
    call = call_for(stored, application, owner, now)
    answer_and_key(stored, call, now, WRONG)

    unlock_phone(stored, owner, Actor.operator(3), now + SECOND)

    assert not phone_locked(stored, owner, now + SECOND)
    later = now + rules.PAUSE
    assert call_for(stored, application, owner, later) is not None
    entry = stored.scalar(
        select(AuditEntry).where(AuditEntry.event == "phone.unlocked")
    )
    assert (entry.actor, entry.customer_id) == ("operator:3", owner.id)
    assert stored.scalar(select(func.sum(PhoneCall.errors))) == 5


def test_unlocking_who_is_not_locked_changes_nothing(stored, application, owner):
    call = call_for(stored, application, owner, NOON)

    unlock_phone(stored, owner, Actor.operator(3), NOON)

    stored.expire_all()
    assert call.cleared_at is None
    assert "phone.unlocked" not in recorded(stored)


def test_a_day_has_ten_calls_over_all_applications(stored, owner):
    now = NOON
    for _ in range(rules.MAX_CALLS_PER_DAY):
        application = begin(stored, owner, now)
        call = call_for(stored, application, owner, now)
        calls.apply_event(stored, call, Event.NOBODY, now)
        restart(stored, application, now)
        stored.commit()
        now += rules.PAUSE
    application = begin(stored, owner, now)

    with pytest.raises(rules.DayUsedUpError):
        call_for(stored, application, owner, now)
    assert phone_locked(stored, owner, now)


def test_a_call_of_an_application_that_was_left_makes_room(stored, application, owner):
    left = call_for(stored, application, owner, NOON)
    restart(stored, application, NOON)
    stored.commit()
    other = begin(stored, owner, NOON)

    with pytest.raises(rules.TooSoonError):
        call_for(stored, other, owner, NOON + SECOND)
    stored.expire_all()
    assert left.state == State.OVER
    assert call_for(stored, other, owner, NOON + SECOND + rules.PAUSE) is not None


def test_a_gateway_that_says_no_ends_the_call_but_not_one_that_rings(
    stored, application, owner
):
    call = call_for(stored, application, owner, NOON)
    calls.mark_not_placed(stored, call, NOON)
    assert call.state == State.FAILED

    # It placed the call, and its answer got lost.
    call = call_for(stored, application, owner, NOON + rules.PAUSE)
    calls.apply_event(stored, call, Event.RINGS, NOON + rules.PAUSE)
    calls.mark_not_placed(stored, call, NOON + rules.PAUSE)
    assert call.state == State.RINGING


def test_a_webhook_may_come_before_the_gateways_own_answer(stored, application, owner):
    call = call_for(stored, application, owner, NOON)
    with Session(stored.get_bind()) as webhook:
        calls.answer(webhook, webhook.get(PhoneCall, call.id), NOON)

    calls.mark_placed(stored, call, "CA1", rings=False, now=NOON)

    stored.expire_all()
    assert (call.state, call.gateway_id) == (State.IN_PROGRESS, "CA1")


def test_a_clock_set_back_shows_no_longer_wait_than_there_is(
    stored, application, owner
):
    call_for(stored, application, owner, NOON)

    assert shown(stored, application, owner, NOON - timedelta(hours=1)).left == 90
