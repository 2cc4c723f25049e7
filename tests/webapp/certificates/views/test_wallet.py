"""The wallet as an app: its manifest, its worker, and the page for no network."""

import json
import re
from dataclasses import replace

import pytest

from tests.webapp.browser_client import PAGE
from tests.webapp.values.test_brand import BANK
from webapp import create_app

LANGUAGES = ("ko", "en")


def edition_in(script):
    """Return the list that stands in front of the worker's script."""
    return json.loads(re.match(r"self\.edition=(\{.*?\});\n", script)[1])


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wallet_names_its_own_app_in_the_language_of_the_page(client, language):
    page = client.get("/wallet", headers=PAGE | {"Accept-Language": language}).text
    address = re.search(r'<link rel="manifest" href="([^"]+)"', page)[1]

    answer = client.get(address)

    assert answer.mimetype == "application/manifest+json"
    assert answer.json["lang"] == language
    assert answer.json["display"] == "standalone"
    assert answer.json["start_url"] == answer.json["id"] == "/wallet"
    assert {icon["sizes"] for icon in answer.json["icons"]} == {"192x192", "512x512"}
    assert f'data-worker="/wallet/app/{language}.js"' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worker_may_serve_the_wallet_and_lists_files_that_are_there(
    client, language
):
    answer = client.get(f"/wallet/app/{language}.js")
    edition = edition_in(answer.text)

    assert answer.headers["Service-Worker-Allowed"] == "/wallet"
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert edition["page"] == f"/wallet/app/{language}"
    for address in [edition["page"], *edition["files"]]:
        assert client.get(address).status_code == 200, address


def test_the_worker_that_derives_keys_is_kept_too(client):
    edition = edition_in(client.get("/wallet/app/ko.js").text)
    worker = client.get("/wallet/app/kdf_worker.js")
    again = client.get(
        "/wallet/app/kdf_worker.js", headers={"If-None-Match": worker.headers["ETag"]}
    )

    assert "/wallet/app/kdf_worker.js" in edition["files"]
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in worker.headers["Content-Security-Policy"]
    assert again.status_code == 304


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_kept_page_loads_nothing_that_is_not_kept(client, language):
    edition = edition_in(client.get(f"/wallet/app/{language}.js").text)
    page = client.get(edition["page"]).text

    loaded = re.findall(r'(?:src|<link rel="(?:icon|stylesheet)" href)="([^"]+)"', page)
    assert loaded
    assert set(loaded) <= set(edition["files"])


def test_the_kept_page_names_nobody_also_where_somebody_is_signed_in(customer):
    signed_in = customer.open("/wallet").text
    kept = customer.open("/wallet/app/ko").text

    assert "data-signed-in" in signed_in
    assert "data-signed-in" not in kept
    assert "csrf" not in kept
    assert "data-person" not in kept
    assert kept == customer.client.application.test_client().get("/wallet/app/ko").text
    own = re.search(r'id="own-certificates">(.*?)</script>', kept)[1]
    assert json.loads(own) == []


def test_another_page_is_another_edition(config):
    def edition(brand):
        client = create_app(replace(config, brand=brand)).test_client()
        return edition_in(client.get("/wallet/app/ko.js").text)

    ours, bank = edition(config.brand), edition(BANK)

    assert ours["version"] != bank["version"]
    assert BANK.logo.path in bank["files"]


@pytest.mark.parametrize("name", ["xx", "xx.js", "xx.webmanifest", "ko.txt", "ko/x"])
def test_what_is_not_there_is_said_so(client, name):
    assert client.get(f"/wallet/app/{name}", headers=PAGE).status_code == 404
