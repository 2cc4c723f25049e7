"""A phone is paired, sees what waits without a sign-in, and is removed."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page_steps import PASSWORD, sign_in
from tests.e2e.test_asking import approve, expect_end

KEY_OF_THE_DEVICE = """async () => {
  const db = await new Promise((resolve) => {
    const opening = indexedDB.open("certferry-device", 1);
    opening.onsuccess = () => resolve(opening.result);
  });
  const {key} = await new Promise((resolve) => {
    const reading = db.transaction("device").objectStore("device").get("self");
    reading.onsuccess = () => resolve(reading.result);
  });
  db.close();
  const refusal = await crypto.subtle.exportKey("pkcs8", key).catch(({name}) => name);
  return [key.extractable, key.type, refusal];
}"""


@pytest.fixture
def phone(devices, kept) -> Page:
    """A phone that keeps the certificate; nobody is signed in there."""
    page = devices.phone(storage_state=kept.state)
    page.context.clear_cookies()
    return page


def pair_by_certificate(phone: Page) -> None:
    """Pair by the certificate that is kept on the phone."""
    phone.goto("/device")
    phone.fill("#key-password", PASSWORD)
    phone.fill("#name", "주머니 속 휴대폰")
    phone.click("#pair-go")
    expect(phone.locator("#view-paired")).to_be_visible(timeout=20_000)


def ask_by_name(computer: Page) -> None:
    """Have the trial bank ask who is signed in there."""
    computer.goto("/demo/ask")
    computer.check("[name=mine]")
    computer.click("button[value=consent]")
    expect(computer.locator("#view-waiting")).to_be_visible()


def test_paired_phone_answers_without_a_sign_in_and_is_removed(devices, kept, phone):
    pair_by_certificate(phone)
    expect(phone.locator("#none-waits")).to_be_visible()
    extractable, type_, refusal = phone.evaluate(KEY_OF_THE_DEVICE)
    assert (extractable, type_, refusal) == (False, "private", "InvalidAccessError")
    computer = devices.computer(storage_state=kept.state)
    ask_by_name(computer)

    phone.locator("#requests a").click(timeout=20_000)

    expect(phone.locator("#view-request")).to_be_visible()
    approve(phone)
    expect_end(computer, "approved")
    phone.goto("/device")
    expect(phone.locator("#device-name")).to_have_text("주머니 속 휴대폰")
    computer.goto("/me/devices")
    computer.locator("[data-device] a").click()
    computer.locator("main button.danger").click()
    expect(computer.locator("main [role=status]")).to_be_visible()
    phone.reload()
    expect(phone.locator("#was-removed")).to_be_visible(timeout=20_000)


def test_code_on_the_computer_pairs_the_phone_after_a_look_at_both(
    devices, centre, person
):
    computer, phone = devices.computer(), devices.phone()
    sign_in(computer, person)
    computer.goto("/me/devices")
    computer.click("form[action='/me/devices/invite'] button")
    if "/prove" in computer.url:
        computer.fill("#password", person.password)
        computer.click("main form .primary")
        computer.click("form[action='/me/devices/invite'] button")
    expect(computer.locator("#view-code")).to_be_visible()
    address = computer.locator("#invitation").get_attribute("data-address")
    assert address
    phone.goto(address)
    expect(phone.locator("#view-name")).to_be_visible()
    assert urlsplit(phone.url).fragment == ""
    phone.click("#pair-go")
    number = phone.locator("#number")
    expect(computer.locator("#view-device")).to_be_visible(timeout=10_000)
    assert number.inner_text() == computer.locator("#shown-number").inner_text()

    computer.click("button[value=yes]")

    expect(computer.locator("main [role=status]")).to_be_visible()
    expect(phone.locator("#ended.safe")).to_be_visible(timeout=10_000)
    phone.click("#ended a")
    expect(phone.locator("#view-paired")).to_be_visible()


def test_device_ends_its_pairing_after_a_question(phone):
    pair_by_certificate(phone)
    phone.click("#leave-open")
    phone.click("#leave button[value=keep]")
    expect(phone.locator("#leave")).to_be_hidden()
    phone.click("#leave-open")

    phone.click("#leave-go")

    expect(phone.locator("#view-unpaired")).to_be_visible(timeout=20_000)
