"""Every action at the counter: who may, who may not, never about oneself, once only."""

import json

import pytest
from sqlalchemy import select, update

from tests.webapp.ra.conftest import WHY, WORD, make_certificate, make_customer
from webapp.accounts.models import Customer, Operator, Role
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import Passkey, SecurityCard, TotpSecret
from webapp.billing.models import Charge
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application
from webapp.ra.approvals import applications
from webapp.ra.approvals.acts import Justification
from webapp.ra.errors import ApprovalChangedError
from webapp.ra.views import home, operators
from webapp.ra.views.customers import record

CONTACT = WHY | {"phone": "010-9999-8888", "email": "new@example.com"}
SEEN = {"type_id": "corporate-bank", "asked_at": "{asked_at}"}
REVOKE = {"reason": "key_compromise", "confirmed": "yes"}
# Address, what is sent, the answer when it is done, the answer when it is done again.
ACTIONS = {
    "contact": ("/customers/{customer}/contact", CONTACT, 303, 409),
    "lock": ("/customers/{customer}/do/lock", WHY, 303, 409),
    "unlock": ("/customers/{locked}/do/unlock", {}, 303, 409),
    "password": ("/customers/{customer}/password", WHY, 200, 200),
    "card": ("/customers/{customer}/card", WHY, 200, 200),
    "unlock account": ("/customers/{customer}/do/unlock-account", {}, 303, 409),
    "unlock phone": ("/customers/{customer}/do/unlock-phone", {}, 303, 409),
    "unlock card": ("/customers/{customer}/do/unlock-card", {}, 303, 409),
    "unlock app": ("/customers/{customer}/do/unlock-one-time", {}, 303, 409),
    "remove app": ("/customers/{customer}/do/remove-one-time", WHY, 303, 409),
    "remove passkeys": ("/customers/{customer}/do/remove-passkeys", WHY, 303, 409),
    "suspend": ("/certificates/{certificate}/suspend", WHY, 303, 409),
    "resume": ("/certificates/{held}/resume", {}, 303, 409),
    "revoke": ("/certificates/{certificate}/revoke", REVOKE, 303, 409),
    "revoke line": (
        "/certificates/{certificate}/revoke",
        REVOKE | {"extent": "line"},
        303,
        409,
    ),
    "settle": ("/charges/{charge}/settle", {"note": "4711"}, 303, 409),
    "waive": ("/charges/{charge}/waive", WHY, 303, 409),
    "approve": ("/approvals/{application}/approve", SEEN | WHY, 303, 409),
    "decline": (
        "/approvals/{application}/decline",
        SEEN | {"because": "No."},
        303,
        409,
    ),
}
every_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture
def targets(stored, someone, now):
    """Ids of what the customer has, and of one who is locked."""
    locked = make_customer(stored, now, login_id="locked", locked_at=now)
    held = make_certificate(
        stored,
        someone,
        now,
        state="suspended",
        suspended_at=now,
        suspended_by="counter",
    )

    def first(column, *conditions):
        return stored.scalar(select(column).where(*conditions))

    valid = (Certificate.customer_id == someone.id, Certificate.state == "valid")
    asked = Application.approval_asked_at.is_not(None)
    return {
        "customer": someone.id,
        "locked": locked.id,
        "certificate": first(Certificate.id, *valid),
        "held": held.id,
        "charge": first(Charge.id, Charge.customer_id == someone.id),
        "application": first(
            Application.id, Application.customer_id == someone.id, asked
        ),
        "asked_at": now.isoformat(),
    }


def do(browser, action, targets):
    path, fields, _done, _again = ACTIONS[action]
    sent = {name: template.format(**targets) for name, template in fields.items()}
    return browser.submit("/counter" + path.format(**targets), **sent)


@every_action
@pytest.mark.parametrize("role", [Role.COUNTER, Role.ADMINISTRATOR])
def test_who_serves_can_do_it_and_the_log_says_who(
    operator_of, stored, targets, role, action
):
    browser = operator_of(role)

    answer = do(browser, action, targets)

    assert answer.status_code == ACTIONS[action][2], answer.text
    newest = stored.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    assert newest.actor == f"operator:{browser.operator}"
    assert newest.customer_id in (targets["customer"], targets["locked"])


@every_action
def test_an_auditor_only_looks(operator_of, stored, targets, action):
    answer = do(operator_of(Role.AUDITOR), action, targets)

    assert answer.status_code == 403
    assert "not_your_role" in answer.text


