"""What operators send, with a state in which it can be done: a row for each route."""

import io
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select, update

from tests.races.customer_rounds import (
    NEW_PASSWORD,
    REVOKE,
    Place,
    ask_own_passkey,
    asking,
    begin_one_time,
    begin_passkey,
    confirm_one_time,
    enrol_passkey,
    held,
    prove_by_one_time,
    prove_by_passkey,
    remove_one_time,
    remove_passkey,
    signed_bodies,
)
from tests.races.rounds import AS_JSON, Factory, Round, form, forms, is_done, json
from tests.races.world import CLIENTS, PASSWORD, World, copies
from tests.webapp.browser_client import Browser
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import AccountChange, Customer, Operator, Role
from webapp.authenticators.models import SecurityCard
from webapp.authenticators.phone_call.rules import MAX_ERRORS_PER_DAY
from webapp.authenticators.security_card.service import find_card
from webapp.billing.models import Charge, ChargeState
from webapp.certificates.lifecycle import Initiator
from webapp.clock import DemoClock, use_demo_clock, utc_now
from webapp.demo import people as demo_people
from webapp.demo.instance import CLOCK_FILE
from webapp.enrolment.models import Application
from webapp.ra.approvals.acts import Act
from webapp.ra.customers.csv_import import begin, import_settings, new_id
from webapp.ra.models import CustomerImport, HeldAct, HeldState, ImportState

WHY = {"reason": "other", "note": "as the customer asked"}  # every act takes it


def at_counter(
    world: World, path: str, operator_role: Role = Role.COUNTER, **fields: str
) -> Any:
    """Send a form as one operator, from as many browsers as race."""
    return form(world.signed_in(world.operator(operator_role)), path, **WHY | fields)


# Customers


def edit_contact(world: World) -> Round:
    customer = world.customer()
    path = f"/counter/customers/{customer.id}/contact"
    send = at_counter(world, path, phone="010-9999-8888", email="new@example.com")
    return Round(send=send, events={"customer.contact_changed": 1}, succeed=1)


def act(world: World, action: str, event: str) -> Round:
    customer = world.customer(
        locked_at=utc_now() if action == "unlock" else None,
        account_pin_errors=5,
    )
    _lock_everything(world, customer)
    send = at_counter(world, f"/counter/customers/{customer.id}/do/{action}")
    return Round(send=send, events={event: 1}, succeed=1)


def _lock_everything(world: World, customer: Customer) -> None:
    now = utc_now()
    world.card(customer)
    world.authenticator_app(customer, errors=5, locked_at=now)
    world.passkey(customer)
    application = world.application(customer)
    world.call(application, "wrong", errors=MAX_ERRORS_PER_DAY, ended_at=now)
    with world.session() as session:
        session.execute(
            update(SecurityCard)
            .where(SecurityCard.customer_id == customer.id)
            .values(errors=5, locked_at=now)
        )
        session.commit()


def first_password(world: World) -> Round:
    customer = world.customer()
    operator = world.signed_in(world.operator())
    browsers = copies(operator)
    path = f"/counter/customers/{customer.id}/password"

    def check(answers: Any) -> None:
        stored = world.read(customer).password_hash
        assert sum(_fits(password, stored) for password in _shown(answers)) == 1

    send = forms(browsers, path, **WHY)
    return Round(send=send, each_logs="customer.password_reset", check=check)


def _shown(answers: Any) -> list[str]:
    """Return the first passwords that pages show."""
    return [
        answer.text.split('id="first-password">')[1].split("<")[0]
        for answer in answers
        if is_done(answer)
    ]


def _fits(password: str, stored: str) -> bool:
    try:
        return PasswordHasher().verify(stored, password)
    except VerifyMismatchError:
        return False


def new_card(world: World, *, before: bool) -> Round:
    customer = world.customer()
    if before:
        world.card(customer)

    def check(answers: Any) -> None:
        with world.session() as session:
            card = find_card(session, customer)
        assert card is not None
        shown = [card.number in answer.text for answer in answers if is_done(answer)]
        assert shown.count(True) == 1

    send = at_counter(world, f"/counter/customers/{customer.id}/card")
    return Round(send=send, each_logs="card.issued", check=check)


