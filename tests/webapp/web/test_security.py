"""What holds for every page and every change, so that a new one cannot forget it."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from flask import request
from sqlalchemy import func, select
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder

from tests.makers import make_request
from tests.webapp.browser_client import PAGE, Browser
from webapp import create_app, db
from webapp.certificates.models import StatusChangeCounter
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.repository.models import Crl
from webapp.web.login_session import is_public
from webapp.web.security import TrustedProxyFix

SAFE = {"GET", "HEAD", "OPTIONS"}
# No page sends these: a gateway does, and signs them (tests/support/voice_gateway.py).
SIGNED = {"voice.answer", "voice.digits", "voice.status"}
# Programs send these, without a page and without anybody's session.
SESSIONLESS = {"/api/v1/verify", "/tsa", "/openid/token", "/openid/par"}
SESSIONLESS |= {"/openid/userinfo", "/openid/authorize", "/openid/logout"}
SESSIONLESS |= {"/openid/revoke"}
SESSIONLESS |= {
    f"/csc/v1/{method}"
    for method in (
        *("info", "oauth2/token", "oauth2/revoke", "credentials/list"),
        *("credentials/info", "credentials/authorize", "signatures/signHash"),
    )
}
SESSIONLESS |= {"/api/v1/requests", f"/api/v1/requests/{'0' * 32}/withdraw"}
# What programs may send, for everybody to read.
DESCRIPTIONS = {"/api/v1/openapi.json", "/api/v1/signing.json"}
# A document that was chosen is shown before it is signed or used.
SHOWS_DOCUMENTS = {"/a", "/sign", "/bring"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self' ws://127.0.0.1:8000",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


HASH = r"'sha256-[A-Za-z0-9+/]{43}='"


# What stands for each part of an address that no person owns.
PLACEHOLDERS = {
    "step": "keep",
    "code": "en",
    "filename": "dist/site.css",
    "fingerprint": "0" * 64,
    "language": "ko",
    "bundle": "phone_pairing",
    "call_id": "x" * 22,
    "token": "x" * 32,
    "customer_id": 1,
    "operator_id": 1,
    "factor_id": "passkey",
    "path": "one-time",
    "authenticator_id": 1,
    "import_id": "x" * 22,
    "batch": "x" * 22,
    "charge_id": "x" * 32,
    "held_id": 1,
    "key_id": "x" * 16,
    "institution_id": "x" * 16,
    "delivery_id": 1,
    "request_id": "0" * 32,
    "number": 1,
    "name": "17-of-64.crl",
    "invitation_id": "0" * 32,
    "device_id": "0" * 32,
    "action": "lock",
}


@pytest.fixture
def holder(customer):
    """A customer with a certificate; knows what stands for each part of an address."""
    application = customer.walk()
    issued = customer.order(application, make_request(key=new_key(KeyKind.P_256)))
    customer.parts = {
        "application_id": application,
        "certificate_id": issued.headers["Location"].rsplit("/", 1)[-1],
        **PLACEHOLDERS,
    }
    return customer


def addresses(app, methods, parts):
    """Return the address of every route that answers one of the methods."""
    paths = []
    adapter = app.url_map.bind("127.0.0.1:8000")
    for rule in app.url_map.iter_rules():
        if rule.methods & methods and rule.endpoint not in SIGNED:
            values = {name: parts[name] for name in rule.arguments}
            paths.append(adapter.build(rule.endpoint, values))
    return paths


def policy_of(answer):
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def test_no_change_is_made_without_the_token_of_this_session(app, holder, password):
    stranger = Browser(app.test_client())
    stranger.open("/sign-in")
    paths = addresses(
        app, {"POST", "PUT", "PATCH", "DELETE"}, {"login_id": "demo", **holder.parts}
    )
    assert set(paths) >= SESSIONLESS
    for path in set(paths) - SESSIONLESS:
        for token in ("", "made-up", stranger.token):
            script = holder.client.post(path, headers={"X-CSRFToken": token})
            form = holder.client.post(path, data={"csrf_token": token}, headers=PAGE)

            assert (script.status_code, script.json["code"]) == (400, "csrf_refused")
            assert form.status_code == 400
            assert "csrf_refused" in form.text


def test_no_change_is_decided_by_the_address(app, holder):
    paths = addresses(
        app, {"POST", "PUT", "PATCH", "DELETE"}, {"login_id": "demo", **holder.parts}
    )
    assert len(paths) >= 8
    for path in paths:
        with app.test_request_context(
            f"{path}?role=administrator", method="POST", data={"reason": "x"}
        ):
            assert not request.args, path
            assert dict(request.values) == {"reason": "x"}, path
    with app.test_request_context("/counter/customers?q=x"):
        assert request.args["q"] == "x"


@pytest.mark.parametrize("path", ["/sign-in", "/counter/sign-in", "/revoke/challenge"])
def test_where_no_cookie_came_the_cookie_is_named_and_not_the_page_alone(app, path):
    english = {"Accept-Language": "en"}
    with_cookie = Browser(app.test_client())
    with_cookie.open("/sign-in")
    for sent in (PAGE, {"Accept": "application/json"}):
        without = app.test_client().post(path, headers=english | sent)
        answer = with_cookie.client.post(path, headers=english | sent)

        assert (without.status_code, answer.status_code) == (400, 400)
        assert "allow cookies for this address" in without.text
        assert "cookie" not in answer.text.replace("cookies in", "")


def test_a_page_of_somebody_signed_in_says_so_to_its_script(customer, app):
    body = re.compile(r"<body([^>]*)>")
    nobody = app.test_client().get("/revoke", headers=PAGE)
    page = customer.open("/")
    sent = customer.submit("/me/password", old="x", new="y", again="z")

    assert body.search(nobody.text)[1] == ""
    mark = r' data-signed-in data-person="[0-9a-f]{16}"'
    assert re.fullmatch(mark, body.search(page.text)[1])
    assert re.fullmatch(f'{mark} data-posted="/"', body.search(sent.text)[1])
    for answer in (nobody, page, sent):
        assert "dist/site_page.js" in answer.text


def test_every_answer_carries_the_headers_that_guard_it(app, holder):
    asked = [*addresses(app, {"GET"}, holder.parts), "/nowhere", "/language/en"]
    assert len(asked) >= 15
    for path in asked:
        answer = holder.client.get(path, headers=PAGE)

        expected, policy = dict(POLICY), policy_of(answer)
        if path == "/p":
            # What it carries itself is read by the next test.
            script, style = policy.pop("script-src"), policy.pop("style-src")
            assert re.fullmatch(rf"'self' {HASH} 'wasm-unsafe-eval'", script)
            assert re.fullmatch(rf"'self' {HASH}", style)
            del expected["script-src"], expected["style-src"]
        if path in SHOWS_DOCUMENTS:
            expected["frame-src"] = "blob:"
        assert policy == expected, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        assert "camera=(self)" in answer.headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in answer.headers


def test_pages_carry_nothing_but_our_built_files_and_load_nothing_from_elsewhere(
    app, holder
):
    carried = {}
    for path in addresses(app, {"GET"}, holder.parts):
        page = holder.client.get(path, headers=PAGE)
        if page.mimetype != "text/html":
            continue
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL)
        styles = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        inside = [
            text
            for about, text in scripts
            if "src=" not in about and "application/json" not in about
        ]
        carried |= {path: inside + styles} if inside + styles else {}
        assert not re.search(r"\sstyle=|\son\w+\s*=\s*[\"']", page.text), path
        assert not re.search(
            r'(src|href|action)="(https?:)?//(?!127\.0\.0\.1:8000)', page.text
        ), path

    dist = Path(app.static_folder) / "dist"
    built = [(dist / name).read_text() for name in ("phone_page.js", "phone.css")]
    assert carried == {"/p": built}


def test_what_a_page_carries_is_allowed_by_its_hash_alone(holder):
    page = holder.client.get("/p", headers=PAGE)

    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        [text] = re.findall(
            rf'<{tag}(?: type="module")?>(.*?)</{tag}>', page.text, re.DOTALL
        )
        hashed = b64encode(sha256(text.encode()).digest()).decode()
        allowed = policy_of(page)[directive]
        assert f"'sha256-{hashed}'" in allowed
        assert "unsafe-inline" not in allowed


def test_only_public_files_are_kept_by_caches(app, holder):
    for path in addresses(app, {"GET"}, holder.parts):
        answer = holder.client.get(path, headers=PAGE)
        may_be_kept = is_public(path) and path not in (
            "/healthz",
            "/readyz",
            "/metrics",
        )
        may_be_kept = may_be_kept or path in DESCRIPTIONS
        if path == "/pki/chain.json" or not may_be_kept:
            assert answer.headers["Cache-Control"] == "no-store", path


def test_looking_at_a_page_changes_nothing(app, holder, stored):
    # The first who asks for a list has it made.
    lists = {Crl.__tablename__, StatusChangeCounter.__tablename__}

    def counts():
        stored.rollback()
        return {
            table.name: stored.scalar(select(func.count()).select_from(table))
            for table in db.Base.metadata.sorted_tables
            if table.name not in lists
        }

    before = counts()
    for _ in range(2):
        for path in addresses(app, {"GET"}, holder.parts):
            holder.client.get(path, headers=PAGE)

    assert counts() == before


def test_nobody_sees_a_persons_pages_without_signing_in(app, holder):
    public = {"/", "/bring", "/wallet", "/p", "/move", "/sign-in", "/trust"}
    public |= {"/sign", "/verify", *DESCRIPTIONS}
    public |= {"/sign-in/help", "/demo/phone", "/demo/card", "/demo/ask", "/a"}
    public |= {"/pair", "/device"}
    public |= {"/revoke", "/help/what-happened", "/counter/sign-in"}
    public |= {"/openid/keys", "/openid/logout", "/.well-known/openid-configuration"}
    refused = {"/openid/authorize": 400, "/openid/userinfo": 401}
    refused |= {"/readyz": 503, "/metrics": 404}
    refused["/csc/v1/oauth2/authorize"] = 303  # it leads to our own
    refused["/demo/bank"] = 404  # no other bank belongs to this demo
    refused |= {f"/openid/{page}/{'0' * 32}": 404 for page in ("resume", "consent")}
    nobody = app.test_client()
    for path in addresses(app, {"GET"}, holder.parts):
        if path in public or (is_public(path) and path not in refused):
            # Only /pki/status wants to know more: which certificates are meant.
            status = 400 if path == "/pki/status" else 200
            assert nobody.get(path, headers=PAGE).status_code == status, path
        elif path in refused:
            answer = nobody.get(path, headers=PAGE)
            assert answer.status_code == refused[path], path
        elif path.startswith("/api/v1/requests/"):
            assert nobody.get(path, headers=PAGE).status_code == 401, path
        elif path.startswith(("/voice/console/", "/ask/", "/demo/ask/")):
            # Only the terminal, or the browser that asked, knows one; this is none.
            assert nobody.get(path, headers=PAGE).status_code == 404, path
        elif path.startswith("/counter"):
            answer = nobody.get(path, headers=PAGE)
            assert answer.status_code == 302, path
            assert answer.headers["Location"].startswith("/counter/sign-in"), path
        else:
            answer = nobody.get(path, headers=PAGE)
            assert answer.status_code == 302, path
            assert answer.headers["Location"].startswith("/sign-in?next="), path


@pytest.mark.parametrize("path", ["/certificates", "/applications", "/sign-in"])
def test_what_is_too_large_is_refused_before_it_is_read(customer, path):
    answer = customer.client.post(
        path, data=b"x" * 70_000, headers={"X-CSRFToken": customer.token}
    )

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_https_is_remembered_by_browsers_of_a_real_centre(config):
    url = "https://ca.example"
    demo = create_app(replace(config, public_url=url))
    real = create_app(replace(config, public_url=url, demo=False))

    assert (
        "max-age=31536000"
        in real.test_client()
        .get("/", base_url=url)
        .headers["Strict-Transport-Security"]
    )
    assert "Strict-Transport-Security" not in demo.test_client().get("/").headers


def test_over_https_a_page_that_sends_no_referrer_can_still_change_the_language(
    config,
):
    url = "https://ca.example"
    client = create_app(replace(config, public_url=url)).test_client()
    page = client.get("/p", base_url=url, headers=PAGE)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    answer = client.post(
        "/language/en", base_url=url, data={"csrf_token": token, "next": "/p"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/p")


@pytest.mark.parametrize(
    ("hop", "believed"),
    [
        ("10.0.0.7", "203.0.113.9"),
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "203.0.113.9"),
        ("", "203.0.113.9"),  # a unix socket: only what runs here can write to it
    ],
)
def test_only_named_proxies_say_where_a_request_comes_from(hop, believed):
    seen = {}
    proxies = TrustedProxyFix(
        lambda environ, _start: seen.update(environ) or [], ("10.0.0.0/8", "::1/128")
    )
    environ = EnvironBuilder(headers={"X-Forwarded-For": "203.0.113.9"}).get_environ()
    environ["REMOTE_ADDR"] = hop

    list(proxies(environ, lambda *_: None))

    assert seen["REMOTE_ADDR"] == believed


@pytest.mark.parametrize("hop", ["10.0.0.1", "::ffff:10.0.0.1", ""])
def test_through_two_proxies_each_visitor_has_an_address_of_their_own(hop):
    seen = {}
    proxies = TrustedProxyFix(
        lambda environ, _start: seen.update(environ) or [], ("10.0.0.0/8",)
    )
    walked = "192.0.2.66, 203.0.113.9, 10.0.0.7"  # the first was written by the visitor
    environ = EnvironBuilder(
        headers={"X-Forwarded-For": walked, "X-Forwarded-Proto": "https"}
    ).get_environ()
    environ["REMOTE_ADDR"] = hop

    list(proxies(environ, lambda *_: None))

    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert seen["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_a_page_of_another_site_sends_is_refused_even_with_the_token(
    visitor, headers
):
    visitor.open("/")
    fields = {"csrf_token": visitor.token, "next": "/"}
    form = visitor.client.post("/language/en", data=fields, headers=PAGE | headers)
    script = visitor.client.post("/language/en", data=fields, headers=headers)

    assert (form.status_code, script.status_code) == (403, 403)
    assert "other_origin" in form.text
    assert script.json["code"] == "other_origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost"},  # as the test opens it
        {"Origin": "null"},  # the phone's page sends no referrer
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_what_a_page_of_this_site_sends_is_taken(visitor, headers):
    visitor.open("/")
    fields = {"csrf_token": visitor.token, "next": "/"}

    assert (
        visitor.client.post("/language/en", data=fields, headers=headers).status_code
        == 302
    )


def test_a_proxy_that_is_not_named_is_logged_once(app):
    client = app.test_client()
    with capture_logs() as lines:
        for address in ("203.0.113.9", "203.0.113.10"):
            client.get("/", headers={"X-Forwarded-For": address})

    [line] = [
        event for event in lines if event["event"] == "forwarded_by_unknown_proxy"
    ]
    assert line["setting"] == "CERTFERRY_TRUSTED_PROXIES"
    assert line["peer"] == "127.0.0.1"
