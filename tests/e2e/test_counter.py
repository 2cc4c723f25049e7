"""An operator's day at the counter, in a real browser."""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.e2e.devices import Devices
from tests.e2e.page_steps import get_certificate, sign_in
from tests.e2e.server_processes import centre_running
from webapp import db
from webapp.accounts.models import Customer, Role
from webapp.accounts.password_hash import hash_password
from webapp.authenticators.models import SecurityCard
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.enrolment.guards import STEP_TIMEOUT
from webapp.enrolment.models import Application
from webapp.ra.operators import service
from webapp.ra.operators.service import NewOperator

WORD = "Night-Ferry-42"
LAYOUT_CHECKS = os.environ.get("LOOK")  # a folder for pictures, for people who look


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    """A centre with an administrator at its counter."""
    folder = tmp_path_factory.mktemp("counter")
    with centre_running(folder) as running:
        with opened(running) as session:
            new = NewOperator(
                login_id="chief",
                name="최담당",
                role=Role.ADMINISTRATOR,
                password_hash=hash_password(WORD),
                must_change_password=False,
            )
            service.add(session, None, new, utc_now())
            session.commit()
        yield running


@pytest.fixture
def at_counter(browser, counter):
    """Opens browsers in front of that centre."""
    devices = Devices(browser, counter.url)
    yield devices
    devices.close()


def opened(centre) -> Session:
    engine = db.make_engine(f"sqlite:///{centre.instance / 'certferry.db'}")
    return Session(engine)


def enter(page: Page) -> None:
    page.goto("/counter")
    page.fill("#login_id", "chief")
    page.fill("#password", WORD)
    page.click("main button.primary")
    expect(page.locator(".tabs")).to_be_visible()
    if page.locator("#later").count():  # a second factor is offered once
        page.click("#later")
        expect(page).to_have_url(re.compile("/counter$"))


def look(page: Page, name: str) -> None:
    """Nothing is wider than the screen; keep a picture of it where that is wanted."""
    page.wait_for_load_state()
    wide = "document.documentElement.scrollWidth <= innerWidth + 1"
    assert page.evaluate(wide), name
    if LAYOUT_CHECKS:
        at = f"{name}-{page.viewport_size['width']}.png"
        page.screenshot(path=Path(LAYOUT_CHECKS) / at, full_page=True)


def register(page: Page, login_id: str) -> str:
    """Register somebody and return the first password."""
    page.goto("/counter/customers/new")
    page.fill("#name", "이하나")
    page.fill("#latin_name", "LEE HANA")
    page.fill("#birth_date", "19900131")
    page.fill("#phone", "010-1234-5678")
    page.fill("#login_id", login_id)
    page.click("main button.primary")
    return page.locator("#first-password").text_content()


def test_a_customer_is_registered_and_chooses_a_password_at_the_first_sign_in(
    at_counter, counter
):
    page, login_id = at_counter.computer(), f"hana-{secrets.token_hex(3)}"
    enter(page)
    page.goto("/counter/customers/new")
    page.click("main button.primary")
    expect(page.locator(".wrong")).to_have_count(4)
    look(page, "mistakes")

    password = register(page, login_id)
    look(page, "handed-over")

    customer = at_counter.phone()
    customer.goto("/sign-in")
    customer.fill("#login_id", login_id)
    customer.fill("#password", password)
    customer.click("main button.primary")
    expect(customer.locator("input[autocomplete=new-password]").first).to_be_visible()
    customer.goto("/applications/any")
    expect(customer.locator("input[autocomplete=new-password]").first).to_be_visible()


def test_what_is_handed_over_is_covered_until_it_is_asked_for(at_counter, counter):
    page = at_counter.computer()
    enter(page)
    page.clock.install()
    register(page, f"hana-{secrets.token_hex(3)}")
    password = page.locator("#first-password")
    page.wait_for_load_state()  # the page's script covers it again
    expect(password).to_be_hidden()

    open_cover(page)
    expect(password).to_be_visible()
    page.clock.fast_forward(61_000)
    expect(password).to_be_hidden()
    open_cover(page)
    leave_tab(page)
    expect(password).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(password).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(password).to_be_hidden()
    page.emulate_media(media="print")
    paper = "document.querySelector('.covered')"
    style = f"getComputedStyle({paper}, '::details-content').contentVisibility"
    assert page.evaluate(style) == "visible"


def test_without_scripts_what_is_covered_opens_by_hand(at_counter, counter):
    page = at_counter.computer(java_script_enabled=False)
    enter(page)
    register(page, f"hana-{secrets.token_hex(3)}")

    expect(page.locator("#first-password")).to_be_hidden()
    page.locator(".covered > summary").first.click()
    expect(page.locator("#first-password")).to_be_visible()


def open_cover(page: Page) -> None:
    """Open the first cover, and return when the page has heard of it."""
    cover = page.locator(".covered").first
    # A listener that came after the page's own, so its minute runs by then.
    cover.evaluate(
        "it => { it.dataset.heard = '';"
        " it.addEventListener('toggle', () => (it.dataset.heard = it.open)) }"
    )
    cover.locator("summary").click()
    expect(cover).to_have_attribute("data-heard", "true")


