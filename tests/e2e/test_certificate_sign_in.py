"""Somebody signs in to the centre with a certificate: by phone, or in one browser."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_asking import approve, scan

SIGNED_IN = "form[action='/sign-out']"


def begin(page, path="/me/history"):
    """Press the button of the sign-in page, on the way to a page of one's own."""
    page.goto(path)
    page.click("#certificate-go")
    expect(page.locator("#view-waiting")).to_be_visible()
    return page.locator("#waiting").get_attribute("data-address")


def test_phone_signs_the_computer_in(computer, devices, kept):
    phone = devices.phone(storage_state=kept.state)
    scan(phone, begin(computer))

    approve(phone)

    computer.wait_for_url("**/me/history", timeout=20_000)
    expect(computer.locator(SIGNED_IN).first).to_be_attached()
    expect(computer.locator("main")).to_contain_text("인증서로 로그인했어요")


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_certificate_in_this_browser_signs_in(devices, kept, locale):
    page = devices.computer(storage_state=kept.state, locale=locale)
    page.context.clear_cookies()
    begin(page)
    page.click("[data-here]:visible")
    expect(page.locator("#approve")).to_be_enabled()

    approve(page)

    page.wait_for_url("**/me/history", timeout=20_000)
    expect(page.locator(SIGNED_IN).first).to_be_attached()


def test_back_after_the_sign_in_leads_on(devices, kept):
    page = devices.computer(storage_state=kept.state)
    page.context.clear_cookies()
    begin(page)
    page.click("[data-here]:visible")
    approve(page)
    page.wait_for_url("**/me/history", timeout=20_000)
    page.wait_for_load_state()

    page.go_back()

    expect(page.locator(SIGNED_IN).first).to_be_attached(timeout=20_000)


def test_declined_sign_in_leads_back_to_the_form(computer, devices, kept):
    phone = devices.phone(storage_state=kept.state)
    scan(phone, begin(computer))
    phone.click("#decline")

    expect(computer.locator("#ended.calm")).to_be_visible(timeout=20_000)
    computer.click("#ended a")

    expect(computer.locator("#login_id")).to_be_visible()
    assert "next=/me/history" in computer.url


def test_sign_in_page_says_the_same_at_every_width(devices):
    for width in (360, 390, 1280):
        page = devices.computer(viewport={"width": width, "height": 800})
        page.goto("/sign-in")
        expect(page.locator("#certificate-go")).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
