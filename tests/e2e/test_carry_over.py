"""After a re-issue each place that holds the old one gets the new one."""

from playwright.sync_api import Page, expect

from tests.e2e.page_steps import (
    choose_password,
    get_certificate,
    link_on,
    sign_in,
    wait_for_done,
)

REPORT = """
async ([id, place, how]) => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const body = JSON.stringify({place, how});
  const request = {method: "POST", headers, body};
  return (await fetch(`/certificates/${id}/kept`, request)).status;
}
"""


def test_a_reissued_certificate_is_brought_to_where_the_old_one_is(
    person, computer: Page
):
    sign_in(computer, person)
    old = get_certificate(computer)
    for place, how in (("phone", "sent"), ("file", "saved")):
        assert computer.evaluate(REPORT, [old, place, how]) == 204
    computer.goto(f"/certificates/{old}/reissue")
    computer.click("main form[action$='/reissue'] button.primary")
    computer.check("input[name=accepted]")
    computer.check("input[name=privacy]")
    computer.click("main button.primary")
    computer.fill("#birth_date", "19900131")
    computer.click("main button.primary")
    choose_password(computer, "Another-Horse-8")
    new = wait_for_done(computer)

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
    computer.goto(f"/certificates/{old}/reissue")
    computer.click("main form[action$='/reissue'] button.primary")
    computer.check("input[name=accepted]")
    computer.check("input[name=privacy]")
    computer.click("main button.primary")
    computer.fill("#birth_date", "19900131")
    computer.click("main button.primary")
    choose_password(computer, "Another-Horse-8")
    wait_for_done(computer)
    other = devices.computer()
    sign_in(other, person)

    other.goto(computer.url)

    expect(other.locator("#carry-elsewhere")).to_be_visible()
    expect(other.locator("#carry-over li a:visible")).to_have_count(0)
    expect(other.locator("#carry-over li button:visible")).to_have_count(0)
