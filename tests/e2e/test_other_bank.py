"""Somebody signs in at another bank, which is another program, with the certificate."""

import re
import subprocess
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import keep_one
from tests.e2e.devices import Devices
from tests.e2e.page_steps import link_on
from tests.e2e.server_processes import (
    centre_running,
    free_port,
    other_bank_running,
)
from tests.e2e.test_asking import approve, scan
from webapp.clock import utc_now
from webapp.relying.asking.models import AskingRequest

pytestmark = pytest.mark.e2e
LANGUAGES = {
    "ko-KR": ("인증서로 로그인", "로그인하지 않았어요."),
    "en-US": ("Sign in with a certificate", "You are not signed in."),
}


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """A centre that registered the bank, another site than its own."""
    page = f"http://localhost:{free_port()}"
    with centre_running(tmp_path_factory.mktemp("demo"), bank=page) as running:
        yield running


@pytest.fixture(scope="module")
def bank(centre):
    """The address of the bank, which runs."""
    with other_bank_running(centre.instance) as page:
        yield page


@pytest.fixture(scope="module")
def kept(browser, centre):
    """A certificate of this centre, in somebody's browser."""
    return keep_one(browser, centre)


@pytest.fixture
def holder(browser, centre):
    """A certificate that a test may suspend."""
    return keep_one(browser, centre)


def begin(page: Page, bank: str) -> None:
    """Go to the bank and press its one button."""
    page.goto(bank)
    page.click("#sign-in")


def agree(page: Page) -> None:
    """Let the bank learn what it asks for."""
    page.wait_for_url("**/openid/consent/**", timeout=20_000)
    page.click("button[value=yes]")


def expect_inside(page: Page, bank: str) -> None:
    """The bank knows who is there."""
    expect(page.locator("#account h1")).to_have_text("김하나", timeout=20_000)
    assert page.url == f"{bank}/"


def expect_notice(page: Page, code: str) -> None:
    """The bank says why nobody is signed in."""
    notice = page.locator(f".notice[data-code={code}]")
    expect(notice).to_be_visible(timeout=20_000)
    expect(page.locator("#sign-in")).to_be_visible()


def enter(computer: Page, phone: Page, bank: str) -> None:
    """Sign in by the code, which the phone reads from the screen."""
    begin(computer, bank)
    expect(computer.locator("#view-waiting")).to_be_visible()
    scan(phone, link_on(computer))
    approve(phone)
    if computer.url.startswith(bank):
        return
    computer.wait_for_url(re.compile(rf"/openid/consent/|^{bank}/$"), timeout=20_000)
    if "/openid/consent/" in computer.url:
        agree(computer)


def enter_here(page: Page, bank: str) -> None:
    """Sign in with the certificate in the same browser."""
    begin(page, bank)
    page.click("[data-here]:visible")
    approve(page)
    page.wait_for_url(re.compile(rf"/openid/consent/|^{bank}/$"), timeout=20_000)
    if "/openid/consent/" in page.url:
        agree(page)
    expect_inside(page, bank)


def asking_of(page: Page, centre) -> str:
    """Return the id of the request that a page waits for."""
    expect(page.locator("#view-waiting")).to_be_visible()
    return urlsplit(page.url).path.rpartition("/")[2]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_phone_signs_in_at_the_bank_by_the_code(devices, kept, bank, locale):
    computer = devices.computer(locale=locale)
    phone = devices.phone(storage_state=kept.state, locale=locale)
    computer.goto(bank)
    expect(computer.locator("#sign-in")).to_have_text(LANGUAGES[locale][0])

    enter(computer, phone, bank)

    expect_inside(computer, bank)
    expect(phone.locator("#ended.safe")).to_be_visible()
    expect(computer.locator("details.card")).to_contain_text("1990-01-31")


def test_firefox_signs_in_at_the_bank(firefox, devices, kept, bank, centre):
    foxes = Devices(firefox, centre.url)
    computer, phone = foxes.computer(), devices.phone(storage_state=kept.state)

    enter(computer, phone, bank)

    expect_inside(computer, bank)
    foxes.close()


def test_bank_learns_only_what_was_agreed_to(devices, bank, holder):
    page = devices.computer(storage_state=holder.state)
    begin(page, bank)
    page.click("[data-here]:visible")
    approve(page)
    page.wait_for_url("**/openid/consent/**", timeout=20_000)
    page.uncheck("input[value=name]")
    page.uncheck("input[value=certificate_fingerprint]")

    page.click("button[value=yes]")

    details = page.locator("details.card")
    expect(details).to_contain_text("1990-01-31", timeout=20_000)
    expect(page.locator("main")).not_to_contain_text("김하나")
    expect(page.locator("#fingerprint")).to_have_text("알려 주지 않았어요")


