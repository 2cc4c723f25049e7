"""A security card: what it asks, when it locks, and that nobody tries more often."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support.committed import committed
from tests.support.customers import register
from tests.webapp.browser_client import Browser
from webapp import create_app, db
from webapp.accounts.models import Customer
from webapp.accounts.service import new_customer
from webapp.audit.actors import Actor
from webapp.audit.models import AuditEntry
from webapp.authenticators.encryption import BrokenSealError, OtherKeyError
from webapp.authenticators.models import SecurityCard
from webapp.authenticators.security_card import service
from webapp.authenticators.security_card.rules import (
    CODES,
    MAX_ERRORS,
    CardChallenge,
    CardResponse,
    new_challenge,
    new_codes,
    verify,
)
from webapp.enrolment.models import Application

NOTHING_RANDOM = Random(5)  # other cards than the fixture of the card, Random(4)
check_card = committed(service.verify_card)


@pytest.fixture
def config(config):
    return replace(config, require_security_card=True)


def right(issued, question):
    codes = issued.codes
    return CardResponse(codes[question.first - 1][:2], codes[question.second - 1][2:])


def wrong(issued, question):
    answer = right(issued, question)
    return replace(answer, second=f"{(int(answer.second) + 1) % 100:02}")


def asked_of(stored, hana):
    stored.expire_all()
    return service.challenge_of(service.find_card(stored, hana))


def check(stored, hana, key, answer, *, asked, now):
    check_card(
        stored, hana, key, answer, challenge=asked, random=NOTHING_RANDOM, now=now
    )
    stored.commit()


def lock(stored, hana, key, issued, now):
    for _ in range(MAX_ERRORS):
        asked = asked_of(stored, hana)
        with suppress(service.CardError):
            check(stored, hana, key, wrong(issued, asked), asked=asked, now=now)


def facts(stored):
    stored.expire_all()
    return [entry.event for entry in stored.scalars(select(AuditEntry))]


def to_card_step(visitor):
    """Walk up to the card, and return the step's address."""
    where = f"/applications/{visitor.walk()}/security-card"
    visitor.open(where)
    return where


def send(visitor, where, answer, asked):
    return visitor.submit(
        where,
        first=answer.first,
        second=answer.second,
        ask_first=str(asked.first),
        ask_second=str(asked.second),
    )


# The rules, without a database.


def test_a_card_has_35_codes_of_four_digits():
    codes = new_codes(NOTHING_RANDOM)

    assert len(codes) == CODES
    assert all(re.fullmatch("[0-9]{4}", code) for code in codes)


def test_two_different_codes_of_the_card_are_asked_for():
    questions = [new_challenge(NOTHING_RANDOM) for _ in range(500)]

    assert all(question.first != question.second for question in questions)
    assert {question.first for question in questions} == set(range(1, CODES + 1))
    assert {question.second for question in questions} == set(range(1, CODES + 1))


def test_the_question_after_is_another():
    class Stubborn(Random):
        drawn = iter([[3, 4], [3, 4], [5, 6]])

        def sample(self, *_args, **_options):
            return next(self.drawn)

    assert new_challenge(Stubborn(), CardChallenge(3, 4)) == CardChallenge(5, 6)


def test_the_first_half_of_one_and_the_last_half_of_the_other_fit():
    codes = ("1234", "5678", *["0000"] * 33)

    assert verify(CardResponse("12", "78"), CardChallenge(1, 2), codes)
    assert verify(CardResponse("56", "34"), CardChallenge(2, 1), codes)
    for first, second in (("34", "78"), ("12", "56"), ("78", "12"), ("12", "79")):
        assert not verify(CardResponse(first, second), CardChallenge(1, 2), codes)


@pytest.mark.parametrize(
    "typed", ["", "1", "123", "1a", " 1", "١٢", "１２", "1\n", "-1"]
)
def test_what_is_not_two_digits_is_no_answer(typed):
    assert not CardResponse(typed, "12").is_complete
    assert not CardResponse("12", typed).is_complete


# Issuing.


def test_a_new_card_closes_the_older_one(stored, hana, key, issued, now):
    later = service.issue_card(stored, hana, key, NOTHING_RANDOM, actor=None, now=now)
    stored.commit()

    assert service.find_card(stored, hana).number == later.number
    old = stored.scalars(
        select(SecurityCard).where(SecurityCard.number == issued.number)
    ).one()
    assert old.closed_at == now


def test_a_card_that_is_not_committed_was_never_issued(stored, hana, key, issued, now):
    service.issue_card(stored, hana, key, NOTHING_RANDOM, actor=None, now=now)
    stored.rollback()

    assert service.find_card(stored, hana).number == issued.number


