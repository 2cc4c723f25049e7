"""Security card, authenticator app and passkey, in a real browser."""

import re
import secrets
from dataclasses import dataclass, replace

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.e2e.devices import Devices
from tests.e2e.page_steps import begin, expect_black_on_white, sign_in
from tests.e2e.server_processes import Person, centre_running
from webapp.accounts.models import Customer
from webapp.authenticators.encryption import read_key
from webapp.authenticators.security_card.service import IssuedCard, issue_card
from webapp.clock import utc_now

HERE = "/me/security"


@dataclass(frozen=True)
class Holder:
    """Somebody with a card."""

    person: Person
    card: IssuedCard

    def halves(self, page: Page) -> tuple[str, str]:
        """Read on the page what is asked for, and on the card what it is."""
        expect(page.locator(".card-index")).to_have_count(2)
        asked = page.locator(".card-index").all_inner_texts()
        first, second = (int(re.search(r"\d+", index)[0]) for index in asked)
        return self.card.codes[first - 1][:2], self.card.codes[second - 1][2:]


@pytest.fixture(scope="module")
def checking(tmp_path_factory):
    """A centre that asks for a card, an app or a passkey; opened as localhost."""
    folder = tmp_path_factory.mktemp("checking")
    with centre_running(
        folder,
        require_security_card=True,
        second_checks=["card", "one-time-code", "passkey"],
    ) as running:
        # An address of digits has no passkeys.
        yield replace(running, url=running.url.replace("127.0.0.1", "localhost"))


@pytest.fixture
def at_checking(browser, checking):
    opened = Devices(browser, checking.url)
    yield opened
    opened.close()


@pytest.fixture
def holder(checking):
    return holder_in(checking)


def holder_in(checking) -> Holder:
    person = checking.register()
    key = read_key((checking.instance / "identity_key").read_text())
    with checking.database() as session:
        stmt = select(Customer).where(Customer.login_id == person.login_id)
        customer = session.scalars(stmt).one()
        chance = secrets.SystemRandom()
        card = issue_card(session, customer, key, chance, actor=None, now=utc_now())
        session.commit()
    return Holder(person, card)


def to_step(page: Page, *, type_id: str = "personal-bank") -> None:
    """Walk up to the step that asks who one is."""
    begin(page)
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    page.check(f"input[value={type_id}]")
    page.click("main button.primary")
    page.wait_for_url("**/security-card")


def answer(page: Page, holder: Holder, *, wrong: bool = False) -> None:
    """Type two halves as a person does: digits, Tab, digits, Enter."""
    first, second = holder.halves(page)
    if wrong:
        second = f"{(int(second) + 1) % 100:02}"
    page.locator("#first").focus()
    page.keyboard.type(first)
    page.keyboard.press("Tab")
    page.keyboard.type(second)
    page.keyboard.press("Enter")


