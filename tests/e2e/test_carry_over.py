"""After a re-issue each place that holds the old one gets the new one."""

from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    choose_password,
    expect_arrived,
    get_certificate,
    kept_in,
    link_on,
    offer,
    sign_in,
    wait_for_done,
)

NEW_PASSWORD = "Another-Horse-8"

REPORT = """
async ([id, place, how]) => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const body = JSON.stringify({place, how});
  const request = {method: "POST", headers, body};
  return (await fetch(`/certificates/${id}/kept`, request)).status;
}
"""


def reissue(page: Page, certificate: str) -> str:
    """Have a certificate re-issued in this browser, and return the new one's id."""
    page.goto(f"/certificates/{certificate}/reissue")
    page.click("main form[action$='/reissue'] button.primary")
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    choose_password(page, NEW_PASSWORD)
    return wait_for_done(page)


def test_a_reissued_certificate_is_brought_to_where_the_old_one_is(
    person, computer: Page
):
    sign_in(computer, person)
    old = get_certificate(computer)
    for place, event in (("phone", "sent"), ("file", "saved")):
        assert computer.evaluate(REPORT, [old, place, event]) == 204
    new = reissue(computer, old)

    rows = computer.locator("#carry-over li")
    places = rows.evaluate_all("rows => rows.map(row => row.dataset.oldPlace)")
    assert places == ["browser", "phone", "file"]
    expect(rows.nth(0).locator("a, button")).to_have_count(0)
    expect(computer.locator("#carry-elsewhere")).to_be_hidden()
    rows.nth(2).locator("button").click()
    expect(computer.locator("dialog[open]")).to_be_visible()
    computer.keyboard.press("Escape")
    rows.nth(1).locator("a").click()
    computer.wait_for_url("**/move?*")
    assert new != old
    assert "keep=copy" in computer.url
    assert "/p#" in link_on(computer)


def test_where_the_new_one_is_not_nothing_is_offered_that_could_not_work(
    person, computer: Page, devices
):
    sign_in(computer, person)
    old = get_certificate(computer)
    assert computer.evaluate(REPORT, [old, "phone", "sent"]) == 204
    reissue(computer, old)
    other = devices.computer()
    sign_in(other, person)

    other.goto(computer.url)

    expect(other.locator("#carry-elsewhere")).to_be_visible()
    expect(other.locator("#carry-over li a:visible")).to_have_count(0)
    expect(other.locator("#carry-over li button:visible")).to_have_count(0)


def test_in_this_browser_the_wallet_offers_to_delete_the_old_one(
    person, computer: Page
):
    sign_in(computer, person)
    old = get_certificate(computer)
    [before] = kept_in(computer)
    computer.goto("/wallet")
    expect(computer.locator(".certificate .badge")).to_have_attribute(
        "data-state", "usable"
    )
    expect(computer.locator(".successor:visible")).to_have_count(0)
    reissue(computer, old)
    computer.goto("/wallet")

    note = computer.locator(".successor:visible")
    expect(note).to_have_count(1)
    note.locator("button").click()
    expect(computer.locator("#remove")).to_be_visible()
    computer.click("#remove-go")
    expect(computer.locator("#wallet .certificate")).to_have_count(1)

    [kept] = kept_in(computer)
    assert kept["certificate"] != before["certificate"]
    expect(note).to_have_count(0)


def test_the_phone_that_receives_the_new_one_offers_to_delete_the_old_one(
    person, computer: Page, phone: Page
):
    sign_in(computer, person)
    old = get_certificate(computer)
    offer(computer, phone, old)
    phone.click("#accept")
    expect_arrived(computer, phone)
    delete = phone.locator("#view-result a[href^='/wallet#replaced=']")
    expect(delete).to_have_count(0)
    [before] = kept_in(phone)
    new = reissue(computer, old)
    offer(computer, phone, new, password=NEW_PASSWORD)
    phone.click("#accept")
    expect_arrived(computer, phone)

    expect(delete).to_have_text(korean("Delete the old one"))
    delete.click()
    expect(phone.locator("#remove")).to_be_visible()
    assert len(kept_in(phone)) == 2
    phone.click("#remove-go")
    expect(phone.locator("#wallet .certificate")).to_have_count(1)

    [kept] = kept_in(phone)
    assert kept["certificate"] != before["certificate"]
    assert phone.url.endswith("/wallet")
