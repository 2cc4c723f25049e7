"""Re-issue and renewal are whole or not at all, once, and only for what is offered."""

import threading
from dataclasses import replace
from types import MappingProxyType

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.support import revocation
from tests.support.certificate_factory import DAY, SECOND, CertificateFactory, kst
from webapp import create_app, db
from webapp.audit.actors import Actor
from webapp.audit.models import AuditEntry
from webapp.billing.models import Charge
from webapp.certificates.errors import (
    AlreadyReplacedError,
    CertificateRevokedError,
    IdempotencyMismatchError,
    KeySeenError,
    TypeNotOfferedError,
)
from webapp.certificates.lifecycle import Purpose, StoredState
from webapp.certificates.models import Certificate
from webapp.enrolment.errors import (
    ApplicationOvertakenError,
    StepOutOfOrderError,
    TypeLimitError,
    UnknownTypeError,
)
from webapp.enrolment.issuing.issuance import finish_reserved
from webapp.enrolment.models import Application, CloseReason
from webapp.enrolment.service import open_application
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind

BEGUN = kst(2027, 3, 5, 12)
LATE = kst(2028, 3, 1, 12)  # in the last 30 days
RENEW, REISSUE = Purpose.RENEW, Purpose.REISSUE


def reserved(factory, before, purpose, now=LATE):
    application = factory.ready(now, purpose=purpose, replaced=before)
    order = factory.order(application)
    return factory.reserve(order, now), order


def revoke(factory, certificate):
    revocation.revoke(
        factory.session,
        certificate,
        reason=ReasonCode.KEY_COMPROMISE,
        actor=None,
        now=LATE,
    )


def hold(factory, certificate):
    revocation.suspend(factory.session, certificate, actor=Actor.operator(1), now=LATE)


def changed_types(factory, type_id, **changes):
    types = dict(factory.issuer.types)
    types[type_id] = replace(types[type_id], **changes)
    factory.issuer = replace(factory.issuer, types=MappingProxyType(types))


def logged(factory, event):
    stmt = select(func.count(AuditEntry.id)).where(AuditEntry.event == event)
    return factory.session.scalar(stmt)


def test_until_a_reissue_is_signed_the_old_one_is_valid(factory):
    old = factory.issued(BEGUN)

    reserved(factory, old, REISSUE)

    factory.session.refresh(old)
    assert old.state == StoredState.VALID


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
def test_a_crash_between_reserving_and_signing_is_completed(
    app, config, factory, purpose
):
    old = factory.issued(BEGUN)
    new, _order = reserved(factory, old, purpose)

    create_app(config)

    factory.session.refresh(old)
    factory.session.refresh(new)
    assert new.state == StoredState.VALID
    assert old.state == (
        StoredState.REVOKED if purpose == REISSUE else StoredState.VALID
    )


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
@pytest.mark.parametrize("meanwhile", [revoke, hold])
def test_what_was_reserved_is_void_when_the_old_one_ended_meanwhile(
    factory, purpose, meanwhile
):
    old = factory.issued(BEGUN)
    new, order = reserved(factory, old, purpose)
    meanwhile(factory, old)
    before = old.state

    with pytest.raises(ApplicationOvertakenError):
        factory.finish(new, LATE)

    factory.session.refresh(old)
    assert (new.state, new.der) == (StoredState.VOID, None)
    assert old.state == before
    assert logged(factory, "certificate.voided") == 1
    for _ in range(2):  # an answer that was lost is asked for again
        with pytest.raises(ApplicationOvertakenError):
            factory.issue(order, LATE)
    assert logged(factory, "certificate.voided") == 1


def test_what_is_void_charges_nothing_and_lets_its_application_go(factory):
    old = factory.issued(BEGUN, type_id="personal-general")
    new, _order = reserved(factory, old, RENEW)
    revoke(factory, old)

    assert finish_reserved(factory.session, factory.issuer, LATE) == 1

    closed = factory.session.get_one(Application, new.application_id)
    assert closed.closed_because == CloseReason.OVERTAKEN
    assert open_application(factory.session, factory.customer, LATE) != closed.id
    assert factory.session.scalar(select(func.count(Charge.id))) == 1


def test_what_became_void_may_be_done_again_when_the_counter_lifts_its_hold(factory):
    old = factory.issued(BEGUN)
    new, _order = reserved(factory, old, REISSUE)
    hold(factory, old)
    finish_reserved(factory.session, factory.issuer, LATE)
    revocation.resume(factory.session, old, actor=Actor.operator(1), now=LATE)

    again = factory.reissued(old, LATE)

    assert again.id != new.id
    assert again.state == StoredState.VALID


def test_a_renewal_goes_on_when_its_holder_suspended_the_old_one_meanwhile(factory):
    old = factory.issued(BEGUN)
    new, _order = reserved(factory, old, RENEW)
    revocation.suspend(factory.session, old, actor=None, now=LATE)

    assert factory.finish(new, LATE).state == StoredState.VALID


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
def test_the_same_order_gives_the_same_certificate_however_late(factory, purpose):
    old = factory.issued(BEGUN)
    application = factory.ready(LATE, purpose=purpose, replaced=old)
    order = factory.order(application)

    first = factory.issue(order, LATE)
    again = factory.issue(order, LATE + 400 * DAY)

    assert again.id == first.id
    assert logged(factory, "certificate.revoked") == (purpose == REISSUE)


