"""A page that is loaded anew goes on where it stood, with the same pairing."""

from playwright.sync_api import Page, expect

from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    expect_ended,
    expect_kept,
    link_on,
    number_on,
    open_link,
    pair,
    show_code,
    type_code,
    wrong_of,
)


def test_the_sender_may_be_loaded_anew_at_every_step(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    sender.reload()
    assert link_on(sender) == link
    open_link(phone, link)
    code = code_on(phone)
    expect(sender.locator("#view-typing")).to_be_visible()
    sender.reload()
    type_code(sender, code)
    expect(sender.locator("#view-password")).to_be_visible()
    sender.reload()
    agree_to_send(sender, move=True)
    expect(phone.locator("#view-offer")).to_be_visible(timeout=15_000)
    sender.reload()
    expect(sender.locator("#view-sending")).to_be_visible()
    phone.tap("#accept")

    expect_arrived(sender, phone)
    expect_kept(phone, 1)
    expect_kept(sender, 0)


def test_the_receiver_may_be_loaded_anew_at_every_step(kept, sender: Page, phone: Page):
    code = pair(sender, phone, kept.certificate)
    phone.reload()
    assert code_on(phone) == code
    type_code(sender, code)
    agree_to_send(sender)
    expect(phone.locator("#view-offer")).to_be_visible(timeout=15_000)
    phone.reload()
    expect(phone.locator("#offer .certificate")).to_be_visible()
    phone.tap("#accept")

    expect_arrived(sender, phone)
    expect_kept(phone, 1)


def test_a_number_stays_the_same(kept, sender: Page):
    show_code(sender, kept.certificate)
    number = number_on(sender)
    sender.reload()

    expect(sender.locator("#number span")).to_have_count(3)
    assert "".join(sender.locator("#number span").all_inner_texts()) == number


def test_loading_anew_gives_no_tries_back(kept, sender: Page, phone: Page):
    code = pair(sender, phone, kept.certificate)
    for _ in range(2):
        type_code(sender, wrong_of(code))
        sender.reload()
    type_code(sender, wrong_of(code))

    expect(sender.locator("#view-result.stop")).to_be_visible()
    expect(phone.locator("#view-result.stop")).to_be_visible()


def test_asking_for_something_else_ends_what_was_going_on(
    kept, sender: Page, phone: Page
):
    pair(sender, phone, kept.certificate)
    sender.goto("about:blank")
    sender.goto("/move#receive")

    expect_ended(phone, "cancelled")
    expect(sender.locator("#qr svg")).to_be_visible()


def test_what_has_ended_is_over_after_loading_anew(kept, sender: Page, phone: Page):
    pair(sender, phone, kept.certificate)
    phone.tap("#view-code [data-cancel]")
    expect_ended(phone, "cancelled")
    phone.reload()

    expect(phone.locator("#view-scan")).to_be_visible()
