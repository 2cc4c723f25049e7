"""Whoever tries a demo needs no terminal: one button, a phone, a card, and a clock."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.devices import Devices
from tests.e2e.page_steps import get_certificate
from tests.e2e.server_processes import centre_running, command_running, free_port
from tests.e2e.test_phone_check import call, key, reach_check, register_phone


@pytest.fixture(scope="module")
def checking(tmp_path_factory):
    """A demo that checks phone and card."""
    folder = tmp_path_factory.mktemp("demo")
    checks = {"require_phone_check": True, "require_security_card": True}
    with centre_running(folder, **checks) as running:
        yield running


def enter(page: Page, url: str) -> None:
    """Sign in as a newcomer does: with the one button that the page shows."""
    page.goto(f"{url}/sign-in")
    page.click(".demo-person button")
    expect(page.locator(".bar form[action='/sign-out']")).to_be_visible()


def test_a_newcomer_passes_every_check_without_the_terminal(
    browser: Browser, checking
) -> None:
    devices = Devices(browser, checking.url)
    page = devices.computer()
    enter(page, checking.url)
    page.goto("/")
    page.click("form[action='/applications'] button")
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    born = re.search(r"\d{8}", page.locator("main .notice").inner_text())
    assert born
    page.fill("#birth_date", born[0])
    page.click("main button.primary")
    page.check("input[value=demo-20-days]")
    page.click("main button.primary")

    digits = call(page)
    with page.expect_popup() as opened:
        page.click("#trial-phone")
    phone = opened.value
    phone.click("button[value=answer]")
    expect(phone.locator(".phone-voice")).to_contain_text("숫자 두 자리")
    key(phone, digits)
    page.wait_for_url("**/security-card", timeout=10_000)

    with page.expect_popup() as shown:
        page.click("main a[href='/demo/card']")
    codes = shown.value.locator(".printed-card-code").all_inner_texts()
    for part, half in (("first", slice(0, 2)), ("second", slice(2, 4))):
        index = page.locator(f"label[for={part}] .card-index").inner_text()
        number = int(re.sub(r"\D", "", index))
        page.fill(f"#{part}", codes[number - 1][half])
    page.click("main button.primary")

    page.wait_for_url("**/keep")
    devices.close()


def test_the_trial_phone_rings_by_itself(browser: Browser, checking) -> None:
    devices = Devices(browser, checking.url)
    page, phone = devices.computer(), devices.phone(locale="en-US")
    person = checking.register()
    with checking.database() as session:
        register_phone(session, person.login_id)
    reach_check(page, person)
    phone.goto("/demo/phone")
    expect(phone.locator("h1")).to_have_text("No call is coming in")

    call(page)

    expect(phone.locator("h1")).to_have_text("The phone is ringing", timeout=10_000)
    phone.click("button[value=answer]")
    expect(phone.locator(".phone-voice")).to_have_text(re.compile("^Please key in"))
    devices.close()


def test_a_renewal_and_a_last_day_are_tried_with_the_clock(
    browser: Browser, tmp_path
) -> None:
    port = free_port()
    with command_running(tmp_path, port) as centre:
        devices = Devices(browser, centre.url)
        page = devices.computer()
        enter(page, centre.url)
        certificate = get_certificate(page, type_id="demo-20-days")
        page.goto(f"/certificates/{certificate}")
        renew = page.locator(f"main a[href$='/certificates/{certificate}/renew']")
        expect(renew).to_be_visible()

        press(page, "30일 뒤로")
        page.goto(f"/certificates/{certificate}")
        expect(renew).to_have_count(0)
        expect(page.locator("main")).to_contain_text("끝")
        expect(page.locator("#clock-notice")).to_have_count(0)
        press(page, "오늘로 돌아가기")
        page.goto(f"/certificates/{certificate}")

        expect(renew).to_be_visible()
        devices.close()


def press(page: Page, label: str) -> None:
    """Press a button of the banner, which is folded."""
    page.click(".demo-note summary")
    page.get_by_role("button", name=label).click()
    # It leads back to the page, where the banner is folded again.
    expect(page.locator(".demo-note details")).not_to_have_attribute("open", "")
