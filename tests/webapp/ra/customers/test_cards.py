"""First security cards for many: chosen, issued together, shown once."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.ra.conftest import make_customer
from webapp import create_app
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import AccountChange, Role
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import SecurityCard
from webapp.ra.customers import cards

PATH = "/counter/cards"


@pytest.fixture
def people(stored, now):
    names = ("가하나", "나두리", "다세찌")
    return [
        make_customer(stored, now, login_id=f"many{number}", name=name)
        for number, name in enumerate(names)
    ]


@pytest.fixture
def browser(operator_of):
    visitor = operator_of()
    visitor.client.set_cookie("language", "en")
    return visitor


def issue(browser, *customers):
    browser.open(PATH)
    return browser.submit(PATH, customer=[str(customer.id) for customer in customers])


def cards_of(stored, customer):
    stored.expire_all()
    return stored.scalars(
        select(SecurityCard).where(
            SecurityCard.customer_id == customer.id, SecurityCard.closed_at.is_(None)
        )
    ).all()


def test_who_has_none_is_listed_and_each_gets_a_sheet_of_its_own(
    browser, people, stored
):
    page = browser.open(PATH).text
    assert all(customer.name in page for customer in people)

    sheets = issue(browser, *people)

    assert sheets.status_code == 200
    assert sheets.text.count('class="printed-card"') == 3
    assert sheets.text.count('<details class="covered">') == 3
    assert sheets.text.count("sheet-of-its-own") == 2
    assert "3 security cards are issued" in sheets.text
    assert "no-store" in sheets.headers["Cache-Control"]
    assert all(len(cards_of(stored, customer)) == 1 for customer in people)
    events = stored.scalars(
        select(AuditEntry).where(
            AuditEntry.event == "card.issued",
            AuditEntry.customer_id.in_([customer.id for customer in people]),
        )
    ).all()
    assert {event.actor for event in events} == {f"operator:{browser.operator}"}
    assert all(json.loads(event.detail) == {} for event in events)
    left = browser.open(PATH).text
    assert not any(customer.name in left for customer in people)


def test_sent_twice_it_issues_nothing_the_second_time(browser, people, stored):
    issue(browser, *people)
    numbers = [cards_of(stored, customer)[0].number for customer in people]

    again = issue(browser, *people)

    assert again.status_code == 409
    assert [cards_of(stored, customer)[0].number for customer in people] == numbers


def test_whoever_has_a_card_keeps_it(browser, people, stored):
    first, *others = people
    issue(browser, first)
    number = cards_of(stored, first)[0].number

    sheets = issue(browser, first, *others)

    assert sheets.text.count('class="printed-card"') == 2
    assert cards_of(stored, first)[0].number == number


def test_a_second_operator_is_asked_unless_their_registration_waits_anyway(
    browser, people, stored, now
):
    own, other = people[:2]
    stored.add(
        AccountChange(
            customer_id=own.id,
            kind=ChangeKind.REGISTERED,
            made_at=now,
            operator_id=browser.operator,
        )
    )
    stored.commit()

    issue(browser, own, other)

    changed = stored.scalars(
        select(AccountChange.customer_id).where(
            AccountChange.kind == ChangeKind.CARD_ISSUED
        )
    ).all()
    assert changed == [other.id]


def test_nobody_issues_a_card_to_themselves(operator_of, people, stored):
    self, *_ = people
    browser = operator_of(customer_id=self.id)

    assert not re.search(rf'value="{self.id}"', browser.open(PATH).text)
    assert issue(browser, *people).status_code == 403
    assert cards_of(stored, people[1]) == []


def test_an_import_has_its_customers_chosen(browser, people, stored, now):
    for customer in people[:2]:
        stored.add(
            AccountChange(
                customer_id=customer.id,
                kind=ChangeKind.REGISTERED,
                made_at=now,
                operator_id=browser.operator,
                batch="b" * 32,
            )
        )
    stored.commit()

    page = browser.open(f"{PATH}?import={'b' * 32}").text

    assert page.count(" checked>") == 2
    assert people[2].name not in page


def test_only_so_many_are_printed_in_one_go(browser, stored, now, monkeypatch):
    monkeypatch.setattr(cards, "MAX_CARDS", 2)
    for number in range(3):
        make_customer(stored, now, login_id=f"more{number}", name="많은이")

    assert "At most 2 cards" in browser.open(PATH).text


@pytest.mark.parametrize(
    "chosen", [[], ["x"], ["99999999999999999999"], ["-1"], ["²"], ["١"]]
)
def test_nobody_chosen_is_refused_in_words(browser, chosen):
    browser.open(PATH)

    assert browser.submit(PATH, customer=chosen).status_code == 409


def test_an_auditor_prints_none(operator_of):
    assert operator_of(Role.AUDITOR).open(PATH).status_code == 403


def registered(stored, browser, customer, at):
    stored.add(
        AccountChange(
            customer_id=customer.id,
            kind=ChangeKind.REGISTERED,
            made_at=at,
            operator_id=browser.operator,
        )
    )
    stored.commit()


def change_kinds(stored, customer):
    stored.expire_all()
    return stored.scalars(
        select(AccountChange.kind).where(AccountChange.customer_id == customer.id)
    ).all()


class TestWhereNewCustomersWaitForSomeHoursOnly:
    @pytest.fixture
    def app(self, config):
        return create_app(replace(config, confirm_new_customers=False))

    def test_an_old_registration_covers_no_card(self, browser, people, stored, now):
        registered(stored, browser, people[0], now - timedelta(days=30))

        assert issue(browser, people[0]).status_code == 200

        assert ChangeKind.CARD_ISSUED in change_kinds(stored, people[0])


class TestWhereCardsWaitForASecondOperator:
    @pytest.fixture
    def app(self, config):
        return create_app(replace(config, four_eyes=frozenset({"cards"})))

    def test_nobody_is_listed_whose_card_would_wait(self, browser, people):
        page = browser.open(PATH).text

        assert not any(customer.name in page for customer in people)
        assert "a second operator agrees to every card" in page

    def test_printing_many_is_no_way_round_it(self, browser, people, stored, now):
        own, other = people[:2]
        registered(stored, browser, own, now)

        answer = issue(browser, own, other)

        assert answer.status_code == 403
        assert "Ask for each card on the page of its customer" in answer.text
        assert cards_of(stored, own) == cards_of(stored, other) == []

    def test_a_registration_that_waits_brings_its_card(
        self, browser, people, stored, now
    ):
        registered(stored, browser, people[0], now)
        page = browser.open(PATH).text

        assert people[0].name in page
        assert people[1].name not in page
        assert issue(browser, people[0]).status_code == 200
        assert len(cards_of(stored, people[0])) == 1