def test_codes_of_a_closed_card_are_of_no_use(stored, hana, key, issued, now):
    asked = asked_of(stored, hana)
    later = service.issue_card(stored, hana, key, NOTHING_RANDOM, actor=None, now=now)
    stored.commit()
    assert later.codes != issued.codes

    new_question = asked_of(stored, hana)
    with pytest.raises(service.CardWrongError):
        check(
            stored, hana, key, right(issued, new_question), asked=new_question, now=now
        )
    with pytest.raises(service.StaleChallengeError):
        check(stored, hana, key, right(issued, asked), asked=asked, now=now)


def test_the_codes_show_themselves_nowhere(issued):
    assert issued.number in repr(issued)
    assert not any(code in repr(issued) for code in issued.codes)


def test_the_codes_are_not_in_the_database_file(config, stored, hana, key, issued, now):
    asked = asked_of(stored, hana)
    with suppress(service.CardError):
        check(stored, hana, key, wrong(issued, asked), asked=asked, now=now)
    stored.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    stored.commit()

    content = Path(config.database_url.removeprefix("sqlite:///")).read_bytes()
    assert issued.number.encode() in content
    assert "".join(issued.codes).encode() not in content
    assert "".join(issued.codes[:3]).encode() not in content


# Sealed for one customer.


def test_codes_that_were_copied_to_another_customer_do_not_open(
    stored, hana, key, issued, now
):
    new = new_customer(
        login_id="mallory",
        password="long-enough-1",
        name="말로리",
        latin_name="MALLORY",
        birth_date=hana.birth_date,
    )
    mallory = register(stored, new, now)
    mallorys = service.issue_card(
        stored, mallory, key, NOTHING_RANDOM, actor=None, now=now
    )
    stored.commit()
    cards = {card.customer_id: card for card in stored.scalars(select(SecurityCard))}
    mine = service.find_card(stored, mallory)
    stored.execute(
        update(SecurityCard)
        .where(SecurityCard.customer_id == hana.id, SecurityCard.closed_at.is_(None))
        .values(codes=mine.codes)
    )
    stored.commit()
    assert len(cards) == 2

    asked = asked_of(stored, hana)
    with pytest.raises(BrokenSealError):
        check(stored, hana, key, right(mallorys, asked), asked=asked, now=now)


def test_another_key_opens_no_card_and_counts_no_error(stored, hana, issued, now):
    asked = asked_of(stored, hana)

    with pytest.raises(OtherKeyError):
        check(stored, hana, bytes(32), right(issued, asked), asked=asked, now=now)
    stored.rollback()
    assert service.find_card(stored, hana).errors == 0


# Answering.


def test_the_question_stays_until_it_is_answered_rightly(
    stored, hana, key, issued, now
):
    asked = asked_of(stored, hana)
    for _ in range(3):
        with pytest.raises(service.CardWrongError):
            check(stored, hana, key, wrong(issued, asked), asked=asked, now=now)
        assert asked_of(stored, hana) == asked

    check(stored, hana, key, right(issued, asked), asked=asked, now=now)

    assert asked_of(stored, hana) != asked


def test_a_right_answer_sets_the_errors_back(stored, hana, key, issued, now):
    for _ in range(3):
        asked = asked_of(stored, hana)
        for _ in range(MAX_ERRORS - 1):
            with pytest.raises(service.CardWrongError):
                check(stored, hana, key, wrong(issued, asked), asked=asked, now=now)
        check(stored, hana, key, right(issued, asked), asked=asked, now=now)

    card = service.find_card(stored, hana)
    assert (card.errors, card.locked_at) == (0, None)


def test_an_answer_is_good_once(stored, hana, key, issued, now):
    asked = asked_of(stored, hana)
    check(stored, hana, key, right(issued, asked), asked=asked, now=now)

    with pytest.raises(service.StaleChallengeError):
        check(stored, hana, key, right(issued, asked), asked=asked, now=now)
    assert service.find_card(stored, hana).errors == 0


def test_after_five_wrong_answers_the_right_one_is_refused_too(
    stored, hana, key, issued, now
):
    lock(stored, hana, key, issued, now)

    asked = asked_of(stored, hana)
    with pytest.raises(service.CardLockedError):
        check(stored, hana, key, right(issued, asked), asked=asked, now=now)
    assert service.find_card(stored, hana).locked_at == now
    assert facts(stored)[-1] == "card.locked"


def test_time_alone_unlocks_nothing(stored, hana, key, issued, now):
    lock(stored, hana, key, issued, now)

    asked, later = asked_of(stored, hana), now + timedelta(days=4000)
    with pytest.raises(service.CardLockedError):
        check(stored, hana, key, right(issued, asked), asked=asked, now=later)