def register(world: World) -> Round:
    login_id = f"n{secrets.token_hex(6)}"
    fields = {
        "kind": "personal",
        "name": "이하나",
        "latin_name": "LEE HANA",
        "birth_date": "19900131",
        "phone": "010-1234-5678",
        "email": "hana@example.com",
        "login_id": login_id,
    }

    def check(_answers: Any) -> None:
        assert world.count(Customer, Customer.login_id == login_id) == 1

    send = at_counter(world, "/counter/customers/new", **fields)
    events = {"customer.registered": 1, "card.issued": 1}
    return Round(send=send, events=events, succeed=1, check=check)


HEADER = "login_id,name,latin_name,birth_date,kind,phone,email\r\n"


def sheet(*login_ids: str) -> str:
    rows = (
        f"{login_id},이하나,LEE HANA,19900131,personal,010-1234-5678,h@example.com\r\n"
        for login_id in login_ids
    )
    return HEADER + "".join(rows)


def read_sheet(world: World) -> Round:
    text = sheet(f"s{secrets.token_hex(6)}")
    browsers = copies(world.signed_in(world.operator()))

    def send(number: int) -> Any:
        browser = browsers[number]
        file = (io.BytesIO(text.encode()), "customers.csv")
        fields = {"csrf_token": browser.token, "sheet": file}
        return browser.client.post("/counter/import", data=fields, headers=AS_JSON)

    return Round(send=send, succeed=CLIENTS)


def import_sheet(world: World) -> Round:
    login_ids = [f"s{secrets.token_hex(6)}" for _ in range(2)]

    def check(_answers: Any) -> None:
        assert world.count(Customer, Customer.login_id.in_(login_ids)) == 2

    fields = {"text": sheet(*login_ids), "import": new_id()}
    return Round(
        send=at_counter(world, "/counter/import/confirm", **fields),
        events={"customer.registered": 2},
        succeed=CLIENTS,
        settle=_imports_to_end,
        check=check,
    )


def _imports_to_end() -> None:
    for thread in threading.enumerate():
        if thread.name == "import":
            thread.join()


def imported(world: World, state: ImportState) -> tuple[Operator, CustomerImport]:
    """Return an operator's import that waits for a worker, or is done."""
    operator, asked_at = world.operator(), utc_now() - timedelta(hours=1)
    import_id, settings = new_id(), import_settings(world.config)
    with world.session() as session:
        begin(
            session,
            session.get_one(Operator, operator.id),
            import_id,
            text=sheet(f"s{secrets.token_hex(6)}"),
            total=1,
            settings=settings,
            now=asked_at,
        )
        batch = session.get_one(CustomerImport, import_id)
        batch.state = state
        session.commit()
    return operator, batch


def resume_import(world: World) -> Round:
    operator, batch = imported(world, ImportState.WAITING)
    path = f"/counter/imports/{batch.id}/resume"
    return Round(
        send=form(world.signed_in(operator), path),
        events={"customer.registered": 1},
        succeed=CLIENTS,
        settle=_imports_to_end,
    )


def close_import(world: World) -> Round:
    operator, batch = imported(world, ImportState.DONE)
    send = form(world.signed_in(operator), f"/counter/imports/{batch.id}/close", **WHY)
    return Round(send=send, events={"operator.import_closed": 1}, succeed=1)


def issue_cards(world: World) -> Round:
    people = [world.customer() for _ in range(2)]
    browsers = copies(world.signed_in(world.operator()))

    def send(number: int) -> Any:
        browser = browsers[number]
        chosen = [str(customer.id) for customer in reversed(people)]
        fields = {"csrf_token": browser.token, "customer": chosen}
        return browser.client.post("/counter/cards", data=fields, headers=AS_JSON)

    return Round(send=send, events={"card.issued": 2}, succeed=1)


# Certificates, charges, approvals


