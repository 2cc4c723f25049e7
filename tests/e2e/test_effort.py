"""What the whole way costs a person: presses and typed characters, counted."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.devices import Devices
from tests.e2e.page_steps import code_on, expect_arrived, link_on
from tests.e2e.server_processes import command_running, free_port

MOST_PRESSES = 15
MOST_CHARACTERS = 45
# Ten characters are the least that a certificate password has.
PASSWORD = "bada-2718!"


@dataclass
class Hand:
    """Presses and types as a person does, and counts both.

    It types where the focus is: a field that has no focus costs a press.
    """

    presses: int = 0
    characters: int = 0

    def press(self, place: Locator) -> None:
        """Press something that can be seen and pressed."""
        expect(place).to_be_visible(timeout=20_000)
        expect(place).to_be_enabled(timeout=20_000)
        place.click()
        self.presses += 1

    def type(self, page: Page, text: str, field: Locator) -> None:
        """Type into a field that was pressed before, or that has the focus itself."""
        expect(field).to_be_visible(timeout=20_000)
        page.wait_for_load_state()  # a field that goes on by itself does so from here
        if not field.evaluate("it => it === document.activeElement"):
            self.press(field)
        page.keyboard.type(text)
        self.characters += len(text)


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """A demo as `make run` serves it: with the phone call and the card."""
    folder = tmp_path_factory.mktemp("effort")
    with command_running(folder, free_port(), checks=True) as running:
        yield running


@pytest.mark.parametrize("language", ["ko-KR", "en-GB"])
def test_from_the_first_page_to_the_phone_it_takes_few_presses_and_little_typing(
    centre, browser, language
):
    devices, hand = Devices(browser, centre.url), Hand()
    computer = devices.computer(locale=language)
    phone = devices.phone(locale=language)

    computer.goto("/")
    sign_in_and_begin(hand, computer)
    agree_and_say_who(hand, computer)
    take_the_call(hand, computer)
    read_the_card(hand, computer)
    make_it_for_the_phone(hand, computer)
    bring_it_over(hand, computer, phone)

    expect_arrived(computer, phone)
    devices.close()
    assert hand.presses <= MOST_PRESSES
    assert hand.characters <= MOST_CHARACTERS


def sign_in_and_begin(hand: Hand, page: Page) -> None:
    hand.press(page.locator("main form[action='/demo/sign-in'] button"))
    hand.press(page.locator("form[action='/applications'] button"))


def agree_and_say_who(hand: Hand, page: Page) -> None:
    hand.press(page.locator("input[name=accepted]"))
    hand.press(page.locator("input[name=privacy]"))
    hand.press(page.locator("main button.primary"))
    hand.type(page, "19900131", page.locator("#birth_date"))
    page.wait_for_url("**/type")
    hand.press(page.locator("main button.primary"))


def take_the_call(hand: Hand, page: Page) -> None:
    """The two keys of the telephone count as characters, lifting it as a press."""
    page.wait_for_url("**/phone-check")
    hand.press(page.locator("form[data-call] button"))
    digits = "".join(page.locator("#digits span").all_inner_texts())
    with page.context.expect_page() as opened:
        page.locator("#trial-phone").click()
    telephone = opened.value
    hand.press(telephone.locator("button[value=answer]"))
    for digit in digits:
        telephone.click(f"button[name=key][value='{digit}']")
        hand.characters += 1
    page.wait_for_url(re.compile("/(security-card|keep)$"))
    telephone.close()


def read_the_card(hand: Hand, page: Page) -> None:
    page.wait_for_url("**/security-card")
    expect(page.locator(".card-index")).to_have_count(2)
    asked = page.locator(".card-index").all_inner_texts()
    card = page.context.new_page()  # a real one is on paper, beside the keyboard
    card.goto("/demo/card")
    first, second = (code_at(card, re.sub(r"\D", "", index)) for index in asked)
    card.close()
    hand.type(page, first[:2], page.locator("#first"))
    hand.type(page, second[2:], page.locator("#second"))


def code_at(card: Page, index: str) -> str:
    cell = card.locator("td", has=card.get_by_text(index, exact=True))
    return cell.locator(".printed-card-code").inner_text()


def make_it_for_the_phone(hand: Hand, page: Page) -> None:
    page.wait_for_url("**/keep")
    hand.press(page.locator("label:has(input[value=phone])"))
    hand.type(page, PASSWORD, page.locator("#certificate-password"))
    hand.type(page, PASSWORD, page.locator("#certificate-password-again"))
    hand.press(page.locator("#make"))


def bring_it_over(hand: Hand, page: Page, phone: Page) -> None:
    link = link_on(page)
    phone.goto("about:blank")
    phone.goto(link)
    hand.type(page, code_on(phone), page.locator("#code input").first)
    hand.press(page.locator("#send-go"))
    hand.press(phone.locator("#accept"))
