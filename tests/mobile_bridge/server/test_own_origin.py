"""One function says which pages are the site's own."""

import pytest
from structlog.testing import capture_logs

from mobile_bridge.server.client_address import TrustedProxies
from mobile_bridge.server.own_origin import NOTED_EVERY, OriginCheck

HERE = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "ca.example"}
PROXIED = {"REMOTE_ADDR": "10.0.0.1", "HTTP_HOST": "127.0.0.1:8001"}
FORWARDED = {
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "ca.example",
}
NETWORKS = ("10.0.0.0/8",)


def environ(*parts, **more):
    values = {"wsgi.url_scheme": "http"}
    for part in (*parts, more):
        values |= part
    return values


def check(public="", networks=NETWORKS, clock=lambda: 0.0):
    return OriginCheck(TrustedProxies(networks), public, clock=clock)


OWN = [
    environ(HERE, HTTP_ORIGIN="http://ca.example"),
    environ(HERE, HTTP_ORIGIN="http://CA.example:80"),
    environ(HERE, HTTP_HOST="ca.example:80", HTTP_ORIGIN="http://ca.example"),
    environ(HERE, HTTP_HOST="CA.EXAMPLE", HTTP_ORIGIN="http://ca.example"),
    environ(HERE, HTTP_HOST="[::1]:8000", HTTP_ORIGIN="http://[::1]:8000"),
    environ(
        HERE,
        {"wsgi.url_scheme": "https", "HTTP_HOST": "ca.example:443"},
        HTTP_ORIGIN="https://ca.example",
    ),
    environ(HERE, HTTP_X_FORWARDED_PROTO="https", HTTP_ORIGIN="https://ca.example"),
    environ(PROXIED, FORWARDED, HTTP_ORIGIN="https://ca.example"),
    environ(
        PROXIED,
        FORWARDED,
        HTTP_X_FORWARDED_HOST="inner.example, ca.example:443",
        HTTP_ORIGIN="https://ca.example",
    ),
    environ(PROXIED, FORWARDED, {"REMOTE_ADDR": ""}, HTTP_ORIGIN="https://ca.example"),
    environ(HERE),  # a program
    environ(HERE, HTTP_SEC_FETCH_SITE="same-origin"),
]
FOREIGN = [
    environ(HERE, HTTP_ORIGIN="https://evil.example"),
    environ(HERE, HTTP_ORIGIN="https://ca.example"),
    environ(HERE, HTTP_ORIGIN="http://ca.example:8080"),
    environ(HERE, HTTP_ORIGIN="http://ca.example.evil.example"),
    environ(HERE, HTTP_ORIGIN=""),
    environ(HERE, HTTP_ORIGIN="null"),
    environ(HERE, HTTP_SEC_FETCH_SITE="cross-site"),
    environ(HERE, HTTP_SEC_FETCH_SITE="same-site"),
    environ(  # only a trusted proxy says how the site is called
        HERE, HTTP_X_FORWARDED_HOST="evil.example", HTTP_ORIGIN="http://evil.example"
    ),
    environ({}, HTTP_ORIGIN="http://"),
]


@pytest.mark.parametrize("request_", OWN)
def test_a_page_of_this_site_is_accepted(request_):
    assert check().accepts(request_)


@pytest.mark.parametrize("request_", FOREIGN)
def test_a_page_of_another_site_is_refused(request_):
    assert not check().accepts(request_)


def test_the_public_address_is_own_whatever_a_proxy_made_of_the_host():
    asked = environ(PROXIED, HTTP_ORIGIN="https://ca.example")

    assert check("https://ca.example", networks=()).accepts(asked)
    assert not check("https://other.example", networks=()).accepts(asked)


def test_a_page_without_referrer_needs_another_guard():
    opaque = environ(HERE, HTTP_ORIGIN="null")
    sandboxed = environ(opaque, HTTP_SEC_FETCH_SITE="cross-site")

    assert check().accepts(opaque, has_token=True)
    assert check().accepts(environ(opaque, HTTP_SEC_FETCH_SITE="same-origin"))
    assert not check().accepts(sandboxed, has_token=True)


def test_a_refused_origin_is_logged_with_both_values_once_a_minute():
    now = [0.0]
    judge = check(clock=lambda: now[0])
    evil = "https://evil.example" + "x" * 1000
    with capture_logs() as lines:
        for _ in range(3):
            judge.accepts(environ(HERE, HTTP_ORIGIN=evil))
        now[0] = NOTED_EVERY
        judge.accepts(environ(HERE, HTTP_ORIGIN="https://late.example"))
        judge.accepts(environ(HERE))

    first, second = lines
    assert first["event"] == "origin_refused"
    assert first["origin"].startswith("https://evil.example")
    assert len(first["origin"]) == 200
    assert "http://ca.example" in first["own"].split()
    assert second["origin"] == "https://late.example"
