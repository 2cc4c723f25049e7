"""Computer and phone together: every way in which it ends, and what is where then."""

from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    agree_to_send,
    expect_arrived,
    expect_black_on_white,
    expect_ended,
    expect_kept,
    expect_refused,
    kept_in,
    offer,
    pair,
    show_code,
    show_to_receive,
    type_code,
    wrong_of,
)

FULL_DISK = """() => {
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
}"""


def test_the_code_is_black_on_white_in_colours_that_a_person_chose(sender):
    assert "#" in show_to_receive(sender)

    expect_black_on_white(sender, "#qr")


def test_a_copy_is_on_both_devices(kept, sender: Page, phone: Page):
    offer(sender, phone, kept.certificate)
    phone.tap("#accept")

    expect_arrived(sender, phone)
    expect_kept(sender, 1)
    expect_kept(phone, 1)


def test_a_move_deletes_on_the_computer_only_after_the_phone_has_stored_it(
    kept, sender: Page, phone: Page
):
    offer(sender, phone, kept.certificate, move=True)
    assert len(kept_in(sender)) == 1
    phone.tap("#accept")

    expect_arrived(sender, phone)
    expect_kept(phone, 1)
    expect_kept(sender, 0)


def test_a_move_to_a_phone_that_cannot_store_it_deletes_nothing(
    kept, sender: Page, phone: Page
):
    offer(sender, phone, kept.certificate, move=True)
    phone.evaluate(FULL_DISK)  # it fills up after it was looked at
    phone.tap("#accept")

    expect_refused(phone, "not_kept")
    expect_refused(sender, "not_stored_there")
    expect_kept(sender, 1)
    assert kept_in(phone) == []


def test_a_move_between_two_tabs_of_one_browser_deletes_nothing(kept, sender: Page):
    tab = sender.context.new_page()
    offer(sender, tab, kept.certificate, move=True)
    tab.click("#accept")

    expect_arrived(sender, tab)
    expect_kept(tab, 1)
    show_code(sender, kept.certificate)


def test_receiving_the_same_certificate_twice_is_harmless(
    kept, sender: Page, phone: Page
):
    for _ in range(2):
        offer(sender, phone, kept.certificate)
        phone.tap("#accept")
        expect_arrived(sender, phone)

    expect(phone.locator("#view-result")).to_contain_text(
        korean("It was here before and is unchanged.")
    )
    expect_kept(phone, 1)


def test_a_wrong_code_three_times_ends_it_on_both_screens_and_sends_nothing(
    kept, sender: Page, phone: Page
):
    code = pair(sender, phone, kept.certificate)
    for left in (2, 1):
        type_code(sender, wrong_of(code))
        expect(sender.locator("#code-note")).to_contain_text(str(left))
    type_code(sender, wrong_of(code))

    expect_refused(sender, "wrong_code")
    expect_refused(phone, "refused_elsewhere")
    expect(sender.locator("#view-password")).to_be_hidden()
    expect_kept(phone, 0)
    expect_kept(sender, 1)


def test_a_mistyped_code_may_be_typed_again(kept, sender: Page, phone: Page):
    code = pair(sender, phone, kept.certificate)
    type_code(sender, wrong_of(code))
    expect(sender.locator("#code-note")).to_contain_text("2")
    type_code(sender, code)

    expect(sender.locator("#view-password")).to_be_visible()


def test_declining_on_the_phone_leaves_everything_as_it_was(
    kept, sender: Page, phone: Page
):
    offer(sender, phone, kept.certificate, move=True)
    phone.tap("#decline")

    expect_ended(sender, "declined")
    expect_ended(phone, "declined")
    expect(phone.locator("#view-result h1")).to_have_text(
        korean("You did not receive it")
    )
    expect(sender.locator("#view-result h1")).to_have_text(
        korean("The other device did not receive it")
    )
    expect_kept(phone, 0)
    expect_kept(sender, 1)


def test_the_phone_can_stop_while_it_shows_the_code(kept, sender: Page, phone: Page):
    pair(sender, phone, kept.certificate)
    phone.tap("#view-code [data-cancel]")

    expect_ended(phone, "cancelled")
    expect_ended(sender, "cancelled")
    expect(phone.locator("#view-result h1")).to_have_text(korean("You stopped it"))
    expect(sender.locator("#view-result h1")).to_have_text(
        korean("It was stopped on the other device")
    )
    expect_kept(sender, 1)


def test_the_computer_can_stop_before_it_sends(kept, sender: Page, phone: Page):
    type_code(sender, pair(sender, phone, kept.certificate))
    sender.click("#view-password [data-cancel]")

    expect_ended(sender, "cancelled")
    expect_ended(phone, "cancelled")
    expect_kept(phone, 0)


def test_a_wrong_certificate_password_sends_nothing_and_may_be_typed_again(
    kept, sender: Page, phone: Page
):
    type_code(sender, pair(sender, phone, kept.certificate))
    agree_to_send(sender, password="Wrong-Horse-9")

    expect(sender.locator("#send-refused")).to_be_visible()
    expect(sender.locator("#view-sending")).to_be_hidden()
    expect(phone.locator("#view-matched")).to_be_visible()
    agree_to_send(sender)
    phone.tap("#accept")
    expect_arrived(sender, phone)


def test_a_certificate_that_is_not_in_this_browser_cannot_be_sent(kept, devices):
    cookies = {"cookies": kept.state["cookies"], "origins": []}
    elsewhere = devices.computer(storage_state=cookies)
    elsewhere.goto(f"/certificates/{kept.certificate}/send")

    expect_refused(elsewhere, "not_here")
