"""Addresses that change with their content, and what pages carry in themselves."""

import json
import re
from urllib.parse import urlsplit

import pytest

from tests.webapp.browser_client import PAGE
from webapp.web import assets, i18n

SPOKEN = re.compile(r'data-pairing="([^"]+)"')
JUST_ASKED = {"Accept-Encoding": "identity"}


def script_of(client, language):
    """Follow the page to the script with its words."""
    page = client.get("/p", headers={**PAGE, "Accept-Language": language})
    return client.get(SPOKEN.search(page.text)[1], headers=JUST_ASKED)


def test_an_address_changes_with_the_content_and_only_then(app, tmp_path):
    app.static_folder = str(tmp_path)
    file = tmp_path / "some.css"
    addresses = []
    with app.app_context():
        for content in ("a{}", "b{}", "a{}"):
            file.write_text(content)
            addresses.append(assets.asset_url("some.css"))

    assert addresses[0] == addresses[2] != addresses[1]


def test_a_small_drawing_is_an_address_with_nothing_to_fetch(app):
    with app.app_context():
        address = assets.svg_data_uri("img/favicon.svg")

    assert address.startswith("data:image/svg+xml,%3Csvg")
    assert not set('<>"# ') & set(address)


@pytest.mark.parametrize(
    ("language", "word"), [("ko", "다시 찍기"), ("en", "Scan again")]
)
def test_a_script_brings_its_words_in_the_language_of_its_page(app, language, word):
    script = script_of(app.test_client(), language)

    code, _, words = script.text.rpartition("\nexport default ")
    messages = json.loads(words.removesuffix(";\n"))
    assert script.mimetype == "text/javascript"
    assert "export{" in code
    assert messages["Scan again"] == word
    assert "This is not a code for moving a certificate." in messages


def test_a_script_with_its_words_is_kept_for_ever_under_its_own_address(app):
    client = app.test_client()
    script = script_of(client, "ko")
    elsewhere = client.get("/static/spoken/ko/phone_pairing.js?v=another")
    again = client.get(
        "/static/spoken/ko/phone_pairing.js",
        headers=JUST_ASKED | {"If-None-Match": script.headers["ETag"]},
    )

    assert script.headers["Cache-Control"] == assets.IMMUTABLE
    assert elsewhere.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("part", sorted(i18n.LOCALIZED - {i18n.ENTRY}))
def test_a_script_of_an_older_edition_gets_no_parts_of_this_one(app, part):
    client = app.test_client()
    path = f"/static/spoken/ko/{part}.js"
    edition = urlsplit(script_of(client, "ko").request.url).query

    of_this = client.get(f"{path}?{edition}")
    of_another = client.get(f"{path}?v=another")
    of_none = client.get(path)

    assert of_this.status_code == 200
    assert of_this.headers["Cache-Control"] == assets.IMMUTABLE
    assert of_another.status_code == 404
    assert of_none.headers["Cache-Control"] == "no-cache"


def test_each_language_has_an_edition_of_its_own(app):
    editions = {
        urlsplit(script_of(app.test_client(), code).request.url).query
        for code in ("ko", "en")
    }

    assert len(editions) == 2


@pytest.mark.parametrize("path", ["xx/phone_pairing", "ko/move_page", "ko/..%2fsite"])
def test_other_scripts_and_languages_have_no_words_to_bring(app, path):
    assert app.test_client().get(f"/static/spoken/{path}.js").status_code == 404
