"""The step where the key is made: whatever breaks, one certificate and nothing lost."""

import os
import signal
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.e2e.devices import kept_browser
from tests.e2e.page_steps import (
    PASSWORD,
    begin,
    choose_one_place,
    choose_password,
    expect_kept,
    expect_refused,
    kept_in,
    pass_steps,
    reach_keeping,
    sign_in,
    wait_for_done,
    wait_until,
)

ISSUE = "**/certificates"
SLOW_KEYS = """
if (!sessionStorage.getItem("quick")) {
  crypto.subtle.generateKey = () => new Promise(() => {});
  sessionStorage.setItem("quick", "from now on");
}
"""


class Mute:
    """Lets the request for a certificate reach the centre, and loses the answer."""

    def __init__(self, page: Page, *, drop: bool) -> None:
        self.answers, self._drop = 0, drop
        page.route(ISSUE, self._take)

    def _take(self, route: Route) -> None:
        assert route.fetch().status == 201
        self.answers += 1
        if self._drop:
            route.abort()


def test_reload_while_the_key_is_made_loses_nothing_and_doubles_nothing(
    centre, person, computer: Page
):
    reach_keeping(computer, person)
    computer.add_init_script(SLOW_KEYS)
    computer.reload()
    choose_password(computer)
    expect(computer.locator("#working")).to_be_visible()

    computer.reload()
    choose_password(computer)
    wait_for_done(computer)

    assert centre.certificates_of(person) == 1
    expect_kept(computer, 1)


def test_an_answer_lost_on_the_way_is_fetched_by_trying_again(
    centre, person, computer: Page
):
    reach_keeping(computer, person)
    Mute(computer, drop=True)
    choose_password(computer)
    expect_refused(computer, "offline")
    computer.unroute(ISSUE)

    computer.click("#refused button.primary")
    wait_for_done(computer)

    assert centre.certificates_of(person) == 1
    expect_kept(computer, 1)
    assert kept_in(computer, "pending") == []


def test_a_page_closed_before_the_answer_goes_on_by_itself_when_opened_again(
    centre, person, computer: Page
):
    keeping = reach_keeping(computer, person)
    mute = Mute(computer, drop=False)
    choose_password(computer)
    wait_until(computer, lambda: mute.answers == 1)
    context = computer.context
    computer.close()

    again = context.new_page()
    again.goto(keeping)
    wait_for_done(again)

    assert centre.certificates_of(person) == 1
    expect_kept(again, 1)


def test_a_killed_browser_goes_on_by_itself_after_signing_in_again(
    playwright, centre, person, tmp_path
):
    storage = tmp_path / "browser"
    with kept_browser(playwright, storage, base_url=centre.url) as first:
        page = first.new_page()
        keeping = reach_keeping(page, person)
        mute = Mute(page, drop=False)
        choose_password(page)
        wait_until(page, lambda: mute.answers == 1)
        kill_browser(storage)

    with kept_browser(playwright, storage, base_url=centre.url) as second:
        page = second.new_page()
        page.goto(keeping)
        if "/sign-in" in page.url:
            sign_in(page, person)
        wait_for_done(page)
        expect_kept(page, 1)

    assert centre.certificates_of(person) == 1


def test_back_and_reload_after_it_is_done_lead_to_the_same_certificate(
    centre, person, computer: Page
):
    keeping = reach_keeping(computer, person)
    choose_password(computer)
    certificate_id = wait_for_done(computer)

    computer.go_back()
    assert wait_for_done(computer) == certificate_id
    computer.goto(keeping)
    assert wait_for_done(computer) == certificate_id
    computer.reload()
    assert wait_for_done(computer) == certificate_id

    assert centre.certificates_of(person) == 1


def test_a_second_tab_that_comes_too_late_shows_the_first_ones_certificate(
    centre, person, computer: Page
):
    keeping = reach_keeping(computer, person)
    late = computer.context.new_page()
    late.goto(keeping)
    expect(late.locator("#make")).to_be_enabled()
    choose_password(computer)
    certificate_id = wait_for_done(computer)

    choose_password(late, "Another-Horse-8")

    assert wait_for_done(late) == certificate_id
    assert centre.certificates_of(person) == 1
    expect_kept(late, 1)
    assert kept_in(late, "pending") == []


def test_two_tabs_at_once_share_one_key_and_one_certificate(
    centre, person, computer: Page
):
    keeping = reach_keeping(computer, person)
    other = computer.context.new_page()
    other.goto(keeping)
    for page in (computer, other):
        choose_one_place(page)
        page.fill("#certificate-password", PASSWORD)
        page.fill("#certificate-password-again", PASSWORD)

    for page in (computer, other):
        page.evaluate("document.getElementById('make').click()")

    assert wait_for_done(computer) == wait_for_done(other)
    assert centre.certificates_of(person) == 1
    expect_kept(other, 1)


