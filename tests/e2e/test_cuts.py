"""Lines that break in the middle: the same pairing goes on, or nothing is lost."""

from playwright.sync_api import Page, expect

from tests.e2e.cuttable_proxy import CuttableProxy
from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    expect_kept,
    expect_refused,
    kept_in,
    link_on,
    offer,
    open_link,
    pair,
    show_code,
    type_code,
    wait_until,
)


def test_a_phone_that_loses_its_line_for_a_moment_goes_on_with_the_same_pairing(
    kept, sender: Page, phone: Page
):
    proxy = CuttableProxy(phone)
    code = pair(sender, phone, kept.certificate)
    proxy.cut()
    type_code(sender, code)
    agree_to_send(sender)
    expect(sender.locator("#view-sending")).to_be_visible()
    expect(phone.locator("#view-code")).to_be_visible()
    expect(phone.locator("#line .notice")).to_be_visible()
    proxy.restore()

    expect(phone.locator("#view-offer")).to_be_visible(timeout=15_000)
    expect(phone.locator("#line .notice")).to_be_hidden()
    proxy.cut()
    phone.tap("#accept")
    proxy.restore()
    expect_arrived(sender, phone)
    expect_kept(phone, 1)


def test_a_computer_that_loses_its_line_for_a_moment_goes_on_too(
    kept, sender: Page, phone: Page
):
    proxy = CuttableProxy(sender)
    link = show_code(sender, kept.certificate)
    proxy.cut()
    open_link(phone, link)
    proxy.restore()

    type_code(sender, code_on(phone))
    agree_to_send(sender)
    phone.tap("#accept")
    expect_arrived(sender, phone)


def test_a_computer_page_closed_while_sending_leaves_the_certificate_there(
    kept, sender: Page, phone: Page
):
    offer(sender, phone, kept.certificate, move=True)
    context = sender.context
    sender.close()
    phone.tap("#accept")
    expect(phone.locator("#view-storing")).to_be_visible()

    again = context.new_page()
    expect_kept(again, 1)
    assert kept_in(phone) == []


def test_a_relay_that_does_not_answer_is_said_and_a_fresh_code_goes_on(
    kept, sender: Page
):
    proxy = CuttableProxy(sender, is_out=True)
    sender.clock.install()
    sender.goto(f"/certificates/{kept.certificate}/send")
    result = sender.locator("#view-result")

    def is_said() -> bool:
        sender.clock.fast_forward(1_000)
        return result.is_visible()

    wait_until(sender, is_said)
    expect_refused(sender, "offline")
    proxy.restore()
    sender.click("#view-result button.primary")

    assert "/p#" in link_on(sender)