def test_the_counter_unlocks_and_the_question_is_the_same(
    stored, hana, key, issued, now
):
    lock(stored, hana, key, issued, now)
    asked = asked_of(stored, hana)
    service.unlock_card(stored, hana, actor=Actor.operator(1), now=now)
    stored.commit()

    assert asked_of(stored, hana) == asked
    check(stored, hana, key, right(issued, asked), asked=asked, now=now)
    entry = stored.scalars(
        select(AuditEntry).where(AuditEntry.event == "card.unlocked")
    ).one()
    assert entry.actor == "operator:1"


def test_nobody_unlocks_a_card_that_is_not_there(stored, hana, now):
    stored.execute(update(SecurityCard).values(closed_at=now))

    with pytest.raises(service.NoCardError):
        service.unlock_card(stored, hana, actor=Actor.operator(1), now=now)


def test_what_is_incomplete_is_no_try(stored, hana, key, issued, now):
    asked = asked_of(stored, hana)
    for _ in range(MAX_ERRORS + 1):
        with pytest.raises(service.CardIncompleteError):
            check(stored, hana, key, CardResponse("1", "22"), asked=asked, now=now)

    assert service.find_card(stored, hana).errors == 0


def test_a_thousand_tries_at_once_are_no_more_than_five(config, stored, hana, key, now):
    service.issue_card(stored, hana, key, NOTHING_RANDOM, actor=None, now=now)
    stored.commit()
    asked = asked_of(stored, hana)
    engine = db.make_engine(config.database_url)
    compared, begin = [], threading.Barrier(8)
    real = service.verify

    def counting(answer, question, codes):
        compared.append(answer)
        return real(answer, question, codes)

    def guess(number):
        begin.wait(20)
        outcomes = []
        for half in range(number, 100, 8):
            answer = CardResponse(f"{half:02}", f"{half:02}")
            with Session(engine) as own:
                try:
                    check_card(
                        own,
                        own.get(Customer, hana.id),
                        key,
                        answer,
                        challenge=asked,
                        random=Random(1),
                        now=now,
                    )
                    outcomes.append("right")
                except service.CardError as error:
                    outcomes.append(error.code)
                except OperationalError:
                    outcomes.append("busy")
        return outcomes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "verify", counting)
        with ThreadPoolExecutor(8) as pool:
            all_codes = [
                code for outcomes in pool.map(guess, range(8)) for code in outcomes
            ]
    engine.dispose()

    assert len(compared) == MAX_ERRORS
    assert "right" not in all_codes
    assert all_codes.count("card_wrong") == MAX_ERRORS - 1
    assert service.find_card(stored, hana).locked_at == now


# The step.


def codes_in(page: str) -> set[str]:
    """Return what stands in a page like a code of a card, but for what is long.

    Keys, addresses of files and dates hold four digits in a row by chance.
    """
    return set(re.findall(r"(?<![\w.:-])[0-9]{4}(?![\w.:-])", page))


def test_the_step_asks_for_two_halves_and_warns_of_frauds(customer, stored, issued):
    page = customer.open(to_card_step(customer)).text

    card = stored.scalars(
        select(SecurityCard).where(SecurityCard.closed_at.is_(None))
    ).one()
    assert f"{card.ask_first:02}" in page
    assert f"{card.ask_second:02}" in page
    assert 'inputmode="numeric"' in page
    assert not codes_in(page) & (set(issued.codes) - {issued.number[-4:]})


def test_the_right_halves_lead_on(customer, stored, hana, issued):
    where, asked = to_card_step(customer), asked_of(stored, hana)

    answer = send(customer, where, right(issued, asked), asked)

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/keep")
    application = stored.scalars(select(Application)).one()
    assert application.card_checked_at is not None
    assert facts(stored)[-1] == "card.answered"


def test_a_wrong_answer_says_how_many_tries_are_left(customer, stored, hana, issued):
    where, asked = to_card_step(customer), asked_of(stored, hana)

    answer = send(customer, where, wrong(issued, asked), asked)

    assert answer.status_code == 422
    assert 'id="tries"' in answer.text
    assert "4" in re.search(r'id="tries".*?</p>', answer.text, re.DOTALL)[0]
    assert right(issued, asked).first not in answer.headers.get("Location", "")


def test_reloading_another_tab_and_another_application_ask_for_the_same(
    app, customer, stored, hana, issued, password
):
    where, asked = to_card_step(customer), asked_of(stored, hana)
    send(customer, where, wrong(issued, asked), asked)
    customer.open(where)
    customer.submit(f"{where.rsplit('/', 1)[0]}/begin-again")
    other = Browser(app.test_client())
    other.sign_in("demo", password)
    page = other.open(to_card_step(other)).text

    assert f'name="ask_first" value="{asked.first}"' in page
    assert f'name="ask_second" value="{asked.second}"' in page
    assert service.find_card(stored, hana).errors == 1


