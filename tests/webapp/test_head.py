"""The head of each page, and the files that browsers ask every site for."""

import re
from dataclasses import replace
from html import unescape

import pytest

from tests.webapp.browser_client import PAGE
from tests.webapp.conftest import URL
from tests.webapp.values.test_brand import BANK
from webapp import create_app

OPEN_PAGES = ("/", "/sign-in", "/move", "/p", "/wallet", "/revoke", "/trust")


def metas(text):
    """Return what the page says about itself, by name; the last of a name."""
    tags = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text)
    return {name: unescape(content) for name, content in tags}


@pytest.mark.parametrize("path", OPEN_PAGES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_open_page_says_what_it_is(app, path, language):
    headers = PAGE | {"Accept-Language": language}
    page = app.test_client().get(path, headers=headers).text

    tags = metas(page)
    title = unescape(re.search(r"<title>(.*?)</title>", page)[1])
    assert tags["og:title"] in title
    assert tags["description"] == tags["og:description"]
    assert 20 < len(tags["description"]) < 160
    assert tags["og:url"] == f"{URL}{path}"
    assert tags["og:locale"] == {"ko": "ko_KR", "en": "en_US"}[language]
    assert page.count('name="theme-color"') == 2
    assert "robots" not in tags


def test_each_open_page_describes_itself(app):
    client = app.test_client()
    pages = [client.get(path, headers=PAGE).text for path in OPEN_PAGES]

    assert len({metas(page)["description"] for page in pages}) == len(OPEN_PAGES)


@pytest.mark.parametrize("path", ["/nowhere", "/counter/sign-in"])
def test_what_is_nobodys_business_is_not_to_be_found(app, path):
    tags = metas(app.test_client().get(path, headers=PAGE).text)

    assert tags["robots"] == "noindex"
    assert "og:title" not in tags


def test_a_page_of_a_person_is_described_to_nobody(customer):
    tags = metas(customer.open("/").text)

    assert tags["robots"] == "noindex"
    assert "og:title" not in tags


def test_the_picture_that_is_named_is_there(app):
    client = app.test_client()
    page = client.get("/", headers=PAGE).text
    named = re.findall(r'<link rel="(?:icon|apple-touch-icon)" href="([^"]+)"', page)
    pictures = [*named, metas(page)["og:image"].removeprefix(URL)]

    for address in [*pictures, "/favicon.ico"]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.mimetype.startswith("image/"), address


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_manifest_is_in_the_language_of_the_page(app, language):
    client = app.test_client()
    page = client.get("/", headers=PAGE | {"Accept-Language": language}).text
    address = re.search(r'<link rel="manifest" href="([^"]+)"', page)[1]

    answer = client.get(address)

    assert answer.mimetype == "application/manifest+json"
    assert answer.json["lang"] == language
    # Not an app: iOS would give it another storage than the browser's.
    assert answer.json["display"] == "browser"
    for icon in answer.json["icons"]:
        assert client.get(icon["src"]).status_code == 200


def test_the_scanning_page_asks_for_no_manifest(app):
    page = app.test_client().get("/p", headers=PAGE).text

    assert 'rel="manifest"' not in page


def test_robots_are_told_where_nothing_is_to_be_found(app):
    answer = app.test_client().get("/robots.txt")

    assert answer.mimetype == "text/plain"
    assert "User-agent: *" in answer.text.splitlines()
    assert "Disallow: /applications/" in answer.text.splitlines()
    assert "Disallow: /" not in answer.text.splitlines()


def test_a_bank_with_a_logo_shows_no_picture_of_ours(config):
    client = create_app(replace(config, brand=BANK)).test_client()
    page = client.get("/", headers=PAGE).text
    manifest = client.get("/manifest/ko.webmanifest").json

    assert metas(page)["og:site_name"] == BANK.name_in("ko") == manifest["name"]
    assert metas(page)["og:image"] == f"{URL}{BANK.logo.path}"
    assert [icon["src"] for icon in manifest["icons"]] == [BANK.logo.path]
    assert "/static/img/" not in page
    small = client.get("/favicon.ico")
    assert small.data == BANK.logo.content
    # As on its own path: opened by itself it runs nothing.
    assert small.headers["Content-Security-Policy"].endswith("sandbox")
