"""Re-issue and renewal are whole or not at all, once, and only for what is offered."""

import threading
from dataclasses import replace
from types import MappingProxyType

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.webapp.certificates.lives import DAY, SECOND, Lives, kst
from webapp import create_app, db
from webapp.audit.actors import Actor
from webapp.audit.models import AuditEntry
from webapp.billing.models import Charge
from webapp.certificates import revocation
from webapp.certificates.errors import (
    AlreadyReplacedError,
    CertificateRevokedError,
    IdempotencyMismatchError,
    KeySeenError,
    TypeNotOfferedError,
)
from webapp.certificates.lifecycle import State
from webapp.certificates.models import Certificate
from webapp.enrolment.errors import (
    ApplicationOvertakenError,
    EnoughOfTypeError,
    StepOutOfOrderError,
    UnknownTypeError,
)
from webapp.enrolment.issuance import finish_reserved
from webapp.enrolment.models import Application, Closed
from webapp.enrolment.service import open_application
from webapp.enrolment.steps import Purpose
from webapp.pki.ca_key import new_key
from webapp.pki.crl import Reason
from webapp.pki.key_policy import KeyKind

BEGUN = kst(2027, 3, 5, 12)
LATE = kst(2028, 3, 1, 12)  # in the last 30 days
RENEW, REISSUE = Purpose.RENEW, Purpose.REISSUE


def reserved(lives, before, purpose, now=LATE):
    application = lives.ready(now, purpose=purpose, replaced=before)
    order = lives.order(application)
    return lives.issuer.reserve(lives.session, lives.hana, order, now), order


def revoke(lives, certificate):
    revocation.revoke(
        lives.session,
        certificate,
        reason=Reason.KEY_COMPROMISE,
        actor=None,
        now=LATE,
    )


def hold(lives, certificate):
    revocation.suspend(lives.session, certificate, actor=Actor.operator(1), now=LATE)


def changed_types(lives, type_id, **changes):
    types = dict(lives.issuer.types)
    types[type_id] = replace(types[type_id], **changes)
    lives.issuer = replace(lives.issuer, types=MappingProxyType(types))


def logged(lives, what):
    wanted = select(func.count(AuditEntry.id)).where(AuditEntry.event == what)
    return lives.session.scalar(wanted)


def test_until_a_reissue_is_signed_the_old_one_is_valid(lives):
    old = lives.issued(BEGUN)

    reserved(lives, old, REISSUE)

    lives.session.refresh(old)
    assert old.state == State.VALID


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
def test_a_crash_between_reserving_and_signing_is_completed(
    app, config, lives, purpose
):
    old = lives.issued(BEGUN)
    new, _order = reserved(lives, old, purpose)

    create_app(config)

    lives.session.refresh(old)
    lives.session.refresh(new)
    assert new.state == State.VALID
    assert old.state == (State.REVOKED if purpose == REISSUE else State.VALID)


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
@pytest.mark.parametrize("meanwhile", [revoke, hold])
def test_what_was_reserved_is_void_when_the_old_one_ended_meanwhile(
    lives, purpose, meanwhile
):
    old = lives.issued(BEGUN)
    new, order = reserved(lives, old, purpose)
    meanwhile(lives, old)
    before = old.state

    with pytest.raises(ApplicationOvertakenError):
        lives.issuer.finish(lives.session, new, LATE)

    lives.session.refresh(old)
    assert (new.state, new.der) == (State.VOID, None)
    assert old.state == before
    assert logged(lives, "certificate.voided") == 1
    for _ in range(2):  # an answer that was lost is asked for again
        with pytest.raises(ApplicationOvertakenError):
            lives.issuer.issue(lives.session, lives.hana, order, LATE)
    assert logged(lives, "certificate.voided") == 1


def test_what_is_void_charges_nothing_and_lets_its_application_go(lives):
    old = lives.issued(BEGUN, type_id="personal-general")
    new, _order = reserved(lives, old, RENEW)
    revoke(lives, old)

    assert finish_reserved(lives.session, lives.issuer, LATE) == 1

    closed = lives.session.get_one(Application, new.application_id)
    assert closed.closed_because == Closed.OVERTAKEN
    assert open_application(lives.session, lives.hana, LATE) != closed.id
    assert lives.session.scalar(select(func.count(Charge.id))) == 1


def test_what_became_void_may_be_done_again_when_the_counter_lifts_its_hold(lives):
    old = lives.issued(BEGUN)
    new, _order = reserved(lives, old, REISSUE)
    hold(lives, old)
    finish_reserved(lives.session, lives.issuer, LATE)
    revocation.resume(lives.session, old, actor=Actor.operator(1), now=LATE)

    again = lives.reissued(old, LATE)

    assert again.id != new.id
    assert again.state == State.VALID


def test_a_renewal_goes_on_when_its_holder_suspended_the_old_one_meanwhile(lives):
    old = lives.issued(BEGUN)
    new, _order = reserved(lives, old, RENEW)
    revocation.suspend(lives.session, old, actor=None, now=LATE)

    assert lives.issuer.finish(lives.session, new, LATE).state == State.VALID


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
def test_the_same_order_gives_the_same_certificate_however_late(lives, purpose):
    old = lives.issued(BEGUN)
    application = lives.ready(LATE, purpose=purpose, replaced=old)
    order = lives.order(application)

    first = lives.issuer.issue(lives.session, lives.hana, order, LATE)
    again = lives.issuer.issue(lives.session, lives.hana, order, LATE + 400 * DAY)

    assert again.id == first.id
    assert logged(lives, "certificate.revoked") == (purpose == REISSUE)


