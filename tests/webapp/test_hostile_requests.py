"""Every rule of the site, asked by every method with whatever nobody should send.

Generated from the route table, so that a new view cannot be left out.
"""

import io
import json
import re
import secrets
from itertools import cycle, product

import pytest
import structlog
from argon2 import PasswordHasher

from tests.makers import make_request
from tests.support.error_messages import ERROR_MESSAGES
from tests.webapp.browser_client import Browser
from webapp import logging_config
from webapp.accounts.models import Operator, Role
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

SCRIPT = {"Accept": "application/json"}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BOUNDARY = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\nx\r\n'
BODIES = [
    (JSON, b"[" * 60_000),
    (JSON, b'{"a":' * 3_000),
    (JSON, b"[]"),
    (JSON, b"null"),
    (JSON, b'{"serial": NaN, "place": Infinity}'),
    (JSON, b'{"id": 1' + b"0" * 5_000 + b"}"),
    (JSON, b'{"id": "a", "id": "b", "place": "browser", "place": "file"}'),
    (JSON, b'{"serial": "\xff\xfe", "id": "\xc0\x80"}'),
    (
        JSON,
        rb'{"serial":"\ud800","id":"\u0000","place":"\udc00","answer":{"id":"\ud800"}}',
    ),
    (
        JSON,
        b'{"id":{},"serial":[],"place":0,"how":null,"answer":[{}],"next":1}',
    ),
    (
        JSON,
        b'{"answer":{"id":"AA","rawId":"AA","type":"public-key","response":{}},"id":"x"}',
    ),
    (JSON, b""),
    (JSON + "; charset=utf-16", b'{"serial":"1"}'),
    (FORM, b"&" * 60_000),
    (FORM, b"".join(b"f%d=1&" % n for n in range(9_000))),
    (FORM, b"login_id=%00%ff%ed%a0%80&password=%0d%0a&code=%00&name=%F0%9F%98%80"),
    (FORM, b"birth_date=9" + b"9" * 5_000 + b"&from=charges&customer_id=-1&press=x"),
    (
        FORM,
        b"type=%00&version=%ff&first=%EF%BC%91&second=1e9&ask_first=99",
    ),
    (FORM, b"next=//evil.example%0d%0aSet-Cookie:x=1&reason=" + b"r" * 3_000),
    (BOUNDARY, b"".join(PART % b"f%d" % n for n in range(900)) + b"--b--"),
    (BOUNDARY, b"".join(PART % b"f" for n in range(1_200)) + b"--b--"),
    (
        BOUNDARY,
        b'--b\r\nContent-Disposition: form-data; name="a"; filename="../\x00"',
    ),
    ("multipart/form-data", b"--b"),
    ("application/pkcs10", b"\x30\x84\xff\xff\xff\xff" + b"\x30" * 4_000),
    ("application/octet-stream", b"\x00" * 70_000),
    ("text/plain\r\n x", b"x"),
    ("", b"x"),
]
SEGMENTS = [
    "\x1b[2J",
    "a\r\nforged: line",
    "%00",
    "9" * 200,
    "-1",
    "..",
    "a" * 300,
    "한글\u202e",
    "0",
    "'; DROP TABLE customer; --",
    "\ud800",
    "{{7*7}}",
]
QUERIES = [
    "",
    "before=9" + "9" * 400,
    "before=-1&span=%00&what=%ff&customer=99999999999&done=%0d%0a",
    "next=%0d%0aSet-Cookie:%20a=b&way=%1b&aim=%00&answer=%ed%a0%80",
    "q=" + "a" * 3_000,
    "q=%00&name=%F0%9F&status=%27&type=&page=&from=0000-99-99&until=9999-12-31",
    "&" * 3_000,
    "after=%00&at=1e400&place=..&cursor=%ff%ff",
]
HEADERS = [
    {},
    {"Host": "evil.example:99999"},
    {"Host": "[::1"},
    {"Host": "한글".encode().decode("latin-1")},
    {"Accept-Language": "x" * 3_000 + ",;;q=,ko;q=nan"},
    {"Accept": "text/html;q=inf, */*;q=-1, application/json"},
    {"Accept-Encoding": "gzip;q=1e400, ;;;"},
    {"Range": "bytes=9-1,-0,a-b", "If-Range": "\x80"},
    {"If-None-Match": '"' * 500, "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99"},
    {"Referer": "http://[::1/counter/\x1b", "User-Agent": "\x1b[2J" * 50},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Idempotency-Key": "\x00" * 40, "Application-Id": "\xff" * 400},
    {"X-Forwarded-For": "1.2.3.4, %00" * 50, "X-Forwarded-Proto": "gopher"},
    {"Authorization": "Basic ====", "Content-Encoding": "gzip"},
    {"X-Twilio-Signature": "\x00"},
    {"Transfer-Encoding": "gzip, chunked"},
    {"Expect": "200-ok", "Upgrade": "websocket", "Connection": "upgrade"},
]
COOKIES = [
    "",
    "session=",
    "session=\x1b.a.b",
    "session=" + "a" * 3_000,
    "language=\x00\r\n;;=;",
]
METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "F\x00O",
]
# What ends the sign-in that the rest of the walk needs.
ENDS = {"accounts.sign_out", "ra.sign_out"}