def suspend(world: World) -> Round:
    certificate = world.certificate(world.customer())
    send = at_counter(world, f"/counter/certificates/{certificate.id}/suspend")
    return Round(send=send, events={"certificate.suspended": 1}, succeed=1)


def resume(world: World) -> Round:
    certificate = world.certificate(world.customer(), **held(Initiator.COUNTER))
    send = at_counter(world, f"/counter/certificates/{certificate.id}/resume")
    return Round(send=send, events={"certificate.resumed": 1}, succeed=1)


def revoke(world: World, *, extent: str, count: int) -> Round:
    customer = world.customer()
    certificate = world.certificate(customer)
    world.certificate(customer, lineage_id=certificate.lineage_id)
    path = f"/counter/certificates/{certificate.id}/revoke"
    send = at_counter(world, path, extent=extent, **REVOKE)
    return Round(send=send, events={"certificate.revoked": count}, succeed=1)


def charge(world: World, decision: str, event: str) -> Round:
    customer = world.customer()
    row = Charge(
        id=secrets.token_hex(16),
        customer_id=customer.id,
        certificate_id=world.certificate(customer).id,
        type_id="personal-general",
        won=4400,
        state=ChargeState.OPEN,
        recorded_at=utc_now(),
    )
    world.store(row)
    send = at_counter(world, f"/counter/charges/{row.id}/{decision}", note="4711")
    return Round(send=send, events={event: 1}, succeed=1)


def waiting(world: World) -> tuple[Application, dict[str, str]]:
    """Return an application that waits for a decision, and what an operator saw."""
    now = utc_now()
    application = world.application(
        world.customer(kind="corporate"),
        type_id="corporate-bank",
        terms_accepted_at=now,
        privacy_accepted_at=now,
        identity_confirmed_at=now,
        phone_checked_at=now,
        card_checked_at=now,
        approval_asked_at=now,
    )
    stored = world.read(application)
    seen = {
        "type_id": "corporate-bank",
        "asked_at": stored.approval_asked_at.isoformat(),
    }
    return application, seen


def decide(world: World, decision: str, event: str) -> Round:
    application, seen = waiting(world)
    path = f"/counter/approvals/{application.id}/{decision}"
    send = at_counter(world, path, because="No.", **seen)
    return Round(send=send, events={event: 1}, succeed=1)


# Operators


def add_operator(world: World) -> Round:
    login_id = f"a{secrets.token_hex(6)}"
    fields = {"login_id": login_id, "name": "최신입", "role": "counter"}
    send = at_counter(world, "/counter/operators", Role.ADMINISTRATOR, **fields)
    return Round(send=send, events={"operator.added": 1}, succeed=1)


def manage(world: World, change: str, event: str, **fields: str) -> Round:
    other = world.operator()
    path = f"/counter/operators/{other.id}/{change}"
    send = at_counter(world, path, Role.ADMINISTRATOR, **fields)
    return Round(send=send, events={event: 1}, succeed=1)


def link_operator(world: World) -> Round:
    customer = world.customer()
    return manage(world, "customer", "operator.linked", customer=customer.login_id)


def operator_password(world: World) -> Round:
    other = world.operator()
    path = f"/counter/operators/{other.id}/password"

    def check(answers: Any) -> None:
        stored = world.read(other).password_hash
        assert sum(_fits(password, stored) for password in _shown(answers)) == 1

    send = at_counter(world, path, Role.ADMINISTRATOR)
    return Round(send=send, each_logs="operator.password_reset", check=check)


def only_administrators(world: World, count: int) -> list[Operator]:
    """Return so many administrators, who are the only ones."""
    administrators = [world.operator(Role.ADMINISTRATOR) for _ in range(count)]
    with world.session() as session:
        session.execute(
            update(Operator)
            .where(Operator.id.not_in([operator.id for operator in administrators]))
            .values(closed_at=utc_now())
        )
        session.commit()
    return administrators


def confirm_operator(world: World) -> Round:
    other = world.operator(awaits_confirmation=True)
    path = f"/counter/operators/{other.id}/confirm"
    send = at_counter(world, path, Role.ADMINISTRATOR, role="counter")
    return Round(send=send, events={"operator.confirmed": 1}, succeed=1)


