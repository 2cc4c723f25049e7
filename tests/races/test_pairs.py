"""Routes that want opposite things, sent at the same moment, on both databases.

One of them wins; what the other one is told is true, and nothing is half done.
"""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.makers import make_request
from tests.races.asking_rounds import (
    approving,
    asked_request,
    declining,
    withdrawing,
)
from tests.races.counter_rounds import (
    OPERATORS,
    WHY,
    held_act,
    only_administrators,
    waiting,
)
from tests.races.customer_rounds import REVOKE, at_card, begun, held, holder, owner_of
from tests.races.rounds import Round, by_turns, form, forms, is_done, play
from tests.races.rounds import json as send_json
from tests.races.world import CLIENTS, NO_CHECKS, PASSWORD, copies
from tests.support.certificate_factory import CertificateFactory
from webapp.accounts.models import Customer, Operator, Role
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import Passkey, SecurityCard, TotpSecret
from webapp.certificates.lifecycle import Initiator, Purpose, StoredState
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.enrolment.models import Application
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.ra.approvals.acts import Act
from webapp.ra.models import HeldState
from webapp.relying.asking.rules import State

TURNS = pytest.mark.parametrize("turn", range(3))


def race(world, *sends):
    """Send these by turns; what is logged depends on who wins."""
    game = Round(send=by_turns(*sends))
    return play(world, lambda _world: game, any_event=True)


@TURNS
def test_suspending_and_revoking_end_revoked(world, turn):
    visitor, certificate = holder(world)
    path = f"/certificates/{certificate.id}"

    answers = race(
        world,
        form(visitor, f"{path}/suspend"),
        form(visitor, f"{path}/revoke", **REVOKE),
    )

    assert world.read(certificate).state == StoredState.REVOKED
    assert sum(is_done(answer) for answer in answers[1::2]) == 1
    assert sum(is_done(answer) for answer in answers[::2]) <= 1


@TURNS
def test_the_holder_resumes_and_the_counter_revokes(world, turn):
    visitor, certificate = holder(world, **held(Initiator.HOLDER))
    operator = world.signed_in(world.operator())
    path = f"/certificates/{certificate.id}"

    race(
        world,
        form(visitor, f"{path}/resume"),
        form(operator, f"/counter{path}/revoke", **REVOKE),
    )

    assert world.read(certificate).state == StoredState.REVOKED


@TURNS
def test_a_reissue_and_a_revocation_leave_one_truth(world, turn):
    """Whoever is first: the old one is revoked, and a new one is there or it is not."""
    customer = world.customer()
    old = world.certificate(customer)
    with world.session() as session:
        factory = CertificateFactory.of(world.app(**NO_CHECKS), session)
        application = factory.ready(
            utc_now(),
            purpose=Purpose.REISSUE,
            replaced=session.get_one(Certificate, old.id),
            customer=session.get_one(Customer, customer.id),
        )
    visitor = world.signed_in(customer, **NO_CHECKS)
    visitor.has_shown()
    browsers, request = copies(visitor), make_request(key=new_key(KeyKind.P_256))

    answers = race(
        world,
        lambda number: browsers[number].order(application.id, request),
        form(visitor, f"/certificates/{old.id}/revoke", **REVOKE),
    )

    orders = [answer for answer in answers[::2] if answer.status_code == 201]
    assert world.read(old).state == StoredState.REVOKED
    valid = Certificate.state == StoredState.VALID
    mine = Certificate.customer_id == customer.id
    assert world.count(Certificate, mine, valid) == bool(orders)
    assert len({answer.data for answer in orders}) <= 1
    revoked = AuditEntry.certificate_id == old.id
    assert (
        world.count(AuditEntry, revoked, AuditEntry.event == "certificate.revoked") == 1
    )


@TURNS
def test_who_signs_in_while_the_counter_locks_is_out_afterwards(world, turn):
    customer = world.customer()
    operator = world.signed_in(world.operator())
    browsers = [world.browser() for _ in range(CLIENTS)]
    for browser in browsers:
        browser.open("/sign-in")

    race(
        world,
        forms(browsers, "/sign-in", login_id=customer.login_id, password=PASSWORD),
        form(operator, f"/counter/customers/{customer.id}/do/lock", **WHY),
    )

    assert world.read(customer).locked_at is not None
    for browser in browsers:
        assert browser.client.get("/me/security").status_code == 401


