"""The code on the screen: good for two devices, once, for a short time."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import keep_one
from tests.e2e.devices import Devices
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    expect_ended,
    expect_kept,
    expect_refused,
    link_on,
    open_link,
    show_code,
    type_code,
)

RENEWED = "The one before had expired. This is a fresh one."
# A page that nobody looks at, and one that comes to the front.
HIDDEN = """Object.defineProperty(document, "visibilityState",
  { configurable: true, get: () => globalThis.isSeen ? "visible" : "hidden" })"""
SEEN = """globalThis.isSeen = true;
document.dispatchEvent(new Event("visibilitychange"))"""
IN_APP = "Mozilla/5.0 (Linux; Android 14) Chrome/150.0 Mobile KAKAOTALK 11.0.0"


def test_of_two_phones_that_race_neither_gets_anything_and_all_are_told(
    kept, devices, sender: Page
):
    phones = [devices.phone(), devices.phone()]
    link = show_code(sender, kept.certificate)
    for phone in phones:
        phone.goto(link, wait_until="commit")

    expect_refused(sender, "crowded")
    for phone in phones:
        expect(phone.locator(".support code")).to_be_visible(timeout=15_000)
    codes = sorted(phone.inner_text(".support code") for phone in phones)
    assert codes == ["crowded", "not_available"]
    for phone in phones:
        expect_kept(phone, 0)


def test_a_third_device_that_comes_while_the_code_is_typed_ends_it_for_all(
    kept, devices, sender: Page, phone: Page
):
    thief = devices.phone()
    link = show_code(sender, kept.certificate)
    open_link(phone, link)
    code_on(phone)
    open_link(thief, link)

    expect_refused(thief, "not_available")
    expect_refused(sender, "crowded")
    expect_refused(phone, "crowded")


def test_a_used_link_says_so(kept, devices, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    open_link(phone, link)
    type_code(sender, code_on(phone))
    agree_to_send(sender)
    phone.tap("#accept")
    expect_arrived(sender, phone)

    late = devices.phone()
    open_link(late, link)

    expect_refused(late, "not_available")
    expect(sender.locator("#view-result.safe")).to_be_visible()


def test_a_fresh_code_replaces_the_one_before(kept, sender: Page, phone: Page):
    old = show_code(sender, kept.certificate)
    picture = sender.locator("#qr").inner_html()
    sender.click("#view-showing [data-fresh]")
    expect(sender.locator("#qr")).not_to_have_js_property("innerHTML", picture)
    new_link = link_on(sender)

    open_link(phone, old)
    expect_refused(phone, "not_available")
    open_link(phone, new_link)
    type_code(sender, code_on(phone))
    expect(sender.locator("#view-password")).to_be_visible()


def test_a_link_that_another_page_opened_only_asks_to_scan(
    kept, sender: Page, phone: Page
):
    link = show_code(sender, kept.certificate)
    mail = f"<a href='{link}' rel=noreferrer>Free gift</a>"
    phone.route("http://mail.test/", lambda route: fulfil(route, mail))
    phone.goto("http://mail.test/")
    phone.click("a")

    expect(phone.locator("#view-scan")).to_be_visible()
    expect(phone.locator("#scan-note")).to_have_text(
        korean(
            "This link came from another page or a message, not from your camera. "
            "Scan the code on the screen of your own other device instead."
        )
    )
    expect(phone.locator("#view-scan")).to_be_visible()
    expect(sender.locator("#view-showing")).to_be_visible()
    assert "#" not in phone.url


def test_the_secret_is_at_once_gone_from_address_bar_and_history(
    kept, sender: Page, phone: Page
):
    link = show_code(sender, kept.certificate)
    secret = urlsplit(link).fragment
    phone.goto("/trust")
    phone.goto(link)
    code = code_on(phone)

    assert phone.url.endswith("/p")
    assert secret not in phone.content()
    history = phone.context.new_cdp_session(phone).send("Page.getNavigationHistory")
    assert len(history["entries"]) >= 2
    assert secret not in str([entry["url"] for entry in history["entries"]])
    phone.go_back()
    phone.go_forward()
    assert code_on(phone) == code  # it went on, and did not join again


def test_a_code_that_has_run_out_is_said_on_both_and_a_fresh_one_works(
    browser, hasty_centre
):
    kept, devices = keep_one(browser, hasty_centre), Devices(browser, hasty_centre.url)
    sender, phone = devices.computer(storage_state=kept.state), devices.phone()
    old = show_code(sender, kept.certificate)
    renewed = sender.locator("[data-renewed]:visible")
    expect(renewed).to_have_text(korean(RENEWED), timeout=10_000)
    expect(sender.locator("#view-showing")).to_be_visible()
    assert link_on(sender) != old
    expect_ended(sender, "expired")  # nobody scans: after the third it asks
    open_link(phone, old)
    expect_refused(phone, "not_available")

    sender.click("#view-result button.primary")
    open_link(phone, link_on(sender))
    code_on(phone)
    expect_ended(phone, "expired")
    expect_ended(sender, "expired")
    expect_kept(sender, 1)
    devices.close()


def test_a_code_behind_another_page_is_not_renewed(browser, hasty_centre):
    kept, devices = keep_one(browser, hasty_centre), Devices(browser, hasty_centre.url)
    sender = devices.computer(storage_state=kept.state)
    sender.add_init_script(HIDDEN)
    show_code(sender, kept.certificate)

    expect_ended(sender, "expired")
    devices.close()


def test_a_window_inside_an_app_asks_before_it_uses_up_the_code(
    kept, devices, sender: Page
):
    phone = devices.phone(user_agent=IN_APP)
    phone.goto(show_code(sender, kept.certificate))
    expect(phone.locator("#view-ready")).to_be_visible()
    expect(sender.locator("#view-showing")).to_be_visible()

    phone.tap("#join")

    assert len(code_on(phone)) == 6


def test_a_page_that_nobody_sees_yet_joins_only_when_it_is_seen(
    kept, sender: Page, phone: Page
):
    phone.add_init_script(HIDDEN)
    link = show_code(sender, kept.certificate)
    with phone.expect_response("**/phone_pairing.js*"):
        phone.goto(link)
    expect(sender.locator("#view-showing")).to_be_visible()

    phone.evaluate(SEEN)

    assert len(code_on(phone)) == 6


@pytest.mark.parametrize("end", ["", "...", "%20"])
def test_a_link_that_was_cut_off_is_said(kept, sender: Page, phone: Page, end):
    link = show_code(sender, kept.certificate)
    phone.goto(link[:-20] + end)

    refused = phone.locator("#scan-refused")
    expect(refused).to_contain_text(
        korean("The link of this code was cut off: its end is missing.")
    )
    assert phone.url.endswith("/p")
    expect(sender.locator("#view-showing")).to_be_visible()


def test_where_a_link_may_have_lost_its_code_the_page_says_so(phone: Page):
    phone.goto("/p")
    expect(phone.locator("#scan-lost")).to_be_visible()
    phone.goto("/wallet")
    phone.evaluate("location.href = '/p'")

    expect(phone.locator("#view-scan")).to_be_visible()
    expect(phone.locator("#scan-lost")).to_be_hidden()


def fulfil(route: Route, body: str) -> None:
    """Answer for a site of somebody else."""
    route.fulfill(body=body, content_type="text/html; charset=utf-8")