def changed(world: World, **fields: Any) -> AccountChange:
    """Return a change that a colleague made at the counter."""
    change = AccountChange(
        customer_id=world.customer().id,
        kind=ChangeKind.CARD_ISSUED,
        made_at=utc_now(),
        operator_id=world.operator().id,
        **fields,
    )
    world.store(change)
    return change


def agree(world: World) -> Round:
    change = changed(world)
    path = f"/counter/approvals/customers/{change.customer_id}/agree"
    send = at_counter(world, path, seen=str(change.id))
    return Round(send=send, events={"change.agreed": 1}, succeed=1)


def agree_to_import(world: World) -> Round:
    change = changed(world, batch=secrets.token_hex(8))
    send = at_counter(world, f"/counter/approvals/imports/{change.batch}/agree")
    return Round(send=send, events={"change.agreed": 1}, succeed=1)


def held_act(world: World, act: Act, **fields: Any) -> tuple[Customer, HeldAct]:
    """Return an act that a colleague asked for and that waits for a second operator."""
    now, customer = utc_now(), world.customer()
    waiting = HeldAct(
        id=secrets.token_urlsafe(16),
        act=act,
        customer_id=customer.id,
        detail="{}",
        reason="lost",
        **{
            "state": HeldState.WAITING,
            "asked_by": world.operator().id,
            "asked_at": now,
            "expires_at": now + timedelta(hours=1),
            **fields,
        },
    )
    world.store(waiting)
    return customer, waiting


def agree_to_act(world: World) -> Round:
    customer, waiting = held_act(world, "remove-passkeys")
    world.passkey(customer)
    send = at_counter(world, f"/counter/acts/{waiting.id}/agree")
    return Round(send=send, events={"act.agreed": 1, "passkey.removed": 1}, succeed=1)


def decline_act(world: World) -> Round:
    _customer, waiting = held_act(world, Act.CARD)
    send = at_counter(world, f"/counter/acts/{waiting.id}/decline")
    return Round(send=send, events={"act.declined": 1}, succeed=1)


def hand_over(world: World) -> Round:
    clerk = world.operator()
    agreed = {"state": HeldState.AGREED, "decided_by": world.operator().id}
    customer, waiting = held_act(world, Act.PASSWORD, asked_by=clerk.id, **agreed)

    def check(answers: Any) -> None:
        [password] = _shown(answers)
        assert _fits(password, world.read(customer).password_hash)

    return Round(
        send=form(world.signed_in(clerk), f"/counter/acts/{waiting.id}/hand-over"),
        events={"customer.password_reset": 1},
        succeed=1,
        check=check,
    )


def sign_in(world: World) -> Round:
    operator = world.operator()
    browsers = [world.browser() for _ in range(CLIENTS)]
    for browser in browsers:
        browser.open("/counter/sign-in")
    fields = {"login_id": operator.login_id, "password": PASSWORD}
    send = forms(browsers, "/counter/sign-in", **fields)
    return Round(send=send, events={"operator.signed_in": CLIENTS}, succeed=CLIENTS)


def sign_out(world: World) -> Round:
    send = at_counter(world, "/counter/sign-out")
    return Round(send=send, events={"operator.signed_out": 1}, succeed=CLIENTS)


def choose_password(world: World) -> Round:
    fields = {"old": PASSWORD, "fresh": NEW_PASSWORD, "again": NEW_PASSWORD}
    send = at_counter(world, "/counter/password", **fields)
    return Round(send=send, events={"operator.password_chosen": 1})


# Operators' second factor: their own pages are those of customers, elsewhere

OPERATORS = Place("/counter/my-sign-in", World.operator)
FACTOR = "/counter/sign-in/factor"


def prove_by_card(world: World) -> Round:
    """Only customers have a card: nothing is compared, whatever is typed."""
    visitor, operator = OPERATORS.newcomer(world)
    world.authenticator_app(operator)
    fields = {"first": "12", "second": "34", "ask_first": "1", "ask_second": "2"}
    return Round(send=form(visitor, "/counter/my-sign-in/prove", **fields), succeed=0)


