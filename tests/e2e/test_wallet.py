"""What a browser keeps: seen, saved, deleted, and still there tomorrow."""

import re

from playwright.sync_api import Page, expect

from mobile_bridge.pki.short_number import short_number
from tests.e2e.devices import kept_browser
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    code_on,
    expect_arrived,
    expect_kept,
    offer,
    open_link,
    show_code,
)


def test_details_say_whose_it_is_and_until_when_in_plain_words(sender: Page):
    sender.goto("/wallet")
    card = sender.locator("#wallet .certificate")
    serial = card.locator("dd.fingerprint").first.text_content() or ""
    number = short_number(serial)

    expect(card).to_contain_text("김하나")
    expect(card.locator(".short-number")).to_have_text(number)
    expect(card).to_contain_text("23:59")
    expect(card).to_contain_text("이 인증센터")
    expect(card).not_to_contain_text("(not accredited)", use_inner_text=True)
    card.locator("summary").click()
    expect(card).to_contain_text(serial, use_inner_text=True)
    expect(card).to_contain_text(sender.evaluate(FINGERPRINT), use_inner_text=True)
    expect(card).to_contain_text("(not accredited)", use_inner_text=True)


def test_deleting_asks_first_and_keeping_is_the_answer_at_hand(sender: Page):
    sender.goto("/wallet")
    sender.locator("#wallet button.quiet").last.click()
    expect(sender.locator("#remove button[value=keep]")).to_be_focused()
    sender.keyboard.press("Enter")
    expect(sender.locator("#remove")).to_be_hidden()
    expect(sender.locator("#wallet .certificate")).to_have_count(1)

    sender.locator("#wallet button.quiet").last.click()
    sender.click("#remove-go")

    expect(sender.locator("#empty")).to_be_visible()
    expect_kept(sender, 0)


def test_a_deleted_certificate_is_still_listed_and_said_not_to_be_here(
    kept, sender: Page
):
    sender.goto("/wallet")
    sender.locator("#wallet button.quiet").last.click()
    sender.click("#remove-go")
    expect(sender.locator("#empty")).to_be_visible()

    sender.goto(f"/certificates/{kept.certificate}")

    expect(sender.locator("[data-kept]")).not_to_be_empty()
    expect(sender.locator("[data-needs-key]")).to_be_hidden()


def test_a_phone_keeps_what_it_received_after_its_browser_was_closed(
    playwright, centre, kept, sender: Page, tmp_path
):
    storage = tmp_path / "phone"
    with kept_browser(playwright, storage, base_url=centre.url) as first:
        phone = first.new_page()
        offer(sender, phone, kept.certificate)
        phone.click("#accept")
        expect_arrived(sender, phone)

    with kept_browser(playwright, storage, base_url=centre.url) as second:
        expect_kept(second.new_page(), 1)


def test_a_link_opened_while_something_is_kept_is_followed_all_the_same(
    kept, sender: Page, devices
):
    phone = devices.phone(storage_state=kept.state)
    link = show_code(sender, kept.certificate)
    open_link(phone, link)
    code_on(phone)


CLOSE = """() => new Promise((done) => {
  const opening = indexedDB.open("certferry", 99);  // the page lets go of its own
  opening.onsuccess = () => {
    opening.result.close();
    indexedDB.deleteDatabase("certferry").onsuccess = done;
  };
})"""
DENY = """() => {
  indexedDB.open = () => { throw new DOMException("denied", "SecurityError"); };
}"""


def test_deleting_works_after_the_browser_closed_the_store(sender: Page):
    sender.goto("/wallet")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)
    sender.evaluate(CLOSE)
    delete(sender)

    expect(sender.locator("#empty")).to_be_visible()
    expect(sender.locator("#remove-refused")).to_be_hidden()


def test_deleting_that_cannot_be_done_says_why_and_leaves_the_card(sender: Page):
    sender.goto("/wallet")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)
    sender.evaluate(CLOSE)
    sender.evaluate(DENY)
    delete(sender)

    expect(sender.locator("#remove-refused")).to_have_text(
        re.compile(korean("This browser does not let the page keep anything."))
    )
    expect(sender.locator("#wallet .certificate")).to_have_count(1)


def test_what_nobody_caught_is_said_on_top_of_the_page(devices, kept):
    page = devices.computer(storage_state=kept.state)
    page.goto("/wallet")
    expect(page.locator("#wallet .certificate")).to_have_count(1)
    page.evaluate("setTimeout(() => Promise.reject({ code: 'offline' }))")

    expect(page.locator("#fault")).to_contain_text(
        korean("The centre does not answer.")
    )
    assert devices.faults.pop()  # the console hears it too


def delete(page: Page) -> None:
    """Press "Delete" on the card, and once more where it asks."""
    page.locator("#wallet .certificate button.quiet").last.click()
    page.click("#remove-go")


FINGERPRINT = """() => new Promise((done) => {
  indexedDB.open("certferry").onsuccess = ({ target }) => {
    const table = target.result.transaction("holdings").objectStore("holdings");
    const asked = table.getAll();
    asked.onsuccess = async () => {
      const [{ certificate }] = asked.result;
      const digest = await crypto.subtle.digest("SHA-256", certificate);
      const pairs = [...new Uint8Array(digest)].map(
        (byte) => byte.toString(16).padStart(2, "0").toUpperCase());
      done(pairs.join(":"));
    };
  };
})"""