def test_the_old_key_is_not_certified_again(factory):
    key = new_key(KeyKind.P_256)
    old = factory.issued(BEGUN, key=key)
    application = factory.ready(LATE, purpose=RENEW, replaced=old)

    with pytest.raises(KeySeenError):
        factory.issue(factory.order(application, key), LATE)


def test_one_idempotency_key_does_not_serve_two_applications(factory):
    old = factory.issued(BEGUN)
    used = factory.session.get_one(Certificate, old.id).idempotency_key
    order = factory.order(factory.ready(LATE, purpose=RENEW, replaced=old))

    with pytest.raises(IdempotencyMismatchError):
        factory.issue(replace(order, idempotency_key=used), LATE)


@pytest.mark.parametrize("purpose", [REISSUE, RENEW])
def test_of_two_applications_for_the_same_at_once_one_is_done(
    app, factory, monkeypatch, purpose
):
    """Both pass the rules before either has stored anything; the database decides."""
    old = factory.issued(BEGUN)
    first = factory.ready(LATE, purpose=purpose, replaced=old)
    orders = [factory.order(first)]
    other = Application(
        id="o" * 22,
        customer_id=factory.customer.id,
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
    factory.session.execute(text("DROP INDEX uq_application_open"))
    factory.session.add(other)
    factory.session.commit()
    orders.append(factory.order(other))
    both = threading.Barrier(2)
    monkeypatch.setattr(
        "webapp.enrolment.issuing.issuance.read_request", at_once(both, "read_request")
    )
    outcomes = []

    def run(order):
        with app.app_context():
            session = db.session()
            mine = CertificateFactory(factory.issuer, session)
            try:
                mine.issue(order, LATE)
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
    from webapp.enrolment.issuing import issuance

    real = getattr(issuance, name)

    def waiting(der):
        barrier.wait(5)
        return real(der)

    return waiting


def test_a_type_no_longer_offered_is_issued_anew_and_neither_issued_nor_renewed(
    factory,
):
    one, other = factory.issued(BEGUN), factory.issued(BEGUN)
    applied = factory.ready(LATE)
    issue_order = factory.order(applied)
    changed_types(factory, "personal-sign", offered=False)

    with pytest.raises(UnknownTypeError):
        factory.issue(issue_order, LATE)
    renewal = factory.order(factory.ready(LATE, purpose=RENEW, replaced=one))
    with pytest.raises(TypeNotOfferedError):
        factory.issue(renewal, LATE)
    assert factory.reissued(other, LATE).state == StoredState.VALID


def test_at_most_so_many_can_be_used_and_one_more_comes_after_one_ended(factory):
    changed_types(factory, "personal-sign", at_most=1)
    first = factory.issued(BEGUN)

    with pytest.raises(TypeLimitError):
        factory.issued(BEGUN + DAY)
    again = factory.reissued(first, BEGUN + DAY)  # takes the place of the first
    revoke(factory, again)
    assert factory.issued(BEGUN + 2 * DAY).state == StoredState.VALID


def test_a_suspended_one_counts_and_one_that_ran_out_does_not(factory):
    changed_types(factory, "personal-sign", at_most=1)
    first = factory.issued(BEGUN)
    hold(factory, first)

    with pytest.raises(TypeLimitError):
        factory.issued(first.not_after)
    assert factory.issued(first.not_after + SECOND).state == StoredState.VALID


def test_a_renewal_without_its_proof_gets_nothing(factory):
    old = factory.issued(BEGUN)
    application = factory.ready(LATE, purpose=RENEW, replaced=old)
    application.proved_at = None
    factory.session.commit()

    with pytest.raises(StepOutOfOrderError):
        factory.issue(factory.order(application), LATE)


def test_an_application_whose_old_one_was_revoked_gets_nothing(factory):
    old = factory.issued(BEGUN)
    order = factory.order(factory.ready(LATE, purpose=REISSUE, replaced=old))
    revoke(factory, old)

    with pytest.raises(CertificateRevokedError):
        factory.issue(order, LATE)


def test_two_who_change_a_certificate_at_once_do_it_once(app, factory):
    certificate = factory.issued(BEGUN)
    outcomes = []
    both = threading.Barrier(2)

    def run():
        with app.app_context():
            session = db.session()
            mine = session.get_one(Certificate, certificate.id)
            both.wait(5)
            outcomes.append(tried(session, mine))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["certificate_suspended", "suspended"]
    assert logged(factory, "certificate.suspended") == 1


def tried(session: Session, certificate: Certificate) -> str:
    try:
        revocation.suspend(session, certificate, actor=None, now=BEGUN)
    except Exception as error:
        return getattr(error, "code", repr(error))
    return "suspended"
