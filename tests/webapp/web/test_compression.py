"""Fewer bytes for what holds no secret, and the same content in every way of asking."""

import gzip
import re
from pathlib import Path

import pytest

from tests.webapp.browser_client import PAGE
from webapp.web.assets import IMMUTABLE

STYLE = "/static/dist/site.css"
GZIP = {"Accept-Encoding": "gzip, br"}
PLAIN = {"Accept-Encoding": "gzip;q=0, identity"}


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def content(app):
    return (Path(app.static_folder) / "dist" / "site.css").read_bytes()


def test_a_file_travels_compressed_to_those_who_can_read_it(client, content):
    answer = client.get(STYLE, headers=GZIP)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert len(answer.data) < len(content) / 3
    assert gzip.decompress(answer.data) == content
    assert "Accept-Encoding" in answer.vary


@pytest.mark.parametrize("headers", [{}, PLAIN, {"Accept-Encoding": "br"}])
def test_a_file_travels_as_it_is_to_all_others(client, content, headers):
    answer = client.get(STYLE, headers=headers)

    assert "Content-Encoding" not in answer.headers
    assert answer.data == content
    assert "Accept-Encoding" in answer.vary


def test_each_form_has_a_tag_of_its_own_and_is_not_sent_twice(client):
    tags = [
        client.get(STYLE, headers=headers).headers["ETag"] for headers in (GZIP, PLAIN)
    ]
    assert tags[0] != tags[1]
    for tag, headers in zip(tags, (GZIP, PLAIN), strict=True):
        same = client.get(STYLE, headers=headers | {"If-None-Match": tag})
        other = client.get(STYLE, headers=headers | {"If-None-Match": '"other"'})

        assert (same.status_code, same.data) == (304, b"")
        assert "Accept-Encoding" in same.vary
        assert other.status_code == 200


def test_head_says_what_get_would_and_sends_nothing(client):
    get, head = client.get(STYLE, headers=GZIP), client.head(STYLE, headers=GZIP)

    assert head.data == b""
    for name in ("Content-Length", "Content-Encoding", "ETag", "Cache-Control"):
        assert head.headers[name] == get.headers[name]


def test_a_range_counts_the_bytes_of_the_file_as_it_is(client, content):
    answer = client.get(STYLE, headers=GZIP | {"Range": "bytes=10-19"})

    assert (answer.status_code, answer.data) == (206, content[10:20])
    assert "Content-Encoding" not in answer.headers


def test_a_file_that_changed_is_compressed_anew(app, tmp_path):
    app.static_folder = str(tmp_path)
    client = app.test_client()
    for content in ("a" * 1000, "b" * 999):
        (tmp_path / "some.css").write_text(content)
        answer = client.get("/static/some.css", headers=GZIP)

        assert gzip.decompress(answer.data).decode() == content


def test_what_would_not_get_smaller_stays_as_it_is(app, tmp_path):
    app.static_folder = str(tmp_path)
    (tmp_path / "some.css").write_text("a{}")
    (tmp_path / "some.png").write_bytes(bytes(5000))
    for name in ("some.css", "some.png"):
        answer = app.test_client().get(f"/static/{name}", headers=GZIP)

        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers


def test_a_file_is_kept_for_ever_only_under_the_address_of_this_content(client):
    page = client.get("/sign-in", headers=PAGE)
    address = re.search(r'href="(/static/dist/site\.css\?v=\w+)"', page.text)[1]
    for headers in (GZIP, PLAIN):
        kept = client.get(address, headers=headers)
        assert kept.headers["Cache-Control"] == IMMUTABLE
        for path in (STYLE, f"{STYLE}?v=another"):
            asked_again = client.get(path, headers=headers)
            assert asked_again.headers["Cache-Control"] == "no-cache"


def test_a_part_that_is_named_after_its_content_is_kept_for_ever(app, client):
    part = next((Path(app.static_folder) / "dist").glob("part-*.js"))

    answer = client.get(f"/static/dist/{part.name}", headers=GZIP)

    assert answer.headers["Cache-Control"] == IMMUTABLE


def test_the_page_behind_a_code_is_compressed_and_pages_with_secrets_are_not(client):
    phone = client.get("/p", headers=PAGE | GZIP)
    assert phone.headers["Content-Encoding"] == "gzip"
    assert phone.headers["Cache-Control"] == "no-store"
    assert b"view-ready" in gzip.decompress(phone.data)
    for path in ("/sign-in", "/move", "/wallet", "/healthz"):
        assert "Content-Encoding" not in client.get(path, headers=PAGE | GZIP).headers


def test_the_page_behind_a_code_repeats_nothing_that_was_asked(client):
    marked = {
        "User-Agent": "xyzzy",
        "Referer": "https://xyzzy.example/",
        "Accept-Language": "xyzzy",
        "Cookie": "language=xyzzy",
    }

    page = client.get("/p?xyzzy=xyzzy", headers=PAGE | marked)

    assert "xyzzy" not in page.text


def test_the_first_answer_fits_into_what_a_new_connection_may_send_at_once(client):
    for language in ("ko", "en"):
        page = client.get("/p", headers=PAGE | GZIP | {"Accept-Language": language})
        heads = sum(len(f"{name}: {value}\r\n") for name, value in page.headers)

        assert len(page.data) + heads < 10 * 1460  # RFC 6928


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_follows_on_a_far_phone_is_one_answer_of_60_kilobytes(client, language):
    path = f"/static/spoken/{language}/phone_pairing.js"

    script = client.get(path, headers=GZIP)

    assert script.headers["Content-Encoding"] == "gzip"
    assert len(script.data) < 60_000