def postpone_factor(world: World) -> Round:
    visitor, operator = OPERATORS.newcomer(world)

    def check(_answers: Any) -> None:
        assert world.read(operator).second_factor_postponed_at is not None

    send = form(visitor, "/counter/my-sign-in/later", next="/counter/charges")
    return Round(send=send, succeed=CLIENTS, check=check)


def at_factor(world: World, operator: Operator) -> Browser:
    """Return a browser in which the password of an operator was right a moment ago."""
    visitor = world.signed_in(operator)
    visitor.open(FACTOR)
    return visitor


def sign_in_by_one_time(world: World) -> Round:
    operator = world.operator()
    code = world.authenticator_app(operator).now()
    return Round(
        send=form(at_factor(world, operator), f"{FACTOR}/one-time-code", code=code),
        events={"one_time.used": 1, "operator.signed_in": 1},
        succeed=1,
    )


def ask_passkey_factor(world: World) -> Round:
    operator = world.operator()
    world.passkey(operator)
    visitor = at_factor(world, operator)
    return asking(world, visitor, operator, f"{FACTOR}/passkey/options")


def sign_in_by_passkey(world: World) -> Round:
    operator = world.operator()
    device, path = world.passkey(operator), f"{FACTOR}/passkey"
    visitor = at_factor(world, operator)
    body = signed_bodies(visitor, device, path, 1)[0]
    return Round(
        send=json(visitor, path, body),
        events={"passkey.used": 1, "operator.signed_in": 1},
        succeed=1,
    )


def remove_factor(world: World) -> Round:
    other = world.operator()
    world.authenticator_app(other)
    world.passkey(other)
    path = f"/counter/operators/{other.id}/second-factor"
    return Round(
        send=at_counter(world, path, Role.ADMINISTRATOR),
        events={
            "passkey.removed": 1,
            "one_time.removed": 1,
            "operator.factor_removed": 1,
        },
        succeed=1,
    )


# A demo's own


def demo_sign_in(world: World, who: str) -> Round:
    make: Callable[..., Any] = world.customer if who == "customer" else world.operator
    make(login_id=DEMO_PEOPLE[who])
    browsers = [world.browser() for _ in range(CLIENTS)]
    for browser in browsers:
        browser.open("/sign-in")
    kind = "customer" if who == "customer" else "operator"
    send = forms(browsers, "/demo/sign-in", who=who)
    return Round(send=send, events={f"{kind}.signed_in": CLIENTS}, succeed=CLIENTS)


def demo_sign_in_with_factor(world: World) -> Round:
    """The button is the password only: nobody is signed in by it."""
    game = demo_sign_in(world, "colleague")
    with world.session() as session:
        login_id = DEMO_PEOPLE["colleague"]
        colleague = select(Operator).where(Operator.login_id == login_id)
        world.passkey(session.scalars(colleague).one())

    def check(answers: Any) -> None:
        places = {answer.headers["Location"] for answer in answers}
        assert places == {f"{FACTOR}?aim=/counter"}

    return Round(send=game.send, succeed=CLIENTS, check=check)


def set_clock(world: World, to: str) -> Round:
    """Each press goes on from what it reads; afterwards this process has the true time.

    `settle` sees to that, whatever came of the requests.
    """
    file = world.config.issuing_certificate.parent.parent / CLOCK_FILE
    visitor, came_to = world.browser(), []
    visitor.open("/sign-in")
    use_demo_clock(file)
    clock = DemoClock(file)
    clock.set(30 if to == "today" else 0)

    def restore() -> None:
        came_to.append(clock.days)
        clock.set(0)
        use_demo_clock(None)

    def check(_answers: Any) -> None:
        steps = range(30, 361, 30) if to == "later" else (0,)
        assert came_to[0] in steps
        assert [path.name for path in file.parent.glob("clock*")] == [CLOCK_FILE]

    send = form(visitor, "/demo/clock", to=to)
    return Round(send=send, succeed=CLIENTS, settle=restore, check=check)