def test_same_browser_signs_in_without_a_phone(devices, kept, bank):
    page = devices.computer(storage_state=kept.state)
    begin(page, bank)
    page.click("[data-here]:visible")
    expect(page.locator("#numbers")).to_be_hidden()

    approve(page)
    page.wait_for_url(re.compile(rf"/openid/consent/|^{bank}/$"), timeout=20_000)
    if "/openid/consent/" in page.url:
        agree(page)

    expect_inside(page, bank)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_bank_is_told_nothing_where_the_phone_declines(devices, kept, bank, locale):
    computer = devices.computer(locale=locale)
    phone = devices.phone(storage_state=kept.state, locale=locale)
    begin(computer, bank)
    scan(phone, link_on(computer))

    phone.click("#decline")

    expect(phone.locator("#ended.calm")).to_be_visible()
    computer.click("#ended a.primary")
    expect_notice(computer, "access_denied")
    expect(computer.locator(".notice strong")).to_have_text(LANGUAGES[locale][1])


def test_bank_is_told_nothing_where_nobody_agrees(devices, bank, holder):
    page = devices.computer(storage_state=holder.state)
    begin(page, bank)
    page.click("[data-here]:visible")
    approve(page)
    page.wait_for_url("**/openid/consent/**", timeout=20_000)

    page.click("button[value=no]")

    expect_notice(page, "access_denied")


def test_who_takes_too_long_is_led_back_to_the_bank(devices, kept, bank, centre):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    begin(computer, bank)
    request_id = asking_of(computer, centre)
    scan(phone, link_on(computer))
    with centre.database() as session:
        request = session.get_one(AskingRequest, request_id)
        request.expires_at = utc_now() - timedelta(seconds=1)
        session.commit()

    approve(phone)

    expect(phone.locator("#ended .support code")).to_have_text(
        "request_expired", timeout=20_000
    )
    expect(computer.locator("#ended.stop")).to_be_visible()
    computer.click("#ended a.primary")
    expect_notice(computer, "access_denied")


def test_wrong_number_signs_nobody_in(devices, kept, bank, centre):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    begin(computer, bank)
    request_id = asking_of(computer, centre)
    with centre.database() as session:
        request = session.get_one(AskingRequest, request_id)
        request.browser_network = "198.51.100.7"
        session.commit()
    scan(phone, link_on(computer))
    expect(computer.locator("#number-panel")).to_be_visible()
    shown = computer.locator("#shown-number").inner_text()
    phone.locator("#number-choices label").filter(has_not_text=shown).first.click()

    approve(phone)

    expect(phone.locator("#ended .support code")).to_have_text(
        "request_number_wrong", timeout=20_000
    )
    computer.click("#ended a.primary")
    expect_notice(computer, "access_denied")


def answer(computer: Page, phone: Page) -> None:
    """Sign on the phone what the bank has the centre ask for."""
    expect(computer.locator("#view-waiting")).to_be_visible()
    scan(phone, link_on(computer))
    approve(phone)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_transfer_is_done_once_it_is_signed(devices, kept, bank, locale):
    computer = devices.computer(locale=locale)
    phone = devices.phone(storage_state=kept.state, locale=locale)
    enter(computer, phone, bank)
    expect_inside(computer, bank)
    before = balance(computer)
    computer.fill("#amount", "12345")
    computer.click("#transfer button")
    scan(phone, link_on(computer))
    expect(phone.locator("#consent-text")).to_contain_text("12,345")

    approve(phone)

    expect(computer.locator(".notice[data-code=transfer]")).to_be_visible(
        timeout=20_000
    )
    assert balance(computer) == before - 12_345
    computer.reload()  # the address that was come back to is used up
    assert balance(computer) == before - 12_345


def balance(page: Page) -> int:
    """Read how much is in the account, in won."""
    return int(re.sub(r"\D", "", page.inner_text("#balance")))


def test_transfer_that_is_declined_is_not_done(devices, kept, bank):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    enter(computer, phone, bank)
    expect_inside(computer, bank)
    before = balance(computer)
    computer.click("#transfer button")
    scan(phone, link_on(computer))

    phone.click("#decline")

    computer.click("#ended a.primary")
    expect(computer.locator(".notice[data-code=signing_no_result]")).to_be_visible()
    assert balance(computer) == before


def test_transfer_signed_by_somebody_else_is_not_done(
    browser, devices, kept, holder, bank, centre
):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    enter(computer, phone, bank)
    expect_inside(computer, bank)
    before = balance(computer)
    computer.click("#transfer button")

    answer(computer, devices.phone(storage_state=holder.state))

    expect(computer.locator(".notice[data-code=other_person]")).to_be_visible(
        timeout=20_000
    )
    assert balance(computer) == before


@pytest.mark.parametrize("amount", ["0", "-5", "x", ""])
def test_amount_that_is_none_asks_nobody(devices, kept, bank, amount):
    page = devices.computer(storage_state=kept.state)
    enter_here(page, bank)

    page.eval_on_selector("#transfer", "form => form.noValidate = true")
    page.eval_on_selector(
        "#amount",
        "(field, value) => { field.type = 'text'; field.value = value; }",
        amount,
    )
    page.click("#transfer button")

    expect_inside(page, bank)