@every_action
def test_a_customer_is_no_operator(customer, targets, action):
    assert do(customer, action, targets).status_code == 302


@every_action
@pytest.mark.parametrize("role", [Role.COUNTER, Role.ADMINISTRATOR])
def test_nobody_approves_their_own_request(operator_of, stored, targets, role, action):
    own = targets["locked"] if action == "unlock" else targets["customer"]
    before = everything(stored)

    answer = do(operator_of(role, customer_id=own), action, targets)

    assert answer.status_code == 403
    assert "own_request" in answer.text
    assert everything(stored) == before


@every_action
def test_what_is_done_is_not_done_again(operator_of, targets, action):
    browser = operator_of()
    do(browser, action, targets)

    answer = do(browser, action, targets)

    assert answer.status_code == ACTIONS[action][3]


@every_action
def test_what_is_not_there_is_not_acted_on(operator_of, action):
    nothing = dict.fromkeys(
        ("customer", "locked", "certificate", "held", "charge", "application"), 424242
    ) | {"asked_at": ""}

    assert do(operator_of(), action, nothing).status_code == 404


def test_an_approval_that_was_not_asked_for_is_refused(operator_of, stored, targets):
    application = stored.get(Application, targets["application"])
    application.approval_asked_at = None
    stored.commit()

    answer = do(operator_of(), "approve", targets)

    assert answer.status_code == 409
    assert "approval_not_asked" in answer.text


def test_a_decision_without_a_reason_is_refused(operator_of, targets):
    browser = operator_of()

    path = f"/counter/approvals/{targets['application']}/decline"

    reviewed = SEEN | {"asked_at": targets["asked_at"]}
    assert browser.submit(path, because="  ", **reviewed).status_code == 422
    assert browser.submit(path, because="x" * 201, **reviewed).status_code == 422


@pytest.mark.parametrize("action", ["approve", "decline"])
@pytest.mark.parametrize(
    "change", [{"type_id": "personal-bank"}, {"asked_at": "2026-01-01T00:00:00+00:00"}]
)
def test_only_what_the_operator_saw_is_decided(
    operator_of, stored, targets, action, change
):
    browser = operator_of()
    sent = SEEN | WHY | {"asked_at": targets["asked_at"], "because": "No."} | change

    answer = browser.submit(
        f"/counter/approvals/{targets['application']}/{action}", **sent
    )

    assert answer.status_code == 409
    assert "approval_changed" in answer.text
    application = stored.get(Application, targets["application"])
    stored.refresh(application)
    assert (application.approved_at, application.declined_at) == (None, None)


@pytest.mark.parametrize("action", ["approve", "decline"])
def test_the_page_of_a_decision_sends_what_it_shows(operator_of, targets, action):
    browser, path = (
        operator_of(),
        f"/counter/approvals/{targets['application']}/{action}",
    )
    assert f'href="{path}"' in browser.open("/counter/approvals").text

    page = browser.open(path).text

    assert page.count('name="type_id" value="corporate-bank"') == 1
    assert page.count(f'name="asked_at" value="{targets["asked_at"]}"') == 1


def test_a_type_chosen_in_the_last_moment_is_not_approved(
    operator_of, stored, targets, now
):
    operator = stored.get(Operator, operator_of().operator)
    application = stored.get(Application, targets["application"])
    reviewed = applications.ReviewedVersion("corporate-bank", targets["asked_at"])
    assert application.type_id == "corporate-bank"  # as read before the change
    stored.execute(
        update(Application)
        .where(Application.id == application.id)
        .values(type_id="personal-bank")
        .execution_options(synchronize_session=False)
    )

    with pytest.raises(ApprovalChangedError):
        applications.approve(
            stored,
            operator,
            application.id,
            seen=reviewed,
            justification=Justification("documents"),
            now=now,
        )


@pytest.mark.parametrize("action", ["password", "remove passkeys"])
def test_no_passkey_outlives_what_the_counter_did(operator_of, stored, targets, action):
    browser = operator_of()
    key = stored.get(Customer, targets["customer"]).session_key

    do(browser, action, targets)

    stored.expire_all()
    assert stored.scalars(select(Passkey)).all() == []
    assert stored.get(Customer, targets["customer"]).session_key != key
    removed = select(AuditEntry).where(AuditEntry.event == "passkey.removed")
    assert stored.scalar(removed).actor == f"operator:{browser.operator}"


