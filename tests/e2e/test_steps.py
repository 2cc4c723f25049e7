"""The steps on a phone and by keyboard: what is missing, back, digits, stale forms."""

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.devices import Devices
from tests.e2e.page_steps import begin, pass_steps, sign_in
from tests.e2e.test_second_check import checking, holder_in

__all__ = ["checking"]


@pytest.fixture
def at_checking(browser, checking):
    opened = Devices(browser, checking.url)
    yield opened
    opened.close()


def bar_top(page: Page) -> float:
    box = page.locator(".sticky-actions").bounding_box()
    assert box
    return box["y"]


def test_a_missing_tick_is_said_beside_its_box_which_is_not_under_the_bar(
    person, phone: Page
):
    sign_in(phone, person)
    begin(phone)

    phone.click("main button.primary")

    for name in ("accepted", "privacy"):
        tick = phone.locator(f"input[name={name}]")
        line = phone.locator(f"#{name}-missing")
        expect(tick).to_have_attribute("aria-invalid", "true")
        expect(tick).to_have_attribute("aria-describedby", f"{name}-missing")
        expect(line).to_be_attached()
    first = phone.locator("input[name=accepted]")
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport()
    expect(phone.locator("#accepted-missing")).to_be_in_viewport()
    line = phone.locator("#accepted-missing").bounding_box()
    assert line
    assert line["y"] + line["height"] <= bar_top(phone)

    phone.check("input[name=accepted]")
    expect(phone.locator("#accepted-missing")).to_have_count(0)
    phone.click("main button.primary")
    second = phone.locator("input[name=privacy]")
    expect(second).to_be_focused()
    box = second.bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= bar_top(phone)


def test_back_keeps_what_was_given_and_asks_for_nothing_twice(person, computer: Page):
    sign_in(computer, person)
    begin(computer)
    pass_steps(computer)

    computer.click(".step-back")
    expect(computer.locator("input[value=personal-bank]")).to_be_checked()
    computer.click(".step-back")
    expect(computer.locator("#birth_date")).to_have_count(0)
    computer.click(".step-back")
    expect(computer.locator("input[name=accepted]")).to_be_checked()
    expect(computer.locator("input[name=privacy]")).to_be_checked()
    computer.click("main button.primary")

    expect(computer.locator("#make")).to_be_enabled()


def test_who_is_somebody_else_can_say_no(person, computer: Page):
    sign_in(computer, person)
    begin(computer)
    computer.check("input[name=accepted]")
    computer.check("input[name=privacy]")
    computer.click("main button.primary")

    computer.click("details.asked summary")
    computer.click("details.asked form[action='/sign-out'] button")

    computer.wait_for_url("**/")
    expect(computer.locator(".bar [href='/sign-in']")).to_be_visible()


def test_the_date_goes_on_by_itself_when_typed_and_not_when_filled_in(
    person, computer: Page
):
    sign_in(computer, person)
    begin(computer)
    computer.check("input[name=accepted]")
    computer.check("input[name=privacy]")
    computer.click("main button.primary")
    computer.fill("#birth_date", "19900131")
    with pytest.raises(PlaywrightTimeout):
        computer.wait_for_url("**/type", timeout=1_000)
    computer.fill("#birth_date", "")

    computer.locator("#birth_date").press_sequentially("19901331")  # is no date
    expect(computer.locator("#birth_date")).to_have_value("19901331")
    computer.fill("#birth_date", "")
    computer.locator("#birth_date").press_sequentially("19900131")

    expect(computer.locator("input[name=type]").first).to_be_visible()


def at_card(page: Page, holder) -> tuple[str, str]:
    sign_in(page, holder.person)
    begin(page)
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.locator("#birth_date").press_sequentially("19900131")
    expect(page.locator("input[name=type]").first).to_be_visible()
    page.click("main button.primary")
    page.wait_for_url("**/security-card")
    return holder.halves(page)


def test_four_digits_of_the_card_are_typed_and_nothing_is_pressed(
    checking, at_checking
):
    page = at_checking.computer()
    first, second = at_card(page, holder_in(checking))

    expect(page.locator("#first")).to_be_focused()
    page.keyboard.type(first[0] + "x")
    page.keyboard.press("Backspace")
    page.keyboard.type(first[1])
    expect(page.locator("#second")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator("#first")).to_be_focused()
    expect(page.locator("#first")).to_have_value(first[0])
    page.keyboard.type(first[1] + second)

    expect(page.locator("#make")).to_be_enabled()


def test_the_digits_of_the_card_are_pasted_at_once(checking, at_checking):
    page = at_checking.computer()
    first, second = at_card(page, holder_in(checking))

    page.locator("#first").evaluate(
        """(field, text) => {
            const data = new DataTransfer();
            data.setData("text", text);
            const options = { clipboardData: data, bubbles: true, cancelable: true };
            field.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        f"{first} {second}",
    )

    expect(page.locator("#make")).to_be_enabled()


def test_a_form_of_a_session_that_ended_keeps_its_ticks_and_says_press_again(
    person, computer: Page
):
    sign_in(computer, person)
    begin(computer)
    terms = computer.url
    computer.check("input[name=accepted]")
    computer.check("input[name=privacy]")
    computer.context.clear_cookies()

    computer.click("main button.primary")
    computer.fill("#login_id", person.login_id)
    computer.fill("#password", person.password)
    computer.click("main button.primary")

    expect(computer.locator("#stale-form")).to_be_visible()
    assert computer.url.startswith(terms)
    expect(computer.locator("input[name=accepted]")).to_be_checked()
    expect(computer.locator("input[name=privacy]")).to_be_checked()
    computer.click("main button.primary")
    expect(computer.locator("#birth_date")).to_be_visible()


def test_nobody_else_finds_what_was_typed_before(centre, person, computer: Page):
    sign_in(computer, person)
    computer.goto("/me/password")
    assert computer.evaluate("document.body.dataset.person")
    computer.fill("#old", "something-typed")
    computer.fill("#new", "something-typed")
    computer.fill("#again", "something-typed")
    computer.context.clear_cookies()

    computer.click("main button.primary")

    kept = computer.evaluate("sessionStorage.getItem('typed')") or ""
    assert "something-typed" not in kept
    other = centre.register()
    computer.fill("#login_id", other.login_id)
    computer.fill("#password", other.password)
    computer.click("main button.primary")
    expect(computer.locator("#stale-form")).to_be_visible()
    expect(computer.locator("#old")).to_have_value("")
    assert computer.evaluate("sessionStorage.getItem('typed')") is None


def test_a_sign_in_page_that_was_open_too_long_keeps_the_id(person, computer: Page):
    computer.goto("/sign-in?next=/wallet")
    computer.fill("#login_id", person.login_id)
    computer.fill("#password", person.password)
    computer.context.clear_cookies()

    computer.click("main button.primary")

    expect(computer.locator("#stale-form")).to_be_visible()
    expect(computer.locator("#login_id")).to_have_value(person.login_id)
    expect(computer.locator("#password")).to_have_value("")
    computer.fill("#password", person.password)
    computer.click("main button.primary")
    computer.wait_for_url("**/wallet")
