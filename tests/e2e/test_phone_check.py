"""The phone check in a browser: the page that waits, and the phone of the console."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.e2e.devices import Devices
from tests.e2e.page_checks import LanguageCheck, LayoutCheck
from tests.e2e.page_steps import begin, sign_in
from tests.e2e.server_processes import centre_running
from tests.e2e.test_layout import press, reach
from webapp.accounts.models import Customer
from webapp.authenticators.models import PhoneCall
from webapp.clock import utc_now

ASKED = re.compile(r"http://\S+/voice/console/\S+")


@pytest.fixture(scope="module")
def phone_centre(tmp_path_factory):
    """A centre that checks by phone, and prints its calls."""
    folder = tmp_path_factory.mktemp("phone")
    with centre_running(folder, require_phone_check=True) as running:
        yield running


@pytest.fixture
def owner(phone_centre):
    """Somebody with a registered phone who was never called."""
    person = phone_centre.register()
    with phone_centre.database() as session:
        register_phone(session, person.login_id)
    return person


@pytest.fixture
def devices(browser, phone_centre):
    opened = Devices(browser, phone_centre.url)
    yield opened
    opened.close()


def register_phone(session, login_id):
    session.execute(
        update(Customer)
        .where(Customer.login_id == login_id)
        .values(phone="+821012345678")
    )
    session.commit()


def end_pause(centre):
    """Let every call that ended be long ago."""
    with centre.database() as session:
        session.execute(
            update(PhoneCall)
            .where(PhoneCall.ended_at.is_not(None))
            .values(ended_at=utc_now() - timedelta(minutes=1))
        )
        session.commit()


def reach_check(page: Page, person) -> None:
    """Sign in and walk to the phone check."""
    sign_in(page, person)
    begin(page)
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    page.check("input[value=personal-bank]")
    page.click("main button.primary")
    page.wait_for_url("**/phone-check")


def call(page: Page) -> str:
    """Press the button and return the digits on the page."""
    page.click("form[data-call] button")
    shown = page.locator("#digits span")
    expect(shown).to_have_count(2)
    return "".join(shown.all_inner_texts())


def ringing(page: Page, centre) -> None:
    """Open the phone that rings now, as the terminal says."""
    page.goto(ASKED.findall(centre.log.read_text("utf-8"))[-1])


def key(page: Page, digits: str) -> None:
    for digit in digits:
        page.click(f"button[name=key][value='{digit}']")


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 100:02d}"


def test_the_page_goes_on_by_itself_when_the_digits_were_keyed_in(
    phone_centre, owner, devices
):
    page, phone = devices.computer(), devices.phone()
    reach_check(page, owner)
    expect(page.locator("main")).to_contain_text("010-****-5678")
    expect(page.locator("main")).to_contain_text("실제 전화는 울리지 않아요")
    digits = call(page)
    line = page.locator("#line")
    expect(line).to_have_text("전화가 울리고 있어요. 받아 주세요.")
    expect(page.locator("#countdown")).to_contain_text(re.compile(r"1:[0-2]\d"))
    ringing(phone, phone_centre)
    phone.click("button[value=answer]")
    expect(line).to_have_text(
        "전화를 받으셨어요. 전화기에서 숫자 두 자리를 눌러 주세요."
    )

    key(phone, digits)

    page.wait_for_url("**/keep", timeout=10_000)
    expect(phone.locator("h1")).to_have_text("전화가 끝났어요")
    expect(phone.locator("main")).to_contain_text("확인했어요")


def test_before_an_act_the_page_goes_on_by_itself_to_that_act(
    phone_centre, owner, devices
):
    page, phone = devices.computer(), devices.phone()
    sign_in(page, owner)
    page.goto("/me/security/prove/phone?aim=revoke.0123abcd")
    expect(page.locator("main")).to_contain_text("010-****-5678")
    expect(page.locator("main a[href='/revoke']")).to_be_visible()
    digits = call(page)
    ringing(phone, phone_centre)
    phone.click("button[value=answer]")
    key(phone, digits)

    page.wait_for_url("**/certificates/0123abcd/revoke", timeout=10_000)


def test_wrong_digits_may_be_mended_once_and_then_a_new_pair_comes(
    phone_centre, owner, devices
):
    page, phone = devices.computer(), devices.phone()
    reach_check(page, owner)
    digits = call(page)
    ringing(phone, phone_centre)
    phone.click("button[value=answer]")
    key(phone, other_than(digits))
    expect(page.locator("#line")).to_contain_text("화면의 숫자와 달라요")
    expect(phone.locator("main")).to_contain_text("다시 눌러 주세요")
    key(phone, other_than(digits))

    expect(page.locator("h1")).to_have_text("누른 숫자가 화면의 숫자와 달랐어요.")
    again = page.locator("form[data-call] button")
    expect(again).to_be_disabled()
    expect(again).to_have_text(re.compile(r"\d+초 뒤에 다시 요청할 수 있어요"))
    end_pause(phone_centre)
    page.reload()
    expect(again).to_be_enabled()
    digits = call(page)
    ringing(phone, phone_centre)
    phone.click("button[value=answer]")
    key(phone, digits)
    page.wait_for_url("**/keep", timeout=10_000)


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        (["ignore"], "전화를 받지 않으셨어요."),
        (["busy"], "통화 중이라 전화가 연결되지 않았어요."),
        (["answer", "hang-up"], "숫자 두 자리를 누르기 전에 전화가 끊어졌어요."),
    ],
)
def test_each_ending_is_said_without_anybody_touching_the_page(
    phone_centre, owner, devices, done, sentence
):
    page, phone = devices.computer(), devices.phone()
    reach_check(page, owner)
    call(page)
    ringing(phone, phone_centre)

    for pressed in done:
        phone.click(f"button[value='{pressed}']")

    expect(page.locator("h1")).to_have_text(sentence)
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("[role=alert]")).to_contain_text(sentence)


def test_a_reload_and_a_second_tab_show_the_same_call(phone_centre, owner, devices):
    page = devices.computer()
    reach_check(page, owner)
    digits = call(page)
    calls = len(ASKED.findall(phone_centre.log.read_text("utf-8")))

    page.reload()
    second = page.context.new_page()
    second.goto(page.url)

    for tab in (page, second):
        shown = tab.locator("#digits span").all_inner_texts()
        assert "".join(shown) == digits
    assert len(ASKED.findall(phone_centre.log.read_text("utf-8"))) == calls


def test_a_centre_that_is_away_for_a_moment_is_waited_for(phone_centre, owner, devices):
    page, phone = devices.computer(), devices.phone()
    reach_check(page, owner)
    digits = call(page)
    ringing(phone, phone_centre)
    page.context.set_offline(True)
    expect(page.locator("#line")).to_have_text(
        "인증센터가 응답하지 않아요. 다시 해 보는 중이에요."
    )
    phone.click("button[value=answer]")
    key(phone, digits)

    page.context.set_offline(False)

    page.wait_for_url("**/keep", timeout=15_000)


def test_without_scripts_the_check_can_be_passed(phone_centre, owner, devices):
    page, phone = devices.computer(java_script_enabled=False), devices.phone()
    reach_check(page, owner)
    digits = call(page)
    ringing(phone, phone_centre)
    phone.click("button[value=answer]")
    key(phone, digits)

    page.click("noscript a")

    page.wait_for_url("**/keep")


def test_a_keyboard_is_enough_on_both_devices(phone_centre, owner, devices):
    page, phone = devices.computer(), devices.computer()
    reach_check(page, owner)
    press(page, "form[data-call] button", "Enter")
    expect(page.locator("#digits span")).to_have_count(2)
    digits = page.locator("#digits span").all_inner_texts()
    ringing(phone, phone_centre)
    press(phone, "button[value=answer]", "Enter")
    for digit in digits:
        reach(phone, f"button[name=key][value='{digit}']")
        phone.keyboard.press("Enter")

    page.wait_for_url("**/keep", timeout=10_000)


@pytest.mark.parametrize("locale", ["ko-KR", "en-GB"])
def test_every_view_fits_and_speaks_one_language(phone_centre, owner, devices, locale):
    layout, language_check = LayoutCheck(), LanguageCheck(locale[:2])

    def look(name, page):
        layout.visit(name, page)
        language_check.visit(name, page)

    page, phone = devices.computer(locale=locale), devices.phone(locale=locale)
    nobody = devices.computer(locale=locale)
    reach_check(nobody, phone_centre.register())  # who has no number
    look("no number", nobody)
    reach_check(page, owner)
    look("before the call", page)
    call(page)
    look("waiting", page)
    ringing(phone, phone_centre)
    look("the phone rings", phone)
    phone.click("button[value=answer]")
    layout.visit("on the phone", phone)  # the voice speaks both languages
    phone.click("button[value=hang-up]")
    look("the call is over", phone)
    expect(page.locator("[role=alert]")).to_be_visible()
    look("hung up", page)

    layout.check()
    language_check.check()