@TURNS
def test_a_new_card_and_an_answer_of_the_old_one(world, turn):
    visitor, application, customer = at_card(world)
    fields = world.card_answer(customer, world.card(customer))
    operator = world.signed_in(world.operator())

    race(
        world,
        form(visitor, f"/applications/{application.id}/security-card", **fields),
        form(operator, f"/counter/customers/{customer.id}/card", **WHY),
    )

    mine = SecurityCard.customer_id == customer.id
    assert world.count(SecurityCard, mine, SecurityCard.closed_at.is_(None)) == 1
    answered = world.read(application).card_checked_at is not None
    about = (AuditEntry.customer_id == customer.id, AuditEntry.event == "card.answered")
    assert world.count(AuditEntry, *about) == answered


@TURNS
def test_approving_and_declining_are_one_decision(world, turn):
    application, seen = waiting(world)
    operators = [world.signed_in(world.operator()) for _ in range(2)]
    path = f"/counter/approvals/{application.id}"

    answers = race(
        world,
        form(operators[0], f"{path}/approve", **seen, **WHY),
        form(operators[1], f"{path}/decline", because="No.", **seen),
    )

    decided = world.read(application)
    assert sum(is_done(answer) for answer in answers) == 1
    assert (decided.approved_at is None) != (decided.declined_at is None)


@pytest.mark.parametrize("way", ["role", "close"])
@pytest.mark.parametrize("turn", range(5))
def test_two_administrators_cannot_both_go(world, turn, way):
    first, second = only_administrators(world, 2)

    answers = race(
        world,
        form(
            world.signed_in(first),
            f"/counter/operators/{second.id}/{way}",
            role="counter",
            **WHY,
        ),
        form(
            world.signed_in(second),
            f"/counter/operators/{first.id}/{way}",
            role="counter",
            **WHY,
        ),
    )

    left = (Operator.role == Role.ADMINISTRATOR, Operator.closed_at.is_(None))
    assert world.count(Operator, *left) == 1
    assert sum(is_done(answer) for answer in answers) == 1


@TURNS
def test_of_three_administrators_who_close_each_other_one_stays(world, turn):
    chiefs = only_administrators(world, 3)
    browsers = [world.signed_in(chief) for chief in chiefs]
    sends = [
        form(browser, f"/counter/operators/{other.id}/close", **WHY)
        for browser, other in zip(browsers, chiefs[1:] + chiefs[:1], strict=True)
    ]

    race(world, *sends)

    left = (Operator.role == Role.ADMINISTRATOR, Operator.closed_at.is_(None))
    assert world.count(Operator, *left) >= 1


@TURNS
def test_an_operator_who_is_closed_serves_nobody_afterwards(world, turn):
    chief = world.signed_in(world.operator(Role.ADMINISTRATOR))
    clerk = world.operator()
    clerks = world.signed_in(clerk)
    customers = [world.customer() for _ in range(CLIENTS)]
    browsers = copies(clerks)
    name = f"operator:{clerk.id}"

    race(
        world,
        lambda number: browsers[number].submit(
            f"/counter/customers/{customers[number].id}/do/lock", **WHY
        ),
        form(chief, f"/counter/operators/{clerk.id}/close", **WHY),
    )

    with world.session() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    closed = next(
        entry.id
        for entry in entries
        if entry.event == "operator.closed"
        and json.loads(entry.detail)["operator"] == clerk.id
    )
    later = [
        entry.event for entry in entries if entry.actor == name and entry.id > closed
    ]
    assert later == []


@TURNS
def test_a_password_reset_ends_what_its_old_holder_begins(world, turn):
    """No second way comes out of a sign-in that the counter has ended."""
    visitor, application = begun(world)
    customer = owner_of(world, application)
    operator = world.signed_in(world.operator())
    path = f"/applications/{application.id}/begin-again"

    race(
        world,
        form(visitor, path),
        form(operator, f"/counter/customers/{customer.id}/password", **WHY),
    )

    assert visitor.client.get("/me/security").status_code == 401
    mine = Application.customer_id == customer.id
    assert world.count(Application, mine, Application.closed_at.is_(None)) <= 1


@TURNS
def test_a_lock_and_a_card_that_was_agreed_to(world, turn):
    """Nothing is handed over once the sign-in is locked."""
    clerk, chief = world.operator(), world.signed_in(world.operator())
    agreed = {"state": HeldState.AGREED, "decided_by": world.operator().id}
    customer, waiting = held_act(world, Act.CARD, asked_by=clerk.id, **agreed)

    race(
        world,
        form(world.signed_in(clerk), f"/counter/acts/{waiting.id}/hand-over"),
        form(chief, f"/counter/customers/{customer.id}/do/lock", **WHY),
    )

    with world.session() as session:
        entries = session.scalars(
            select(AuditEntry.event)
            .where(AuditEntry.customer_id == customer.id)
            .order_by(AuditEntry.id)
        ).all()
    assert entries.count("customer.locked") == 1
    assert "card.issued" not in entries[entries.index("customer.locked") :]
    assert entries.count("card.issued") <= 1