def test_a_second_tab_with_another_password_is_told_so_before_anything_is_sent(
    centre, person, computer: Page
):
    keeping = reach_keeping(computer, person)
    other = computer.context.new_page()
    other.goto(keeping)
    expect(other.locator("#make")).to_be_enabled()
    mute = Mute(computer, drop=True)
    choose_password(computer)
    wait_until(computer, lambda: mute.answers == 1)

    choose_password(other, "Another-Horse-8")

    expect_refused(other, "other_password")
    assert centre.certificates_of(person) == 1
    other.click("#refused button.primary")
    wait_for_done(other)
    expect_kept(other, 1)


def test_passwords_that_differ_are_said_and_make_no_key(centre, person, computer: Page):
    reach_keeping(computer, person)
    computer.fill("#certificate-password", PASSWORD)
    computer.fill("#certificate-password-again", PASSWORD.lower())
    computer.click("#make")

    expect(computer.locator("#different")).to_be_visible()
    expect(computer.locator("#certificate-password-again")).to_be_focused()
    assert kept_in(computer, "pending") == []
    computer.fill("#certificate-password-again", PASSWORD)
    expect(computer.locator("#different")).to_be_hidden()
    computer.click("#make")
    wait_for_done(computer)
    assert centre.certificates_of(person) == 1


def test_the_meter_says_while_typing_which_part_is_missing(person, computer: Page):
    reach_keeping(computer, person)
    field = computer.locator("#certificate-password")
    for typed, there in [
        ("", set()),
        ("abc", {"letter"}),
        ("abc1", {"letter", "digit"}),
        ("abc1!", {"letter", "digit", "special"}),
        ("wal7!tree-Q", {"letter", "digit", "special", "length"}),
    ]:
        field.fill("")
        field.press_sequentially(typed)
        for part in ("length", "letter", "digit", "special"):
            line = computer.locator(f"#missing [data-part={part}]")
            expect(line).to_have_class("there" if part in there else "")
        expect(computer.locator("#missing [data-part]:not([hidden])")).to_have_count(4)
        expect(computer.locator("#missing .wrong")).to_have_count(0)

    field.fill("비밀번호 abc1!")
    expect(computer.locator("[data-part=forbidden]")).to_be_visible()
    computer.fill("#certificate-password-again", "비밀번호 abc1!")
    computer.click("#make")
    expect(field).to_be_focused()
    assert kept_in(computer, "pending") == []


def test_a_password_that_anybody_would_try_first_is_refused_and_said_why(
    person, computer: Page
):
    reach_keeping(computer, person)
    field = computer.locator("#certificate-password")
    for typed, part in [
        ("Password1!", "common"),
        ("P@ssw0rd2026!", "common"),
        ("Qwer1234!@", "simple"),
        (f"{person.login_id}-77-Wal!", "personal"),
        ("19900131-Wal!", "personal"),
    ]:
        field.fill(typed)
        computer.fill("#certificate-password-again", typed)
        expect(computer.locator(f"#missing [data-part={part}]")).to_be_visible()
        computer.click("#make")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        assert kept_in(computer, "pending") == []


def test_the_password_never_leaves_the_page_before_its_script_is_there(
    centre, person, computer: Page
):
    keeping = reach_keeping(computer, person)
    computer.route("**/storage_page.js*", lambda route: route.abort())
    computer.goto(keeping)
    computer.fill("#certificate-password", PASSWORD)
    computer.locator("#certificate-password").press("Enter")
    computer.evaluate("document.getElementById('keep').submit()")
    computer.wait_for_load_state()

    assert PASSWORD not in computer.url
    assert PASSWORD not in centre.record.read_text("utf-8")


def test_another_browser_says_that_the_key_is_elsewhere_and_takes_nothing_away(
    centre, person, devices
):
    here, elsewhere = devices.computer(), devices.computer()
    keeping = reach_keeping(here, person)
    Mute(here, drop=True)
    choose_password(here)
    expect_refused(here, "offline")

    sign_in(elsewhere, person)
    begin(elsewhere)
    expect_refused(elsewhere, "nothing_begun")
    elsewhere.locator("#refused form button").click()
    pass_steps(elsewhere)
    choose_password(elsewhere)
    wait_for_done(elsewhere)

    here.unroute(ISSUE)
    here.goto(keeping)
    wait_for_done(here)
    expect_kept(here, 1)
    expect_kept(elsewhere, 1)
    assert centre.certificates_of(person) == 2


def test_a_step_that_is_not_open_yet_leads_back_to_the_open_one(person, computer: Page):
    sign_in(computer, person)
    begin(computer)
    terms = computer.url
    assert terms.endswith("/terms")

    computer.goto(terms.replace("/terms", "/keep"))

    assert computer.url == terms
    computer.reload()
    pass_steps(computer)
    computer.goto(terms)
    expect(computer.locator("input[name=accepted]")).to_be_checked()


def kill_browser(storage: Path) -> None:
    """End the browser whose storage is there, as a power cut would."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        own = f"--user-data-dir={storage}" in words
        if own and not any(word.startswith("--type=") for word in words):
            os.kill(int(process.name), signal.SIGKILL)
