"""Without scripts a page says so where one looks, and what to do."""

import pytest
from playwright.sync_api import expect

from tests.e2e.korean_text import korean
from tests.e2e.page_steps import begin, sign_in

NEEDS = korean("This page works with JavaScript only, and this browser runs none here.")


@pytest.mark.parametrize("path", ["/move", "/move#send", "/p", "/wallet", "/revoke"])
def test_a_page_that_needs_scripts_says_so_in_its_place(centre, devices, path):
    page = devices.phone(java_script_enabled=False)

    page.goto(path)

    note = page.locator("main #no-script")
    expect(note).to_contain_text(NEEDS)
    expect(page.locator("main h1:visible")).to_have_count(1)
    expect(page.locator("main :is(input, button):visible")).to_have_count(0)
    assert note.bounding_box()["y"] < 300


def test_the_step_that_makes_the_key_says_so_too(centre, devices):
    page = devices.computer(java_script_enabled=False)
    sign_in(page, centre.register())
    begin(page)
    page.check("input[name=accepted]")
    page.check("input[name=privacy]")
    page.click("main button.primary")
    page.fill("#birth_date", "19900131")
    page.click("main button.primary")
    page.check("input[value=personal-bank]")
    page.click("main button.primary")

    expect(page.locator("#no-script")).to_contain_text(NEEDS)
    expect(page.locator("#keep")).to_be_hidden()
