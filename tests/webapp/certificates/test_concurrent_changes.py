"""What another tab or the counter does in between is never overlooked."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from flask import get_template_attribute
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.support import revocation as committed
from tests.support.certificate_factory import kst
from webapp import db
from webapp.audit.actors import KEY_HOLDER
from webapp.certificates import revocation
from webapp.certificates.lifecycle import Initiator, Purpose, StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.records import history
from webapp.enrolment.errors import (
    ApplicationDeclinedError,
    ApplicationOvertakenError,
    TypeLimitError,
)
from webapp.enrolment.issuing import issuance
from webapp.enrolment.issuing.issuance import finish_reserved
from webapp.enrolment.models import Application, CloseReason
from webapp.enrolment.service import choose_type, steps_for
from webapp.enrolment.steps import Step
from webapp.pki.crl import ReasonCode

BEGUN = kst(2027, 3, 5, 12)
LATE = kst(2028, 3, 1, 12)


def other_tab(factory, statement):
    with Session(factory.session.get_bind()) as other:
        other.execute(statement)
        other.commit()


def in_between(monkeypatch, do):
    """Have something happen after the rules were asked, before anything is stored."""
    real = issuance.read_request

    def late(der):
        do()
        return real(der)

    monkeypatch.setattr(issuance, "read_request", late)


def test_an_application_closed_in_between_issues_nothing(factory, monkeypatch):
    application = factory.ready(BEGUN)
    order = factory.order(application)
    closing = update(Application).values(closed_at=BEGUN, closed_because="declined")
    in_between(monkeypatch, lambda: other_tab(factory, closing))

    with pytest.raises(ApplicationDeclinedError):
        factory.issue(order, BEGUN)

    assert application.closed_because == CloseReason.DECLINED
    assert factory.session.scalar(select(func.count(Certificate.id))) == 0


def test_one_issued_in_between_counts_for_at_most(factory, monkeypatch):
    first = factory.issued(BEGUN)
    ended = update(Certificate).values(state=StoredState.VOID)
    back = update(Certificate).where(Certificate.id == first.id)
    other_tab(factory, ended)
    types = dict(factory.issuer.types)
    types["personal-sign"] = replace(types["personal-sign"], at_most=1)
    factory.issuer = replace(factory.issuer, types=MappingProxyType(types))
    order = factory.order(factory.ready(BEGUN))
    in_between(
        monkeypatch, lambda: other_tab(factory, back.values(state=StoredState.VALID))
    )

    with pytest.raises(TypeLimitError):
        factory.issue(order, BEGUN)

    assert factory.session.scalar(select(func.count(Certificate.id))) == 1


def test_one_signed_while_its_line_is_revoked_is_revoked_too(factory, monkeypatch):
    old = factory.issued(BEGUN)
    new = factory.renewed(old, LATE)
    real, seen = revocation.active_in_lineage, []

    def first_without_new(*asked):
        seen.append(real(*asked))
        return [old] if len(seen) == 1 else seen[-1]

    monkeypatch.setattr(revocation, "active_in_lineage", first_without_new)
    done = committed.revoke_lineage(
        factory.session,
        old,
        reason=ReasonCode.KEY_COMPROMISE,
        actor=None,
        now=LATE,
    )

    assert {certificate.id for certificate in done} == {old.id, new.id}


@pytest.mark.parametrize("purpose", [Purpose.REISSUE, Purpose.RENEW])
def test_one_whose_old_one_was_suspended_for_too_long_is_void(factory, purpose):
    old = factory.issued(BEGUN)
    application = factory.ready(LATE, purpose=purpose, replaced=old)
    order = factory.order(application)
    new = factory.reserve(order, LATE)
    since = LATE - timedelta(days=200)
    held = {"suspended_at": since, "suspended_by": Initiator.HOLDER}
    change = update(Certificate).where(Certificate.id == old.id)
    other_tab(factory, change.values(state=StoredState.SUSPENDED, **held))

    with pytest.raises(ApplicationOvertakenError):
        factory.finish(new, LATE)

    assert new.state == StoredState.VOID


def test_one_whose_old_one_ran_out_before_a_crash_was_mended_is_signed(factory):
    old = factory.issued(BEGUN)
    order = factory.order(factory.ready(LATE, purpose=Purpose.RENEW, replaced=old))
    new = factory.reserve(order, LATE)

    finish_reserved(factory.session, factory.issuer, old.not_after + timedelta(days=1))

    assert new.state == StoredState.VALID


def test_an_approval_this_tab_knows_nothing_of_ends_with_the_type(factory):
    application = factory.ready(BEGUN)
    factory.session.refresh(application)
    types, checks = factory.issuer.types, factory.issuer.checks
    other_tab(factory, update(Application).values(approved_at=BEGUN))
    assert application.approved_at is None

    choose_type(
        factory.session,
        application,
        factory.customer,
        type_id="personal-general",
        types=types,
        steps=steps_for(application, checks, types),
        now=BEGUN,
    )

    kept = factory.session.execute(select(Application.type_id, Application.approved_at))
    assert kept.one() == ("personal-general", None)


def test_who_revoked_with_the_key_alone_is_not_called_the_counter(
    customer, factory, now
):
    certificate = factory.issued(now)
    committed.revoke(
        factory.session,
        certificate,
        reason=ReasonCode.KEY_COMPROMISE,
        actor=KEY_HOLDER,
        now=now,
    )

    newest = history.list_all(factory.session, factory.customer)[0]
    customer.client.set_cookie("language", "en")
    page = customer.open("/me/history").text
    assert newest.actor == str(KEY_HOLDER)
    assert "Somebody with the key" in page
    assert "The counter" not in page


def test_what_lacks_its_entry_in_the_log_is_never_committed(factory):
    session = factory.session
    application = factory.ready(BEGUN)

    def fails(_session):
        raise ValueError("no entry")

    session.execute(update(Application).values(place="nowhere"))
    db.run_before_commit(session, db.LockOrder.AUDIT, fails)
    with pytest.raises(ValueError, match="no entry"):
        session.commit()
    with pytest.raises(db.PreCommitError):
        session.commit()
    session.rollback()
    session.commit()

    session.refresh(application)
    assert application.place is None


def test_a_step_that_has_gone_is_shown_without_a_current_one(app):
    with app.test_request_context():
        stepper = get_template_attribute("macros/stepper.html", "stepper")
        shown = stepper((Step.TERMS, Step.KEEP), Step.APPROVAL)

    assert "aria-current" not in shown
