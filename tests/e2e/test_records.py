"""What comes after issuing, as a person sees it: on paper, in the calendar, by date."""

import json
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    PASSWORD,
    expect_arrived,
    get_certificate,
    offer,
    sign_in,
    wait_until,
)

SURVEY = Path(__file__).with_name("layout_checks.js").read_text("utf-8")
LANGUAGES = ("ko-KR", "en-US")


def complaints(page: Page) -> list[str]:
    """Return what can be measured and is not right."""
    return page.evaluate(SURVEY)


@pytest.fixture(params=LANGUAGES)
def holder(request, devices, centre):
    """A page whose browser just got a certificate, and the certificate's id."""
    page = devices.computer(locale=request.param)
    sign_in(page, centre.register())
    return page, get_certificate(page)


def test_the_receipt_fits_one_sheet_and_shows_no_bars_on_paper(holder):
    page, certificate = holder
    page.goto(f"/certificates/{certificate}/receipt")
    expect(page.locator("#print")).to_be_visible()
    assert complaints(page) == []

    page.emulate_media(media="print")

    for hidden in (".bar", ".foot", "#print", ".screen-only"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".paper-only")).to_be_visible()
    sheets = page.pdf(format="A4").count(b"/Type /Page\n")
    assert sheets == 1


def test_on_paper_the_receipt_is_black_on_white_and_unfolded(holder):
    page, certificate = holder
    page.emulate_media(color_scheme="dark")
    page.goto(f"/certificates/{certificate}/receipt")
    page.evaluate(
        """() => document.querySelector(".printed").insertAdjacentHTML("beforeend",
          "<details><summary>More</summary><p id=folded>Folded</p></details>")"""
    )
    expect(page.locator("#folded")).to_be_hidden()

    # By a browser that says so, and again folded afterwards.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#folded")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#folded")).to_be_hidden()
    page.emulate_media(media="print", color_scheme="dark")
    style = "getComputedStyle(document.body)"
    assert page.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"{style}.color") == "rgb(0, 0, 0)"


def test_the_print_button_prints(holder):
    page, certificate = holder
    page.add_init_script("window.print = () => { window.printed = true; };")
    page.goto(f"/certificates/{certificate}/receipt")

    page.click("#print")

    assert page.evaluate("window.printed") is True


def test_the_reminder_is_a_file_that_a_calendar_reads(holder):
    page, certificate = holder
    page.goto(f"/certificates/{certificate}")

    with page.expect_download() as waiting:
        page.click("a[href$='reminder.ics']")

    read = Calendar.from_ical(Path(waiting.value.path()).read_bytes())
    assert len(read.events) == 2


def test_places_tell_what_was_made_saved_sent_and_deleted(devices, centre):
    page, phone = devices.computer(), devices.phone()
    sign_in(page, centre.register())
    certificate = get_certificate(page)
    places = f"/certificates/{certificate}/places"
    page.goto(places)
    rows = page.locator(".happenings li")
    expect(rows).to_have_count(1)
    expect(page.locator("#here")).to_have_text(korean("It is kept in this browser."))

    save_as_file(page)
    offer(page, phone, certificate)
    phone.click("#accept")
    expect_arrived(page, phone)
    delete_here(page)

    told = ["removed", "sent", "saved", "made"]
    expected = [
        korean("Deleted in a browser"),
        korean("Sent to a phone or tablet"),
        korean("Saved as a file"),
        korean("Made in a browser and kept there"),
    ]
    wait_until(page, lambda: noted(page, places) == len(told))
    expect(rows.locator("b")).to_have_text(expected)
    expect(page.locator("#here")).to_have_text(korean("It is not in this browser."))
    assert complaints(page) == []


def test_a_centre_that_does_not_hear_it_stops_nothing(devices, centre):
    page = devices.computer()
    sign_in(page, centre.register())
    certificate = get_certificate(page)
    page.route("**/kept", lambda route: route.abort())

    delete_here(page)

    expect(page.locator("#empty")).to_be_visible()
    page.goto(f"/certificates/{certificate}/places")
    expect(page.locator(".happenings li")).to_have_count(1)


def test_the_history_is_shown_and_can_be_taken_away(holder):
    page, _certificate = holder
    page.goto("/me/history")
    expect(page.locator(".happenings li").first).to_be_visible()
    assert complaints(page) == []

    for kind in ("csv", "json"):
        with page.expect_download() as waiting:
            page.click(f"a[href='/me/history.{kind}']")
        content = Path(waiting.value.path()).read_bytes()
        if kind == "csv":
            assert content.startswith(b"\xef\xbb\xbf")
        else:
            events = [entry["what"] for entry in json.loads(content)]
            assert events[-1] == "customer.registered"
            assert "certificate.issued" in events


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["receipt", "places", "history"])
def test_each_page_fits_and_can_be_read(devices, kept, where, width, scheme):
    page = devices.computer(
        storage_state=kept.state,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
    )
    address = f"/certificates/{kept.certificate}/{where}"
    page.goto("/me/history" if where == "history" else address)

    assert complaints(page) == []


def save_as_file(page: Page) -> None:
    """Save what the wallet keeps as a file."""
    page.goto("/wallet")
    page.locator("#wallet button").nth(0).click()
    page.fill("#export-password", PASSWORD)
    with page.expect_response("**/kept"), page.expect_download():
        page.click("#export-go")


def delete_here(page: Page) -> None:
    """Delete what the wallet keeps."""
    page.goto("/wallet")
    page.locator("#wallet button.quiet").last.click()
    page.click("#remove-go")
    expect(page.locator("#empty")).to_be_visible()


def noted(page: Page, places: str) -> int:
    """Return how much the centre has heard."""
    page.goto(places)
    return page.locator(".happenings li").count()