def add_authenticator(page: Page) -> None:
    """Give the browser a device that verifies its holder."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def set_up_app(page: Page, holder: Holder) -> pyotp.TOTP:
    """Set an authenticator app up on the own page."""
    page.goto(HERE)
    page.click(f"a[href='{HERE}/one-time']")
    answer(page, holder)
    page.click("main button.primary")
    expect(page.locator(".one-time-plate svg")).to_be_visible()
    expect_black_on_white(page, ".one-time-plate")
    page.click("main details summary")
    secret = page.inner_text(".one-time-secret code").replace(" ", "")
    app = pyotp.TOTP(secret)
    page.fill("#code", app.now())
    page.click("main button.primary")
    page.wait_for_url(f"**{HERE}?done=one-time")
    return app


def make_passkey(page: Page, holder: Holder) -> None:
    """Register a passkey on the own page."""
    page.goto(HERE)
    page.click(f"a[href='{HERE}/passkey']")
    answer(page, holder)
    page.fill("#passkey-name", "My laptop")
    page.click("#passkey-go")
    page.wait_for_url(f"**{HERE}?done=passkey")


def test_two_halves_of_the_card_lead_to_the_key(at_checking, holder):
    page = at_checking.computer()
    sign_in(page, holder.person)
    to_step(page)
    expect(page.locator("#first")).to_be_focused()

    answer(page, holder)

    page.wait_for_url("**/keep")


def test_a_wrong_answer_keeps_the_question_and_five_lock_the_card(at_checking, holder):
    page = at_checking.phone()
    sign_in(page, holder.person)
    to_step(page)
    expect(page.locator(".card-index")).to_have_count(2)
    asked = page.locator(".card-index").all_inner_texts()
    for left in (4, 3, 2, 1):
        answer(page, holder, wrong=True)
        expect(page.locator("#refusal")).to_be_visible()
        expect(page.locator("#tries")).to_contain_text(str(left))
        page.goto(page.url)
        assert page.locator(".card-index").all_inner_texts() == asked

    answer(page, holder, wrong=True)

    expect(page.locator("#first")).to_have_count(0)
    expect(page.locator("[role=alert]").first).to_be_visible()
    page.goto(HERE)
    expect(page.locator("main section").first).to_contain_text("잠겼어요")


def test_an_app_is_set_up_and_used_in_place_of_the_card(at_checking, holder):
    page = at_checking.computer(locale="en-GB")
    sign_in(page, holder.person)
    app = set_up_app(page, holder)
    to_step(page)
    page.click("a[href$='way=one-time-code']")
    page.fill("#code", app.at(utc_now().timestamp() + 30))
    page.keyboard.press("Enter")

    page.wait_for_url("**/keep")


def test_a_passkey_is_registered_and_used_in_place_of_the_card(at_checking, holder):
    page = at_checking.computer(locale="en-GB")
    add_authenticator(page)
    sign_in(page, holder.person)
    make_passkey(page, holder)
    expect(page.locator(".passkey h3")).to_have_text("My laptop")
    to_step(page)
    page.click("a[href$='way=passkey']")
    page.click("#passkey-go")

    page.wait_for_url("**/keep")


def test_an_empty_field_is_not_wrong_before_it_is_sent_empty(at_checking, holder):
    """Firefox reads `:invalid` out as wrong, whatever aria-invalid says."""
    page = at_checking.computer()
    page.goto("/sign-in")
    expect(page.locator("#login_id")).to_have_attribute("aria-required", "true")
    expect(page.locator(":is(input, select):invalid")).to_have_count(0)

    page.fill("#password", "something")
    page.click("main button.primary")
    expect(page.locator("#login_id")).to_be_focused()
    expect(page.locator("#login_id")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#login_id-missing")).to_be_visible()
    expect(page.locator("#refusal")).to_have_count(0)  # nothing was sent

    sign_in(page, holder.person)
    to_step(page)
    expect(page.locator("#first")).to_have_attribute("aria-required", "true")
    expect(page.locator(":is(input, select):invalid")).to_have_count(0)


def test_where_a_browser_has_no_passkeys_the_sign_in_page_says_nothing_of_them(
    at_checking,
):
    page = at_checking.computer()
    page.add_init_script("delete globalThis.PublicKeyCredential")
    page.goto("/sign-in")
    # Its script runs after the one that shows this button.
    expect(page.locator("[data-shows=password]")).to_be_visible()

    expect(page.locator("#passkey")).to_be_hidden()
    expect(page.locator("[role=alert]:visible")).to_have_count(0)

    other = at_checking.computer()
    other.goto("/sign-in")
    expect(other.locator("#passkey-go")).to_be_enabled()


def test_a_removed_passkey_is_no_longer_offered(at_checking, holder):
    page = at_checking.computer()
    add_authenticator(page)
    sign_in(page, holder.person)
    make_passkey(page, holder)
    page.click(".removing summary")
    page.click(".removing .danger")
    page.wait_for_url(f"**{HERE}?done=passkey-removed")
    expect(page.locator(".passkey")).to_have_count(0)

    to_step(page)

    expect(page.locator("a[href$='way=passkey']")).to_have_count(0)


def test_a_browser_whose_owner_says_no_is_told_so_and_may_try_again(
    at_checking, holder
):
    page = at_checking.computer(locale="en-GB")
    sign_in(page, holder.person)
    page.goto(HERE)
    page.click(f"a[href='{HERE}/passkey']")
    answer(page, holder)
    expect(page.locator("#passkey-name")).to_be_focused()
    page.evaluate(
        "() => { navigator.credentials.create = () =>"
        " Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    page.fill("#passkey-name", "x")
    page.click("#passkey-go")

    expect(page.locator("#passkey-refused")).to_contain_text("No passkey was used")
    expect(page.locator("#passkey-go")).to_be_enabled()
