"""Whoever cannot sign in learns what to do, and nobody learns whether an ID exists."""

import re
from dataclasses import replace

import pytest

from tests.webapp.browser_client import PAGE, Browser
from tests.webapp.values.test_brand import BANK
from webapp import create_app

ANCHORS = ("forgot-id", "forgot-password", "no-account")


@pytest.fixture
def bank(config):
    return Browser(create_app(replace(config, brand=BANK)).test_client())


def test_signing_in_has_three_ways_out_that_lead_somewhere(visitor):
    form, page = visitor.open("/sign-in").text, visitor.open("/sign-in/help").text

    ways = re.findall(r'href="/sign-in/help#([\w-]+)"', form)
    assert tuple(ways) == ANCHORS
    for anchor in ANCHORS:
        assert f'id="{anchor}"' in page


def test_a_refused_sign_in_has_them_too_and_the_same_for_every_id(visitor):
    pages = []
    for login_id in ("demo", "nobody"):
        visitor.open("/sign-in")
        answer = visitor.submit("/sign-in", login_id=login_id, password="wrong")
        text = re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.text)
        pages.append(text)

    assert pages[0] == pages[1]
    assert all(f"#{anchor}" in pages[0] for anchor in ANCHORS)


def test_the_counter_is_where_the_operator_set_it(bank):
    page = bank.open("/sign-in/help").text

    assert "서울시 중구 은하로 1" in page
    assert 'href="tel:15880000"' in page
    assert "평일 9시~16시" in page


def test_without_settings_it_says_in_general_where_to_go(visitor):
    page = visitor.open("/sign-in/help").text

    assert "등록한 기관의 창구" in page
    assert "tel:" not in page


def test_it_is_the_same_for_who_is_signed_in(customer):
    assert customer.open("/sign-in/help").status_code == 200


def test_operators_are_sent_to_an_administrator(visitor):
    page = visitor.client.get(
        "/counter/sign-in", headers={**PAGE, "Accept-Language": "en"}
    ).text

    assert "Ask an administrator" in page
    assert "certferry operators set-password" in page
