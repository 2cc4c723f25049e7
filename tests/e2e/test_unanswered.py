"""Nothing waits for a question that a person may never answer."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import (
    choose_password,
    expect_kept,
    offer,
    reach_keeping,
    wait_for_done,
)
from tests.e2e.test_saving import DISK, place_of, say_yes

NEVER = "() => new Promise(() => {})"
UNANSWERED = f"if (navigator.storage) navigator.storage.persist = {NEVER};"
NO_PLACE = f"window.showSaveFilePicker = window.showDirectoryPicker = {NEVER};"
PERSIST = """
navigator.storage.persisted = async () => false;
navigator.storage.persist = () => new Promise((done) => { globalThis.answer = done; });
"""


@pytest.mark.parametrize("place", ["browser", "hard-disk", "removable-disk", "phone"])
def test_every_place_reaches_done_while_the_browsers_question_stands(
    centre, person, computer: Page, place
):
    computer.add_init_script(UNANSWERED + DISK)
    reach_keeping(computer, person)
    computer.check(f"input[value={place}]")
    choose_password(computer)
    if place.endswith("disk"):
        computer.click("#save-go")
    if place == "removable-disk":
        say_yes(computer)
    if place == "phone":
        expect(computer.locator("#qr svg")).to_be_visible(timeout=30_000)
        computer.click("#view-showing a[href$='/done']")

    wait_for_done(computer)
    kept_at = "browser" if place == "phone" else place  # until it is sent on
    assert place_of(centre, person) == kept_at


def test_receiving_is_done_while_the_browsers_question_stands(
    kept, sender: Page, phone: Page
):
    phone.add_init_script(UNANSWERED)
    offer(sender, phone, kept.certificate)
    phone.tap("#accept")

    for page in (phone, sender):
        expect(page.locator("#view-result.safe")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("place", ["hard-disk", "removable-disk"])
def test_who_never_answers_where_the_file_goes_can_still_keep_it_here(
    centre, person, computer: Page, place
):
    computer.add_init_script(NO_PLACE)
    reach_keeping(computer, person)
    computer.check(f"input[value={place}]")
    choose_password(computer)
    computer.click("#save-go")
    expect(computer.locator("#save-go")).to_be_disabled()
    computer.click("#save-browser")

    wait_for_done(computer)
    assert place_of(centre, person) == "browser"
    expect_kept(computer, 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("true", "The browser promised to keep it."),
        (
            "false",
            "The browser did not promise it. Save the certificate as a file too.",
        ),
    ],
)
def test_the_browser_is_asked_by_a_press_and_its_answer_is_said(
    sender: Page, answer, expected
):
    sender.add_init_script(PERSIST)
    sender.goto("/wallet")
    sender.click("#persist-go")
    expect(sender.locator("#persist-status")).to_have_text(
        korean("If the browser asks you now, allow it.")
    )
    sender.evaluate(f"answer({answer})")

    expect(sender.locator("#persist-status")).to_have_text(korean(expected))


def test_what_is_promised_already_is_not_offered(sender: Page):
    sender.add_init_script("navigator.storage.persisted = async () => true;")
    sender.goto("/wallet")
    expect(sender.locator("#wallet .certificate")).to_have_count(1)

    expect(sender.locator("#persist")).to_be_hidden()
    expect(sender.locator("#storage-note")).to_contain_text(
        korean(
            "The browser promised not to clear it by itself. It is gone all the same "
            "when somebody clears the data of this site, or when this device is lost "
            "or reset."
        )
    )
