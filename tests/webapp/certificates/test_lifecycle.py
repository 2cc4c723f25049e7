"""Each rule of a certificate's life, at its edges, by its name (docs/lifecycle.md)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support import revocation
from tests.support.certificate_factory import DAY, SECOND, kst
from webapp.audit.actors import Actor
from webapp.billing.models import Charge
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
    CertificateStatus,
    Initiator,
    Purpose,
    StoredState,
    status_at,
    suspension_deadline,
)
from webapp.pki.crl import ReasonCode
from webapp.repository.crl import current_crl

BEGUN = kst(2027, 3, 5, 12)
LAST_DAY = kst(2028, 3, 5)  # of what is issued at BEGUN
END = kst(2028, 3, 5, 23, 59, 59)
MINE = {"actor": None}
ACTORS = {Initiator.HOLDER: None, Initiator.COUNTER: Actor.operator(1)}


def can(factory, certificate, purpose, now):
    types, action = factory.issuer.types, Action(purpose)
    require_action(factory.session, certificate, action, types=types, now=now)
    return True


def suspend(factory, certificate, now, initiator=Initiator.HOLDER):
    revocation.suspend(factory.session, certificate, actor=ACTORS[initiator], now=now)


def resume(factory, certificate, now, initiator=Initiator.HOLDER):
    revocation.resume(factory.session, certificate, actor=ACTORS[initiator], now=now)


def revoke(factory, certificate, now):
    revocation.revoke(
        factory.session, certificate, reason=ReasonCode.KEY_COMPROMISE, now=now, **MINE
    )


# A day is a day in Korea.


def test_a_certificate_ends_at_the_last_second_of_its_last_day_in_korea(factory):
    certificate = factory.issued(BEGUN)

    assert certificate.not_after == END
    assert status_at(certificate.life, END) is CertificateStatus.VALID
    assert status_at(certificate.life, END + SECOND) is CertificateStatus.EXPIRED


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
def test_a_year_is_counted_from_the_day_in_korea(factory, issued_at, ends):
    assert factory.issued(issued_at).not_after == ends


# Re-issue.


def test_reissue_keeps_the_last_day_and_revokes_the_old_one(factory):
    old = factory.issued(BEGUN)

    new = factory.reissued(old, BEGUN + 100 * DAY)

    factory.session.refresh(old)
    assert new.not_after == old.not_after
    assert (old.state, old.revocation_reason) == (
        StoredState.REVOKED,
        ReasonCode.SUPERSEDED,
    )
    assert old.revoked_by == Initiator.SYSTEM
    assert new.lineage_id == old.lineage_id


def test_reissue_is_possible_to_the_last_second_and_not_after(factory):
    certificate = factory.issued(BEGUN)

    assert can(factory, certificate, Purpose.REISSUE, END)
    with pytest.raises(CertificateExpiredError):
        can(factory, certificate, Purpose.REISSUE, END + SECOND)


def test_reissue_is_free_also_of_a_paid_type(factory):
    old = factory.issued(BEGUN, type_id="personal-general")

    factory.reissued(old, BEGUN + DAY)

    charges = factory.session.scalars(select(Charge)).all()
    assert [(charge.certificate_id, charge.won) for charge in charges] == [
        (old.id, 4400)
    ]


def test_reissue_is_done_once_and_goes_on_from_the_new_one(factory):
    old = factory.issued(BEGUN)
    new = factory.reissued(old, BEGUN + DAY)

    with pytest.raises(CertificateRevokedError):
        can(factory, old, Purpose.REISSUE, BEGUN + 2 * DAY)
    assert factory.reissued(new, BEGUN + 2 * DAY).not_after == old.not_after


def test_reissue_of_what_its_holder_suspended_is_possible(factory):
    certificate = factory.issued(BEGUN)
    suspend(factory, certificate, BEGUN + DAY)

    factory.reissued(certificate, BEGUN + 2 * DAY)

    factory.session.refresh(certificate)
    assert certificate.state == StoredState.REVOKED


def test_reissue_does_not_get_around_what_the_counter_holds(factory):
    certificate = factory.issued(BEGUN)
    suspend(factory, certificate, BEGUN + DAY, Initiator.COUNTER)

    with pytest.raises(SuspendedByOtherError):
        can(factory, certificate, Purpose.REISSUE, BEGUN + 2 * DAY)


# Renewal.


def test_renewal_opens_with_the_first_second_of_the_thirtieth_day_before(factory):
    certificate = factory.issued(BEGUN)
    opens = kst(2028, 2, 4)  # 5 March 2028 less 30 days, February having 29

    assert can(factory, certificate, Purpose.RENEW, opens)
    with pytest.raises(RenewalTooEarlyError):
        can(factory, certificate, Purpose.RENEW, opens - SECOND)


def test_renewal_is_possible_to_the_end_of_the_last_day_and_not_after(factory):
    certificate = factory.issued(BEGUN)

    assert can(factory, certificate, Purpose.RENEW, END)
    with pytest.raises(CertificateExpiredError):
        can(factory, certificate, Purpose.RENEW, END + SECOND)


@pytest.mark.parametrize("days_before", [30, 1, 0])
def test_renewal_adds_a_year_to_the_old_last_day_whenever_it_is_made(
    factory, days_before
):
    old = factory.issued(BEGUN)

    new = factory.renewed(old, LAST_DAY - days_before * DAY)

    assert new.not_after == kst(2029, 3, 5, 23, 59, 59)


def test_renewal_leaves_the_old_one_valid_and_keeps_the_line(factory):
    old = factory.issued(BEGUN)

    new = factory.renewed(old, LAST_DAY)

    factory.session.refresh(old)
    assert old.state == StoredState.VALID
    assert (new.replaces_id, new.lineage_id) == (old.id, old.id)


def test_renewal_is_done_once(factory):
    old = factory.issued(BEGUN)
    factory.renewed(old, LAST_DAY)

    with pytest.raises(AlreadyReplacedError):
        can(factory, old, Purpose.RENEW, LAST_DAY)


def test_renewal_of_a_paid_type_is_charged_again(factory):
    old = factory.issued(BEGUN, type_id="personal-general")

    new = factory.renewed(old, LAST_DAY)

    paid = factory.session.scalars(select(Charge.certificate_id)).all()
    assert sorted(paid) == sorted([old.id, new.id])


def test_renewal_of_what_is_suspended_is_refused_until_it_is_resumed(factory):
    certificate = factory.issued(BEGUN)
    suspend(factory, certificate, LAST_DAY)

    with pytest.raises(CertificateSuspendedError):
        can(factory, certificate, Purpose.RENEW, LAST_DAY)
    resume(factory, certificate, LAST_DAY)
    assert can(factory, certificate, Purpose.RENEW, LAST_DAY)


def test_renewal_with_a_clock_that_was_set_back_is_too_early_and_works_later(factory):
    certificate = factory.issued(BEGUN)

    with pytest.raises(RenewalTooEarlyError):
        can(factory, certificate, Purpose.RENEW, LAST_DAY - 31 * DAY)
    assert can(factory, certificate, Purpose.RENEW, LAST_DAY)


# Suspension.


def test_suspension_is_at_once_and_resuming_keeps_the_last_day(factory):
    certificate = factory.issued(BEGUN)

    suspend(factory, certificate, BEGUN + SECOND)
    assert status_at(certificate.life, BEGUN + SECOND) is CertificateStatus.SUSPENDED
    resume(factory, certificate, BEGUN + 100 * DAY)

    assert (certificate.state, certificate.not_after) == (StoredState.VALID, END)
    assert (certificate.suspended_at, certificate.suspended_by) == (None, None)


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
    assert suspension_deadline(since) == ends


def test_suspended_is_resumed_to_the_last_second_of_six_months_and_not_after(factory):
    one = factory.issued(kst(2027, 8, 1))
    suspend(factory, one, kst(2027, 8, 31, 12))
    ends = kst(2028, 2, 29, 23, 59, 59)

    with pytest.raises(SuspensionOverError):
        resume(factory, one, ends + SECOND)
    resume(factory, one, ends)
    assert one.state == StoredState.VALID


def test_suspended_for_six_months_is_revoked_by_itself(factory):
    certificate = factory.issued(kst(2027, 8, 1))
    suspend(factory, certificate, kst(2027, 8, 31, 12))
    ends = kst(2028, 2, 29, 23, 59, 59)

    assert revocation.revoke_expired_holds(factory.session, ends) == 0
    late = ends + timedelta(days=3)  # the work was not done for three days
    assert status_at(certificate.life, late) is CertificateStatus.REVOKED
    assert revocation.revoke_expired_holds(factory.session, late) == 1
    assert revocation.revoke_expired_holds(factory.session, late) == 0
    assert (certificate.state, certificate.revoked_by) == (
        StoredState.REVOKED,
        Initiator.SYSTEM,
    )


def test_six_months_begin_anew_with_each_suspension(factory):
    certificate = factory.issued(kst(2027, 8, 1))
    suspend(factory, certificate, kst(2027, 8, 31))
    resume(factory, certificate, kst(2028, 1, 31))
    suspend(factory, certificate, kst(2028, 2, 1))

    done = revocation.revoke_expired_holds(factory.session, kst(2028, 3, 1, 12))

    assert done == 0
    assert certificate.state == StoredState.SUSPENDED


def test_resuming_after_the_last_day_is_refused(factory):
    certificate = factory.issued(BEGUN)
    suspend(factory, certificate, LAST_DAY)

    with pytest.raises(CertificateExpiredError):
        resume(factory, certificate, END + SECOND)


def test_resuming_with_a_clock_that_was_set_back_works(factory):
    certificate = factory.issued(BEGUN)
    suspend(factory, certificate, BEGUN + 10 * DAY)

    resume(factory, certificate, BEGUN + 9 * DAY)

    assert certificate.state == StoredState.VALID


@pytest.mark.parametrize(
    ("placed", "lifts"),
    [(Initiator.COUNTER, Initiator.HOLDER), (Initiator.HOLDER, Initiator.COUNTER)],
)
def test_a_hold_is_lifted_by_whoever_placed_it(factory, placed, lifts):
    certificate = factory.issued(BEGUN)
    suspend(factory, certificate, BEGUN + DAY, placed)

    with pytest.raises(SuspendedByOtherError):
        resume(factory, certificate, BEGUN + DAY, lifts)
    resume(factory, certificate, BEGUN + DAY, placed)
    assert certificate.state == StoredState.VALID


def test_what_is_not_suspended_is_not_resumed_and_nothing_is_suspended_twice(factory):
    certificate = factory.issued(BEGUN)

    with pytest.raises(NotSuspendedError):
        resume(factory, certificate, BEGUN)
    suspend(factory, certificate, BEGUN)
    with pytest.raises(CertificateSuspendedError):
        suspend(factory, certificate, BEGUN)


# Revocation.


def test_revocation_is_final(factory):
    certificate = factory.issued(BEGUN)
    revoke(factory, certificate, BEGUN + DAY)

    for door in (suspend, resume, revoke):
        with pytest.raises(CertificateRevokedError):
            door(factory, certificate, BEGUN + 2 * DAY)
    for purpose in (Purpose.REISSUE, Purpose.RENEW):
        with pytest.raises(CertificateRevokedError):
            can(factory, certificate, purpose, BEGUN + 2 * DAY)
    assert certificate.state == StoredState.REVOKED


def test_revocation_of_a_line_takes_the_old_one_and_its_renewal_together(factory):
    old = factory.issued(BEGUN)
    new = factory.renewed(old, LAST_DAY)
    other = factory.issued(BEGUN)

    done = revocation.revoke_lineage(
        factory.session, new, reason=ReasonCode.KEY_COMPROMISE, now=LAST_DAY, **MINE
    )

    factory.session.refresh(other)
    assert {certificate.id for certificate in done} == {old.id, new.id}
    assert {certificate.state for certificate in done} == {StoredState.REVOKED}
    assert other.state == StoredState.VALID


def test_revocation_of_what_ran_out_is_refused(factory):
    certificate = factory.issued(BEGUN)

    with pytest.raises(CertificateExpiredError):
        revoke(factory, certificate, END + SECOND)


# The clock.


def test_running_out_is_noted_once(factory):
    certificate = factory.issued(BEGUN)

    assert revocation.record_expiries(factory.session, END) == 0
    assert revocation.record_expiries(factory.session, END + SECOND) == 1
    assert revocation.record_expiries(factory.session, END + DAY) == 0
    assert certificate.expiry_noted_at == END + SECOND


def test_the_number_of_lists_never_goes_back_when_the_clock_does(factory):
    certificate = factory.issued(BEGUN)
    authority = factory.issuer.authority
    first = current_crl(factory.session, authority, BEGUN + 10 * DAY)
    suspend(factory, certificate, BEGUN + 9 * DAY)

    second = current_crl(factory.session, authority, BEGUN + 9 * DAY)

    assert second.number == first.number + 1


def test_nothing_is_charged_twice_for_one_certificate(factory):
    application = factory.ready(BEGUN, type_id="personal-general")
    order = factory.order(application)

    for _ in range(3):
        factory.issue(order, BEGUN)

    assert factory.session.scalar(select(func.count(Charge.id))) == 1
