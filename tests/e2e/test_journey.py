"""From the command to "it is on my phone", in a real browser on both sides."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.devices import Devices
from tests.e2e.files import check_chain, open_p12, save_p12
from tests.e2e.page_steps import (
    PASSWORD,
    agree_to_send,
    choose_password,
    code_on,
    expect_arrived,
    expect_kept,
    expect_refused,
    get_certificate,
    reach_keeping,
    show_code,
    sign_in,
    type_code,
    wait_for_done,
)
from tests.e2e.server_processes import command_running, free_port


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder and the port of one demo that is started more than once."""
    return tmp_path_factory.mktemp("home"), free_port()


def test_a_certificate_made_in_the_browser_arrives_on_the_phone(
    home, browser, video, tmp_path
):
    with command_running(*home) as centre:
        devices = Devices(browser, centre.url)
        computer, phone = devices.computer(), devices.phone()
        sign_in(computer, centre.demo)
        show_code(computer, get_certificate(computer))

        scan(phone, computer, video)
        type_code(computer, code_on(phone))
        agree_to_send(computer)
        expect(phone.locator("#offer .certificate")).to_contain_text("김하나")
        phone.tap("#accept")

        expect_arrived(computer, phone)
        expect_kept(phone, 1)
        phone.locator("#wallet button").nth(0).tap()
        p12 = save_p12(phone, tmp_path / "from_phone.p12")
        check_chain(centre.url, open_p12(p12), tmp_path)
        devices.close()


def test_a_centre_that_is_down_says_so_and_goes_on_when_it_is_back(home, browser):
    with command_running(*home) as centre:
        person = centre.register()
        devices = Devices(browser, centre.url)
        page = devices.computer()
        reach_keeping(page, person)
        centre.kill()

    choose_password(page)
    expect_refused(page, "offline")
    assert PASSWORD not in page.content()

    with command_running(*home) as again:
        page.click("#refused button.primary")
        wait_for_done(page)
        assert again.certificates_of(person) == 1
        devices.close()


def scan(phone: Page, computer: Page, video) -> None:
    """Open the page's own scanner and hold the phone to the PC's screen."""
    video.show_nothing()
    phone.goto("/p")
    phone.tap("#open-camera")
    video.show(computer.screenshot())
    expect(phone.locator("#view-code")).to_be_visible(timeout=15_000)
