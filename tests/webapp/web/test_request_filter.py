"""What is asked for in another spelling is unknown, and no cache grows by asking."""

import io
import socket
from contextlib import closing
from dataclasses import replace

import pytest
from werkzeug.test import Client, EnvironBuilder, create_environ, run_wsgi_app

from tests.webapp.browser_client import PAGE
from webapp import create_app
from webapp.repository.plain_http import PlainHttp
from webapp.web import assets, compression, i18n
from webapp.web.request_filter import RequestFilter

OTHERWISE = [
    "/static/css/../css/base.css",
    "/static/./dist/site.css",
    "/static//dist/site.css",
    "//static/dist/site.css",
    "/static/%2e%2e/static/dist/site.css",
    "/static/dist%2fsite.css",
    "/static/dist%5csite.css",
    "/static/dist/site%2ecss",
    "/static/dist/sit%65.css",
    "/static/dist/site.css%00",
    "/static/dist/site.css%0d%0aX:y",
    "/static/dist/site.css%1b[2J",
    "/static/dist/site.css/.",
    "/static/dist/..",
    "/static/%ff%fe",
    f"/static/{'a' * 300}",
    f"/static/{'a/' * 600}",
    "/pki/../pki/root.crt",
    "/pki//root.crt",
    "/pki/root%2ecrt",
    "/bridge/../sign-in",
    "/bridge//show",
    "/bridge/sho%77",
    "/socket.io/../sign-in",
    "//sign-in",
    "/sign-in/.",
    "/sign-in%2f",
    "/%73ign-in",
    "/healthz/../healthz",
]


def ask(app, target, method="GET", **headers):
    """Ask for a target in exactly this spelling; return status, headers and body."""
    path = target.encode().decode("latin-1")
    environ = create_environ("/", "http://127.0.0.1:8000", method=method)
    environ |= {"PATH_INFO": unescaped(path), "RAW_URI": target, **headers}
    body, status, head = run_wsgi_app(app, environ, buffered=True)
    return int(status[:3]), head, b"".join(body)


def unescaped(path):
    octets = path.encode("latin-1")
    parts = octets.split(b"%")
    rest = [bytes.fromhex(part[:2].decode()) + part[2:] for part in parts[1:]]
    return (parts[0] + b"".join(rest)).decode("latin-1")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("target", OTHERWISE)
def test_what_is_spelled_otherwise_is_unknown(app, target, method):
    status, headers, body = ask(app, target, method, HTTP_ACCEPT="application/json")

    assert status == 404
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert (b"unknown_page" in body) == (method != "HEAD")


@pytest.mark.parametrize("target", OTHERWISE)
def test_without_tls_it_is_unknown_as_well(config, target):
    plain = PlainHttp(create_app(replace(config, public_url="https://ca.example")))

    status, headers, _body = ask(plain, target)

    assert status == 404
    assert "Location" not in headers


def test_a_person_gets_a_page(app):
    page = app.test_client().get("/static/../sign-in", headers=PAGE)

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "unknown_page" in page.text


@pytest.mark.parametrize("path", ["/인증서", "/static/한글.css", "/certificates/서명"])
def test_other_scripts_are_no_other_spelling_but_there_is_no_such_page(app, path):
    answer = app.test_client().get(path)

    assert answer.status_code in (401, 404)


def test_the_caches_do_not_grow_by_what_a_client_writes(app):
    def entries():
        sizes = [module.cache_size() for module in (assets, i18n, compression)]
        return [*sizes, len(app.jinja_env.cache)]

    def ask_for(target, query):
        return ask(
            app,
            target,
            QUERY_STRING=query,
            HTTP_ACCEPT_ENCODING="gzip",
            HTTP_ACCEPT="application/json",
        )

    for path in ("/static/dist/site.css", "/static/spoken/ko/phone_pairing.js"):
        assert ask_for(path, "v=1")[0] == 200
    before = entries()
    for number in range(1, 5001):
        steps = number % 100
        target = (
            f"/static/{'dist/../' * steps}dist/site.css",
            f"/static/{'./' * steps}dist/site.css",
            f"/static/dist{'/' * steps}/site.css?",
            f"/static/spoken/ko/{'../ko/' * steps}phone_pairing.js",
            f"/static/nowhere/{number}.css",
        )[number % 5]
        ask_for(target, f"v={number}")

    assert entries() == before


def test_a_file_is_asked_for_by_any_version_and_compressed_once(app):
    before = compression.cache_size()
    for number in range(50):
        query = f"v={number}"
        ask(
            app,
            "/static/css/base.css",
            QUERY_STRING=query,
            HTTP_ACCEPT_ENCODING="gzip",
        )

    assert compression.cache_size() <= before + 1


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/revoke/challenge", "/bridge/show", "/nowhere", "/language/en"],
)
def test_a_body_without_a_length_is_refused_unread(app, path):
    body = io.BytesIO(b"[" * 60_000)
    builder = EnvironBuilder(
        path,
        method="POST",
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked", "Accept": "application/json"},
    )
    environ = builder.get_environ() | {
        "wsgi.input": body,
        "wsgi.input_terminated": True,
    }
    environ.pop("CONTENT_LENGTH", None)

    answer, status, headers = run_wsgi_app(app, environ, buffered=True)

    assert status.startswith("411")
    assert b"length_required" in b"".join(answer)
    assert headers["Cache-Control"] == "no-store"
    assert body.tell() == 0


def test_a_body_that_broke_off_is_not_taken_for_a_whole_one(visitor, app):
    visitor.open("/sign-in")
    sent = f"csrf_token={visitor.token}&login_id=demo&password=x".encode()
    cookie = visitor.client.get_cookie("session")
    environ = create_environ("/sign-in", "http://127.0.0.1:8000", method="POST")
    environ |= {
        "wsgi.input": io.BytesIO(sent),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": str(len(sent) + 10),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_COOKIE": f"session={cookie.value}",
    }

    _body, status, _headers = run_wsgi_app(app, environ, buffered=True)

    assert status.startswith("400")


def test_what_nobody_foresaw_is_one_answer_without_its_cause(capfd):
    def broken(_environ, _start):
        raise ValueError("secret\r\nforged line")

    answer = Client(RequestFilter(broken)).get("/x")

    assert (answer.status_code, answer.json) == (500, {"code": "fault"})
    assert answer.headers["Cache-Control"] == "no-store"
    logged = "".join(capfd.readouterr())
    assert "fault" in logged
    assert "secret" not in logged
    assert "Traceback" not in logged


def test_an_answer_that_cannot_be_finished_is_a_fault_without_a_traceback(app, capfd):
    @app.after_request
    def fails(_response):
        raise RuntimeError("secret\x1b[2J")

    answer = app.test_client().get("/sign-in", headers=PAGE)

    assert (answer.status_code, answer.json) == (500, {"code": "fault"})
    logged = "".join(capfd.readouterr())
    assert "RuntimeError" in logged
    assert "secret" not in logged
    assert "Traceback" not in logged


def test_a_websocket_still_ends_the_way_the_server_expects():
    def over(_environ, _start):
        raise StopIteration

    environ = create_environ("/socket.io/")
    with pytest.raises(StopIteration), closing(socket.socket()):
        RequestFilter(over)(environ, lambda *_: None)
