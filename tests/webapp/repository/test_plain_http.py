"""Without TLS there is nothing but what is public anyway."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from webapp import create_app
from webapp.repository.plain_http import PlainHttp

SECURE = "https://192.0.2.1:8000"


@pytest.fixture
def plain(config):
    return Client(PlainHttp(create_app(replace(config, public_url=SECURE))))


@pytest.mark.parametrize(
    "path",
    [
        "/pki/root.crt",
        "/pki/root.mobileconfig",
        "/pki/issuing.crl",
        "/pki/chain.json",
        "/pki/identity-key",
        "/trust",
        "/static/dist/site.css",
    ],
)
def test_public_files_are_served(plain, path):
    assert plain.get(path).status_code == 200
    assert plain.head(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in", "/wallet", "/certificates/x", "/p", "/healthz", "/socket.io/"]
)
def test_everything_else_is_led_to_https(plain, path):
    answer = plain.get(path)

    assert answer.status_code == 307
    assert answer.headers["Location"] == f"{SECURE}/"
    assert not answer.data


def test_the_first_page_is_the_one_that_explains_the_root(plain):
    answer = plain.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (307, "/trust")


@pytest.mark.parametrize("path", ["/trust", "/pki/root.crt", "/static/x", "/sign-in"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_changed_without_tls(plain, method, path):
    answer = getattr(plain, method)(path, data={"login_id": "demo"})

    assert answer.status_code == 307
    assert answer.headers["Location"].startswith("https://")


def test_no_session_travels_in_the_clear(plain):
    for path in ("/trust", "/pki/root.crt"):
        cookie = plain.get(path).headers.get("Set-Cookie", "")
        assert not cookie or "Secure" in cookie
