"""On a computer that others use too, nothing is left behind or shown without a word."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    PASSWORD,
    choose_password,
    expect_arrived,
    get_certificate,
    kept_in,
    pair,
    reach_keeping,
    sign_in,
    type_code,
    wait_for_done,
)


@pytest.fixture
def left(centre, devices) -> Page:
    """A shared computer on which somebody left a certificate and signed out."""
    page = devices.computer()
    reach_keeping(page, centre.register())
    page.check("#whose [value=shared]")
    choose_password(page)
    wait_for_done(page)
    sign_out(page)
    page.click("form[data-final] button")
    expect(page.locator("a[href='/sign-in']").first).to_be_visible()
    return page


def sign_out(page: Page) -> None:
    page.click("header form[action='/sign-out'] button")


def cards(page: Page):
    return page.locator("#wallet .certificate")


def test_a_sign_out_says_what_stays_and_can_remove_it(centre, devices):
    page = devices.computer()
    reach_keeping(page, centre.register())
    page.check("#whose [value=shared]")
    choose_password(page)
    wait_for_done(page)

    sign_out(page)

    expect(page.locator("#leaving-what")).to_be_visible()
    page.click("#leaving .certificate .button.plain >> nth=0")
    page.click("#remove-go")
    expect(page.locator("#leaving-none")).to_be_visible()
    page.click("form[data-final] button")
    expect(page.locator("a[href='/sign-in']").first).to_be_visible()
    assert kept_in(page) == []


def test_at_a_sign_out_each_certificate_says_whether_it_is_valid(centre, devices):
    page = devices.computer()
    reach_keeping(page, centre.register())
    page.check("#whose [value=shared]")
    choose_password(page)
    wait_for_done(page)
    get_certificate(page, type_id="personal-general")

    sign_out(page)

    expect(page.locator("#leaving .badge[data-state=usable]")).to_have_count(2)


def test_on_ones_own_computer_a_sign_out_asks_nothing(centre, devices):
    page = devices.computer()
    reach_keeping(page, centre.register())
    expect(page.locator("#whose [value=own]")).to_be_checked()
    choose_password(page)
    wait_for_done(page)

    sign_out(page)

    expect(page.locator("a[href='/sign-in']").first).to_be_visible()
    page.goto("/wallet")
    expect(cards(page)).to_have_count(1)


def test_whoever_comes_next_sees_no_name_and_can_delete_nothing(left):
    left.goto("/wallet")

    expect(left.locator("#covered")).to_be_visible()
    expect(cards(left)).to_have_count(0)
    expect(left.locator("#empty")).to_be_hidden()
    left.goto("/move#send")
    expect(left.locator("#view-result.calm[data-ending=covered_here]")).to_be_visible()
    left.goto("/revoke")
    expect(left.locator("#some-covered")).to_be_visible()
    expect(left.locator("#held input")).to_have_count(0)


def test_its_password_shows_it_in_this_tab_until_it_is_covered_again(left):
    left.goto("/wallet")
    left.fill("#uncover-password", "Wrong-Horse-77")
    left.click("#uncover-go")
    expect(left.locator("#uncover-refused")).to_be_visible()
    expect(cards(left)).to_have_count(0)

    left.fill("#uncover-password", PASSWORD)
    left.click("#uncover-go")

    expect(cards(left)).to_have_count(1)
    other = left.context.new_page()
    other.goto("/wallet")
    expect(other.locator("#covered")).to_be_visible()
    expect(cards(other)).to_have_count(0)
    left.reload()
    expect(cards(left)).to_have_count(1)
    left.click("#cover-again")
    expect(cards(left)).to_have_count(0)


def test_its_holder_sees_it_and_another_customer_does_not(centre, left):
    sign_in(left, centre.register())
    left.goto("/wallet")
    expect(left.locator("#covered")).to_be_visible()
    expect(cards(left)).to_have_count(0)


def test_nobody_uncovers_it_by_saying_that_the_device_is_theirs(left):
    left.goto("/wallet")
    left.click("#who-uses summary")

    left.click("#whose label:has([value=own])")

    expect(left.locator("#whose-note")).to_have_text(
        korean(
            "Certificates of others are kept here. "
            "Show each of them with its password first."
        )
    )
    expect(left.locator("#whose [value=shared]")).to_be_checked()
    expect(cards(left)).to_have_count(0)


def test_another_ones_certificate_makes_the_computer_a_shared_one(kept, devices):
    page = devices.computer(storage_state=kept.state)
    page.context.clear_cookies()
    reach_keeping(page, kept.person)
    # One's own is no reason.
    expect(page.locator("#whose [value=own]")).to_be_checked()


def test_what_goes_to_the_phone_is_deleted_here_unless_one_says_otherwise(
    kept, sender: Page, phone: Page
):
    type_code(sender, pair(sender, phone, kept.certificate))
    expect(sender.locator("#view-password")).to_be_visible()
    expect(sender.locator("input[name=keep][value=move]")).to_be_checked()
    sender.fill("#send-password", PASSWORD)
    sender.click("#send-go")
    expect(phone.locator("#view-offer")).to_be_visible(timeout=15_000)
    assert len(kept_in(sender)) == 1  # nothing is deleted before it is there

    phone.tap("#accept")

    expect_arrived(sender, phone)
    assert kept_in(sender) == []
    assert len(kept_in(phone)) == 1


def test_what_was_just_made_is_shown_to_who_made_it(centre, devices):
    page = devices.computer()
    reach_keeping(page, centre.register())
    page.check("#whose [value=shared]")
    page.check("input[name=place][value=phone]")
    choose_password(page)

    # The page goes on in the same document, and knows the new one as one's own.
    expect(page.locator("#view-showing")).to_be_visible(timeout=20_000)
