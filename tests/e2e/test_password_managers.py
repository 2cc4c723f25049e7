"""What the browsers' own password managers fill in, and what they offer to keep.

Real ones, Chromium's and Firefox's, in profiles in which somebody's sign-in is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy.orm import Session

from mobile_bridge.pki.short_number import short_number
from tests.e2e.devices import COMPUTER, FIREFOX_LAUNCH, kept_browser
from tests.e2e.page_steps import (
    PASSWORD,
    begin,
    choose_password,
    code_on,
    number_on,
    sign_in,
    type_code,
    type_number,
    wait_for_done,
)
from tests.e2e.password_managers import Saved, seed_chromium, seed_firefox
from tests.e2e.server_processes import Centre, Person, centre_running
from webapp import db
from webapp.accounts.models import Role
from webapp.accounts.password_hash import hash_password
from webapp.clock import utc_now
from webapp.ra.operators import service
from webapp.ra.operators.service import NewOperator

ACCOUNT = {"account_number": "110234567890", "account_pin": "4821"}
# A form that a manager fills by all means: once it is filled, so is all it would fill.
WITNESS = """() => {
  const form = document.createElement("form");
  form.id = "witness-form";
  form.innerHTML =
    '<h6>witness</h6><input name="login_id" autocomplete="username">' +
    '<input type="password" name="password" autocomplete="current-password">';
  (document.querySelector("dialog[open]") ?? document.body).append(form);
}"""
VALUES = """() => Array.from(
  document.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox])"),
  ({ form, id, readOnly, value }) =>
    [form?.id === "witness-form" ? "witness" : id, readOnly ? "" : value],
)"""


@dataclass(frozen=True)
class Manager:
    """A browser whose profile keeps what is given to `open`."""

    open: Callable[[list[Saved]], AbstractContextManager[BrowserContext]]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre that asks for account and PIN, with an operator."""
    folder = tmp_path_factory.mktemp("managers")
    with centre_running(folder, ask_account=True) as running:
        engine = db.make_engine(f"sqlite:///{running.instance / 'certferry.db'}")
        with Session(engine) as session:
            new = NewOperator(
                login_id="chief",
                name="최담당",
                role=Role.ADMINISTRATOR,
                password_hash=hash_password("Night-Ferry-42"),
                must_change_password=False,
            )
            service.add(session, None, new, utc_now())
            session.commit()
        engine.dispose()
        yield running


@pytest.fixture
def chromium(playwright: Playwright, tmp_path: Path) -> Manager:
    @contextmanager
    def open_(saved: list[Saved]) -> Iterator[BrowserContext]:
        with kept_browser(playwright, tmp_path):  # makes the profile
            pass
        seed_chromium(tmp_path, saved)
        with kept_browser(playwright, tmp_path, base_url=saved[0].origin) as context:
            yield context

    return Manager(open_)


@pytest.fixture
def firefox_with_passwords(
    playwright: Playwright, screen: str, tmp_path: Path
) -> Manager:
    @contextmanager
    def open_(saved: list[Saved]) -> Iterator[BrowserContext]:
        seed_firefox(tmp_path, saved)
        context = playwright.firefox.launch_persistent_context(
            tmp_path,
            env={"DISPLAY": screen, "HOME": str(tmp_path)},
            base_url=saved[0].origin,
            firefox_user_prefs={
                "signon.rememberSignons": True,
                "signon.autofillForms": True,
            },
            **FIREFOX_LAUNCH,
        )
        try:
            yield context
        finally:
            context.close()

    return Manager(open_)


@pytest.fixture(params=["chromium", "firefox_with_passwords"])
def manager(request: pytest.FixtureRequest) -> Manager:
    """Each of the two."""
    chosen: Manager = request.getfixturevalue(request.param)
    return chosen


def filled_on(page: Page) -> dict[str, str]:
    """Wait until the manager has filled all it will, and return what stands where."""
    page.evaluate(WITNESS)
    page.click("#witness-form h6")  # Chromium shows a script nothing before a press
    word = page.locator("#witness-form [type=password]")
    expect(word).not_to_have_value("", timeout=30_000)
    values: dict[str, str] = dict(page.evaluate(VALUES))
    page.evaluate("document.querySelector('#witness-form').remove()")
    assert values.pop("witness")
    return {name: value for name, value in values.items() if value}


def saved_for(centre: Centre, person: Person) -> Saved:
    return Saved(centre.url, person.login_id, person.password)


def account_names(page: Page) -> list[str]:
    names: list[str] = page.eval_on_selector_all(
        "input[autocomplete=username]", "fields => fields.map(({value}) => value)"
    )
    return [name for name in names if name]


