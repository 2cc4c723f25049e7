"""A browser that keeps nothing: the right cause is said before anybody is asked."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.devices import kept_browser
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    expect_refused,
    get_certificate,
    number_on,
    offer,
    open_link,
    reach_keeping,
    show_code,
    show_to_receive,
    sign_in,
    wait_until,
)

CANNOT_LOOK = "This browser does not let the page look whether it is kept here."
DENIED = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(window, name, {
    get() { throw new DOMException("denied", "SecurityError"); },
  });
if (navigator.locks)  // not before the page is of a secure origin
  navigator.locks.request = () => {
    throw new DOMException("denied", "SecurityError");
  };
"""
# Takes the record that is written to try it, and nothing that is worth keeping.
FULL = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value) {
  if (value.certificate) throw new DOMException("full", "QuotaExceededError");
  return put.call(this, value);
};
"""


@pytest.fixture
def denied(devices) -> Page:
    """A PC whose browser denies site data to every page."""
    page = devices.computer()
    page.add_init_script(DENIED)
    return page


def bridge_requests(page: Page) -> list[str]:
    """Note what the page asks the relay."""
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if "/bridge/" in it.url else 0)
    return asked


def test_the_page_that_shows_a_code_can_be_used_and_says_what_is_in_the_way(denied):
    asked = bridge_requests(denied)
    denied.goto("/move")
    expect(denied.locator("#view-choose")).to_be_visible()
    denied.click("a[href='#receive']")
    expect_refused(denied, "storage_unavailable")
    denied.goto("/move#send")

    expect_refused(denied, "storage_unavailable")
    assert asked == []


@pytest.mark.parametrize("sends", [False, True])
def test_a_number_is_not_joined_where_nothing_could_be_kept_or_sent(
    kept, sender: Page, denied: Page, sends
):
    asked = bridge_requests(denied)
    if sends:
        show_to_receive(sender)
    else:
        show_code(sender, kept.certificate)
    number = number_on(sender)
    denied.goto("/p")
    expect(denied.locator("#view-scan")).to_be_visible()
    denied.click("#type-number")
    denied.keyboard.type(number)
    denied.click("#number-go")

    expect_refused(denied, "storage_unavailable")
    assert asked == []
    expect(sender.locator("#view-number")).to_be_visible()


def test_a_link_is_not_joined_where_nothing_could_be_kept(
    kept, sender: Page, devices, denied: Page
):
    asked = bridge_requests(denied)
    link = show_code(sender, kept.certificate)
    open_link(denied, link)
    expect_refused(denied, "storage_unavailable")
    assert asked == []

    phone = devices.phone()  # the code is still good for a device that can keep it
    open_link(phone, link)
    expect(phone.locator("#view-code")).to_be_visible()


def test_what_could_not_be_stored_is_said_on_both_sides(
    kept, sender: Page, phone: Page
):
    phone.add_init_script(FULL)
    offer(sender, phone, kept.certificate, move=True)
    phone.tap("#accept")

    expect_refused(phone, "not_kept")
    expect_refused(sender, "not_stored_there")
    sender.goto("/wallet")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)


def test_issuing_says_it_before_a_password_is_typed(person, denied: Page, centre):
    reach_keeping(denied, person)

    expect_refused(denied, "storage_unavailable")
    assert centre.certificates_of(person) == 0


def test_no_page_says_that_it_is_not_here_where_nobody_could_look(
    devices, centre, person
):
    page = devices.computer()
    sign_in(page, person)
    certificate = get_certificate(page)
    done = page.url
    page.add_init_script(DENIED)
    words = korean(CANNOT_LOOK)

    page.goto("/")
    expect(page.locator("[data-kept]")).to_have_text(words)
    page.goto(f"/certificates/{certificate}")
    expect(page.locator("[data-kept]")).to_have_text(words)
    page.goto(f"/certificates/{certificate}/places")
    expect(page.locator("#here")).to_have_text(words)
    page.goto(done)
    expect(page.locator("[data-kept]")).to_have_text(words)
    page.goto("/revoke")
    expect(page.locator("#cannot-look")).to_contain_text(words)
    expect(page.locator("#none-held")).to_be_hidden()
    page.goto("/wallet")
    expect_refused(page, "storage_unavailable")
    expect(page.locator("#empty")).to_be_hidden()


def test_a_browser_that_blocks_all_site_data_says_so_where_one_signs_in(
    playwright, centre, tmp_path, person
):
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked))
    with kept_browser(playwright, tmp_path, base_url=centre.url) as browser:
        page = browser.new_page()
        page.goto("/sign-in")
        expect(page.locator("#no-cookies")).to_be_visible()
        # The first time it could be a form that had been open for long.
        for _ in range(2):
            page.fill("#login_id", person.login_id)
            page.fill("#password", person.password)
            page.click("main form[action='/sign-in'] button.primary")
        expect(page.locator("main")).to_contain_text(
            korean(
                "Reload the page and do the last step again. If it happens again, "
                "allow cookies for this address in the settings of the browser."
            )
        )
        page.goto("/move")
        expect(page.locator("#view-choose")).to_be_visible()
        page.click("a[href='#receive']")
        expect_refused(page, "storage_unavailable")
        page.goto("/p")
        expect(page.locator("#view-scan")).to_be_visible()
        page.goto("/wallet")
        expect_refused(page, "storage_unavailable")


def test_a_browser_with_cookies_hears_nothing_of_them(computer: Page):
    computer.goto("/sign-in")
    wait_until(computer, lambda: computer.evaluate("document.readyState") == "complete")

    expect(computer.locator("#no-cookies")).to_be_hidden()