def test_the_old_key_is_not_certified_again(lives):
    key = new_key(KeyKind.P_256)
    old = lives.issued(BEGUN, key=key)
    application = lives.ready(LATE, purpose=RENEW, replaced=old)

    with pytest.raises(KeySeenError):
        lives.issuer.issue(
            lives.session, lives.hana, lives.order(application, key), LATE
        )


def test_one_idempotency_key_does_not_serve_two_applications(lives):
    old = lives.issued(BEGUN)
    used = lives.session.get_one(Certificate, old.id).idempotency_key
    order = lives.order(lives.ready(LATE, purpose=RENEW, replaced=old))

    with pytest.raises(IdempotencyMismatchError):
        lives.issuer.issue(
            lives.session, lives.hana, replace(order, idempotency_key=used), LATE
        )


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
def test_of_two_applications_for_the_same_at_once_one_is_done(
    app, lives, monkeypatch, purpose
):
    """Both pass the rules before either has stored anything; the database decides."""
    old = lives.issued(BEGUN)
    first = lives.ready(LATE, purpose=purpose, replaced=old)
    orders = [lives.order(first)]
    other = Application(
        id="o" * 22,
        customer_id=lives.hana.id,
        started_at=LATE,
        expires_at=first.expires_at,
        terms_accepted_at=LATE,
        privacy_accepted_at=LATE,
        identity_confirmed_at=LATE,
        proved_at=LATE,
        type_id=old.type_id,
        purpose=purpose,
        replaces_id=old.id,
    )
    # The tables allow no second open one; what holds without this index is tested.
    lives.session.execute(text("DROP INDEX uq_application_open"))
    lives.session.add(other)
    lives.session.commit()
    orders.append(lives.order(other))
    both = threading.Barrier(2)
    monkeypatch.setattr(
        "webapp.enrolment.issuance.read_request", at_once(both, "read_request")
    )
    outcomes = []

    def run(order):
        with app.app_context():
            session = db.session()
            mine = Lives(lives.issuer, session)
            try:
                mine.issuer.issue(session, mine.hana, order, LATE)
                outcomes.append("issued")
            except Exception as error:
                outcomes.append(getattr(error, "code", repr(error)))

    threads = [threading.Thread(target=run, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == sorted(["issued", AlreadyReplacedError.code])


def at_once(barrier, name):
    from webapp.enrolment import issuance

    real = getattr(issuance, name)

    def waiting(der):
        barrier.wait(5)
        return real(der)

    return waiting


def test_a_type_no_longer_offered_is_issued_anew_and_neither_issued_nor_renewed(lives):
    one, other = lives.issued(BEGUN), lives.issued(BEGUN)
    applied = lives.ready(LATE)
    issue_order = lives.order(applied)
    changed_types(lives, "personal-sign", offered=False)

    with pytest.raises(UnknownTypeError):
        lives.issuer.issue(lives.session, lives.hana, issue_order, LATE)
    renewal = lives.order(lives.ready(LATE, purpose=RENEW, replaced=one))
    with pytest.raises(TypeNotOfferedError):
        lives.issuer.issue(lives.session, lives.hana, renewal, LATE)
    assert lives.reissued(other, LATE).state == State.VALID


def test_at_most_so_many_can_be_used_and_one_more_comes_after_one_ended(lives):
    changed_types(lives, "personal-sign", at_most=1)
    first = lives.issued(BEGUN)

    with pytest.raises(EnoughOfTypeError):
        lives.issued(BEGUN + DAY)
    again = lives.reissued(first, BEGUN + DAY)  # takes the place of the first
    revoke(lives, again)
    assert lives.issued(BEGUN + 2 * DAY).state == State.VALID


def test_a_suspended_one_counts_and_one_that_ran_out_does_not(lives):
    changed_types(lives, "personal-sign", at_most=1)
    first = lives.issued(BEGUN)
    hold(lives, first)

    with pytest.raises(EnoughOfTypeError):
        lives.issued(first.not_after)
    assert lives.issued(first.not_after + SECOND).state == State.VALID


def test_a_renewal_without_its_proof_gets_nothing(lives):
    old = lives.issued(BEGUN)
    application = lives.ready(LATE, purpose=RENEW, replaced=old)
    application.proved_at = None
    lives.session.commit()

    with pytest.raises(StepOutOfOrderError):
        lives.issuer.issue(lives.session, lives.hana, lives.order(application), LATE)


def test_an_application_whose_old_one_was_revoked_gets_nothing(lives):
    old = lives.issued(BEGUN)
    order = lives.order(lives.ready(LATE, purpose=REISSUE, replaced=old))
    revoke(lives, old)

    with pytest.raises(CertificateRevokedError):
        lives.issuer.issue(lives.session, lives.hana, order, LATE)


def test_two_who_change_a_certificate_at_once_do_it_once(app, lives):
    found = lives.issued(BEGUN)
    outcomes = []
    both = threading.Barrier(2)

    def run():
        with app.app_context():
            session = db.session()
            mine = session.get_one(Certificate, found.id)
            both.wait(5)
            outcomes.append(tried(session, mine))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["certificate_suspended", "suspended"]
    assert logged(lives, "certificate.suspended") == 1


def tried(session: Session, certificate: Certificate) -> str:
    try:
        revocation.suspend(session, certificate, actor=None, now=BEGUN)
    except Exception as error:
        return getattr(error, "code", repr(error))
    return "suspended"
