"""From the chosen password to the phone without typing it again."""

from playwright.sync_api import Page, Route, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    PASSWORD,
    agree_to_send,
    begin,
    choose_password,
    code_on,
    expect_arrived,
    kept_in,
    link_on,
    open_link,
    pass_steps,
    reach_keeping,
    sign_in,
    type_code,
    wait_for_done,
    wait_until,
)

# The two minutes are over, for both clocks of the page.
LATER = """
const start = [Date.now(), performance.now()], late = 121_000;
Date.now = () => start[0] + late;
performance.now = () => start[1] + late;
"""


def choose_the_phone(page: Page) -> None:
    """Choose the phone as the place, type the password twice and go on."""
    page.check("input[name=place][value=phone]")
    page.fill("#certificate-password", PASSWORD)
    page.fill("#certificate-password-again", PASSWORD)
    page.click("#make")


def match(computer: Page, phone: Page) -> None:
    """Bring the two together and type the six digits."""
    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))
    expect(computer.locator("#view-password")).to_be_visible(timeout=15_000)


def test_after_the_password_six_digits_and_two_presses_bring_it_to_the_phone(
    person, computer: Page, phone: Page
):
    reach_keeping(computer, person)
    choose_the_phone(computer)
    computer.wait_for_url("**/move?*", timeout=30_000)
    match(computer, phone)
    expect(computer.locator("#send-typed")).to_be_visible()
    expect(computer.locator("#send-password-field")).to_be_hidden()

    computer.click("#send-go")
    phone.tap("#accept")

    expect_arrived(computer, phone)
    assert PASSWORD not in computer.content()
    stored = computer.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])"
    )
    assert PASSWORD not in stored
    assert PASSWORD not in computer.url


def test_from_the_receipt_too_it_is_not_typed_again(
    person, computer: Page, phone: Page
):
    reach_keeping(computer, person)
    computer.fill("#certificate-password", PASSWORD)
    computer.fill("#certificate-password-again", PASSWORD)
    computer.click("#make")
    wait_for_done(computer)
    expect(computer.locator("#save-file")).to_be_enabled()
    computer.click("a[data-needs-key]")
    computer.wait_for_url("**/move?*")
    match(computer, phone)

    expect(computer.locator("#send-password-field")).to_be_hidden()
    computer.click("#send-go")
    phone.tap("#accept")

    expect_arrived(computer, phone)
    computer.click("#view-result a.primary")
    wait_for_done(computer)


def test_here_and_on_the_phone_is_proposed_and_both_stand_on_the_receipt(
    person, computer: Page, phone: Page
):
    sign_in(computer, person)
    begin(computer)
    pass_steps(computer)
    computer.reload()
    expect(computer.locator("#make")).to_be_enabled()
    expect(computer.locator("input[name=place][value=both]")).to_be_checked()
    computer.fill("#certificate-password", PASSWORD)
    computer.fill("#certificate-password-again", PASSWORD)
    computer.click("#make")
    computer.wait_for_url("**/move?*", timeout=30_000)
    match(computer, phone)
    expect(computer.locator("input[name=keep][value=copy]")).to_be_checked()

    computer.click("#send-go")
    phone.tap("#accept")
    expect_arrived(computer, phone)
    computer.click("#view-result a.primary")

    certificate = wait_for_done(computer)
    assert len(kept_in(computer)) == len(kept_in(phone)) == 1
    expect(computer.locator("#places [data-places='2'] li")).to_have_count(2)
    expect(computer.locator("#places")).to_contain_text(korean("read back complete"))
    computer.goto(f"/certificates/{certificate}/receipt")
    expect(computer.locator("[data-places='2'] li")).to_have_count(2)


def test_who_stops_after_the_first_place_is_told_so_and_can_go_on(
    person, computer: Page, phone: Page
):
    sign_in(computer, person)
    begin(computer)
    pass_steps(computer)
    computer.check("input[name=place][value=both]")
    computer.fill("#certificate-password", PASSWORD)
    computer.fill("#certificate-password-again", PASSWORD)
    computer.click("#make")
    computer.wait_for_url("**/move?*", timeout=30_000)
    expect(computer.locator("#view-showing")).to_be_visible(timeout=15_000)

    computer.click("#view-showing a[href$='/done']")
    wait_for_done(computer)

    assert len(kept_in(computer)) == 1
    expect(computer.locator("#places [data-places='1'] li")).to_have_count(1)
    computer.click("a[data-needs-key]")
    match(computer, phone)
    expect(computer.locator("input[name=keep][value=copy]")).to_be_checked()
    agree_to_send(computer, move=False)
    phone.tap("#accept")
    expect_arrived(computer, phone)
    assert len(kept_in(computer)) == len(kept_in(phone)) == 1


def test_a_phone_is_not_offered_itself_as_a_second_place(person, phone: Page):
    sign_in(phone, person)
    begin(phone)
    pass_steps(phone)
    phone.reload()

    expect(phone.locator("#make")).to_be_enabled()
    expect(phone.locator("label:has([value=both])")).to_be_hidden()
    expect(phone.locator("input[name=place][value=browser]")).to_be_checked()


def test_after_two_minutes_it_is_asked_for(person, computer: Page, phone: Page):
    reach_keeping(computer, person)
    choose_the_phone(computer)
    match(computer, phone)
    computer.evaluate(LATER)

    expect(computer.locator("#send-password-field")).to_be_visible()
    expect(computer.locator("#send-typed")).to_be_hidden()
    expect(computer.locator("#send-password")).to_be_focused()
    agree_to_send(computer)
    phone.tap("#accept")
    expect_arrived(computer, phone)


def test_a_page_that_is_loaded_anew_asks_for_it(person, computer: Page, phone: Page):
    reach_keeping(computer, person)
    choose_the_phone(computer)
    match(computer, phone)
    computer.reload()

    expect(computer.locator("#view-password")).to_be_visible()
    expect(computer.locator("#send-password-field")).to_be_visible()
    agree_to_send(computer)
    phone.tap("#accept")
    expect_arrived(computer, phone)


def test_back_from_there_shows_the_page_before_as_the_server_has_it(
    person, computer: Page
):
    reach_keeping(computer, person)
    choose_the_phone(computer)
    link_on(computer)

    computer.go_back()

    wait_for_done(computer)
    expect(computer.locator("a[data-needs-key]")).to_be_visible()


def test_a_press_before_the_page_is_whole_is_not_taken_back(person, computer: Page):
    """Its scripts are still on their way when a person goes on from the last page."""
    scripts: list[Route] = []
    pages: list[Route] = []
    computer.route("**/dist/done_page*.js*", lambda route: scripts.append(route))
    computer.route("**/me/history", lambda route: pages.append(route))
    reach_keeping(computer, person)
    choose_password(computer)
    wait_for_done(computer)
    wait_until(computer, lambda: bool(scripts))

    computer.locator("footer a[href='/me/history']").click(no_wait_after=True)
    wait_until(computer, lambda: bool(pages))
    scripts[0].abort()
    computer.wait_for_timeout(300)  # a page that leads back does it now
    pages[0].continue_()

    computer.wait_for_url("**/me/history")
    expect(computer.locator("h1")).to_have_text(korean("My history"))
