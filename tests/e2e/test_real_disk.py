"""A browser with a window writes an NPKI folder to a real disk, and others open it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.devices import CHROMIUM, COMPUTER, FLAGS, listen
from tests.e2e.screen import Screen
from tests.e2e.test_bring import choose_form, files_of, open_and_check
from tests.support.external_verifiers import pinksign
from tests.support.foreign_certificates import PASSWORD, make_foreign, write_npki


@pytest.fixture
def window(playwright, screen, centre, tmp_path) -> Iterator[tuple[Screen, Page]]:
    """A Chromium with a window, and who sits before it."""
    person = Screen(screen)
    with person.managed():
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            headless=False,
            args=[*FLAGS],
            env=person.env,
            base_url=centre.url,
            **COMPUTER | {"locale": "en-US"},
        )
        faults: list[str] = []
        listen(context, faults)
        yield person, context.new_page()
        context.close()
    assert not faults, faults


def choose_in_the_window(person: Screen, folder: Path) -> None:
    """Choose a folder in the browser's window, and allow the page to write to it."""
    chooser = person.wait_for("Select where")
    person.keys("windowactivate", "--sync", chooser)
    person.keys("type", "--delay", "40", f"{folder}/")
    time.sleep(0.5)  # its list of names comes a moment later
    # Not Return: that would answer the question after it too.
    person.keys("key", "alt+o")
    for _ in range(100):
        if not person.windows("Select where"):
            break
        time.sleep(0.1)
    # The browser's own question has no window of its own that could be waited for.
    time.sleep(1)
    person.keys("key", "Tab")  # from "Don't allow" to "Allow"
    person.keys("key", "Return")


def test_on_a_real_disk_the_certificate_before_is_put_away(window, tmp_path):
    person, page = window
    before = make_foreign(days=-10)
    write_npki(tmp_path / "stick", before)
    write_npki(tmp_path / "new", make_foreign())
    old = files_of(tmp_path / "stick")
    open_and_check(page, tmp_path / "new")
    page.locator(".import-card button", has_text="Save or convert").click()
    choose_form(page, "as-it-is")
    page.check("#export input[value=hard-disk]")
    page.click("#export-go")
    choose_in_the_window(person, tmp_path / "stick")
    page.click("[data-question=predecessor] button[value=put-away]")
    expect(page.locator("#export-done")).to_be_visible(timeout=20_000)

    npki = tmp_path / "stick" / "NPKI"
    assert files_of(npki / "yessign") == files_of(tmp_path / "new")
    assert files_of(npki / "old-certificates") == old
    assert len(list((npki / "yessign" / "USER").iterdir())) == 1


def test_an_npki_folder_on_a_real_disk_is_what_it_was_and_opens_in_pypinksign(
    window, tmp_path
):
    person, page = window
    foreign = make_foreign()
    write_npki(tmp_path / "old", foreign, make_foreign())
    stick = tmp_path / "stick"
    stick.mkdir()
    open_and_check(page, tmp_path / "old")
    page.locator(".import-card button", has_text="Save or convert").click()
    choose_form(page, "as-it-is")
    page.check("#export input[value=removable-disk]")
    page.click("#export-go")
    choose_in_the_window(person, stick)
    page.click("[data-question=removable] button[value=yes]")
    expect(page.locator("#export-done")).to_be_visible(timeout=20_000)

    written = files_of(stick)
    assert written == files_of(tmp_path / "old")
    assert (stick / "NPKI" / "yessign" / "USER").is_dir()
    opened = pinksign(
        "open_key",
        certificate=written["signCert.der"].hex(),
        key_file=written["signPri.key"].hex(),
        password=PASSWORD,
    )
    assert opened == {"r": foreign.random_number.hex(), "signs": True}
