"""Either device shows the code, either sends: scanned, or typed as a number."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    expect_ended,
    expect_kept,
    expect_refused,
    number_on,
    open_link_to_send,
    show_code,
    show_to_receive,
    type_code,
    type_number,
)

SECOND = """() => new Promise((done) => {
  indexedDB.open("certferry").onsuccess = ({ target }) => {
    const table = target.result
      .transaction("holdings", "readwrite").objectStore("holdings");
    const asked = table.getAll();
    asked.onsuccess = () => {
      const [held] = asked.result;
      table.put({ ...held, id: "5ec0", serverId: undefined, keptAt: held.keptAt - 1 })
        .onsuccess = done;
    };
  };
})"""


@pytest.fixture
def giver(devices, kept) -> Page:
    """A page on a phone whose browser keeps a certificate."""
    page: Page = devices.phone(storage_state=kept.state)
    return page


def finish(sender: Page, receiver: Page, *, move: bool = False) -> None:
    """Type the code, send, receive."""
    type_code(sender, code_on(receiver))
    agree_to_send(sender, move=move)
    receiver.click("#accept")
    expect_arrived(sender, receiver)


def test_a_computer_receives_from_a_phone_that_scans_its_code(
    giver: Page, computer: Page
):
    open_link_to_send(giver, show_to_receive(computer))
    type_code(giver, code_on(computer))

    expect(giver.locator("#password-title")).to_have_text(
        korean("You are sending your key to %(device)s, on your network")
        % {"device": korean("the computer")}
    )
    agree_to_send(giver, move=True)
    computer.click("#accept")
    expect_arrived(giver, computer)
    expect_kept(computer, 1)
    expect_kept(giver, 0)


def test_a_number_typed_on_the_phone_is_enough_to_receive(
    kept, sender: Page, phone: Page
):
    show_code(sender, kept.certificate)
    type_number(phone, number_on(sender))
    finish(sender, phone)

    expect_kept(phone, 1)


def test_a_number_typed_on_the_phone_is_enough_to_send(giver: Page, computer: Page):
    show_to_receive(computer)
    type_number(giver, number_on(computer), sends=True)
    finish(giver, computer)

    expect_kept(computer, 1)


def test_a_slip_in_the_number_is_said_before_anybody_is_asked(phone: Page):
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto("/p")
    phone.tap("#type-number")
    expect(phone.locator("#number")).to_be_focused()
    phone.keyboard.type("123456789013")

    expect(phone.locator("#number")).to_have_value("1234 5678 9013")
    expect(phone.locator("#number-note")).to_contain_text(
        korean("There is a typing mistake in this number.")
    )
    phone.tap("#number-go")
    expect(phone.locator("#number")).to_be_focused()
    assert not [url for url in asked if "/bridge/" in url]


def test_a_number_can_be_pasted_and_mended(phone: Page):
    phone.goto("/p")
    phone.tap("#type-number")
    expect(phone.locator("#number")).to_be_focused()
    phone.keyboard.insert_text("1234-5678-9013")
    expect(phone.locator("#number")).to_have_value("1234 5678 9013")
    phone.keyboard.press("Backspace")

    expect(phone.locator("#number")).to_have_value("1234 5678 901")
    expect(phone.locator("#number-note")).to_be_empty()


GOES = "With this number a certificate goes from this device to the other one."
COMES = "With this number the certificate comes from the other device to this one."


def test_a_number_says_before_one_goes_on_which_way_it_goes(
    kept, sender: Page, giver: Page, computer: Page
):
    show_to_receive(computer)
    show_code(sender, kept.certificate)
    giver.goto("/p")
    giver.click("#type-number")
    for page, way in ((computer, GOES), (sender, COMES)):
        giver.fill("#number", number_on(page))
        expect(giver.locator("#number-says")).to_have_text(korean(way))


def test_a_third_device_ends_it_when_the_computer_receives_too(
    giver: Page, devices, kept, computer: Page
):
    thief = devices.phone(storage_state=kept.state)
    link = show_to_receive(computer)
    open_link_to_send(giver, link)
    code_on(computer)
    open_link_to_send(thief, link)

    expect_refused(thief, "not_available")
    expect_refused(computer, "crowded")
    expect_refused(giver, "crowded")
    expect_kept(computer, 0)


def test_of_several_certificates_the_person_chooses(kept, sender: Page):
    sender.goto("/wallet")
    sender.evaluate(SECOND)
    sender.goto("/move")
    sender.click("a[href='#send']")
    expect(sender.locator("#which input")).to_have_count(2)
    sender.check("#which input[value='5ec0']")
    sender.click("#which-form button")

    expect(sender.locator("#view-showing")).to_be_visible()
    sender.go_back()
    expect(sender.locator("#view-choose")).to_be_visible()


def test_a_device_without_a_certificate_is_told_so_before_it_shows_a_code(
    computer: Page, phone: Page
):
    computer.goto("/move#send")
    expect_ended(computer, "nothing_here")

    link = show_to_receive(computer)
    phone.goto(link)
    expect_ended(phone, "nothing_here")


def test_a_phone_that_wants_to_send_scans_instead_of_showing_what_nobody_can_scan(
    giver: Page,
):
    giver.goto("/move")
    giver.tap("a[href='#send']")

    expect(giver.locator("#open-camera")).to_be_visible()
    expect(giver.locator("#scan-note")).to_contain_text("/move")
    giver.tap("#show-anyway")
    expect(giver.locator("#qr svg")).to_be_visible()
