"""A type whose key is made on a phone and cannot be copied from there."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page_steps import (
    begin,
    code_on,
    expect_refused,
    kept_in,
    link_on,
    open_link,
    sign_in,
    type_code,
    wait_for_done,
    wait_until,
)

TYPE = "demo-phone-only"
# What lies in the browser, without the key, which no page can read.
READ = """async (table) => {
  const opened = indexedDB.open("certferry");
  const done = (request) =>
    new Promise((ready) => (request.onsuccess = () => ready(request.result)));
  const db = await done(opened);
  const rows = await done(db.transaction(table).objectStore(table).getAll());
  db.close();
  const refused = async (key, form) =>
    crypto.subtle.exportKey(form, key).then(() => "", (error) => error.name);
  return Promise.all(rows.map(async ({ key, encryptedKey, id, cameFrom }) => ({
    id, cameFrom, encrypted: encryptedKey !== undefined,
    key: key && { type: key.type, extractable: key.extractable,
      algorithm: key.algorithm.namedCurve, pkcs8: await refused(key, "pkcs8"),
      jwk: await refused(key, "jwk") },
  })));
}"""


@pytest.fixture(params=["ko-KR", "en-GB"])
def language(request):
    return request.param


def rows_in(page: Page, table: str = "holdings") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = page.evaluate(READ, table)
    return rows


def reach_step(page: Page, person) -> None:
    """Walk to the step that says where it is kept."""
    sign_in(page, person)
    begin(page)
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    page.check(f"input[value={TYPE}]")
    page.click("main button.primary")
    expect(page.locator("#make")).to_be_enabled()


def visible_places(page: Page) -> list[str]:
    choices = page.locator("label.choice:visible input[name=place]")
    return [str(choice.get_attribute("value")) for choice in choices.all()]


def expect_bound(page: Page) -> str:
    """One certificate is here, with a key that no page can take out."""
    (row,) = rows_in(page)
    assert row["cameFrom"] == "made-here"
    assert not row["encrypted"]
    assert row["key"] == {
        "type": "private",
        "extractable": False,
        "algorithm": "P-256",
        "pkcs8": "InvalidAccessError",
        "jwk": "InvalidAccessError",
    }
    return str(row["id"])


def get_on_phone(phone: Page, person) -> str:
    reach_step(phone, person)
    phone.click("#make")
    return wait_for_done(phone)


def test_the_pc_orders_and_the_phone_makes_a_key_that_stays_there(
    person, devices, language
):
    computer, phone = devices.computer(locale=language), devices.phone(locale=language)
    reach_step(computer, person)
    assert visible_places(computer) == ["phone-made"]
    expect(computer.locator("#phone-only")).to_be_visible()
    expect(computer.locator("#certificate-password")).to_be_hidden()
    computer.click("#make")
    computer.wait_for_url("**/on-phone")
    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)
    expect(phone.locator("#making-password")).to_be_hidden()

    phone.tap("#view-making button.primary")

    expect(phone.locator("#view-result.safe h1")).to_be_visible(timeout=20_000)
    wait_for_done(computer)
    expect_bound(phone)
    wait_until(phone, lambda: rows_in(phone, "pending") == [])
    assert kept_in(computer) == []
    expect(computer.locator("#save-file")).to_be_hidden()
    expect(computer.locator("main [data-needs-key]:visible")).to_have_count(0)


def test_a_phone_that_is_reloaded_before_the_key_is_made_goes_on(
    person, computer: Page, phone: Page
):
    reach_step(computer, person)
    computer.click("#make")
    computer.wait_for_url("**/on-phone")
    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)

    phone.reload()

    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)
    expect(phone.locator("#making-password")).to_be_hidden()
    phone.tap("#view-making button.primary")
    wait_for_done(computer)
    expect_bound(phone)


def test_what_was_issued_and_not_delivered_is_fetched_with_the_key_that_waits(
    person, computer: Page, phone: Page
):
    reach_step(computer, person)
    computer.click("#make")
    computer.wait_for_url("**/on-phone")
    computer.route(
        "**/certificates", lambda route: (route.fetch(), route.abort()), times=1
    )
    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))
    phone.locator("#view-making button.primary").tap()
    wait_until(phone, lambda: len(rows_in(phone, "pending")) == 1)
    expect_refused(computer, "offline")
    phone.goto("about:blank")
    computer.evaluate("sessionStorage.clear()")
    computer.goto(computer.url)

    open_link(phone, link_on(computer))
    type_code(computer, code_on(phone))

    wait_for_done(computer)
    expect_bound(phone)


def test_on_the_phone_itself_the_key_is_made_there_without_a_file(
    person, devices, language
):
    phone = devices.phone(locale=language)
    reported: list[str] = []
    phone.on(
        "request",
        lambda it: (
            reported.append(it.post_data or "")
            if urlsplit(it.url).path.endswith("/delivered")
            else None
        ),
    )
    reach_step(phone, person)
    assert visible_places(phone) == ["phone"]
    expect(phone.locator("#certificate-password")).to_be_hidden()
    phone.click("#make")

    wait_for_done(phone)

    expect_bound(phone)
    assert reported == ['{"place":"phone"}']
    assert rows_in(phone, "pending") == []
    expect(phone.locator("#save-file")).to_be_hidden()
    expect(phone.locator("main [data-needs-key]:visible")).to_have_count(0)


def test_the_wallet_shows_it_and_offers_no_way_out(person, devices, language):
    phone = devices.phone(locale=language)
    get_on_phone(phone, person)
    id_ = expect_bound(phone)

    phone.goto("/wallet")

    card = phone.locator("#wallet .certificate")
    expect(card).to_have_count(1)
    expect(card.locator(".bound")).to_be_visible()
    buttons = card.locator(".actions a:visible, .actions button:visible")
    expect(buttons).to_have_count(3)  # its name, signing, and deleting it
    phone.click("#backup-open")
    expect(phone.locator("#backup-bound")).to_be_visible()
    expect(phone.locator("#backup-what")).to_be_hidden()
    expect(phone.locator("#backup-form")).to_be_hidden()
    phone.click("#backup-only-bound button")
    expect(card).to_be_visible()
    for address in (f"/move#show-send={id_}", "/move#show-send"):
        phone.goto("about:blank")
        phone.goto(address)
        refused = phone.locator("#view-result[data-ending=phone_only]")
        expect(refused).to_be_visible(timeout=15_000)


def test_its_key_signs_a_renewal_and_the_new_one_keeps_to_the_rule(
    person, phone: Page, devices
):
    certificate = get_on_phone(phone, person)
    phone.goto(f"/certificates/{certificate}/renew")
    if phone.url.endswith("/renew"):
        phone.click("form[action$='/renew'] button.primary")
    while not phone.locator("#proof").is_visible():
        phone.check("input[name=accepted]")
        phone.check("input[name=privacy]")
        phone.click("main button.primary")
        phone.wait_for_load_state("networkidle")
    expect(phone.locator("#key-password")).to_be_hidden()
    expect(phone.locator("#proof-bound")).to_be_visible()

    phone.click("#proof-go")

    expect(phone.locator("#phone-only")).to_be_visible(timeout=15_000)
    assert visible_places(phone) == ["phone"]
    phone.click("#make")
    assert wait_for_done(phone) != certificate
    rows = rows_in(phone)
    assert [row["key"]["extractable"] for row in rows] == [False, False]


def test_its_key_revokes_it_without_a_password(person, phone: Page):
    get_on_phone(phone, person)
    phone.goto("/revoke")

    phone.check("#held input")
    expect(phone.locator("#key-password")).to_be_hidden()
    expect(phone.locator("#key-bound")).to_be_visible()
    phone.locator("input[name=reason]").first.check()
    phone.check("#confirmed")
    phone.click("#revoke-go")

    expect(phone.locator("#revoked h2")).to_be_visible(timeout=15_000)


def test_a_deleted_one_is_told_as_deleted_on_the_phone(person, phone: Page):
    certificate = get_on_phone(phone, person)
    phone.goto("/wallet")
    phone.locator("#wallet .certificate .actions button").last.click()
    expect(phone.locator("#remove-last")).to_be_visible()

    with phone.expect_response(lambda it: it.url.endswith("/kept")) as told:
        phone.click("#remove-go")

    assert told.value.status == 204
    assert rows_in(phone) == []
    phone.goto(f"/certificates/{certificate}/places")
    expect(phone.locator(".happenings li")).to_have_count(2)
