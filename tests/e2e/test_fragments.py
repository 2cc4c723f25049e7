"""What stands after # and is not ours changes nothing, whatever is going on."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    link_on,
    number_on,
    show_code,
    show_to_receive,
    type_code,
)

FOREIGN = ("main", ":~:text=certferry", "top", "show-main", "A" * 65)
VIEW = """() => Array.from(document.querySelectorAll("[id^=view-]:not([hidden])"),
  (view) => view.id).join()"""
TWO_KEPT = """() => new Promise((done) => {
  indexedDB.open("certferry").onsuccess = ({ target }) => {
    const work = target.result.transaction("holdings", "readwrite");
    const store = work.objectStore("holdings");
    store.getAll().onsuccess = ({ target: { result: [one] } }) =>
      store.put({ ...one, id: "0".repeat(64) });
    work.oncomplete = () => done(target.result.close());
  };
})"""
HEARD = """(change) => new Promise((done) => {
  // A timer is later than all that follows from the change at once.
  addEventListener("hashchange", () => setTimeout(done), { once: true });
  history.replaceState(null, "", location.pathname + location.search);
  if (change === null) document.querySelector("a.skip").click();
  else location.hash = change;
})"""


def expect_unmoved(page: Page, view: str) -> None:
    """Press the skip link and change the address by hand; the view stays."""
    expect(page.locator(f"#{view}")).to_be_visible(timeout=15_000)
    page.evaluate(HEARD, None)
    assert page.evaluate(VIEW) == view
    assert page.url.endswith("#main")
    for fragment in FOREIGN:
        page.evaluate(HEARD, fragment)
        assert page.evaluate(VIEW) == view
    assert page.url.endswith(f"#{FOREIGN[-1]}")


def hold(page: Page, event: str) -> list[Route]:
    """Let no answer come to a question, and give the questions."""
    held: list[Route] = []
    page.route(f"**/bridge/{event}", lambda route: held.append(route))
    return held


def test_the_skip_link_is_pressed_with_the_keyboard_and_a_pairing_goes_on(
    kept, sender: Page, phone: Page
):
    link = show_code(sender, kept.certificate)
    sender.locator("a.skip").focus()
    sender.keyboard.press("Enter")
    expect(sender.locator("#main")).to_be_focused()
    assert link_on(sender) == link

    phone.goto("about:blank")
    phone.goto(link)
    phone.locator("a.skip").focus()
    phone.keyboard.press("Enter")
    type_code(sender, code_on(phone))
    agree_to_send(sender)
    phone.tap("#accept")

    expect_arrived(sender, phone)


def test_nothing_moves_while_the_pc_sends_and_the_phone_receives(
    kept, sender: Page, phone: Page
):
    link = show_code(sender, kept.certificate)
    expect_unmoved(sender, "view-showing")
    number = number_on(sender)
    expect_unmoved(sender, "view-number")
    assert "".join(sender.locator("#number span").all_inner_texts()) == number
    sender.click("#with-camera")
    link = link_on(sender)
    phone.goto("about:blank")
    phone.goto(link)
    code = code_on(phone)
    expect_unmoved(phone, "view-code")
    assert code_on(phone) == code
    expect_unmoved(sender, "view-typing")
    type_code(sender, code)
    expect_unmoved(sender, "view-password")
    agree_to_send(sender)
    expect_unmoved(sender, "view-sending")
    expect_unmoved(phone, "view-offer")
    sender.context.set_offline(True)
    phone.tap("#accept")
    expect_unmoved(phone, "view-storing")
    sender.context.set_offline(False)
    expect_arrived(sender, phone)

    expect_unmoved(sender, "view-result")
    expect_unmoved(phone, "view-result")


def test_nothing_moves_while_the_phone_sends_and_the_pc_receives(
    kept, devices, computer: Page
):
    phone = devices.phone(storage_state=kept.state)
    computer.goto("/move")
    expect_unmoved(computer, "view-choose")
    link = show_to_receive(computer)
    expect_unmoved(computer, "view-showing")
    phone.goto("about:blank")
    phone.goto(link)
    expect_unmoved(phone, "view-giving")
    phone.click("#giving-form button.primary")
    code = code_on(computer)
    expect_unmoved(computer, "view-code")
    expect_unmoved(phone, "view-typing")
    type_code(phone, code)
    expect_unmoved(phone, "view-password")
    agree_to_send(phone)
    expect_unmoved(phone, "view-sending")
    expect_unmoved(computer, "view-offer")
    phone.context.set_offline(True)
    computer.click("#accept")
    expect_unmoved(computer, "view-storing")
    phone.context.set_offline(False)
    expect_arrived(phone, computer)

    expect_unmoved(phone, "view-result")
    expect_unmoved(computer, "view-result")


def test_nothing_moves_while_the_two_are_connecting(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    phone.route_web_socket("**/*", lambda socket: None)  # opens, and never answers
    frames = hold(phone, "frame")
    phone.goto("about:blank")
    phone.goto(link)

    expect_unmoved(phone, "view-joining")
    expect_unmoved(sender, "view-joining")

    for route in frames:
        route.continue_()
    phone.unroute("**/bridge/frame")
    type_code(sender, code_on(phone))
    expect(sender.locator("#view-password")).to_be_visible()


def test_nothing_moves_where_one_chooses_scans_or_types(kept, sender: Page, phone):
    sender.goto("/wallet")
    sender.evaluate(TWO_KEPT)
    sender.goto("/move#send")
    expect_unmoved(sender, "view-which")
    phone.goto("/p")
    expect_unmoved(phone, "view-scan")
    phone.click("#type-number")
    phone.keyboard.type("1234 5678")
    expect_unmoved(phone, "view-typed")

    expect(phone.locator("#number")).to_have_value("1234 5678")


@pytest.mark.parametrize("fragment", FOREIGN)
def test_a_page_that_is_opened_with_a_foreign_fragment_is_as_without(devices, fragment):
    computer, phone = devices.computer(), devices.phone()
    computer.goto(f"/move#{fragment}")
    phone.goto(f"/p#{fragment}")

    expect(computer.locator("#view-choose")).to_be_visible()
    expect(phone.locator("#view-scan")).to_be_visible()
    expect(phone.locator("#scan-refused")).to_be_hidden()


def test_back_from_the_skip_link_ends_nothing(kept, sender: Page, phone: Page):
    sender.goto("/move")
    sender.click("a[href='#receive']")
    link = link_on(sender)
    sender.locator("a.skip").focus()
    sender.keyboard.press("Enter")
    expect(sender).to_have_url("/move#main")
    sender.go_back()
    expect(sender).to_have_url("/move#receive")
    assert link_on(sender) == link
    sender.reload()
    assert link_on(sender) == link

    sender.go_back()

    expect(sender.locator("#view-choose")).to_be_visible()


def test_loading_anew_behind_the_skip_link_goes_on(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    phone.goto("about:blank")
    phone.goto(link)
    code = code_on(phone)
    for page in (sender, phone):
        page.locator("a.skip").focus()
        page.keyboard.press("Enter")
        page.reload()

    assert code_on(phone) == code
    type_code(sender, code)
    expect(sender.locator("#view-password")).to_be_visible()