def test_a_manager_signs_in_and_fills_nothing_else_on_the_way_to_a_certificate(
    manager, centre
):
    person = centre.register(**ACCOUNT)
    saved = saved_for(centre, person)
    with manager.open([saved]) as context:
        page = context.new_page()
        page.goto("/sign-in")
        there = filled_on(page)
        assert there == {"login_id": saved.username, "password": saved.password}
        page.click("main button.primary")
        begin(page)
        page.check("input[name=accepted]")
        page.check("input[name=privacy]")
        page.click("main button.primary")

        expect(page.locator("#account_pin")).to_be_visible()
        assert filled_on(page) == {}  # date of birth, account number and PIN
        page.fill("#birth_date", "19900131")
        page.fill("#account_number", ACCOUNT["account_number"])
        page.fill("#account_pin", ACCOUNT["account_pin"])
        page.click("main button.primary")
        page.click("main button.primary")  # the type
        expect(page.locator("#make")).to_be_enabled()
        assert filled_on(page) == {}  # both fields for a new certificate password
        sent = watch_sent(page)
        choose_password(page)
        certificate = wait_for_done(page)

        page.goto(f"/certificates/{certificate}")
        serial = page.locator("dd.fingerprint").first.text_content() or ""
        number = serial.replace(" ", "")
        assert sent() == [
            ("", PASSWORD),
            (f"certificate-{short_number(number)}", PASSWORD),
        ]
        for_its_own_account(page, certificate, f"certificate-{short_number(number)}")


def for_its_own_account(page: Page, certificate: str, account: str) -> None:
    """Look at every other place where the certificate's password is asked for."""
    page.goto("/wallet")
    page.locator("#wallet button").nth(0).click()
    assert filled_on(page) == {}
    assert account_names(page) == [account]
    page.goto("/revoke")
    assert filled_on(page) == {}
    page.locator("#held .choice").click()
    assert account_names(page) == [account]
    expect(page.locator("#key-password")).to_have_attribute(
        "autocomplete", "current-password"
    )
    page.set_input_files(
        "#file", {"name": "a.p12", "mimeType": "application/x-pkcs12", "buffer": b"0"}
    )
    assert account_names(page) == []
    expect(page.locator("#key-password")).to_have_attribute(
        "autocomplete", "new-password"
    )
    page.goto("/me/password")
    assert set(filled_on(page)) == {"old"}  # it signs in: this is its place


def watch_sent(page: Page) -> Callable[[], list[tuple[str, str]]]:
    """Note what a manager reads whenever the form of the new password is sent."""
    noted: list[tuple[str, str]] = []
    page.expose_function("note", lambda name, word: noted.append((name, word)))
    page.evaluate("""() => addEventListener("submit", ({ target }) => note(
      target.querySelector("[autocomplete=username]").value,
      target.querySelector("[type=password]").value), { capture: true })""")
    return lambda: noted


def test_the_password_of_a_certificate_is_filled_under_its_own_name_only(
    manager, centre
):
    """Kept under the certificate's account, it is not filled where one signs in."""
    person = centre.register(**ACCOUNT)
    both = [saved_for(centre, person), Saved(centre.url, "certificate-0", PASSWORD)]
    with manager.open(both[1:]) as context:
        page = context.new_page()
        sign_in(page, person)

        page.goto("/me/password")
        there = filled_on(page)
        assert PASSWORD not in [there.get("new"), there.get("again")]
        assert there.get("old") is None


def test_a_manager_fills_neither_what_is_sent_nor_what_is_typed_to_connect(
    manager, centre, browser
):
    person = centre.register(**ACCOUNT)
    with manager.open([saved_for(centre, person)]) as context:
        page = context.new_page()
        sign_in(page, person)
        begin(page)
        page.check("input[name=accepted]")
        page.check("input[name=privacy]")
        page.click("main button.primary")
        page.fill("#birth_date", "19900131")
        page.fill("#account_number", ACCOUNT["account_number"])
        page.fill("#account_pin", ACCOUNT["account_pin"])
        page.click("main button.primary")
        page.click("main button.primary")
        choose_password(page)
        certificate = wait_for_done(page)
        other = browser.new_context(base_url=centre.url, **COMPUTER).new_page()
        page.goto(f"/certificates/{certificate}/send")
        type_number(other, number_on(page))
        expect(page.locator("#view-typing")).to_be_visible(timeout=20_000)
        assert filled_on(page) == {}  # the six digits
        type_code(page, code_on(other))
        expect(page.locator("#view-password")).to_be_visible()
        expect(page.locator("#send-password-account")).not_to_have_value("")

        assert set(filled_on(page)) == {""}  # the digits that were typed
        other.context.close()
        page.goto("/p")
        assert filled_on(page) == {}


def test_an_operators_own_sign_in_is_not_filled_into_what_they_write_for_others(
    manager, centre
):
    saved = Saved(centre.url, "chief", "Night-Ferry-42")
    with manager.open([saved]) as context:
        page = context.new_page()
        page.goto("/counter/sign-in")
        assert filled_on(page) == {"login_id": "chief", "password": saved.password}
        page.click("main button.primary")
        expect(page.locator("#login_id")).to_have_count(0)

        for path in ("customers/new", "operators", "customers", "certificates", "log"):
            page.goto(f"/counter/{path}")
            assert filled_on(page) == {}, path
        page.goto("/counter/password")
        there = filled_on(page)
        assert (there.get("old"), there.get("fresh")) == (saved.password, None)
