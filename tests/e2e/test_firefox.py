"""The main path in Firefox, both ways: Debian's, with a window, and no pref of ours."""

import os

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.devices import COMPUTER, FIREFOX_LAUNCH, Devices
from tests.e2e.files import check_chain, open_p12
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    PASSWORD,
    agree_to_send,
    code_on,
    expect_arrived,
    expect_kept,
    get_certificate,
    link_on,
    open_link,
    open_link_to_send,
    show_code,
    show_to_receive,
    sign_in,
    type_code,
    wait_until,
)

# Debian's Firefox cannot pretend to be a phone: a small window is as near as it gets.
SMALL = COMPUTER | {"viewport": {"width": 390, "height": 844}}


@pytest.fixture
def foxes(firefox: Browser, centre):
    """Opens browsers of their own in Firefox, and hears their complaints."""
    opened = Devices(firefox, centre.url)
    yield opened
    opened.close()


def send(sender: Page, receiver: Page) -> None:
    """Go on from the check code until it is there."""
    type_code(sender, code_on(receiver))
    agree_to_send(sender)
    expect(receiver.locator("#offer .certificate")).to_contain_text("김하나")
    receiver.click("#accept")
    expect_arrived(sender, receiver)


def account_of(page: Page) -> str:
    """Return the name of a certificate's file, which is that of its password too."""
    return page.input_value("#export-password-account")


def test_firefox_gets_a_certificate_sends_it_and_receives_it_back(
    foxes, centre, firefox_downloads, tmp_path
):
    computer, phone = foxes.computer(), foxes.computer(**SMALL)
    computer.goto("/sign-in")
    expect(computer.locator("#login_id")).to_have_attribute("aria-required", "true")
    expect(computer.locator("input:invalid")).to_have_count(0)  # it is read out
    sign_in(computer, centre.register())
    certificate = get_certificate(computer)

    open_link(phone, show_code(computer, certificate))
    send(computer, phone)
    expect_kept(phone, 1)

    other = foxes.computer()
    open_link_to_send(phone, show_to_receive(other))
    send(phone, other)
    expect_kept(other, 1)
    other.locator("#wallet button").nth(0).click()
    other.fill("#export-password", PASSWORD)
    other.click("#export-go")
    file = firefox_downloads / f"{account_of(other)}.p12"
    wait_until(other, lambda: file.exists() and file.stat().st_size > 0)
    check_chain(centre.url, open_p12(file), tmp_path)


def test_a_browser_that_hands_out_noise_is_named_and_not_the_photo(
    playwright, screen, devices, kept, centre, tmp_path
):
    """Firefox's own protection against recognition, which changes what a page reads."""
    sender = devices.computer(storage_state=kept.state)
    show_code(sender, kept.certificate)
    photo = {"name": "a.png", "mimeType": "image/png", "buffer": sender.screenshot()}
    wary = playwright.firefox.launch(
        env={**os.environ, "DISPLAY": screen, "HOME": str(tmp_path)},
        firefox_user_prefs={"privacy.resistFingerprinting": True},
        **FIREFOX_LAUNCH,
    )
    try:
        page = wary.new_context(base_url=centre.url, **COMPUTER).new_page()
        page.goto("/p")
        expect(page.locator("#choose-photo")).to_be_enabled()
        page.set_input_files("#photo", photo)

        cause = (
            "This browser gives pages changed pictures, so no code can be read in them."
        )
        refused = page.locator("#scan-refused")
        expect(refused).to_contain_text(korean(cause), timeout=20_000)
        page.click("#type-number")
        expect(page.locator("#number")).to_be_focused()
    finally:
        wary.close()


def test_firefox_and_chromium_understand_each_other(foxes, devices, centre):
    fox, chromium = foxes.computer(), devices.phone()
    sign_in(fox, centre.register())
    certificate = get_certificate(fox)

    open_link(chromium, show_code(fox, certificate))
    send(fox, chromium)

    other = foxes.computer()
    other.goto("/move#receive")
    open_link_to_send(chromium, link_on(other))
    send(chromium, other)
    expect_kept(other, 1)