def test_after_approval_the_application_waits_a_week(operator_of, stored, targets, now):
    do(operator_of(), "approve", targets)

    stored.expire_all()
    approved = stored.get(Application, targets["application"])
    assert approved.approved_at is not None
    assert (approved.expires_at - approved.approved_at).days == 7


def test_revoking_wants_a_tick_and_a_reason(operator_of, stored, targets):
    browser = operator_of()
    path = f"/counter/certificates/{targets['certificate']}/revoke"

    assert browser.submit(path, reason="key_compromise").status_code == 422
    assert browser.submit(path, confirmed="yes", reason="superseded").status_code == 422
    assert stored.get(Certificate, targets["certificate"]).state == "valid"


def test_the_counter_lifts_only_what_it_placed(operator_of, stored, targets, now):
    browser, path = operator_of(), f"/counter/certificates/{targets['certificate']}"
    browser.submit(f"{path}/suspend", **WHY)

    assert browser.submit(f"{path}/resume").status_code == 303
    assert browser.submit(f"{path}/resume").status_code == 409
    held = stored.get(Certificate, targets["certificate"])
    stored.refresh(held)
    held.state, held.suspended_by, held.suspended_at = "suspended", "holder", now
    stored.commit()
    assert browser.submit(f"{path}/resume").status_code == 403


def test_the_log_knows_that_the_phone_changed_and_not_the_numbers(
    operator_of, stored, targets
):
    do(operator_of(), "contact", targets)

    entry = stored.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    assert entry.event == "customer.contact_changed"
    assert json.loads(entry.detail) == {"email": True, "phone": True} | WHY
    assert stored.get(Customer, targets["customer"]).phone == "+821099998888"


def test_a_mistake_in_the_contact_is_said_beside_it(operator_of, targets):
    path = f"/counter/customers/{targets['customer']}/contact"

    answer = operator_of().submit(path, phone="12", email="nobody")

    assert answer.status_code == 422
    assert 'id="phone-wrong"' in answer.text
    assert 'id="email-wrong"' in answer.text


def test_a_locked_customer_is_signed_out_at_once(
    operator_of, customer, stored, password
):
    demo = stored.scalar(select(Customer.id).where(Customer.login_id == "demo"))

    operator_of().submit(f"/counter/customers/{demo}/do/lock", **WHY)

    assert customer.submit("/applications").headers["Location"].startswith("/sign-in")


def test_no_secret_is_stored_or_logged(operator_of, stored, targets, capfd):
    page = do(operator_of(), "password", targets).text
    password = page.split('id="first-password">')[1].split("<")[0]

    stored.expire_all()
    hashed = stored.get(Customer, targets["customer"]).password_hash
    assert hashed.startswith("$argon2id$")
    text = json.dumps(everything(stored)) + "".join(capfd.readouterr())
    assert password not in text


def everything(stored):
    stored.rollback()
    stored.expire_all()
    tables = (
        Customer,
        Application,
        Certificate,
        Charge,
        SecurityCard,
        TotpSecret,
        Passkey,
        AuditEntry,
    )
    kept = {
        table.__name__: sorted(
            str({key: value for key, value in vars(row).items() if key[0] != "_"})
            for row in stored.scalars(select(table))
        )
        for table in tables
    }
    kept["AuditEntry"] = [
        entry for entry in kept["AuditEntry"] if "operator.signed_in" not in entry
    ]
    return kept


@pytest.mark.parametrize(
    "path",
    [
        "/counter/customers/{customer}/password",
        "/counter/operators/{operator}/password",
        "/counter/operators",
        "/counter/password",
    ],
)
def test_the_database_is_free_for_others_while_a_password_is_hashed(
    app, operator_of, stored, someone, monkeypatch, path
):
    chief = operator_of(Role.ADMINISTRATOR)
    address = path.format(
        customer=someone.id, operator=operator_of(Role.COUNTER).operator
    )
    stored.rollback()
    pool = app.extensions["certferry.sessions"].kw["bind"].pool
    before, checkouts = pool.checkedout(), []

    def slow(work, *given):
        checkouts.append(pool.checkedout() - before)
        return work(*given)

    for module in (record, operators, home):
        monkeypatch.setattr(module, "run_in_thread", slow)
    chief.submit(
        address,
        login_id="fresh",
        name="새 담당자",
        role="counter",
        old=WORD,
        fresh="Quiet-River-77",
        again="Quiet-River-77",
        **WHY,
    )

    assert checkouts
    assert set(checkouts) == {0}
