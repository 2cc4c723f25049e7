"""Every door of a certificate's life, walked in a real browser in both languages."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.devices import Devices
from tests.e2e.page_steps import (
    PASSWORD,
    choose_password,
    get_certificate,
    show_again,
    sign_in,
    wait_for_done,
)
from tests.e2e.server_processes import Centre, centre_running
from tests.support.page_modules import PFX, PFX_PASSWORD

pytestmark = pytest.mark.e2e
LANGUAGES = ["ko-KR", "en-GB"]
NEW_PASSWORD = "Another-Horse-8"
PICTURES = os.environ.get("DOOR_PICTURES")


@dataclass(frozen=True)
class Timed:
    """A centre, and the days by which its clock is ahead."""

    centre: Centre
    clock: Path

    def set_ahead(self, days: int) -> None:
        self.clock.write_text(str(days), "ascii")


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors")
    clock = folder / "days"
    clock.write_text("0", "ascii")
    with centre_running(folder, clock=clock) as running:
        yield Timed(running, clock)


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def devices(browser, timed):
    timed.set_ahead(0)
    opened = Devices(browser, timed.centre.url)
    yield opened
    timed.set_ahead(0)
    opened.close()


@pytest.fixture
def person(timed):
    return timed.centre.register()


@pytest.fixture
def page(devices, person, language):
    """A browser whose person is signed in."""
    opened = devices.computer(locale=language)
    sign_in(opened, person)
    return opened


def door(page: Page, certificate: str, name: str) -> None:
    page.goto(f"/certificates/{certificate}")
    page.click(f"main [href$='/{name}'], main form[action$='/{name}'] button")


def press(page: Page, name: str) -> None:
    """Press the button of a door that shows itself first, where it does."""
    if page.url.endswith(f"/{name}"):
        page.click(f"form[action$='/{name}'] button.primary")


def picture(page: Page, name: str) -> None:
    if not PICTURES:
        return
    place = Path(PICTURES)
    place.mkdir(parents=True, exist_ok=True)
    tongue = page.locator("html").get_attribute("lang")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390, 360):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, width, wide)
            if width != 360:
                shot = place / f"{name}-{tongue}-{width}-{scheme}.png"
                page.screenshot(path=shot, full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def listed(timed: Timed) -> str:
    """Return the centre's revocation list as openssl reads it."""
    with urlopen(f"{timed.centre.url}/pki/issuing.crl", timeout=5) as answer:
        der = answer.read()
    done = subprocess.run(
        ["openssl", "crl", "-inform", "DER", "-noout", "-text"],
        input=der,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().lower()


def wait_until_listed(timed: Timed, *texts: str) -> str:
    """Return the list as soon as it has all of these; many changes share one list."""
    return wait_for_list(timed, lambda text: all(word in text for word in texts))


def wait_for_list(timed: Timed, is_right: Callable[[str], bool]) -> str:
    ends = time.monotonic() + 20
    while not is_right(text := listed(timed)):
        assert time.monotonic() < ends, text
        time.sleep(0.1)
    return text


def serial_of(page: Page, certificate: str) -> str:
    page.goto(f"/certificates/{certificate}")
    return (page.locator("dd.fingerprint").first.text_content() or "").strip()


def pass_reissue(page: Page) -> str:
    """Walk from the terms to the new certificate."""
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    choose_password(page, NEW_PASSWORD)
    return wait_for_done(page)


def test_suspend_and_resume(page, timed):
    certificate = get_certificate(page)
    serial = serial_of(page, certificate)

    door(page, certificate, "suspend")
    if page.url.endswith("/suspend"):
        picture(page, "suspend")
    press(page, "suspend")
    page.wait_for_url(f"**/certificates/{certificate}")
    picture(page, "suspended")
    wait_until_listed(timed, serial, "certificate hold")
    door(page, certificate, "resume")
    press(page, "resume")
    show_again(page)
    picture(page, "resume")
    press(page, "resume")
    page.wait_for_url(f"**/certificates/{certificate}")

    expect(page.locator("main [href$='/suspend'], [action$='/suspend']")).to_have_count(
        1
    )
    wait_for_list(timed, lambda text: serial not in text)


def test_issue_anew(page, timed):
    old = get_certificate(page)
    serial = serial_of(page, old)

    door(page, old, "reissue")
    expect(page.locator(".effect-notice")).to_be_visible()
    picture(page, "reissue")
    page.click("main form[action$='/reissue'] button.primary")
    new = pass_reissue(page)

    assert new != old
    wait_until_listed(timed, serial)
    page.goto(f"/certificates/{old}")
    expect(page.locator("main .badge.stop")).to_be_visible()
    picture(page, "reissued-old")


def test_renew_with_the_old_key(page, person, timed):
    old = get_certificate(page)
    page.goto(f"/certificates/{old}")
    expect(page.locator("main [href$='/renew']")).to_have_count(0)
    timed.set_ahead(340)
    sign_in(page, person)  # no session lasts that long

    door(page, old, "renew")
    expect(page.locator(".effect-notice")).to_be_visible()
    picture(page, "renew")
    page.click("main form[action$='/renew'] button.primary")
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    expect(page.locator("#proof")).to_be_visible()
    picture(page, "proof")
    page.fill("#key-password", "Wrong-Horse-99")
    page.click("#proof-go")
    expect(page.locator("#proof-refused")).to_be_visible()
    page.fill("#key-password", PASSWORD)
    page.click("#proof-go")
    page.wait_for_url("**/keep")
    choose_password(page, NEW_PASSWORD)
    new = wait_for_done(page)

    assert new != old
    page.goto(f"/certificates/{old}")
    expect(page.locator("main .badge.safe").first).to_be_visible()
    expect(page.locator("main [href$='/renew']")).to_have_count(0)


def test_renew_where_the_old_key_is_not(devices, timed, page, language):
    get_certificate(page)
    owner = timed.centre.register()
    there = devices.computer(locale=language)
    sign_in(there, owner)
    certificate = get_certificate(there)
    here = devices.phone(locale=language)
    timed.set_ahead(340)
    sign_in(here, owner)

    door(here, certificate, "renew")
    here.click("main form[action$='/renew'] button.primary")
    here.check("input[name=accepted]")
    here.check("input[name=privacy]")
    here.click("main button.primary")

    expect(here.locator("#elsewhere")).to_be_visible()
    expect(here.locator("#elsewhere [href='/move#receive']")).to_be_visible()
    expect(here.locator("#elsewhere [href$='/reissue']")).to_be_visible()
    picture(here, "proof-elsewhere")


def test_revoke_for_good(page, timed):
    certificate = get_certificate(page)
    serial = serial_of(page, certificate)

    door(page, certificate, "revoke")
    picture(page, "revoke")
    page.check("input[value=affiliation_changed]")
    page.check("input[name=confirmed]")
    page.click("button.final-action")
    show_again(page)
    expect(page.locator("input[value=affiliation_changed]")).to_be_checked()
    expect(page.locator("input[name=confirmed]")).to_be_checked()
    page.click("button.final-action")
    page.wait_for_url(f"**/certificates/{certificate}")

    picture(page, "revoked")
    wait_until_listed(timed, serial)
    expect(
        page.locator("main [href$='/revoke'], main [href$='/suspend']")
    ).to_have_count(0)


def test_revoke_with_the_key_in_this_browser(page, timed):
    certificate = get_certificate(page)
    serial = serial_of(page, certificate)
    page.click("form[action='/sign-out'] button")

    page.goto("/revoke")
    picture(page, "public-revoke")
    page.click("#revoke-go")
    expect(page.locator("#revoke-refused")).to_be_visible()
    page.check("input[name=held]")
    page.check("input[value=key_compromise]")
    page.check("#confirmed")
    page.fill("#key-password", "Wrong-Horse-99")
    page.click("#revoke-go")
    expect(page.locator("#revoke-refused")).to_be_visible()
    wait_for_list(timed, lambda text: serial not in text)
    page.fill("#key-password", PASSWORD)
    page.click("#revoke-go")

    expect(page.locator("#revoked.safe h2")).to_be_visible()
    picture(page, "public-revoked")
    wait_until_listed(timed, serial)


def test_revoke_with_the_key_in_a_file(devices, page, timed, tmp_path, language):
    certificate = get_certificate(page)
    serial = serial_of(page, certificate)
    page.go_back()
    page.click("#save-file")
    page.fill("#export-password", PASSWORD)
    with page.expect_download() as saving:
        page.click("#export-go")
    file = tmp_path / "mine.p12"
    saving.value.save_as(file)

    other = devices.computer(locale=language)
    other.goto("/revoke")
    expect(other.locator("#none-held")).to_be_visible()
    other.set_input_files("#file", file)
    other.check("input[value=cessation_of_operation]")
    other.check("#confirmed")
    other.fill("#key-password", PASSWORD)
    other.click("#revoke-go")

    expect(other.locator("#revoked.safe h2")).to_be_visible(timeout=20_000)
    wait_until_listed(timed, serial)
    other.reload()
    other.set_input_files("#file", file)
    other.check("input[value=cessation_of_operation]")
    other.check("#confirmed")
    other.fill("#key-password", PASSWORD)
    other.click("#revoke-go")
    expect(other.locator("#revoke-refused")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("name", ["firefox", "bouncy-castle", "openssl-legacy"])
def test_a_file_of_another_program_opens_where_one_revokes(devices, name, language):
    page = devices.computer(locale=language)
    page.goto("/revoke")
    page.set_input_files("#file", PFX / f"{name}.p12")
    page.check("input[value=cessation_of_operation]")
    page.check("#confirmed")
    page.fill("#key-password", "Wrong-Horse-99")
    page.click("#revoke-go")
    # Tried in each of its encodings, in the page's own script.
    expect(page.locator("#revoke-refused")).to_be_visible(timeout=30_000)

    page.fill("#key-password", PFX_PASSWORD)
    # Only who has opened the key asks for something to sign.
    with page.expect_request("**/revoke/challenge", timeout=30_000) as asked:
        page.click("#revoke-go")

    assert asked.value.method == "POST"


def test_what_happened_leads_on_after_signing_in(devices, page, timed, language):
    person = timed.centre.register()
    get_certificate(page)
    visitor = devices.phone(locale=language)

    visitor.goto("/help/what-happened")
    picture(visitor, "what-happened")
    visitor.click("a[href$='answer=lost']")
    visitor.click("main a.primary")
    sign_in(visitor, person)
    expect(visitor).to_have_url(f"{timed.centre.url}/help/what-happened?answer=lost")
    expect(visitor.locator("form[action='/applications']")).to_be_visible()

    for answer in ("forgot", "expires", "new-phone", "lost", "new-pc"):
        page.goto(f"/help/what-happened?answer={answer}")
        expect(page.locator(".effect-notice")).to_be_visible()
        picture(page, f"what-{answer}")
    page.goto("/help/what-happened?answer=lost")
    page.click("form[action$='/suspend'] button")
    expect(page.locator("main h1")).to_be_visible()
    assert "/certificates/" in page.url
