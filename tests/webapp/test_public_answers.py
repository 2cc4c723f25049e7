"""What is the same for everybody touches no session; what is refused is not stored."""

import re

import pytest
from flask.sessions import SecureCookieSessionInterface

from tests.webapp.browser_client import PAGE
from webapp.web.login_session import is_public

PUBLIC = {
    "/static/<path:filename>",
    "/static/spoken/<language>/<bundle>.js",
    "/pki/root.crt",
    "/pki/issuing.crt",
    "/pki/issuing.crl",
    "/pki/issuing/<name>",
    "/pki/root.crl",
    "/pki/chain.json",
    "/pki/identity-key",
    "/healthz",
    "/readyz",
    "/metrics",
    "/robots.txt",
    "/favicon.ico",
    "/manifest/<language>.webmanifest",
    "/wallet/app/<language>",
    "/wallet/app/<language>.js",
    "/wallet/app/<language>.webmanifest",
    "/wallet/app/kdf_worker.js",
}
PARTS = {
    "filename": "dist/site.css",
    "language": "ko",
    "bundle": "phone_pairing",
    "name": "17-of-64.crl",
}
HEADERS = [
    {"Accept": "*/*"},
    PAGE,
    {"If-None-Match": "*"},
    {"Range": "bytes=0-9"},
    {"Accept-Encoding": "gzip"},
]


def addresses(app):
    """Return the address of everything that is public, as the route table says."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if is_public(rule.rule)]
    return [re.sub(r"<(?:\w+:)?(\w+)>", lambda m: PARTS[m[1]], rule) for rule in rules]


def test_it_is_known_which_answers_are_public(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}

    assert {rule for rule in rules if is_public(rule)} >= PUBLIC
    assert not is_public("/trust")


@pytest.mark.parametrize("headers", HEADERS)
def test_a_public_answer_sets_no_cookie_and_reads_no_session(
    app, customer, headers, monkeypatch
):
    def opened(*_arguments):
        raise AssertionError("a session was opened")

    monkeypatch.setattr(SecureCookieSessionInterface, "open_session", opened)
    monkeypatch.setattr(SecureCookieSessionInterface, "save_session", opened)
    missing = ["/static/nowhere.css", "/pki/nowhere", "/manifest/xx.webmanifest"]
    for path in [*addresses(app), *missing]:
        for method in ("get", "head", "post", "options"):
            answer = getattr(customer.client, method)(path, headers=headers)

            assert "Set-Cookie" not in answer.headers, path
            assert "Cookie" not in answer.vary, path
            # No worker has run here.
            assert answer.status_code < 500 or path == "/readyz", path
            if answer.status_code >= 400:
                assert answer.headers["Cache-Control"] == "no-store", path


def test_a_page_that_is_not_there_has_no_form_without_a_session(app):
    page = app.test_client().get("/static/nowhere.css", headers=PAGE)

    assert page.status_code == 404
    assert "unknown_page" in page.text
    assert "<form" not in page.text
    assert "csrf" not in page.text


def test_a_person_elsewhere_still_has_a_session(customer):
    answer = customer.client.get("/me/password", headers=PAGE)

    assert "Cookie" in answer.vary
    assert "Set-Cookie" in answer.headers
