"""A card says what is true: asked at the centre, by its clock, never green unasked."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.devices import Devices
from tests.e2e.page_steps import (
    PASSWORD,
    agree_to_send,
    choose_password,
    code_on,
    expect_arrived,
    expect_kept,
    get_certificate,
    link_on,
    offer,
    open_link,
    open_link_to_send,
    show_again,
    sign_in,
    type_code,
)

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(devices, centre):
    """A browser whose person is signed in."""
    opened = devices.computer()
    sign_in(opened, centre.register())
    return opened


def state_of(page: Page) -> str:
    """Return what the one card in the wallet says."""
    page.goto("/wallet")
    badge = page.locator("#wallet .badge:not([data-state=checking])")
    expect(badge).to_have_count(1)
    return badge.get_attribute("data-state") or ""


def revoke(page: Page, certificate: str) -> None:
    page.goto(f"/certificates/{certificate}/revoke")
    page.check("input[value=key_compromise]")
    page.check("input[name=confirmed]")
    page.click("button.final-action")
    show_again(page)
    page.click("button.final-action")
    page.wait_for_url(f"**/certificates/{certificate}")


def suspend(page: Page, certificate: str) -> None:
    page.goto(f"/certificates/{certificate}")
    page.click("main form[action$='/suspend'] button")
    page.wait_for_url(f"**/certificates/{certificate}")


def reissue(page: Page, certificate: str) -> None:
    page.goto(f"/certificates/{certificate}/reissue")
    page.click("main form[action$='/reissue'] button.primary")
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    choose_password(page, "Another-Horse-8")
    page.wait_for_url("**/done", timeout=30_000)


def copy_of(page: Page, devices: Devices, **options) -> Page:
    """Open another browser that keeps the same certificates."""
    state = page.context.storage_state(indexed_db=True)
    return devices.computer(storage_state={**state, "cookies": []}, **options)


def test_revoked_in_this_browser_it_is_revoked_in_its_wallet(page):
    certificate = get_certificate(page)
    assert state_of(page) == "usable"

    revoke(page, certificate)

    assert state_of(page) == "revoked"
    card = page.locator("#wallet .certificate")
    expect(card).to_have_class("certificate revoked ended")
    expect(card.locator("a[href^='/move#send']")).to_be_hidden()
    expect(card.locator("button").last).to_have_class("button plain")


def test_where_all_are_revoked_there_is_no_button_that_never_works(page):
    revoke(page, get_certificate(page))

    page.goto("/move#send")

    expect(page.locator("#which .notice a[href='/wallet']")).to_be_visible()
    expect(page.locator("#which-form button")).to_be_hidden()


def test_a_suspended_one_is_not_green_and_leads_to_where_it_is_resumed(page):
    certificate = get_certificate(page)
    assert state_of(page) == "usable"
    green = page.evaluate(EDGE)
    suspend(page, certificate)
    assert state_of(page) == "suspended"
    assert page.evaluate(EDGE) != green

    page.click("#wallet a[href^='/certificates/of/']")

    page.wait_for_url(f"**/certificates/{certificate}")
    page.route("**/pki/status?*", lambda route: route.abort())
    assert state_of(page) == "unchecked"
    assert page.evaluate(EDGE) != green
    expect(page.locator("#wallet a[href^='/certificates/of/']")).to_be_hidden()


def test_a_revoked_one_is_removed_after_a_question(page):
    revoke(page, get_certificate(page))
    assert state_of(page) == "revoked"

    page.locator("#wallet .actions button").last.click()
    expect(page.locator("#remove button[value=keep]")).to_be_focused()
    page.click("#remove-go")

    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#remove")).to_be_hidden()
    expect_kept(page, 0)


def test_a_suspended_one_is_suspended_and_usable_again_when_resumed(page):
    certificate = get_certificate(page)
    suspend(page, certificate)
    assert state_of(page) == "suspended"

    page.goto(f"/certificates/{certificate}")
    page.click("main form[action$='/resume'] button")
    show_again(page)
    page.click("main form[action$='/resume'] button")
    page.wait_for_url(f"**/certificates/{certificate}")

    assert state_of(page) == "usable"


def test_the_page_of_a_revoked_one_offers_to_remove_its_copy(page):
    certificate = get_certificate(page)

    revoke(page, certificate)

    copy = page.locator("[data-copy]")
    expect(copy).to_be_visible()
    copy.locator("button").click()
    page.click("#remove-go")
    expect(copy.locator("button")).to_have_count(0)
    expect_kept(page, 0)


def test_issued_anew_the_old_copy_is_offered_for_removal(page):
    old = get_certificate(page)
    reissue(page, old)

    copy = page.locator(f"[data-copy='{old}']")
    expect(copy).to_be_visible()
    expect_kept_states(page, ["revoked", "usable"])
    page.go_back()
    copy.locator("button").click()
    page.click("#remove-go")

    expect(copy.locator("button")).to_have_count(0)
    expect_kept(page, 1)
    assert state_of(page) == "usable"


def expect_kept_states(page: Page, states: list[str]) -> None:
    page.goto("/wallet")
    done = page.locator("#wallet .badge:not([data-state=checking])")
    expect(done).to_have_count(len(states))
    shown = done.evaluate_all("all => all.map((each) => each.dataset.state)")
    assert sorted(shown) == states


def test_revoked_by_its_key_the_copy_is_offered_and_it_cannot_be_chosen_again(
    page, devices
):
    get_certificate(page)
    page.goto("/revoke")
    page.check("input[name=held]")
    page.check("input[value=key_compromise]")
    page.check("#confirmed")
    page.fill("#key-password", PASSWORD)
    page.click("#revoke-go")
    expect(page.locator("#revoked.safe h2")).to_be_visible()
    again = copy_of(page, devices)

    page.click("#revoked button")
    page.click("#remove-go")
    expect(page.locator("#revoked button")).to_have_count(0)
    expect_kept(page, 0)

    again.goto("/revoke")
    expect(again.locator("#held [data-state=revoked]")).to_be_visible()
    expect(again.locator("input[name=held]")).to_be_disabled()


@pytest.mark.parametrize("answer", ["abort", "fail", "nonsense", "limit"])
def test_unasked_it_is_said_to_be_unchecked_and_is_never_green(page, answer):
    get_certificate(page)
    answers = {
        "abort": lambda route: route.abort(),
        "fail": lambda route: route.fulfill(status=500, body="no"),
        "nonsense": lambda route: route.fulfill(json={"now": "x", "certificates": []}),
        "limit": lambda route: route.fulfill(
            status=429, json={"code": "too_many_attempts"}
        ),
    }
    page.route("**/pki/status?*", answers[answer])

    assert state_of(page) == "unchecked"
    expect(page.locator("#wallet .badge.safe")).to_have_count(0)


def test_a_page_that_comes_back_asks_again(page, devices):
    certificate = get_certificate(page)
    other = copy_of(page, devices)
    assert state_of(other) == "usable"
    other.context.set_offline(True)
    expect(other.locator("#wallet [data-state=unchecked]")).to_be_visible()
    revoke(page, certificate)

    other.context.set_offline(False)

    expect(other.locator("#wallet [data-state=revoked]")).to_be_visible()
    other.context.set_offline(True)
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.locator("#wallet [data-state=revoked]")).to_be_visible()
    other.context.set_offline(False)


def test_all_cards_are_one_question_without_a_cookie(page):
    get_certificate(page)
    get_certificate(page)
    asked = []
    page.on(
        "request",
        lambda request: asked.append(request) if "/pki/status" in request.url else None,
    )

    expect_kept_states(page, ["usable", "usable"])

    assert len(asked) == 1
    assert asked[0].url.count("certificate=") == 2
    assert "cookie" not in asked[0].all_headers()


@pytest.mark.parametrize(
    ("days", "is_wrong"), [(400, True), (-400, True), (0.5, False)]
)
def test_a_device_with_a_wrong_clock_judges_by_the_centres_time(page, days, is_wrong):
    get_certificate(page)
    page.clock.install(time=datetime.now(UTC) + timedelta(days=days))

    assert state_of(page) == "usable"
    expect(page.locator("#clock-notice")).to_have_count(int(is_wrong))
    left = page.locator("#wallet .until .soft").inner_text()
    assert "365" in left or "366" in left
    page.clock.resume()


def test_a_wrong_clock_alone_makes_nothing_expired(page):
    get_certificate(page)
    page.clock.install(time=datetime.now(UTC) + timedelta(days=400))
    page.route("**/pki/status?*", lambda route: route.abort())

    assert state_of(page) == "unchecked"
    page.clock.resume()


def test_what_is_revoked_is_told_before_sending_and_not_sent(page, devices):
    revoke(page, get_certificate(page))

    page.goto("/move#send")

    expect(page.locator("#view-which")).to_be_visible()
    expect(page.locator("#which [data-state=revoked]")).to_be_visible()
    expect(page.locator("#which input")).to_be_disabled()
    expect(page.locator("#which-form .primary")).to_be_disabled()
    expect(page.locator("#which a[href='/wallet']")).to_be_visible()


def test_of_several_the_first_that_counts_is_chosen(page):
    get_certificate(page)
    revoke(page, get_certificate(page))

    page.goto("/move#send")

    expect(page.locator("#which [data-state=revoked]")).to_be_visible()
    expect(page.locator("#which input:checked")).to_have_count(1)
    expect(page.locator("#which input:disabled")).to_have_count(1)
    page.click("#which-form .primary")
    link_on(page)


def test_a_phone_is_told_before_it_sends(page, devices):
    revoke(page, get_certificate(page))
    state = page.context.storage_state(indexed_db=True)
    phone = devices.phone(storage_state={**state, "cookies": []})
    receiver = devices.computer()
    receiver.goto("/move#receive")
    link = link_on(receiver)
    phone.goto("about:blank")
    phone.goto(link)

    expect(phone.locator("#giving [data-state=revoked]")).to_be_visible()
    expect(phone.locator("#giving-form .primary")).to_be_disabled()


def test_a_suspended_one_is_told_and_may_be_sent(page, phone):
    certificate = get_certificate(page)
    suspend(page, certificate)
    page.goto("/move#send")
    open_link(phone, link_on(page))
    type_code(page, code_on(phone))

    expect(page.locator("#sending-state")).to_be_visible()
    agree_to_send(page)
    expect(phone.locator("#offer [data-state=suspended]")).to_be_visible()
    phone.click("#accept")

    expect_arrived(page, phone)
    assert state_of(phone) == "suspended"


def test_revoked_while_the_devices_meet_it_is_not_sent(page, phone, devices, centre):
    certificate = get_certificate(page)
    page.goto("/move#send")
    open_link(phone, link_on(page))
    code = code_on(phone)
    account = page.context.new_page()
    revoke(account, certificate)
    page.bring_to_front()
    type_code(page, code)

    expect(page.locator("#sending-state.stop")).to_be_visible()
    expect(page.locator("#send-go")).to_be_disabled()
    expect(page.locator("#sending-state a[href='/wallet']")).to_be_visible()


def test_the_receiver_sees_in_the_offer_what_was_revoked_meanwhile(page, phone):
    certificate = get_certificate(page)
    page.goto("/move#send")
    page.route("**/pki/status?*", lambda route: route.abort())
    open_link(phone, link_on(page))
    account = page.context.new_page()
    revoke(account, certificate)
    type_code(page, code_on(phone))
    agree_to_send(page)

    expect(phone.locator("#offer [data-state=revoked]")).to_be_visible()
    expect(phone.locator("#accept")).to_have_class("button plain")
    phone.click("#accept")

    expect_arrived(page, phone)
    assert state_of(phone) == "revoked"


def test_an_offer_of_one_that_counts_says_so(kept, sender, phone):
    offer(sender, phone, kept.certificate)

    expect(phone.locator("#offer [data-state=usable]")).to_be_visible()


def test_what_came_through_the_bridge_is_known_on_the_pages_of_its_holder(
    centre, kept, sender, devices
):
    phone = devices.computer()
    sign_in(phone, kept.person)
    offer(sender, phone, kept.certificate)
    phone.click("#accept")
    expect_arrived(sender, phone)

    phone.goto("/")
    expect(phone.locator("[data-needs-key]")).to_be_visible()
    phone.click("[data-needs-key]")
    link_on(phone)


def test_it_comes_from_a_phone_as_well(page, devices):
    get_certificate(page)
    state = page.context.storage_state(indexed_db=True)
    phone = devices.phone(storage_state={**state, "cookies": []})
    receiver = devices.computer()
    receiver.goto("/move#receive")
    open_link_to_send(phone, link_on(receiver))
    type_code(phone, code_on(receiver))

    expect(phone.locator("#sending-state")).to_be_hidden()
    agree_to_send(phone)
    expect(receiver.locator("#offer [data-state=usable]")).to_be_visible()


# The edge of the one card: what says that it is usable, as its bar of time left does.
EDGE = """() => getComputedStyle(
  document.querySelector("#wallet .certificate"), "::before").backgroundColor"""
