"""One clerk alone gets no certificate in anybody's name: a second one agrees."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from mobile_bridge.formats.korean_time import KST
from tests.makers import make_request
from tests.webapp.browser_client import PAGE, Browser
from tests.webapp.ra.conftest import HASHED, WHY, WORD, OperatorBrowser, make_customer
from webapp import create_app
from webapp.accounts.models import AccountChange, Customer, Operator, Role
from webapp.accounts.second_operator import (
    TOLD,
    SecondOperatorNeededError,
    SecondOperatorRule,
)
from webapp.cli.main import main
from webapp.clock import utc_now
from webapp.config.setting_values import MAX_HOURS, read_hours
from webapp.notifications.changes import require_free
from webapp.notifications.models import ChangeNotice
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.ra.approvals import account_confirmations
from webapp.ra.models import OperatorPasswordMaker

NEW = {
    "kind": "personal",
    "name": "최새봄",
    "latin_name": "CHOI SAEBOM",
    "birth_date": "19900131",
    "phone": "010-2222-3333",
    "email": "saebom@example.com",
    "login_id": "saebom90",
}


@pytest.fixture
def config(config):
    return replace(config, require_security_card=False)


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def hana(stored, now):
    return make_customer(stored, now)


@pytest.fixture
def her(app, hana):
    """Hana in front of her browser."""
    visitor = Browser(app.test_client())
    visitor.sign_in(hana.login_id, WORD)
    return visitor


def refused_start(visitor):
    visitor.open("/")
    return visitor.submit("/applications")


def changes(stored):
    stored.expire_all()
    return list(stored.scalars(select(AccountChange).order_by(AccountChange.id)))


def agree(browser, customer, seen):
    browser.open("/counter/approvals")
    path = f"/counter/approvals/customers/{customer.id}/agree"
    return browser.submit(path, seen=str(seen))


def change_phone(browser, customer, number="010-9999-0000"):
    path = f"/counter/customers/{customer.id}/contact"
    answer = browser.submit(path, phone=number, email=customer.email, **WHY)
    assert answer.status_code == 303, answer.text


def sign_in_anew(stored, browser):
    """Sign in with the password that the tests know, as who got another one does."""
    stored.rollback()
    stored.execute(
        update(Operator)
        .where(Operator.id == browser.operator)
        .values(must_change_password=False, password_hash=HASHED)
    )
    stored.commit()
    browser.enter(stored.get(Operator, browser.operator).login_id)


def reset(stored, browser, other):
    """Give another operator a new password, and sign in as them with it."""
    path = f"/counter/operators/{other.operator}/password"
    assert browser.submit(path, **WHY).status_code == 200
    sign_in_anew(stored, other)


def test_after_a_change_no_certificate_is_issued_for_a_day(
    operator_of, her, hana, stored
):
    clerk = operator_of()
    change_phone(clerk, hana)

    answer = refused_start(her)

    assert answer.status_code == 409
    assert "second_operator_needed" in answer.text
    [change] = changes(stored)
    ends = (change.made_at + timedelta(days=1)).astimezone(KST)
    assert f"{ends:%H:%M}" in answer.text
    earlier = change.made_at - timedelta(hours=24)
    stored.execute(update(AccountChange).values(made_at=earlier, told=TOLD))
    stored.commit()
    assert refused_start(her).status_code == 302


def test_an_application_that_was_begun_before_ends_in_no_certificate(
    operator_of, her, hana
):
    application = her.walk()
    change_phone(operator_of(), hana)

    key = new_key(KeyKind.P_256)
    answer = her.order(application, make_request(key=key))
    page = her.client.get(f"/applications/{application}/keep", headers=PAGE)

    assert (answer.status_code, answer.json["code"]) == (409, "second_operator_needed")
    assert page.status_code == 409


def test_a_second_operator_agrees_and_then_it_goes_on(operator_of, her, hana, stored):
    clerk, colleague = operator_of(), operator_of()
    change_phone(clerk, hana)
    [change] = changes(stored)

    page = colleague.open(f"/counter/customers/{hana.id}").text
    assert f"/counter/approvals/customers/{hana.id}/agree" in page
    assert agree(colleague, hana, change.id).status_code == 303

    assert refused_start(her).status_code == 302
    assert agree(colleague, hana, change.id).status_code == 409
    [agreed] = changes(stored)
    assert agreed.agreed_by == colleague.operator


def test_nobody_agrees_to_their_own_change(operator_of, hana, stored):
    clerk = operator_of()
    change_phone(clerk, hana)
    [change] = changes(stored)

    page = clerk.open(f"/counter/customers/{hana.id}").text
    answer = agree(clerk, hana, change.id)

    assert f"/counter/approvals/customers/{hana.id}/agree" not in page
    assert answer.status_code == 403
    assert "own_change" in answer.text
    assert changes(stored)[0].agreed_at is None


def test_nobody_agrees_in_their_own_case(operator_of, hana, stored):
    clerk, herself = operator_of(), operator_of(customer_id=hana.id)
    change_phone(clerk, hana)

    answer = agree(herself, hana, changes(stored)[0].id)

    assert (answer.status_code, "own_request" in answer.text) == (403, True)


def test_an_auditor_agrees_to_nothing(operator_of, hana, stored):
    change_phone(operator_of(), hana)

    answer = agree(operator_of(Role.AUDITOR), hana, changes(stored)[0].id)

    assert answer.status_code == 403


def test_whoever_got_their_password_from_the_clerk_is_no_second_person(
    operator_of, hana, stored
):
    chief, other = operator_of(Role.ADMINISTRATOR), operator_of()
    change_phone(chief, hana)
    chief.submit(f"/counter/operators/{other.operator}/password", **WHY)
    sign_in_anew(stored, other)

    answer = agree(other, hana, changes(stored)[0].id)

    assert (answer.status_code, "own_change" in answer.text) == (403, True)


def test_whoever_made_the_clerks_password_is_no_second_person_either(
    operator_of, hana, stored, now
):
    chief, clerk, third, other = (
        operator_of(Role.ADMINISTRATOR),
        operator_of(),
        operator_of(),
        operator_of(),
    )
    change_phone(clerk, hana)
    for browser in (clerk, third):
        password_maker = {
            "operator_id": browser.operator,
            "by_id": chief.operator,
            "at": now,
        }
        stored.add(OperatorPasswordMaker(**password_maker))
    stored.commit()
    seen = changes(stored)[0].id

    for one in (chief, third):
        assert agree(one, hana, seen).status_code == 403

    assert agree(other, hana, seen).status_code == 303


def test_a_chain_of_passwords_makes_no_second_person(operator_of, hana, stored):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    clerk, other = operator_of(), operator_of()
    change_phone(chief, hana)
    seen = changes(stored)[0].id
    reset(stored, chief, second)
    reset(stored, second, clerk)

    assert agree(clerk, hana, seen).status_code == 403
    assert agree(other, hana, seen).status_code == 303


def test_whoever_ever_knew_a_password_is_no_second_person(operator_of, hana, stored):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    clerk, other = operator_of(), operator_of()
    reset(stored, chief, clerk)
    change_phone(clerk, hana)
    reset(stored, second, clerk)
    seen = changes(stored)[0].id

    for one in (chief, second):
        assert agree(one, hana, seen).status_code == 403
    assert agree(other, hana, seen).status_code == 303


def test_whoever_was_added_by_the_administrator_is_no_second_person(
    app, operator_of, hana, stored, config
):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    fields = {"login_id": "newhire", "name": "새사람", "role": "counter"}
    assert chief.submit("/counter/operators", **fields).status_code == 200
    new = stored.scalar(select(Operator).where(Operator.login_id == "newhire"))
    path = f"/counter/operators/{new.id}/confirm"
    assert second.submit(path, role="counter").status_code == 303
    change_phone(chief, hana)
    seen = changes(stored)[0].id
    newhire = OperatorBrowser(app.test_client(), operator=new.id)
    sign_in_anew(stored, newhire)

    assert agree(newhire, hana, seen).status_code == 403

    confirm = ["operators", "confirm", "newhire", "--database", config.database_url]
    assert CliRunner().invoke(main, [str(word) for word in confirm]).exit_code == 0
    assert agree(newhire, hana, seen).status_code == 303


def test_whom_an_administrator_added_confirms_nobody_else_whom_they_added(
    operator_of, app, stored
):
    chief, second = operator_of(Role.ADMINISTRATOR), operator_of(Role.ADMINISTRATOR)
    added = []
    for login_id in ("first-one", "second-one"):
        fields = {"login_id": login_id, "name": "새사람", "role": "administrator"}
        chief.submit("/counter/operators", **fields)
        operator = stored.scalar(select(Operator).where(Operator.login_id == login_id))
        added.append(OperatorBrowser(app.test_client(), operator=operator.id))
    first, other = added
    confirm = f"/counter/operators/{first.operator}/confirm"
    assert second.submit(confirm, role="administrator").status_code == 303
    sign_in_anew(stored, first)

    confirm = f"/counter/operators/{other.operator}/confirm"
    assert first.submit(confirm, role="administrator").status_code == 403
    assert second.submit(confirm, role="administrator").status_code == 303


def test_only_what_was_looked_at_is_agreed_to(operator_of, her, hana, stored):
    clerk, colleague = operator_of(), operator_of()
    change_phone(clerk, hana)
    seen = changes(stored)[-1].id
    change_phone(clerk, hana, "010-9999-0001")

    assert agree(colleague, hana, seen).status_code == 303

    assert [bool(change.agreed_at) for change in changes(stored)] == [True, False]
    assert refused_start(her).status_code == 409


def test_two_clerks_who_change_both_agree_to_each_others(
    operator_of, her, hana, stored
):
    one, other = operator_of(), operator_of()
    change_phone(one, hana)
    change_phone(other, hana, "010-9999-0001")
    newest = changes(stored)[-1].id

    agree(one, hana, newest)
    assert refused_start(her).status_code == 409
    agree(other, hana, newest)

    assert refused_start(her).status_code == 302


def test_a_new_customer_gets_nothing_before_a_second_operator_agrees(
    app, operator_of, stored
):
    clerk, colleague = operator_of(), operator_of()
    clerk.open("/counter/customers/new")
    page = clerk.submit("/counter/customers/new", **NEW).text
    customer = stored.scalar(select(Customer).where(Customer.login_id == "saebom90"))
    assert "first-password" in page
    stored.execute(
        update(Customer)
        .where(Customer.id == customer.id)
        .values(
            must_change_password=False,
            password_hash=stored.scalar(
                select(Operator.password_hash).where(Operator.id == clerk.operator)
            ),
        )
    )
    stored.commit()
    visitor = Browser(app.test_client())
    visitor.sign_in("saebom90", WORD)

    answer = refused_start(visitor)
    assert (answer.status_code, "registration_unconfirmed" in answer.text) == (
        409,
        True,
    )
    assert "최새봄" in colleague.open("/counter/approvals").text
    agree(colleague, customer, changes(stored)[-1].id)

    assert refused_start(visitor).status_code == 302
    assert stored.scalar(select(ChangeNotice.id)) is None  # there is no old address


def make_changes(stored, operator, count, made_at, kind="phone_changed"):
    account_changes = []
    for n in range(count):
        one = make_customer(stored, made_at, login_id=f"{kind}{n}", name=f"이{n}")
        account_changes.append(
            AccountChange(customer_id=one.id, kind=kind, made_at=made_at)
        )
        account_changes[-1].operator_id, account_changes[-1].told = operator, TOLD
    stored.add_all(account_changes)
    stored.commit()


@pytest.mark.parametrize("kind", ["phone_changed", "registered"])
def test_what_no_longer_waits_takes_no_place_on_the_page(
    config, operator_of, hana, stored, kind
):
    rule = SecondOperatorRule(new_customers=False)
    clerk, now = operator_of(), utc_now()
    earlier = now - timedelta(hours=30)
    make_changes(stored, clerk.operator, account_confirmations.MAX_SHOWN, earlier, kind)
    change_phone(clerk, hana)
    me = stored.get(Operator, clerk.operator)

    [held] = account_confirmations.held_customers(stored, me, rule, utc_now())

    assert held.customer.id == hana.id
    assert account_confirmations.count_held(stored, rule, utc_now()) == 1


def test_many_changes_of_one_customer_hide_nobody_else(operator_of, hana, stored):
    clerk = operator_of()
    make_changes(stored, clerk.operator, 1, utc_now() - timedelta(hours=1))
    [first] = changes(stored)
    for _ in range(account_confirmations.MAX_SHOWN):
        again = {"customer_id": first.customer_id, "operator_id": clerk.operator}
        stored.add(AccountChange(kind=first.kind, made_at=first.made_at, **again))
    stored.commit()
    change_phone(clerk, hana)

    clerk.submit("/language/en")
    page = clerk.open("/counter/approvals").text

    assert hana.name in page
    assert "2 changes wait" in clerk.open("/counter").text


def test_the_page_shows_a_hundred_and_the_first_page_counts_all(operator_of, stored):
    clerk, rule, now = operator_of(), SecondOperatorRule(), utc_now()
    make_changes(stored, clerk.operator, account_confirmations.MAX_SHOWN + 1, now)
    me = stored.get(Operator, clerk.operator)

    shown = account_confirmations.held_customers(stored, me, rule, now)

    assert len(shown) == account_confirmations.MAX_SHOWN
    assert (
        account_confirmations.count_held(stored, rule, now)
        == account_confirmations.MAX_SHOWN + 1
    )


def test_the_longest_rule_that_can_be_set_holds_to_its_end(operator_of, hana, stored):
    rule = SecondOperatorRule(hours=read_hours(str(MAX_HOURS)))
    change_phone(operator_of(), hana)
    stored.execute(update(AccountChange).values(told=TOLD))
    stored.commit()
    [change] = changes(stored)
    ends = change.made_at + timedelta(hours=MAX_HOURS)

    with pytest.raises(SecondOperatorNeededError):
        require_free(stored, hana.id, rule, ends - timedelta(seconds=1))
    require_free(stored, hana.id, rule, ends)


def test_whoever_could_not_be_told_waits_for_a_second_operator(
    operator_of, her, hana, stored
):
    clerk, colleague = operator_of(), operator_of()
    stored.execute(update(Customer).values(phone=None, email=None))
    stored.commit()
    path = f"/counter/customers/{hana.id}/contact"
    changed = clerk.submit(path, phone="010-9999-0000", email="", **WHY)
    assert changed.status_code == 303
    earlier = utc_now() - timedelta(days=40)
    stored.execute(update(AccountChange).values(made_at=earlier))
    stored.commit()

    answer = refused_start(her)

    assert (answer.status_code, "change_untold" in answer.text) == (409, True)
    assert hana.name in colleague.open("/counter/approvals").text
    agree(colleague, hana, changes(stored)[-1].id)
    assert refused_start(her).status_code == 302


def test_a_centre_without_the_rule_issues_at_once(config, operator_of, hana, stored):
    app = create_app(replace(config, second_operator_hours=0))
    clerk = operator_of()
    change_phone(clerk, hana)
    visitor = Browser(app.test_client())
    visitor.sign_in(hana.login_id, WORD)

    assert refused_start(visitor).status_code == 302


def test_the_person_sees_it_on_their_first_page_and_in_their_history(
    operator_of, her, hana
):
    change_phone(operator_of(), hana)
    her.submit("/language/ko")

    first_page = her.open("/").text
    assert "등록된 전화번호를 바꿨어요" in first_page
    assert "까지는 인증서를 발급하지 않아요" in first_page  # before anything is tried
    assert "등록된 정보가 바뀌었어요" in her.open("/me/history").text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_of_change_has_its_words(
    app, operator_of, her, hana, stored, now, language
):
    from webapp.accounts.change_kinds import ChangeKind
    from webapp.certificates.labels import CHANGE_LABELS
    from webapp.ra.messages import CHANGES

    told = set(ChangeKind) - {ChangeKind.REGISTERED}
    assert set(CHANGES) == set(ChangeKind)
    assert set(CHANGE_LABELS) == {kind for kind in ChangeKind if kind.notice} == told
    for kind in ChangeKind:
        stored.add(
            AccountChange(
                customer_id=hana.id,
                kind=kind,
                made_at=now,
                operator_id=operator_of().operator,
            )
        )
    stored.commit()
    browser = operator_of()
    browser.submit(f"/language/{language}")
    her.submit(f"/language/{language}")
    pages = (
        browser.open(f"/counter/customers/{hana.id}"),
        browser.open("/counter/approvals"),
        browser.open("/counter"),
        her.open("/"),
    )
    assert all(page.status_code == 200 for page in pages)