DEMO_PEOPLE = {
    "customer": demo_people.LOGIN_ID,
    "operator": demo_people.OPERATOR_LOGIN_ID,
    "colleague": demo_people.SECOND_OPERATOR_LOGIN_ID,
}
ACTIONS = {
    "lock": "customer.locked",
    "unlock": "customer.unlocked",
    "unlock-account": "customer.account_check_unlocked",
    "unlock-card": "card.unlocked",
    "unlock-phone": "phone.unlocked",
    "unlock-one-time": "one_time.unlocked",
    "remove-one-time": "one_time.removed",
    "remove-passkeys": "passkey.removed",
}
ROWS: dict[str, tuple[Factory, ...]] = {
    "ra.edit_contact": (edit_contact,),
    "ra.act": tuple(
        partial(act, action=action, event=event) for action, event in ACTIONS.items()
    ),
    "ra.new_first_password": (first_password,),
    "ra.new_card": (
        partial(new_card, before=True),
        partial(new_card, before=False),
    ),
    "ra.register": (register,),
    "ra.read_sheet": (read_sheet,),
    "ra.import_sheet": (import_sheet,),
    "ra.resume_import": (resume_import,),
    "ra.close_import": (close_import,),
    "ra.issue_cards": (issue_cards,),
    "ra.suspend": (suspend,),
    "ra.resume": (resume,),
    "ra.revoke": (
        partial(revoke, extent="", count=1),
        partial(revoke, extent="line", count=2),
    ),
    "ra.settle": (partial(charge, decision="settle", event="charge.settled"),),
    "ra.waive": (partial(charge, decision="waive", event="charge.waived"),),
    "ra.approve": (partial(decide, decision="approve", event="application.approved"),),
    "ra.decline": (partial(decide, decision="decline", event="application.declined"),),
    "ra.agree": (agree,),
    "ra.agree_to_import": (agree_to_import,),
    "ra.agree_to_act": (agree_to_act,),
    "ra.decline_act": (decline_act,),
    "ra.hand_over": (hand_over,),
    "ra.add_operator": (add_operator,),
    "ra.confirm_operator": (confirm_operator,),
    "ra.change_role": (
        partial(manage, change="role", event="operator.role_changed", role="auditor"),
    ),
    "ra.link_operator": (link_operator,),
    "ra.close_operator": (partial(manage, change="close", event="operator.closed"),),
    "ra.new_operator_password": (operator_password,),
    "ra.check_sign_in": (sign_in,),
    "ra.sign_out": (sign_out,),
    "ra.choose_password": (choose_password,),
    "ra.postpone_factor": (postpone_factor,),
    "ra.challenge_factor": (ask_passkey_factor,),
    "ra.sign_in_by_factor": (sign_in_by_one_time, sign_in_by_passkey),
    "ra.remove_factor": (remove_factor,),
    "ra.prove": (
        prove_by_card,
        partial(prove_by_one_time, place=OPERATORS),
        partial(prove_by_passkey, place=OPERATORS),
    ),
    "ra.challenge": (partial(ask_own_passkey, place=OPERATORS),),
    "ra.begin_enrolment": (partial(begin_passkey, place=OPERATORS),),
    "ra.submit_enrolment": (
        partial(begin_one_time, place=OPERATORS),
        partial(enrol_passkey, place=OPERATORS, devices=1, kept=1),
        partial(enrol_passkey, place=OPERATORS, devices=CLIENTS, kept=10),
        partial(enrol_passkey, place=OPERATORS, devices=CLIENTS, kept=1, first=True),
    ),
    "ra.finish_enrolment": (
        partial(confirm_one_time, place=OPERATORS),
        partial(confirm_one_time, place=OPERATORS, first=True),
    ),
    "ra.remove": (
        partial(remove_one_time, place=OPERATORS),
        partial(remove_passkey, place=OPERATORS),
    ),
    "demo.sign_in": (
        partial(demo_sign_in, who="customer"),
        partial(demo_sign_in, who="operator"),
        demo_sign_in_with_factor,
    ),
    "demo.set_clock": (partial(set_clock, to="later"), partial(set_clock, to="today")),
}
