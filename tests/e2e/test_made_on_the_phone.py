"""The key is made on the phone; the PC orders, and never sees it."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from mobile_bridge.npki.identity import read_vid
from mobile_bridge.pki.certificate import fingerprint
from tests.e2e.page_steps import (
    PASSWORD,
    code_on,
    expect_refused,
    kept_in,
    link_on,
    number_on,
    open_link,
    reach_keeping,
    type_code,
    type_number,
    wait_for_done,
    wait_until,
    wrong_of,
)


def order_on_phone(computer: Page, person) -> str:
    """Walk to the last step, choose the phone, and return what the QR code says."""
    reach_keeping(computer, person)
    computer.check("input[name=place][value=phone-made]")
    computer.click("#make")
    computer.wait_for_url("**/on-phone")
    return link_on(computer)


def meet(computer: Page, phone: Page, link: str) -> None:
    """Scan, and type the digits of the phone on the PC."""
    open_link(phone, link)
    type_code(computer, code_on(phone))


def choose_password_on(phone: Page) -> None:
    """Choose the password on the phone and have the key made."""
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)
    phone.fill("#making-password", PASSWORD)
    phone.fill("#making-password-again", PASSWORD)
    phone.tap("#view-making button.primary")


def expect_kept_there(computer: Page, phone: Page) -> None:
    """Both say so, and the centre has it."""
    expect(phone.locator("#view-result.safe h1")).to_be_visible(timeout=20_000)
    certificate = wait_for_done(computer)
    assert certificate
    (kept,) = kept_in(phone)
    assert kept["cameFrom"] == "made-here"
    assert len(kept["encryptedKey"]) > 500
    assert kept_in(computer) == []
    assert kept_in(computer, "pending") == []


def test_the_phone_makes_the_key_and_the_pc_never_sees_it(
    person, computer: Page, phone: Page
):
    bodies: list[bytes] = []
    computer.on("request", lambda it: bodies.append(it.post_data_buffer or b""))
    meet(computer, phone, order_on_phone(computer, person))
    choose_password_on(phone)

    expect_kept_there(computer, phone)

    (kept,) = kept_in(phone)
    assert not any(kept["encryptedKey"] in body for body in bodies)
    assert fingerprint(kept["certificate"]) == kept["id"]
    # R was sealed on the phone, and the CA certified what follows from it.
    assert read_vid(kept["certificate"]) is not None
    wait_until(phone, lambda: kept_in(phone, "pending") == [])
    expect(computer.locator("main")).to_contain_text("휴대폰")


def test_a_number_does_where_no_camera_is(person, computer: Page, phone: Page):
    order_on_phone(computer, person)
    type_number(phone, number_on(computer))
    type_code(computer, code_on(phone))
    choose_password_on(phone)

    expect_kept_there(computer, phone)


def test_a_phone_that_is_reloaded_while_the_password_is_chosen_goes_on(
    person, computer: Page, phone: Page
):
    meet(computer, phone, order_on_phone(computer, person))
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)
    phone.fill("#making-password", PASSWORD)

    phone.reload()

    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)
    expect(phone.locator("#making-password")).to_have_value("")
    choose_password_on(phone)
    expect_kept_there(computer, phone)


def test_a_computer_that_is_reloaded_in_the_middle_goes_on(
    person, computer: Page, phone: Page
):
    meet(computer, phone, order_on_phone(computer, person))
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)

    computer.reload()

    expect(computer.locator("#view-sending")).to_be_visible(timeout=15_000)
    choose_password_on(phone)
    expect_kept_there(computer, phone)


def test_what_was_issued_and_not_delivered_is_fetched_with_another_code(
    person, computer: Page, phone: Page
):
    link = order_on_phone(computer, person)
    # The centre issues, and its answer is lost on the way to the PC.
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()
        lost.append(route.request.headers["idempotency-key"])
        route.abort()

    computer.route("**/certificates", lose, times=1)
    meet(computer, phone, link)
    choose_password_on(phone)
    expect_refused(computer, "offline")
    assert len(lost) == 1
    (waiting,) = kept_in(phone, "pending")
    # Both go away, and begin again.
    phone.goto("about:blank")
    computer.evaluate("sessionStorage.clear()")
    computer.goto(computer.url)

    meet(computer, phone, link_on(computer))

    expect_kept_there(computer, phone)
    (kept,) = kept_in(phone)
    assert kept["encryptedKey"] == waiting["encryptedKey"]


def test_another_phone_cannot_take_what_is_issued(
    person, computer: Page, phone: Page, devices
):
    link = order_on_phone(computer, person)
    computer.route(
        "**/certificates", lambda route: (route.fetch(), route.abort()), times=1
    )
    meet(computer, phone, link)
    choose_password_on(phone)
    expect_refused(computer, "offline")
    computer.evaluate("sessionStorage.clear()")
    computer.goto(computer.url)
    other = devices.phone()

    meet(computer, other, link_on(computer))

    expect_refused(other, "no_key_here")
    expect_refused(computer, "no_key_there")
    assert kept_in(other) == []
    assert kept_in(other, "pending") == []


def test_a_refusal_of_the_centre_is_said_on_both_screens(
    person, computer: Page, phone: Page
):
    link = order_on_phone(computer, person)
    refusal = {"code": "key_seen", "sentence": "No.", "next": "Begin again."}
    computer.route(
        "**/certificates",
        lambda route: route.fulfill(
            status=409, content_type="application/json", body=json.dumps(refusal)
        ),
    )
    meet(computer, phone, link)
    choose_password_on(phone)

    expect_refused(computer, "key_seen")
    expect_refused(phone, "centre_refused")
    wait_until(phone, lambda: kept_in(phone, "pending") == [])


def test_who_wants_no_key_says_so(person, computer: Page, phone: Page):
    meet(computer, phone, order_on_phone(computer, person))
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)

    phone.tap("#view-making button.quiet")

    for page in (computer, phone):
        ended = page.locator("#view-result.calm[data-ending=declined]")
        expect(ended).to_be_visible(timeout=15_000)
    assert kept_in(phone, "pending") == []


def test_three_wrong_codes_end_it_before_anything_is_ordered(
    person, computer: Page, phone: Page
):
    open_link(phone, order_on_phone(computer, person))
    code = code_on(phone)

    for _ in range(3):
        type_code(computer, wrong_of(code))

    expect_refused(computer, "wrong_code")
    assert kept_in(phone, "pending") == []


@pytest.mark.parametrize("password", ["short", "LongEnoughButPlain"])
def test_a_weak_password_makes_no_key(person, computer: Page, phone: Page, password):
    meet(computer, phone, order_on_phone(computer, person))
    expect(phone.locator("#view-making")).to_be_visible(timeout=15_000)

    phone.fill("#making-password", password)
    phone.fill("#making-password-again", password)
    phone.tap("#view-making button.primary")

    expect(phone.locator("#making-password")).to_be_focused()
    expect(phone.locator("#making-hint .wrong").first).to_be_visible()
    assert kept_in(phone, "pending") == []


def test_one_more_file_is_loaded_only_where_a_key_is_ordered(
    person, computer: Page, phone: Page
):
    link = order_on_phone(computer, person)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(urlsplit(request.url).path))
    meet(computer, phone, link)
    choose_password_on(phone)
    expect_kept_there(computer, phone)

    scripts = [path for path in asked if path.endswith(".js")]
    assert len(scripts) == 2, scripts
