"""Korean and English: each page wholly in one of them."""

from playwright.sync_api import Page, expect

from tests.e2e.page_checks import LanguageCheck
from tests.e2e.site_crawl import crawl_all


def test_korean_pages_say_nothing_in_english(korean_crawl):
    korean_crawl.language_check.check()


def test_english_pages_say_nothing_in_korean_on_the_whole_way_to_the_phone(
    kept, devices, person
):
    language_check = LanguageCheck("en")
    crawl_all(devices, person, kept, language_check.visit, locale="en-GB")

    language_check.check()


def test_choosing_a_language_keeps_the_page(sender: Page, kept):
    for path in ("/wallet", f"/certificates/{kept.certificate}", "/trust", "/"):
        sender.goto(path)
        for language in ("en", "ko"):
            sender.click("form[action^='/language/'] button")
            expect(sender.locator("html")).to_have_attribute("lang", language)
            assert sender.url.endswith(path)


def test_choosing_a_language_keeps_where_signing_in_leads(computer: Page):
    computer.goto("/sign-in?next=/trust")
    computer.click("form[action^='/language/'] button")

    expect(computer.locator("html")).to_have_attribute("lang", "en")
    assert computer.url.endswith("/sign-in?next=/trust")


def test_the_browsers_wish_decides_until_somebody_chooses(devices):
    for locale, language in (("en-US", "en"), ("ko-KR", "ko"), ("fr-FR", "ko")):
        page = devices.computer(locale=locale)
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("lang", language)