def test_contract_is_signed_inside_the_pdf(devices, kept, bank, centre, tmp_path):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    enter(computer, phone, bank)
    expect_inside(computer, bank)
    computer.click("#contract button")

    answer(computer, phone)

    expect(computer.locator(".notice[data-code=contract]")).to_be_visible(
        timeout=30_000
    )
    with computer.expect_download() as download:
        computer.click("#contract a[download]")
    file = tmp_path / "signed.pdf"
    download.value.save_as(file)
    verdict = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
    ).stdout
    assert "Signature is Valid" in verdict
    assert "김하나" in verdict


def test_who_signs_out_at_the_bank_is_signed_out_at_the_centre(devices, kept, bank):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    enter(computer, phone, bank)
    expect_inside(computer, bank)

    computer.click("#sign-out")

    expect_notice(computer, "signed_out")
    computer.goto(f"{bank}/sign-in?prompt=none")
    expect_notice(computer, "login_required")


def test_bank_asks_silently_whether_somebody_is_signed_in(devices, kept, bank):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    computer.goto(f"{bank}/sign-in?prompt=none")
    expect_notice(computer, "login_required")
    enter(computer, phone, bank)
    expect_inside(computer, bank)
    computer.context.clear_cookies(name="naru_bank")
    computer.goto(bank)
    expect(computer.locator("#sign-in")).to_be_visible()

    computer.goto(f"{bank}/sign-in?prompt=none")

    expect_inside(computer, bank)


def test_bank_has_somebody_sign_anew(devices, kept, bank):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    enter(computer, phone, bank)
    expect_inside(computer, bank)

    computer.goto(f"{bank}/sign-in?prompt=login")

    expect(computer.locator("#view-waiting")).to_be_visible()


def test_session_at_the_bank_ends_when_the_certificate_is_suspended(
    devices, holder, bank
):
    computer, phone = devices.computer(), devices.phone(storage_state=holder.state)
    enter(computer, phone, bank)
    expect_inside(computer, bank)

    phone.goto(f"/certificates/{holder.certificate}/suspend")
    phone.click("form[action$='/suspend'] button.primary")
    expect(phone.locator("main")).to_contain_text("멈")

    expect_signed_out(computer, bank)
    expect_notice(computer, "suspended")
    computer.goto(f"{bank}/sign-in?prompt=none")
    expect_notice(computer, "login_required")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_bank_refuses_once_a_lost_phone_is_reported(devices, holder, bank, locale):
    computer = devices.computer(locale=locale)
    phone = devices.phone(storage_state=holder.state, locale=locale)
    other = devices.computer(storage_state=holder.state, locale=locale)
    enter(computer, phone, bank)
    expect_inside(computer, bank)

    other.goto("/me/not-me")
    other.click("form[action='/me/not-me'] button")
    other.wait_for_url("**/me/not-me/next")

    expect_signed_out(computer, bank)
    begin(computer, bank)
    scan(phone, link_on(computer))
    approve(phone)
    expect(phone.locator(".support code, #sign-refused").first).to_be_visible(
        timeout=20_000
    )
    expect(computer.locator("#view-waiting")).to_be_visible()


def expect_signed_out(page: Page, bank: str) -> None:
    """Look again until the bank knows nobody and why: it is told at once."""
    for _ in range(20):
        page.goto(bank)
        if page.locator(".notice[data-code=suspended]").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the bank still knows who is there")


def test_address_of_the_sign_in_reaches_no_log_of_the_centre(
    devices, kept, bank, centre
):
    computer, phone = devices.computer(), devices.phone(storage_state=kept.state)
    codes: list[str] = []
    computer.on(
        "request",
        lambda request: codes.extend(re.findall(r"[?&]code=([^&]+)", request.url)),
    )
    enter(computer, phone, bank)
    expect_inside(computer, bank)

    assert codes
    log = centre.log.read_text("utf-8")
    assert [code for code in codes if code in log] == []


def test_centre_s_first_page_leads_to_the_bank_that_runs(devices, kept, bank):
    page = devices.computer(storage_state=kept.state, locale="en-US")
    page.goto("/")
    expect(page.locator("#other-bank[data-running=yes]")).to_be_visible()

    page.click("#other-bank a")

    expect(page.locator("#sign-in")).to_have_text(LANGUAGES["en-US"][0])
    assert urlsplit(page.url).netloc == urlsplit(bank).netloc


def test_centre_s_first_page_says_how_the_bank_is_started(browser, tmp_path):
    page = f"http://localhost:{free_port()}"
    with centre_running(tmp_path, bank=page) as centre:
        kept = keep_one(browser, centre)
        devices = Devices(browser, centre.url)
        computer = devices.computer(storage_state=kept.state)
        computer.goto("/")
        expect(computer.locator("#other-bank[data-running=no] pre")).to_have_text(
            "make other-bank"
        )
        computer.click("#other-bank a")
        expect(computer.locator("#other-bank[data-running=no]")).to_be_visible()

        with other_bank_running(centre.instance):
            computer.click("#other-bank a")

            expect(computer.locator("#sign-in")).to_be_visible()
        devices.close()
