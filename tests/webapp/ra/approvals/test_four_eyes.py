"""With CERTFERRY_FOUR_EYES nothing of a group is done before a second one agrees."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.webapp.ra.conftest import WHY, make_customer
from tests.webapp.ra.views.test_confirmation import PAGES
from webapp import create_app
from webapp.accounts.models import AccountChange, Customer, Role
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import Passkey, SecurityCard, TotpSecret
from webapp.billing.models import Charge
from webapp.certificates.models import Certificate
from webapp.config.setting_values import FOUR_EYES, SettingValueError, read_four_eyes
from webapp.enrolment.models import Application
from webapp.ra.approvals import four_eyes
from webapp.ra.approvals.acts import Act
from webapp.ra.errors import (
    ActDecidedError,
    ActExpiredError,
    CredentialIssuerError,
    LockedSinceError,
)
from webapp.ra.models import HeldAct, HeldState, OperatorPasswordMaker

WAITING = [name for name in PAGES if name not in ("lock", "suspend")]
SECRET = ["password", "card"]
AT_ONCE = [name for name in WAITING if name not in SECRET]


@pytest.fixture
def config(config):
    return replace(config, four_eyes=frozenset(FOUR_EYES))


@pytest.fixture
def app(config):
    return create_app(config)


def send(browser, act, targets):
    path, fields, _back = PAGES[act]
    reason = WHY | ({"reason": "key_compromise"} if act == "revoke" else {})
    sent = fields | {"asked_at": targets["asked_at"]} | reason
    return browser.submit("/counter" + path.format(**targets), **sent)


def ask(browser, act, targets, stored):
    answer = send(browser, act, targets)
    assert answer.status_code == 303, answer.text
    return only(stored).id


def only(stored):
    stored.rollback()
    stored.expire_all()
    newest = select(HeldAct).order_by(HeldAct.asked_at.desc()).limit(1)
    return stored.scalar(newest)


def decide(browser, held_id, decision="agree"):
    browser.open(f"/counter/acts/{held_id}")
    return browser.submit(f"/counter/acts/{held_id}/{decision}")


def state(stored, targets):
    """Return what the acts act on."""
    stored.rollback()
    stored.expire_all()
    customer = stored.get(Customer, targets["customer"])
    mine = SecurityCard.customer_id == customer.id
    return {
        "contact": customer.phone,
        "password": customer.password_hash,
        "card": stored.scalars(
            select(SecurityCard.number).where(mine, SecurityCard.closed_at.is_(None))
        ).all(),
        "app": len(stored.scalars(select(TotpSecret)).all()),
        "passkeys": len(stored.scalars(select(Passkey)).all()),
        "revoke": stored.get(Certificate, targets["certificate"]).state,
        "waive": stored.get(Charge, targets["charge"]).state,
        "approve": stored.get(Application, targets["application"]).approved_at,
    }


@pytest.mark.parametrize("act", WAITING)
def test_nothing_is_done_before_a_second_operator_agrees(
    operator_of, stored, targets, act
):
    before, clerk = state(stored, targets), operator_of()

    held = ask(clerk, act, targets, stored)

    assert state(stored, targets) == before
    assert decide(clerk, held).status_code == 403  # nobody agrees with themselves
    assert send(clerk, act, targets).status_code == 409  # and nothing is asked twice
    assert state(stored, targets) == before


@pytest.mark.parametrize("act", AT_ONCE)
def test_what_is_agreed_to_is_done_once_in_the_name_of_who_asked(
    operator_of, stored, targets, act
):
    clerk, colleague, third = operator_of(), operator_of(), operator_of()
    before, held = state(stored, targets), ask(clerk, act, targets, stored)

    assert decide(colleague, held).status_code == 303

    after = state(stored, targets)
    assert {key for key in after if after[key] != before[key]} == {act}
    assert decide(third, held).status_code == 409
    assert only(stored).state == HeldState.DONE
    events = {
        entry.event: entry
        for entry in stored.scalars(select(AuditEntry).order_by(AuditEntry.id))
    }
    assert events["act.asked"].actor == f"operator:{clerk.operator}"
    assert events["act.agreed"].actor == f"operator:{colleague.operator}"
    newest = stored.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    doer = colleague if act == "approve" else clerk
    assert newest.actor == f"operator:{doer.operator}"
    assert json.loads(newest.detail)["note"] == WHY["note"]


@pytest.mark.parametrize("act", SECRET)
def test_a_secret_is_made_when_agreed_by_the_one_who_hands_it_over(
    operator_of, stored, targets, act
):
    clerk, colleague = operator_of(), operator_of()
    before, held = state(stored, targets), ask(clerk, act, targets, stored)
    path = f"/counter/acts/{held}/hand-over"
    assert clerk.submit(path).status_code == 409

    agreed = decide(colleague, held)

    assert agreed.status_code == 303
    assert state(stored, targets) == before
    assert colleague.submit(path).status_code == 403
    handed = clerk.submit(path)
    assert handed.status_code == 200
    assert ("first-password" if act == "password" else "printed-card") in handed.text
    assert state(stored, targets)[act] != before[act]
    assert clerk.submit(path).status_code == 409


def test_what_was_agreed_to_first_holds_no_certificate_back(
    operator_of, stored, targets
):
    clerk, colleague = operator_of(), operator_of()
    decide(colleague, ask(clerk, "contact", targets, stored))

    stored.rollback()
    change = stored.scalar(select(AccountChange))
    assert (change.operator_id, change.agreed_by) == (
        clerk.operator,
        colleague.operator,
    )
    assert change.agreed_at is not None


@pytest.mark.parametrize("act", WAITING)
def test_who_declines_ends_it_and_who_asked_takes_it_back(
    operator_of, stored, targets, act
):
    clerk, colleague, before = operator_of(), operator_of(), state(stored, targets)
    first = ask(clerk, act, targets, stored)
    assert decide(colleague, first, "decline").status_code == 303
    second = ask(clerk, act, targets, stored)
    assert decide(clerk, second, "decline").status_code == 303

    assert decide(colleague, first).status_code == 409
    assert decide(colleague, second).status_code == 409
    assert state(stored, targets) == before
    events = stored.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert {"act.declined", "act.withdrawn"} <= {*events}


def test_what_nobody_decides_lapses_and_can_be_asked_for_again(
    operator_of, stored, targets, now
):
    clerk, colleague = operator_of(), operator_of()
    held = ask(clerk, "revoke", targets, stored)
    stored.execute(update(HeldAct).values(expires_at=now - timedelta(seconds=1)))
    stored.commit()

    answer = decide(colleague, held)

    assert answer.status_code == 409
    assert "act_lapsed" in answer.text
    assert ask(clerk, "revoke", targets, stored) != held


def test_a_lock_meanwhile_stops_what_gives_access_and_no_revocation(
    operator_of, stored, targets
):
    clerk, colleague = operator_of(), operator_of()
    card, revoke = (
        ask(clerk, "card", targets, stored),
        ask(clerk, "revoke", targets, stored),
    )
    path = f"/counter/customers/{targets['customer']}/do/lock"
    assert colleague.submit(path, **WHY).status_code == 303

    stopped = decide(colleague, card)

    assert stopped.status_code == 409
    assert "locked_meanwhile" in stopped.text
    assert decide(colleague, revoke).status_code == 303


def test_a_lock_after_the_agreement_stops_the_handing_over(
    operator_of, stored, targets
):
    clerk, colleague = operator_of(), operator_of()
    held = ask(clerk, "password", targets, stored)
    decide(colleague, held)
    colleague.submit(f"/counter/customers/{targets['customer']}/do/lock", **WHY)

    assert clerk.submit(f"/counter/acts/{held}/hand-over").status_code == 409


def test_who_asked_and_left_has_nothing_done(operator_of, stored, targets):
    clerk, colleague = operator_of(), operator_of()
    chief = operator_of(Role.ADMINISTRATOR)
    held = ask(clerk, "revoke", targets, stored)
    chief.submit(f"/counter/operators/{clerk.operator}/close", **WHY)

    answer = decide(colleague, held)

    assert answer.status_code == 409
    assert "asker_gone" in answer.text
    assert decide(colleague, held, "decline").status_code == 303


def test_first_passwords_make_nobody_a_second_person(operator_of, stored, targets, now):
    clerk, colleague = operator_of(), operator_of()
    ids = {"operator_id": colleague.operator, "by_id": clerk.operator}
    stored.add(OperatorPasswordMaker(**ids, at=now))
    stored.commit()

    assert decide(colleague, ask(clerk, "waive", targets, stored)).status_code == 403


@pytest.mark.parametrize("decision", ["agree", "decline", "hand-over"])
def test_an_auditor_and_the_customer_decide_nothing(
    operator_of, stored, targets, decision
):
    held = ask(operator_of(), "card", targets, stored)

    for browser in (
        operator_of(Role.AUDITOR),
        operator_of(customer_id=targets["customer"]),
    ):
        assert decide(browser, held, decision).status_code == 403


@pytest.mark.parametrize("language", ["ko", "en"])
def test_everybody_sees_who_asked_when_and_why(operator_of, stored, targets, language):
    clerk, colleague = operator_of(), operator_of()
    held = ask(clerk, "contact", targets, stored)
    colleague.submit(f"/language/{language}")

    listed = colleague.open("/counter/approvals").text
    own = colleague.open(f"/counter/customers/{targets['customer']}").text
    page = colleague.open(f"/counter/acts/{held}").text

    for seen in (listed, own, page):
        assert WHY["note"] in seen
    assert f'href="/counter/acts/{held}"' in listed
    assert f'href="/counter/acts/{held}"' in own
    assert "010-9999-8888" in page
    assert "박창구" in page


@pytest.mark.parametrize("kind", sorted(four_eyes.HANDED_OUT))
def test_who_holds_the_customers_means_in_hand_does_not_approve(
    config, stored, targets, now, operator_of, kind
):
    clerk, colleague = operator_of(), operator_of()
    held = ask(clerk, "approve", targets, stored)
    change = {"customer_id": targets["customer"], "kind": kind, "made_at": now}
    stored.add(AccountChange(**change, operator_id=colleague.operator))
    stored.commit()

    answer = decide(colleague, held)

    assert answer.status_code == 403
    assert "own_hands" in answer.text
    assert only(stored).state == HeldState.WAITING
    assert decide(operator_of(), held).status_code == 303


class TestOneGroup:
    """Other groups than the one that is named go on at once."""

    @pytest.fixture
    def config(self, config):
        return replace(config, four_eyes=frozenset({"cards"}))

    def test_only_that_waits(self, operator_of, stored, targets):
        clerk = operator_of()

        assert send(clerk, "waive", targets).status_code == 303
        assert state(stored, targets)["waive"] == "waived"
        ask(clerk, "card", targets, stored)

    def test_who_registered_somebody_does_not_approve(
        self, operator_of, stored, targets, now
    ):
        clerk = operator_of()
        change = {
            "customer_id": targets["customer"],
            "kind": "registered",
            "made_at": now,
        }
        stored.add(AccountChange(**change, operator_id=clerk.operator))
        stored.commit()

        assert send(clerk, "approve", targets).status_code == 403
        assert send(operator_of(), "approve", targets).status_code == 303


@dataclass
class Made:
    kind: str
    operator_id: int | None


def test_only_the_newest_of_each_kind_is_in_somebodys_hand():
    old_card = [Made("card_issued", 1), Made("card_issued", 2), Made("app_removed", 1)]

    four_eyes.require_other_hands({1}, old_card)
    with pytest.raises(CredentialIssuerError):
        four_eyes.require_other_hands({2, 3}, old_card)


def test_the_rules_of_what_waits(now):
    held = HeldAct(act=Act.CARD, state="waiting", asked_at=now, expires_at=now)

    with pytest.raises(ActExpiredError):
        four_eyes.require_state(held, "waiting", now)
    with pytest.raises(ActDecidedError):
        four_eyes.require_state(held, "agreed", now - timedelta(hours=1))
    four_eyes.require_unlocked(held, now - timedelta(seconds=1))
    with pytest.raises(LockedSinceError):
        four_eyes.require_unlocked(held, now)


def test_every_group_of_the_setting_has_an_act_and_the_other_way_round():
    without_acts = {four_eyes.FACTORS, four_eyes.INSTITUTIONS}
    assert {*four_eyes.GROUPS.values(), *without_acts} == {*FOUR_EYES}


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("off", set()),
        ("ALL", {*FOUR_EYES}),
        ("cards, approvals", {"cards", "approvals"}),
        ("cards passwords", {"cards", "passwords"}),
    ],
)
def test_the_setting_names_groups(text, groups):
    assert read_four_eyes(text) == groups


@pytest.mark.parametrize("text", ["on", "card", "off,cards", "all cards", ",", "1"])
def test_what_the_setting_does_not_know_is_refused(text):
    with pytest.raises(SettingValueError, match="off, all, or any of"):
        read_four_eyes(text)


def test_somebody_elses_act_is_not_mixed_up(operator_of, stored, targets, now):
    clerk = operator_of()
    other = make_customer(stored, now, login_id="other99")
    ask(clerk, "password", targets, stored)

    answer = clerk.submit(f"/counter/customers/{other.id}/password", **WHY)

    assert answer.status_code == 303
    assert len(stored.scalars(select(HeldAct)).all()) == 2