@TURNS
def test_agreeing_and_declining_are_one_decision(world, turn):
    customer, waiting = held_act(world, "remove-passkeys")
    world.passkey(customer)
    operators = [world.signed_in(world.operator()) for _ in range(2)]
    path = f"/counter/acts/{waiting.id}"

    answers = race(
        world,
        form(operators[0], f"{path}/agree"),
        form(operators[1], f"{path}/decline"),
    )

    assert sum(is_done(answer) for answer in answers) == 1
    left = world.count(Passkey, Passkey.customer_id == customer.id)
    assert left == (world.read(waiting).state == HeldState.DECLINED)


@TURNS
def test_where_one_is_required_one_of_two_factors_stays(world, turn):
    visitor, operator = OPERATORS.proved(world)
    world.passkey(operator)
    with world.session() as session:
        mine = Passkey.operator_id == operator.id
        id_ = session.scalars(select(Passkey.id).where(mine)).one()
    required = world.app(operator_second_factor="required")
    app, passkey = copies(visitor, required), copies(visitor, required)

    answers = race(
        world,
        forms(app, f"{OPERATORS.base}/one-time/remove"),
        forms(passkey, f"{OPERATORS.base}/passkey/{id_}/remove"),
    )

    assert sum(is_done(answer) for answer in answers) == 1
    left = world.count(Passkey, mine)
    apps = world.count(TotpSecret, TotpSecret.operator_id == operator.id)
    assert left + apps == 1


@TURNS
def test_request_is_approved_or_withdrawn(world, turn):
    asked = asked_request(world)

    answers = race(
        world,
        send_json(asked.phone, "/a/approve", asked.approval()),
        withdrawing(asked),
    )

    state = asked.read().state
    assert state in (State.APPROVED, State.WITHDRAWN)
    approvals = [answer for answer in answers[::2] if is_done(answer)]
    withdrawals = [answer for answer in answers[1::2] if is_done(answer)]
    assert (len(approvals), len(withdrawals)) == (
        (1, 0) if state == State.APPROVED else (0, 1)
    )
    assert (asked.read().signatures is not None) == (state == State.APPROVED)


@TURNS
def test_request_is_approved_or_declined(world, turn):
    asked = asked_request(world)

    answers = race(world, approving(asked), declining(asked))

    state = asked.read().state
    assert state in (State.APPROVED, State.DECLINED)
    assert sum(is_done(answer) for answer in answers) == 1
    won = answers[::2] if state == State.APPROVED else answers[1::2]
    assert sum(is_done(answer) for answer in won) == 1
    assert (asked.read().signatures is not None) == (state == State.APPROVED)


@TURNS
def test_request_is_withdrawn_or_declined(world, turn):
    asked = asked_request(world)

    answers = race(world, withdrawing(asked), declining(asked))

    assert asked.read().state in (State.WITHDRAWN, State.DECLINED)
    assert sum(is_done(answer) for answer in answers) == 1


@TURNS
def test_request_is_approved_or_over(world, turn):
    asked = asked_request(world)
    asked.end_in(timedelta(milliseconds=150))

    answers = race(world, approving(asked))

    request = asked.read()
    done = sum(is_done(answer) for answer in answers)
    assert done == (request.state == State.APPROVED)
    if done:
        assert request.ended_at < request.expires_at
    else:
        assert (request.state, request.signatures) == (State.SEEN, None)


@TURNS
def test_of_two_people_one_approves_a_request(world, turn):
    asked = asked_request(world)
    other = asked.of_another_person()

    answers = race(world, approving(asked), approving(other))

    request = asked.read()
    assert sum(is_done(answer) for answer in answers) == 1
    winner = asked if any(is_done(answer) for answer in answers[::2]) else other
    assert request.certificate_id == winner.certificate.id
    assert request.customer_id == winner.certificate.customer_id


@TURNS
def test_request_is_approved_before_the_certificate_is_suspended_or_not(world, turn):
    asked = asked_request(world)
    owner = owner_of(world, asked.certificate)
    visitor = world.signed_in(owner)
    visitor.has_shown()

    race(
        world,
        send_json(asked.phone, "/a/approve", asked.approval()),
        form(visitor, f"/certificates/{asked.certificate.id}/suspend"),
    )

    request, certificate = asked.read(), world.read(asked.certificate)
    assert certificate.state == StoredState.SUSPENDED
    assert request.state in (State.APPROVED, State.SEEN)
    if request.state == State.APPROVED:
        assert request.ended_at <= certificate.suspended_at + timedelta(seconds=1)
