"""The code on the screen: good for two devices, once, for a short time."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import keep_one
from tests.e2e.devices import Devices
from tests.e2e.walks import (
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
from tests.e2e.words import korean


def test_of_two_phones_that_race_neither_gets_anything_and_all_are_told(
    kept, devices, sender: Page
):
    phones = [devices.phone(), devices.phone()]
    link = show_code(sender, kept.certificate)
    for each in phones:
        each.goto(link)
        expect(each.locator("#join")).to_be_visible()
    for each in phones:
        each.evaluate("document.getElementById('join').click()")

    expect_refused(sender, "crowded")
    for each in phones:
        expect(each.locator(".support code")).to_be_visible(timeout=15_000)
    said = sorted(each.inner_text(".support code") for each in phones)
    assert said == ["crowded", "not_available"]
    for each in phones:
        expect_kept(each, 0)


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
    fresh = link_on(sender)

    open_link(phone, old)
    expect_refused(phone, "not_available")
    open_link(phone, fresh)
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
    expect(phone.locator("#join")).to_be_hidden()
    expect(sender.locator("#view-showing")).to_be_visible()
    assert "#" not in phone.url


def test_the_secret_is_at_once_gone_from_address_bar_and_history(
    kept, sender: Page, phone: Page
):
    link = show_code(sender, kept.certificate)
    secret = urlsplit(link).fragment
    phone.goto("/trust")
    phone.goto(link)
    expect(phone.locator("#join")).to_be_visible()

    assert phone.url.endswith("/p")
    assert secret not in phone.content()
    history = phone.context.new_cdp_session(phone).send("Page.getNavigationHistory")
    assert len(history["entries"]) >= 2
    assert secret not in str([each["url"] for each in history["entries"]])
    phone.go_back()
    phone.go_forward()
    expect(phone.locator("#view-scan")).to_be_visible()


def test_a_code_that_has_run_out_is_said_on_both_and_a_fresh_one_works(
    browser, hasty_centre
):
    kept, devices = keep_one(browser, hasty_centre), Devices(browser, hasty_centre.url)
    sender, phone = devices.computer(storage_state=kept.state), devices.phone()
    old = show_code(sender, kept.certificate)
    expect_ended(sender, "expired")
    open_link(phone, old)
    expect_refused(phone, "not_available")

    sender.click("#view-result button.primary")
    open_link(phone, link_on(sender))
    code_on(phone)
    expect_ended(phone, "expired")
    expect_ended(sender, "expired")
    expect_kept(sender, 1)
    devices.close()


def fulfil(route: Route, body: str) -> None:
    """Answer for a site of somebody else."""
    route.fulfill(body=body, content_type="text/html; charset=utf-8")
