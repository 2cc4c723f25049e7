"""Each rule of a certificate's life, at its edges, by its name (docs/lifecycle.md)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.webapp.certificates.lives import DAY, SECOND, kst
from webapp.audit.actors import Actor
from webapp.billing.models import Charge
from webapp.certificates import revocation
from webapp.certificates.action_facts import require_action
from webapp.certificates.actions import Action
from webapp.certificates.errors import (
    AlreadyReplacedError,
    CertificateExpiredError,
    CertificateRevokedError,
    CertificateSuspendedError,
    NotSuspendedError,
    RenewalTooEarlyError,
    SuspendedByOtherError,
    SuspensionOverError,
)
from webapp.certificates.lifecycle import (
    Initiator,
    State,
    Status,
    status,
    suspension_ends,
)
from webapp.enrolment.steps import Purpose
from webapp.pki.crl import Reason
from webapp.repository.crl import current_list

BEGUN = kst(2027, 3, 5, 12)
LAST_DAY = kst(2028, 3, 5)  # of what is issued at BEGUN
END = kst(2028, 3, 5, 23, 59, 59)
MINE = {"actor": None}
ACTORS = {Initiator.HOLDER: None, Initiator.COUNTER: Actor.operator(1)}


def can(lives, certificate, purpose, now):
    types, action = lives.issuer.types, Action(purpose)
    require_action(lives.session, certificate, action, types=types, now=now)
    return True


def suspend(lives, certificate, now, initiator=Initiator.HOLDER):
    revocation.suspend(lives.session, certificate, actor=ACTORS[initiator], now=now)


def resume(lives, certificate, now, initiator=Initiator.HOLDER):
    revocation.resume(lives.session, certificate, actor=ACTORS[initiator], now=now)


def revoke(lives, certificate, now):
    revocation.revoke(
        lives.session, certificate, reason=Reason.KEY_COMPROMISE, now=now, **MINE
    )


# A day is a day in Korea.


def test_a_certificate_ends_at_the_last_second_of_its_last_day_in_korea(lives):
    found = lives.issued(BEGUN)

    assert found.not_after == END
    assert status(found.life, END) is Status.VALID
    assert status(found.life, END + SECOND) is Status.EXPIRED


@pytest.mark.parametrize(
    ("issued_at", "ends"),
    [
        (kst(2027, 3, 5, 23, 59, 59), kst(2028, 3, 5, 23, 59, 59)),
        (kst(2027, 3, 6, 0, 0, 0), kst(2028, 3, 6, 23, 59, 59)),
        (kst(2028, 2, 29, 9), kst(2029, 2, 28, 23, 59, 59)),
        (kst(2027, 2, 28, 9), kst(2028, 2, 28, 23, 59, 59)),
    ],
    ids=["before midnight", "after midnight", "29 February", "into a leap year"],
)
def test_a_year_is_counted_from_the_day_in_korea(lives, issued_at, ends):
    assert lives.issued(issued_at).not_after == ends


# Re-issue.


def test_reissue_keeps_the_last_day_and_revokes_the_old_one(lives):
    old = lives.issued(BEGUN)

    new = lives.reissued(old, BEGUN + 100 * DAY)

    lives.session.refresh(old)
    assert new.not_after == old.not_after
    assert (old.state, old.revocation_reason) == (State.REVOKED, Reason.SUPERSEDED)
    assert old.revoked_by == Initiator.SYSTEM
    assert new.lineage_id == old.lineage_id


def test_reissue_is_possible_to_the_last_second_and_not_after(lives):
    found = lives.issued(BEGUN)

    assert can(lives, found, Purpose.REISSUE, END)
    with pytest.raises(CertificateExpiredError):
        can(lives, found, Purpose.REISSUE, END + SECOND)


def test_reissue_is_free_also_of_a_paid_type(lives):
    old = lives.issued(BEGUN, type_id="personal-general")

    lives.reissued(old, BEGUN + DAY)

    charges = lives.session.scalars(select(Charge)).all()
    assert [(each.certificate_id, each.won) for each in charges] == [(old.id, 4400)]


def test_reissue_is_done_once_and_goes_on_from_the_new_one(lives):
    old = lives.issued(BEGUN)
    new = lives.reissued(old, BEGUN + DAY)

    with pytest.raises(CertificateRevokedError):
        can(lives, old, Purpose.REISSUE, BEGUN + 2 * DAY)
    assert lives.reissued(new, BEGUN + 2 * DAY).not_after == old.not_after


def test_reissue_of_what_its_holder_suspended_is_possible(lives):
    found = lives.issued(BEGUN)
    suspend(lives, found, BEGUN + DAY)

    lives.reissued(found, BEGUN + 2 * DAY)

    lives.session.refresh(found)
    assert found.state == State.REVOKED


def test_reissue_does_not_get_around_what_the_counter_holds(lives):
    found = lives.issued(BEGUN)
    suspend(lives, found, BEGUN + DAY, Initiator.COUNTER)

    with pytest.raises(SuspendedByOtherError):
        can(lives, found, Purpose.REISSUE, BEGUN + 2 * DAY)


# Renewal.


def test_renewal_opens_with_the_first_second_of_the_thirtieth_day_before(lives):
    found = lives.issued(BEGUN)
    opens = kst(2028, 2, 4)  # 5 March 2028 less 30 days, February having 29

    assert can(lives, found, Purpose.RENEW, opens)
    with pytest.raises(RenewalTooEarlyError):
        can(lives, found, Purpose.RENEW, opens - SECOND)


def test_renewal_is_possible_to_the_end_of_the_last_day_and_not_after(lives):
    found = lives.issued(BEGUN)

    assert can(lives, found, Purpose.RENEW, END)
    with pytest.raises(CertificateExpiredError):
        can(lives, found, Purpose.RENEW, END + SECOND)


@pytest.mark.parametrize("days_before", [30, 1, 0])
def test_renewal_adds_a_year_to_the_old_last_day_whenever_it_is_made(
    lives, days_before
):
    old = lives.issued(BEGUN)

    new = lives.renewed(old, LAST_DAY - days_before * DAY)

    assert new.not_after == kst(2029, 3, 5, 23, 59, 59)


def test_renewal_leaves_the_old_one_valid_and_keeps_the_line(lives):
    old = lives.issued(BEGUN)

    new = lives.renewed(old, LAST_DAY)

    lives.session.refresh(old)
    assert old.state == State.VALID
    assert (new.replaces_id, new.lineage_id) == (old.id, old.id)


def test_renewal_is_done_once(lives):
    old = lives.issued(BEGUN)
    lives.renewed(old, LAST_DAY)

    with pytest.raises(AlreadyReplacedError):
        can(lives, old, Purpose.RENEW, LAST_DAY)


def test_renewal_of_a_paid_type_is_charged_again(lives):
    old = lives.issued(BEGUN, type_id="personal-general")

    new = lives.renewed(old, LAST_DAY)

    paid = lives.session.scalars(select(Charge.certificate_id)).all()
    assert sorted(paid) == sorted([old.id, new.id])


def test_renewal_of_what_is_suspended_is_refused_until_it_is_resumed(lives):
    found = lives.issued(BEGUN)
    suspend(lives, found, LAST_DAY)

    with pytest.raises(CertificateSuspendedError):
        can(lives, found, Purpose.RENEW, LAST_DAY)
    resume(lives, found, LAST_DAY)
    assert can(lives, found, Purpose.RENEW, LAST_DAY)


def test_renewal_with_a_clock_that_was_set_back_is_too_early_and_works_later(lives):
    found = lives.issued(BEGUN)

    with pytest.raises(RenewalTooEarlyError):
        can(lives, found, Purpose.RENEW, LAST_DAY - 31 * DAY)
    assert can(lives, found, Purpose.RENEW, LAST_DAY)


# Suspension.


def test_suspension_is_at_once_and_resuming_keeps_the_last_day(lives):
    found = lives.issued(BEGUN)

    suspend(lives, found, BEGUN + SECOND)
    assert status(found.life, BEGUN + SECOND) is Status.SUSPENDED
    resume(lives, found, BEGUN + 100 * DAY)

    assert (found.state, found.not_after) == (State.VALID, END)
    assert (found.suspended_at, found.suspended_by) == (None, None)


@pytest.mark.parametrize(
    ("since", "ends"),
    [
        (kst(2027, 8, 31, 12), kst(2028, 2, 29, 23, 59, 59)),
        (kst(2026, 8, 31, 12), kst(2027, 2, 28, 23, 59, 59)),
        (kst(2027, 3, 5, 0), kst(2027, 9, 5, 23, 59, 59)),
        (kst(2027, 9, 1, 23, 59, 59), kst(2028, 3, 1, 23, 59, 59)),
        (kst(2028, 2, 29, 12), kst(2028, 8, 29, 23, 59, 59)),
    ],
)
def test_six_months_end_with_their_day_in_korea_also_in_a_shorter_month(since, ends):
    assert suspension_ends(since) == ends


def test_suspended_is_resumed_to_the_last_second_of_six_months_and_not_after(lives):
    one = lives.issued(kst(2027, 8, 1))
    suspend(lives, one, kst(2027, 8, 31, 12))
    ends = kst(2028, 2, 29, 23, 59, 59)

    with pytest.raises(SuspensionOverError):
        resume(lives, one, ends + SECOND)
    resume(lives, one, ends)
    assert one.state == State.VALID


def test_suspended_for_six_months_is_revoked_by_itself(lives):
    found = lives.issued(kst(2027, 8, 1))
    suspend(lives, found, kst(2027, 8, 31, 12))
    ends = kst(2028, 2, 29, 23, 59, 59)

    assert revocation.revoke_overdue_suspensions(lives.session, ends, 10) == 0
    late = ends + timedelta(days=3)  # the work was not done for three days
    assert status(found.life, late) is Status.REVOKED
    assert revocation.revoke_overdue_suspensions(lives.session, late, 10) == 1
    assert revocation.revoke_overdue_suspensions(lives.session, late, 10) == 0
    assert (found.state, found.revoked_by) == (State.REVOKED, Initiator.SYSTEM)


def test_six_months_begin_anew_with_each_suspension(lives):
    found = lives.issued(kst(2027, 8, 1))
    suspend(lives, found, kst(2027, 8, 31))
    resume(lives, found, kst(2028, 1, 31))
    suspend(lives, found, kst(2028, 2, 1))

    done = revocation.revoke_overdue_suspensions(lives.session, kst(2028, 3, 1, 12), 10)

    assert done == 0
    assert found.state == State.SUSPENDED


def test_resuming_after_the_last_day_is_refused(lives):
    found = lives.issued(BEGUN)
    suspend(lives, found, LAST_DAY)

    with pytest.raises(CertificateExpiredError):
        resume(lives, found, END + SECOND)


def test_resuming_with_a_clock_that_was_set_back_works(lives):
    found = lives.issued(BEGUN)
    suspend(lives, found, BEGUN + 10 * DAY)

    resume(lives, found, BEGUN + 9 * DAY)

    assert found.state == State.VALID


@pytest.mark.parametrize(
    ("placed", "lifts"),
    [(Initiator.COUNTER, Initiator.HOLDER), (Initiator.HOLDER, Initiator.COUNTER)],
)
def test_a_hold_is_lifted_by_whoever_placed_it(lives, placed, lifts):
    found = lives.issued(BEGUN)
    suspend(lives, found, BEGUN + DAY, placed)

    with pytest.raises(SuspendedByOtherError):
        resume(lives, found, BEGUN + DAY, lifts)
    resume(lives, found, BEGUN + DAY, placed)
    assert found.state == State.VALID


def test_what_is_not_suspended_is_not_resumed_and_nothing_is_suspended_twice(lives):
    found = lives.issued(BEGUN)

    with pytest.raises(NotSuspendedError):
        resume(lives, found, BEGUN)
    suspend(lives, found, BEGUN)
    with pytest.raises(CertificateSuspendedError):
        suspend(lives, found, BEGUN)


# Revocation.


def test_revocation_is_final(lives):
    found = lives.issued(BEGUN)
    revoke(lives, found, BEGUN + DAY)

    for door in (suspend, resume, revoke):
        with pytest.raises(CertificateRevokedError):
            door(lives, found, BEGUN + 2 * DAY)
    for purpose in (Purpose.REISSUE, Purpose.RENEW):
        with pytest.raises(CertificateRevokedError):
            can(lives, found, purpose, BEGUN + 2 * DAY)
    assert found.state == State.REVOKED


def test_revocation_of_a_line_takes_the_old_one_and_its_renewal_together(lives):
    old = lives.issued(BEGUN)
    new = lives.renewed(old, LAST_DAY)
    other = lives.issued(BEGUN)

    done = revocation.revoke_lineage(
        lives.session, new, reason=Reason.KEY_COMPROMISE, now=LAST_DAY, **MINE
    )

    lives.session.refresh(other)
    assert {each.id for each in done} == {old.id, new.id}
    assert {each.state for each in done} == {State.REVOKED}
    assert other.state == State.VALID


def test_revocation_of_what_ran_out_is_refused(lives):
    found = lives.issued(BEGUN)

    with pytest.raises(CertificateExpiredError):
        revoke(lives, found, END + SECOND)


# The clock.


def test_running_out_is_noted_once(lives):
    found = lives.issued(BEGUN)

    assert revocation.note_expired(lives.session, END, 10) == 0
    assert revocation.note_expired(lives.session, END + SECOND, 10) == 1
    assert revocation.note_expired(lives.session, END + DAY, 10) == 0
    assert found.expiry_noted_at == END + SECOND


def test_the_number_of_lists_never_goes_back_when_the_clock_does(lives):
    found = lives.issued(BEGUN)
    authority = lives.issuer.authority
    first = current_list(lives.session, authority, BEGUN + 10 * DAY)
    suspend(lives, found, BEGUN + 9 * DAY)

    second = current_list(lives.session, authority, BEGUN + 9 * DAY)

    assert second.number == first.number + 1


def test_nothing_is_charged_twice_for_one_certificate(lives):
    application = lives.ready(BEGUN, type_id="personal-general")
    order = lives.order(application)

    for _ in range(3):
        lives.issuer.issue(lives.session, lives.hana, order, BEGUN)

    assert lives.session.scalar(select(func.count(Charge.id))) == 1