@pytest.fixture
def log_lines():
    """Log as a served centre does, into memory."""
    written = io.StringIO()
    logging_config.configure(written)
    yield written
    structlog.reset_defaults()


@pytest.fixture
def holder(customer):
    application = customer.walk()
    issued = customer.order(application, make_request(key=new_key(KeyKind.P_256)))
    customer.parts = {
        "application_id": application,
        "certificate_id": issued.headers["Location"].rsplit("/", 1)[-1],
    }
    return customer


@pytest.fixture
def administrator(app, stored, now):
    word = "Night-Ferry-42"
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    stored.add(
        Operator(
            login_id="chief",
            password_hash=cheap.hash(word),
            session_key=secrets.token_hex(16),
            name="박창구",
            role=Role.ADMINISTRATOR,
            created_at=now,
        )
    )
    stored.commit()
    visitor = Browser(app.test_client())
    visitor.open("/counter/sign-in")
    visitor.submit("/counter/sign-in", login_id="chief", password=word)
    visitor.open("/counter/password")
    visitor.parts = {"customer_id": "1", "operator_id": "1"}
    return visitor


@pytest.fixture
def stranger(app):
    visitor = Browser(app.test_client())
    visitor.open("/sign-in")
    visitor.parts = {}
    return visitor


def paths_of(rule, parts, segments):
    """Return the address of a rule with what is there, and with what never was."""
    path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda m: parts.get(m[1], "x"), rule)
    yield path
    if "<" in rule:
        yield re.sub(r"<[^>]+>", lambda _: next(segments), rule)


def cases(app, parts):
    """Yield a request for every rule, method and body; the rest takes turns."""
    segments, queries = cycle(SEGMENTS), cycle(QUERIES)
    headers, cookies = cycle(HEADERS), cycle(COOKIES)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ENDS:
            continue
        bodies = BODIES if "POST" in rule.methods else BODIES[:1]
        asked = [("POST", body) for body in bodies]
        asked += [(method, ("", b"")) for method in METHODS]
        asked += [("GET", ("", b""))] * len(QUERIES)
        for (method, body), path in product(
            asked, paths_of(rule.rule, parts, segments)
        ):
            yield method, path, body, next(queries), next(headers), next(cookies)


def send(visitor, method, path, body, query, headers, cookie):
    """Send what a client of no manners sends: straight into the application."""
    kind, content = body
    head = SCRIPT | headers | {"X-CSRFToken": visitor.token}
    own = visitor.client.get_cookie("session")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_COOKIE": cookie or f"session={own.value}",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in head.items()}
    started = []
    answer = visitor.client.application.wsgi_app(
        environ, lambda status, sent, *_: started.append((int(status[:3]), sent))
    )
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return *started[-1], content, environ["wsgi.errors"].getvalue()


# What programs of OAuth read in place of a code (RFC 6749 5.2, RFC 6750 3.1).
OAUTH_ERRORS = {
    "insufficient_scope",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_token",
    "missing_authorization",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
}


# No worker has run here, and that is what it says.
MAY_BE_AWAY = {"/readyz"}


@pytest.mark.parametrize("who", ["stranger", "holder", "administrator"])
def test_nothing_that_a_client_sends_is_a_fault_of_ours(app, who, log_lines, request):
    visitor = request.getfixturevalue(who)
    wrong = []
    for case in cases(app, visitor.parts):
        status, sent, content, errors = send(visitor, *case)
        headers = {name.lower(): value for name, value in sent}
        faults = [
            status >= 500 and case[1] not in MAY_BE_AWAY and "a fault",
            status >= 400 and headers.get("cache-control") != "no-store" and "stored",
            bool(set("\r\n") & set("".join(headers.values()))) and "split",
            bool(errors) and "a traceback",
        ]
        if status >= 400 and case[0] != "HEAD" and headers["content-type"] == JSON:
            body = json.loads(content)
            is_known = body.get("code") in ERROR_MESSAGES
            is_known |= body.get("error") in OAUTH_ERRORS
            faults.append(not is_known and "no code")
        wrong += [(fault, status, *case) for fault in faults if fault]

    assert not wrong, "\n".join(str(failure)[:300] for failure in wrong)
    lines = log_lines.getvalue()
    assert not re.search(r"[^\n -~]", lines)
    for line in lines.splitlines():
        assert json.loads(line)["event"]
    assert "Traceback" not in lines
