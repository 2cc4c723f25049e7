"""A phone far away that was never here: one answer asks, one more file does it all."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from tests.e2e.devices import Devices
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    agree_to_send,
    code_on,
    expect_arrived,
    open_link,
    show_code,
    type_code,
)

FILES = "**/static/**"


class Gate:
    """Lets no file through to a page until it is opened."""

    def __init__(self, page: Page) -> None:
        self._held: list[Route] = []
        self._is_open = False
        page.route(FILES, lambda route: self._take(route))

    def open(self) -> None:
        """Let go what waits, and all that follows."""
        self._is_open = True
        for route in self._held:
            route.continue_()

    def _take(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._held.append(route)


def test_the_page_alone_says_that_it_connects(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    gate = Gate(phone)
    phone.goto(link, wait_until="commit")
    expect(phone.locator("#view-joining h1")).to_be_focused()
    assert "#" not in phone.url

    gate.open()

    assert len(code_on(phone)) == 6


def test_one_more_file_is_all_that_a_receiver_loads(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(urlsplit(request.url).path))
    open_link(phone, link)
    type_code(sender, code_on(phone))
    agree_to_send(sender)
    phone.tap("#accept")
    expect_arrived(sender, phone)

    # Whether it still counts is asked beside the way, and nobody waits for it.
    files = [path for path in asked if not path.startswith(("/bridge/", "/pki/"))]
    assert files == ["/p", "/static/spoken/ko/phone_pairing.js"]


def test_a_page_of_an_older_edition_says_to_load_it_anew(devices: Devices):
    phone = devices.phone()
    phone.goto("/p")
    button = phone.get_by_role("button", name=korean("Type the number"))
    expect(button).to_be_enabled()
    # As the server answers a script of another edition.
    phone.route("**/phone_scan_bundle.js*", lambda route: route.fulfill(status=404))

    button.tap()

    expect(phone.locator("#fault")).to_contain_text(
        korean("A part of this page could not be loaded.")
    )
    assert devices.faults.pop() == "part_not_loaded"  # the console hears it too


def test_a_file_that_does_not_come_is_asked_for_again(kept, sender: Page, phone: Page):
    link = show_code(sender, kept.certificate)
    phone.route(FILES, lambda route: route.abort())
    phone.goto(link, wait_until="commit")
    lost = korean("Connection lost. Trying to reconnect…")
    expect(phone.locator("#line")).to_have_text(lost)

    phone.unroute(FILES)

    assert len(code_on(phone)) == 6
    expect(phone.locator("#line")).to_be_empty()


def test_what_was_stopped_while_it_was_loaded_does_not_join(
    kept, sender: Page, phone: Page
):
    link = show_code(sender, kept.certificate)
    gate = Gate(phone)
    phone.goto(link, wait_until="commit")
    phone.tap("#view-joining [data-cancel]")
    expect(phone.locator("#view-scan")).to_be_visible()

    gate.open()

    phone.tap("#open-camera")
    expect(phone.locator("#viewer")).to_be_visible()  # the rest is there, and idle
    expect(sender.locator("#view-showing")).to_be_visible()
