"""A screen says what is true on the other one, and whose finger is waited for."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    offer,
    open_link_to_send,
    pair,
    show_to_receive,
    type_code,
)

PHONE_GONE = "The phone is gone. Waiting for it."
COMPUTER_GONE = "The computer is gone. Waiting for it."
# A page that comes to the front, or goes behind another one.
SHOWS = """(state) => {
  Object.defineProperty(document, "visibilityState",
    { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def named(sentence: str, device: str) -> str:
    """Return a sentence about a device as a Korean page says it."""
    return korean(sentence) % {"device": korean(device)}


def done(page: Page) -> int:
    """Return how many steps of the way over are ticked."""
    return page.locator("#progress li.done").count()


def test_the_digits_are_hidden_as_soon_as_they_were_right_and_the_wait_is_named(
    kept, sender: Page, phone: Page
):
    code = pair(sender, phone, kept.certificate)
    type_code(sender, code)

    expect(phone.locator("#view-matched h1")).to_have_text(
        named("Right. The password is being typed on %(device)s", "the computer")
    )
    expect(phone.locator("#check-code")).to_be_empty()
    assert code not in phone.locator("main").inner_text()
    phone.reload()
    expect(phone.locator("#view-matched")).to_be_visible()


def test_it_is_named_too_where_the_computer_receives(kept, devices, computer: Page):
    giver = devices.phone(storage_state=kept.state)
    open_link_to_send(giver, show_to_receive(computer))
    type_code(giver, code_on(computer))

    expect(computer.locator("#view-matched h1")).to_have_text(
        named("Right. The password is being typed on %(device)s", "the phone")
    )


def test_a_step_is_ticked_when_the_other_device_has_seen_it(
    kept, sender: Page, phone: Page
):
    type_code(sender, pair(sender, phone, kept.certificate))
    expect(phone.locator("#view-matched")).to_be_visible()
    phone.context.set_offline(True)
    phone.evaluate("dispatchEvent(new Event('online'))")  # its line proves to be dead
    agree_to_send(sender)
    title = sender.locator("#sending-title")
    telling = named("Telling %(device)s what is coming", "the phone")
    expect(title).to_have_text(telling)
    sender.wait_for_timeout(1_000)
    expect(title).to_have_text(telling)
    assert done(sender) == 0

    phone.context.set_offline(False)

    pressed = named('Now press "Receive" on %(device)s', "the phone")
    expect(title).to_have_text(pressed, timeout=15_000)
    assert done(sender) == 1
    sender.reload()
    expect(title).to_have_text(pressed)
    phone.tap("#accept")
    expect_arrived(sender, phone)


def test_a_closed_tab_is_told_to_the_phone_and_so_is_its_return(
    kept, sender: Page, phone: Page
):
    pair(sender, phone, kept.certificate)
    address = sender.url
    sender.goto("about:blank")
    presence = phone.locator("#presence")
    expect(presence).to_have_text(korean(COMPUTER_GONE), timeout=8_000)

    sender.goto(address)

    expect(presence).to_have_text(named("%(device)s: back again.", "the computer"))
    expect(presence).to_be_empty(timeout=8_000)
    expect(sender.locator("#view-typing")).to_be_visible()


def test_a_phone_that_is_gone_is_told_while_its_finger_is_waited_for(
    kept, sender: Page, phone: Page
):
    offer(sender, phone, kept.certificate)
    phone.close()

    presence = sender.locator("#presence")
    expect(presence).to_have_text(korean(PHONE_GONE), timeout=8_000)
    expect(sender.locator("#view-sending")).to_be_visible()


def test_a_phone_whose_screen_is_off_is_told(kept, sender: Page, phone: Page):
    offer(sender, phone, kept.certificate)
    phone.evaluate(SHOWS, "hidden")
    presence = sender.locator("#presence")
    hidden = "%(device)s: the screen is off, or shows something else. Waiting for it."
    expect(presence).to_have_text(named(hidden, "the phone"), timeout=8_000)

    phone.evaluate(SHOWS, "visible")

    expect(presence).to_have_text(named("%(device)s: back again.", "the phone"))
    phone.tap("#accept")
    expect_arrived(sender, phone)


@pytest.mark.parametrize("reloads", ["phone", "sender"])
def test_a_page_that_only_loads_anew_is_not_called_gone(
    kept, sender: Page, phone: Page, reloads
):
    pair(sender, phone, kept.certificate)
    one, other = (phone, sender) if reloads == "phone" else (sender, phone)
    one.reload()
    other.wait_for_timeout(4_000)

    expect(other.locator("#presence")).to_be_empty()
