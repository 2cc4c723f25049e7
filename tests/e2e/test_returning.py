"""A page that comes back from the browser's memory shows nothing that is over."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.devices import CHROMIUM, FLAGS, Devices
from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    pair,
    show_code,
    sign_in,
    type_code,
    wrong_of,
)

GOES = "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
COMES = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


@pytest.fixture(scope="module")
def with_memory(playwright):
    """A Chromium that keeps pages for "Back", as people have it."""
    launched = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[*FLAGS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield launched
    launched.close()


def test_wrong_codes_of_a_page_that_went_and_came_back_are_three_in_all(
    kept, sender: Page, phone: Page
):
    code = pair(sender, phone, kept.certificate)
    type_code(sender, wrong_of(code))
    expect(sender.locator("#code-note")).to_contain_text("2")
    sender.evaluate(GOES)
    expect(sender.locator("body")).to_be_hidden()
    sender.evaluate(  # what was left in memory gets the digits all the same
        """(code) => {
          const box = document.querySelector("#code input");
          box.value = code;
          box.dispatchEvent(new Event("input"));
        }""",
        wrong_of(code),
    )
    with sender.expect_navigation():
        sender.evaluate(COMES)
    type_code(sender, wrong_of(code))
    expect(sender.locator("#code-note")).to_contain_text("1")
    type_code(sender, code)
    agree_to_send(sender)
    phone.tap("#accept")

    expect_arrived(sender, phone)


def test_a_page_that_went_lets_go_so_that_the_next_one_goes_on_at_once(
    kept, sender: Page, phone: Page
):
    code = pair(sender, phone, kept.certificate)
    sender.evaluate(GOES)
    held = sender.evaluate("navigator.locks.query().then(({ held }) => held.length)")
    assert held == 0
    with sender.expect_navigation():
        sender.evaluate(COMES)

    type_code(sender, code)
    expect(sender.locator("#view-password")).to_be_visible()


def test_back_to_a_pairing_goes_on_where_it_stood(kept, centre, with_memory):
    devices = Devices(with_memory, centre.url)
    sender, phone = devices.computer(storage_state=kept.state), devices.phone()
    code = pair(sender, phone, kept.certificate)
    type_code(sender, wrong_of(code))
    expect(sender.locator("#code-note")).to_contain_text("2")
    sender.goto("/trust")
    sender.go_back()
    type_code(sender, wrong_of(code))
    expect(sender.locator("#code-note")).to_contain_text("1")
    type_code(sender, wrong_of(code))

    expect(sender.locator("#view-result.stop")).to_be_visible()
    expect(phone.locator("#view-result.stop")).to_be_visible()
    devices.close()


def test_back_after_signing_out_shows_nothing_of_whoever_was_here(
    centre, with_memory, person
):
    devices = Devices(with_memory, centre.url)
    page = devices.computer()
    sign_in(page, person)
    page.goto("/me/security")
    page.click("form[action='/sign-out'] button")
    expect(page.locator("a[href='/sign-in']").first).to_be_visible()
    page.go_back()

    expect(page.locator("#login_id")).to_be_visible()
    expect(page.locator("form[action='/sign-out']")).to_have_count(0)
    devices.close()


def test_a_page_of_somebody_signed_in_is_hidden_as_it_goes_and_loaded_as_it_comes(
    person, computer: Page
):
    sign_in(computer, person)
    computer.goto("/me/history")
    computer.wait_for_load_state()
    computer.evaluate(GOES)
    expect(computer.locator("body")).to_be_hidden()
    with computer.expect_navigation():
        computer.evaluate(COMES)

    expect(computer.locator("main h1")).to_be_visible()


def test_a_page_of_nobody_comes_back_as_it_was(computer: Page):
    computer.goto("/revoke")
    computer.fill("#key-password", "half a passw")
    computer.evaluate(GOES)
    computer.evaluate(COMES)

    expect(computer.locator("#key-password")).to_have_value("half a passw")


def test_a_code_that_is_shown_again_is_the_same(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    sender.evaluate(GOES)
    with sender.expect_navigation():
        sender.evaluate(COMES)
    phone.goto("about:blank")
    phone.goto(link)
    type_code(sender, code_on(phone))

    expect(sender.locator("#view-password")).to_be_visible()