def leave_tab(page: Page) -> None:
    """Say what a browser says when another tab comes to the front."""
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState',"
        " { value: 'hidden', configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_a_day_at_the_counter(at_counter, counter, locale):
    person = counter.register("김하나")
    holder = at_counter.computer(locale=locale)
    sign_in(holder, person)
    certificate = get_certificate(holder, type_id="personal-general")
    customer_id = arrange(counter, person.login_id)
    page = at_counter.computer(locale=locale)
    enter(page)
    look(page, f"home-{locale}")

    page.fill("#q", person.login_id)
    page.keyboard.press("Enter")
    page.click("main table a")
    look(page, f"customer-{locale}")
    press(page, f"/counter/customers/{customer_id}/do/unlock-card")
    page.click("a[href$='/settle']")
    page.fill("input[name=note]", "4711")
    press(page, "/settle")
    page.goto(f"/counter/certificates/{certificate}")
    page.click("a[href$='/suspend']")
    look(page, f"suspend-{locale}")
    page.check("input[value=by_request]")
    press(page, "/suspend")
    page.goto(f"/counter/certificates/{certificate}")
    press(page, "/resume")
    page.goto(f"/counter/certificates/{certificate}")
    look(page, f"certificate-{locale}")
    page.click("a[href$='/revoke']:not(.foot a)")
    look(page, f"revoke-{locale}")
    page.check("input[value=key_compromise]")
    page.check("input[name=confirmed]")
    press(page, "/revoke")
    page.goto("/counter/approvals")
    look(page, f"approvals-{locale}")
    page.click("a[href$='/approve']")
    page.check("input[value=documents]")
    press(page, "/approve")
    page.goto("/counter")
    expect(page.locator("svg.picture")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(1)
    look(page, f"picture-{locale}")
    for path in ("certificates", "operators", "log", "import", "charges", "customers"):
        page.goto(f"/counter/{path}")
        look(page, f"{path}-{locale}")
    with opened(counter) as session:
        kept = session.get(Certificate, certificate)
        assert kept.state == "revoked"
        assert kept.revocation_reason == "key_compromise"


def test_a_reason_that_is_missing_is_said_above_them_all_until_any_is_chosen(
    at_counter, counter
):
    person = counter.register()
    with opened(counter) as session:
        customer_id = session.scalars(
            select(Customer.id).where(Customer.login_id == person.login_id)
        ).one()
    page = at_counter.computer()
    enter(page)
    page.goto(f"/counter/customers/{customer_id}/password")

    page.locator("main .actions button").click()

    reasons = page.locator("main fieldset").first
    line = reasons.locator(".field-missing")
    expect(line).to_be_visible()
    message_box, first = (
        line.bounding_box(),
        reasons.locator(".choice").first.bounding_box(),
    )
    assert message_box
    assert first
    assert message_box["y"] + message_box["height"] <= first["y"]
    reasons.locator("input").nth(1).check()
    expect(line).to_have_count(0)
    expect(reasons.locator("[aria-invalid]")).to_have_count(0)


def test_the_counter_fits_on_a_phone_and_in_the_dark(at_counter, counter):
    page = at_counter.phone(color_scheme="dark")
    enter(page)
    paths = ("", "/customers", "/customers/1", "/certificates", "/customers/new")
    for path in (*paths, "/import", "/operators", "/log", "/approvals"):
        page.goto(f"/counter{path}")
        look(page, f"dark{path.replace('/', '-')}")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in (*paths, "/import", "/operators", "/log", "/password"):
        page.goto(f"/counter{path}")
        look(page, f"dark{path.replace('/', '-')}")


def test_a_sheet_is_looked_at_confirmed_and_saved(at_counter, counter, tmp_path):
    page, login_id = at_counter.computer(), f"sheet-{secrets.token_hex(3)}"
    enter(page)
    header = "login_id,name,latin_name,birth_date,phone\n"
    sheet = tmp_path / "customers.csv"
    sheet.write_text(header + f"{login_id},=김하나,KIM HANA,20010231,x\n", "utf-8-sig")
    page.goto("/counter/import")
    page.set_input_files("#sheet", sheet)
    page.click("main button.primary")
    look(page, "sheet-mistakes")

    sheet.write_text(header + f"{login_id},김하나,KIM HANA,20010203,\n", "cp949")
    page.set_input_files("#sheet", sheet)
    page.click("main button.primary")
    look(page, "sheet-ready")
    page.click("main button.primary")
    expect(page.locator("#passwords tbody tr")).to_have_count(1)
    with page.expect_download() as saved:
        page.click("#save")

    look(page, "sheet-done")
    text = Path(saved.value.path()).read_text("utf-8-sig")
    assert login_id in text
    assert page.locator("#passwords td.code").text_content() in text


def press(page: Page, action: str) -> None:
    """Press the button of a form, and see that it is said what was done."""
    page.locator(f"form[action$='{action}'] button").first.click()
    expect(page.locator(".notice.safe")).to_be_visible()


def arrange(centre, login_id: str) -> int:
    """Lock a card and ask for an approval, as the customer's own steps do."""
    now = utc_now()
    with opened(centre) as session:
        owner = session.scalar(select(Customer).where(Customer.login_id == login_id))
        session.add(
            SecurityCard(
                id=secrets.token_hex(16),
                customer_id=owner.id,
                number=secrets.token_hex(5),
                codes=b"sealed",
                issued_at=now,
                ask_first=1,
                ask_second=2,
                errors=5,
                locked_at=now,
            )
        )
        session.execute(
            update(Application)
            .where(Application.customer_id == owner.id)
            .values(closed_at=now)
        )
        session.add(
            Application(
                id=secrets.token_urlsafe(16),
                customer_id=owner.id,
                started_at=now,
                expires_at=now + STEP_TIMEOUT + timedelta(days=7),
                type_id="corporate-bank",
                approval_asked_at=now,
            )
        )
        session.commit()
        return owner.id