def test_errors_count_across_applications(customer, stored, hana, issued):
    for _ in range(MAX_ERRORS):
        where, asked = to_card_step(customer), asked_of(stored, hana)
        answer = send(customer, where, wrong(issued, asked), asked)
        customer.submit(f"{where.rsplit('/', 1)[0]}/begin-again")

    assert answer.status_code == 409
    assert "card_locked" not in customer.open("/").text
    assert service.find_card(stored, hana).locked_at is not None


def test_a_locked_card_says_what_to_do(customer, stored, hana, key, issued, now):
    lock(stored, hana, key, issued, now)

    page = customer.open(to_card_step(customer))

    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert 'name="first"' not in page.text


def test_the_old_question_of_a_tab_that_stayed_open_is_no_try(
    customer, stored, hana, key, issued, now
):
    where, asked = to_card_step(customer), asked_of(stored, hana)
    check(stored, hana, key, right(issued, asked), asked=asked, now=now)

    answer = send(customer, where, right(issued, asked), asked)

    assert answer.status_code == 409
    assert service.find_card(stored, hana).errors == 0


def test_a_double_press_passes_once_and_refuses_nothing(customer, stored, hana, issued):
    where, asked = to_card_step(customer), asked_of(stored, hana)

    answers = [send(customer, where, right(issued, asked), asked) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert facts(stored).count("card.answered") == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"first": "12"},
        {"first": "1" * 5000, "second": "12"},
        {"first": "12", "second": "12", "ask_first": "x", "ask_second": "99999"},
        {"first": "12", "second": "12", "ask_first": "-1", "ask_second": "²"},
    ],
)
def test_what_no_page_of_ours_sends_is_refused_and_no_try(
    customer, stored, hana, issued, sent
):
    answer = customer.submit(to_card_step(customer), **sent)

    assert answer.status_code in (409, 422)
    assert service.find_card(stored, hana).errors == 0


def test_the_card_cannot_be_answered_before_its_step(customer, stored, hana, issued):
    application, asked = customer.begin(), asked_of(stored, hana)

    where = f"/applications/{application}/security-card"
    answer = send(customer, where, right(issued, asked), asked)

    assert answer.status_code == 409
    assert asked_of(stored, hana) == asked


def test_anothers_application_is_not_found(
    app, customer, stored, hana, issued, now, password
):
    where, asked = to_card_step(customer), asked_of(stored, hana)
    new = new_customer(
        login_id="mallory",
        password="long-enough-1",
        name="말로리",
        latin_name="MALLORY",
        birth_date=hana.birth_date,
    )
    register(stored, new, now)
    mallory = Browser(app.test_client())
    mallory.sign_in("mallory", "long-enough-1")

    assert mallory.open(where).status_code == 404
    answer = send(mallory, where, right(issued, asked), asked)
    assert answer.status_code == 404
    assert service.find_card(stored, hana).errors == 0


def test_wide_digits_are_digits(customer, stored, hana, issued):
    where = to_card_step(customer)
    asked = asked_of(stored, hana)
    answer = right(issued, asked)
    wide = [
        "".join(chr(ord(digit) + 0xFEE0) for digit in half)
        for half in (answer.first, answer.second)
    ]

    passed = send(customer, where, CardResponse(*wide), asked)

    assert passed.status_code == 302


def test_who_has_no_card_is_told_to_come_to_the_counter(customer, stored, now):
    stored.execute(update(SecurityCard).values(closed_at=now))
    stored.commit()
    where = to_card_step(customer)

    page = customer.open(where)
    answer = customer.submit(where, first="12", second="34")

    assert page.status_code == 200
    assert 'name="first"' not in page.text
    assert answer.status_code == 409


def test_a_centre_with_another_key_says_so_and_breaks_nothing(
    config, stored, hana, issued, password
):
    customer = Browser(create_app(replace(config, identity_key="0" * 64)).test_client())
    customer.sign_in("demo", password)
    where, asked = to_card_step(customer), asked_of(stored, hana)

    answer = send(customer, where, right(issued, asked), asked)

    assert answer.status_code == 503
    assert "other_identity_key" in answer.text
    assert service.find_card(stored, hana).errors == 0


def test_codes_and_answers_are_never_logged(customer, stored, hana, issued, capfd):
    where, asked = to_card_step(customer), asked_of(stored, hana)
    for answer in (wrong(issued, asked), right(issued, asked)):
        assert send(customer, where, answer, asked).status_code in (302, 422)

    output = "".join(capfd.readouterr())
    assert not any(re.search(rf"\b{code}\b", output) for code in issued.codes)
    details = [entry.detail for entry in stored.scalars(select(AuditEntry))]
    half = right(issued, asked)
    assert not any(
        f'"{half.first}' in detail or half.second in detail for detail in details
    )
