"""Somebody asks on a computer, and the certificate on the phone answers."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page_steps import PASSWORD, kept_in
from tests.e2e.test_blind_relay import traces
from webapp.relying.asking.models import AskingRequest

PURPOSES = ("sign_in", "sign_documents", "consent", "prove")
LANGUAGES = {
    "ko-KR": ("연습은행", "승인하고 로그인하기"),
    "en-US": ("Trial Bank", "Approve and sign in"),
}


def ask(page: Page, purpose: str = "sign_in") -> str:
    """Have the trial bank ask; return the address in the code on the page."""
    page.goto("/demo/ask")
    page.click(f"button[value={purpose}]")
    expect(page.locator("#view-waiting")).to_be_visible()
    address = page.locator("#waiting").get_attribute("data-address")
    assert address
    return address


def scan(phone: Page, address: str) -> None:
    """Open the address of the code."""
    phone.goto(address)
    expect(phone.locator("#view-request")).to_be_visible()
    expect(phone.locator("#approve")).to_be_enabled()


def approve(phone: Page) -> None:
    """Type the password of the one certificate that is chosen, and approve."""
    phone.fill("#key-password", PASSWORD)
    phone.click("#approve")


def expect_end(page: Page, state: str) -> None:
    """Wait until the trial bank shows how it ended."""
    outcome = page.locator(f"#asked-outcome[data-state={state}]")
    expect(outcome).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_phone_answers_what_the_computer_was_asked(computer, devices, kept, purpose):
    phone = devices.phone(storage_state=kept.state)
    scan(phone, ask(computer, purpose))
    expect(computer.locator("#number-panel")).to_be_visible()

    approve(phone)

    expect(phone.locator("#ended.safe")).to_be_visible(timeout=20_000)
    expect_end(computer, "approved")
    expect(computer.locator("#asked-outcome")).to_contain_text("김하나")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_phone_reads_the_request_in_its_language(devices, kept, locale):
    computer = devices.computer(locale=locale)
    phone = devices.phone(storage_state=kept.state, locale=locale)

    scan(phone, ask(computer))

    name, button = LANGUAGES[locale]
    expect(phone.locator("#approve span:visible")).to_have_text(button)
    expect(phone.locator("#asker-name")).to_have_text(name)
    approve(phone)
    expect_end(computer, "approved")


def test_same_browser_answers_without_a_phone(sender):
    ask(sender, "sign_documents")
    sender.click("[data-here]:visible")
    expect(sender.locator("#documents li")).to_have_count(2)
    expect(sender.locator("#numbers")).to_be_hidden()

    approve(sender)

    expect_end(sender, "approved")


def test_declined_request_tells_nothing(computer, devices, kept):
    phone = devices.phone(storage_state=kept.state)
    scan(phone, ask(computer, "prove"))

    phone.click("#decline")

    expect(phone.locator("#ended.calm")).to_be_visible()
    expect(computer.locator("#ended.calm")).to_be_visible()
    computer.click("#ended a")
    expect_end(computer, "declined")


def test_withdrawn_request_cannot_be_approved(computer, devices, kept):
    phone = devices.phone(storage_state=kept.state)
    scan(phone, ask(computer))
    computer.click("#withdraw")
    expect(computer.locator("#ended.calm")).to_be_visible()

    approve(phone)

    expect(phone.locator("#ended .support code")).to_have_text(
        "request_withdrawn", timeout=20_000
    )


def test_wrong_password_loses_nothing(computer, devices, kept):
    phone = devices.phone(storage_state=kept.state)
    scan(phone, ask(computer))
    phone.fill("#key-password", "Wrong-Horse-99")
    phone.click("#approve")
    expect(phone.locator("#sign-refused")).to_be_visible(timeout=20_000)

    approve(phone)

    expect_end(computer, "approved")


def test_secret_of_the_code_is_in_no_address_and_survives_a_reload(
    computer, devices, kept
):
    phone = devices.phone(storage_state=kept.state)
    addresses: list[str] = []
    for page in (computer, phone):
        page.on("request", lambda request: addresses.append(request.url))
    address = ask(computer)
    scan(phone, address)

    token = urlsplit(address).fragment
    assert phone.url.endswith("/a")
    assert addresses
    assert not [one for one in addresses if token in one.partition("#")[0]]
    phone.reload()
    expect(phone.locator("#view-request")).to_be_visible()
    approve(phone)
    expect_end(computer, "approved")
    phone.reload()
    expect(phone.locator("#ended .support code")).to_have_text("link_empty")
    expect(phone.locator("#ended")).to_contain_text("한 번 더 찍어 주세요")


def test_key_and_password_stay_on_the_phone(computer, devices, kept):
    phone = devices.phone(storage_state=kept.state)
    sent: list[bytes] = []
    phone.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    scan(phone, ask(computer))
    approve(phone)
    expect_end(computer, "approved")

    (holding,) = kept_in(phone)
    secrets = {"password": PASSWORD.encode(), "locked key": holding["encryptedKey"]}
    bodies = b"".join(sent)
    assert b"signatures" in bodies
    assert traces(secrets, bodies) == []


def test_page_of_another_browser_sees_nothing_of_a_request(computer, devices):
    ask(computer)
    stranger = devices.computer()

    answer = stranger.goto(urlsplit(computer.url).path)

    assert answer is not None
    assert answer.status == 404
    assert "data-address" not in stranger.content()


def test_what_stands_behind_the_hash_reaches_no_log(computer, devices, kept, centre):
    phone = devices.phone(storage_state=kept.state)
    address = ask(computer)
    scan(phone, address)
    approve(phone)
    expect_end(computer, "approved")

    written = centre.log.read_text("utf-8") + json.dumps(centre.requests())

    assert "/a/approve" in written  # the requests are in it: the search works
    assert urlsplit(address).fragment not in written


def test_request_by_name_reaches_a_phone_that_is_signed_in(devices, kept):
    computer = devices.computer(storage_state=kept.state)
    phone = devices.phone(storage_state=kept.state)
    phone.goto("/me/requests")
    expect(phone.locator(".asked-of-me")).to_have_count(0)
    computer.goto("/demo/ask")
    computer.check("[name=mine]")
    computer.click("button[value=consent]")
    expect(computer.locator("#view-waiting")).to_be_visible()

    phone.locator(".asked-of-me a").click(timeout=20_000)

    expect(phone.locator("#view-request")).to_be_visible()
    approve(phone)
    expect_end(computer, "approved")
    phone.goto("/me/requests")
    expect(phone.locator(".asked-of-me")).to_have_count(0)


@pytest.fixture
def two_networks(computer, devices, kept, centre):
    """A phone that was shown a request of a computer on another network."""
    phone = devices.phone(storage_state=kept.state)
    address = ask(computer)
    request_id = urlsplit(computer.url).path.rpartition("/")[2]
    with centre.database() as session:
        request = session.get_one(AskingRequest, request_id)
        request.browser_network = "198.51.100.7"
        session.commit()
    scan(phone, address)
    expect(computer.locator("#number-panel")).to_be_visible()
    return computer, phone


def test_number_is_picked_where_the_networks_differ(two_networks):
    computer, phone = two_networks
    expect(phone.locator("#elsewhere")).to_be_visible()
    expect(phone.locator("#browser-network")).to_have_text("198.51.100.7")
    expect(phone.locator("#number-choices input")).to_have_count(3)
    approve(phone)
    expect(phone.locator("#sign-refused")).to_be_visible()

    shown = computer.locator("#shown-number").inner_text()
    phone.locator(f"#number-choices label:has-text('{shown}')").click()
    phone.click("#approve")

    expect_end(computer, "approved")


def test_wrong_number_ends_the_request_on_both_screens(two_networks):
    computer, phone = two_networks
    shown = computer.locator("#shown-number").inner_text()
    others = phone.locator("#number-choices label").filter(has_not_text=shown)
    others.first.click()

    approve(phone)

    expect(phone.locator("#ended .support code")).to_have_text(
        "request_number_wrong", timeout=20_000
    )
    expect(computer.locator("#ended.calm")).to_be_visible()
