"""A browser inside another app is noticed before a key is kept there."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page_steps import code_on, show_code

VECTORS = Path(__file__).parents[1] / "vectors" / "in_app_browsers.json"
INSIDE = json.loads(VECTORS.read_text("utf-8"))["inside"]


def agent_of(app: str, system: str) -> str:
    """Return what the browser of an app calls itself."""
    return next(
        case["agent"]
        for case in INSIDE
        if (case["app"], case["system"]) == (app, system)
    )


@pytest.mark.parametrize("path", ["/sign-in", "/wallet", "/p", "/move#receive"])
def test_it_is_said_with_the_way_out(centre, devices, path):
    page = devices.phone(user_agent=agent_of("naver", "android"))

    page.goto(path)

    note = page.locator("#in-app")
    expect(note).to_contain_text("네이버")
    plain = "/p" if path.startswith("/move") else path  # a phone scans
    expect(note.locator("[data-way-out]")).to_have_attribute(
        "href",
        f"intent://{centre.url.partition('://')[2]}{plain}#Intent;scheme=http;"
        "action=android.intent.action.VIEW;"
        "category=android.intent.category.BROWSABLE;end",
    )
    expect(note.locator("[data-address]")).to_have_value(f"{centre.url}{plain}")


def test_where_there_is_no_way_out_the_link_is_copied(centre, devices):
    page = devices.phone(user_agent=agent_of("instagram", "ios"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/wallet")

    page.tap("[data-copy-link]")

    expect(page.locator("[data-copied]")).to_have_text(
        page.locator("[data-copied]").get_attribute("data-copied")
    )
    assert page.evaluate("navigator.clipboard.readText()") == f"{centre.url}/wallet"
    expect(page.locator("[data-way-out]")).to_be_hidden()
    expect(page.locator("#in-app [data-system=ios]")).to_be_visible()


def test_one_may_go_on_and_nothing_of_the_code_is_handed_on(
    kept, sender: Page, devices
):
    link = show_code(sender, kept.certificate)
    page = devices.phone(user_agent=agent_of("kakaotalk", "android"))
    page.goto(link)

    expect(page.locator("#in-app")).to_be_visible()
    secret = link.partition("#")[2]
    assert secret
    assert secret not in page.content()
    page.tap("#join")

    assert len(code_on(page)) == 6


def test_a_browser_of_its_own_is_told_nothing(centre, devices):
    for page in (devices.phone(), devices.computer()):
        page.goto("/wallet")
        expect(page.locator("#empty")).to_be_visible()
        expect(page.locator("#in-app")).to_be_hidden()
