"""`certferry check` finds addresses in certificates that lead nowhere or elsewhere."""

import os
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.serving import make_server

from tests.deploy.centre import settings
from tests.makers import make_authority
from tests.support.servers import free_port
from webapp import create_app
from webapp.authenticators.factors import factor_options
from webapp.ca import store
from webapp.cli.main import main
from webapp.clock import utc_now
from webapp.config import Config
from webapp.pki.key_policy import KeyKind

PASSPHRASES = {"root": "of the root key", "issuing": "of the issuing key"}
PATHS = (
    *("/pki/issuing.crl", "/pki/issuing.crt", "/pki/root.crl", "/pki/root.crt"),
    "/ocsp/",
)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def environ(tmp_path, config, port):
    """The settings of a centre whose certificates name `port` of this machine."""
    pki_url = f"http://127.0.0.1:{port}"
    kinds = (KeyKind.P_256, KeyKind.P_256)
    hierarchy = store.create_hierarchy(
        "Bank", pki_url, kinds, passphrases=PASSPHRASES, now=utc_now()
    )
    store.save(tmp_path / "ca", hierarchy)
    folder = tmp_path / "ca" / "issuing"
    return settings(
        config,
        CERTFERRY_DATABASE_URL=f"sqlite:///{tmp_path / 'centre.db'}",
        CERTFERRY_PUBLIC_URL="http://127.0.0.1:8000",
        CERTFERRY_PKI_URL=pki_url,
        CERTFERRY_ISSUING_CERTIFICATE=str(folder / "issuing.crt"),
        CERTFERRY_ISSUING_KEY=str(folder / "issuing.key"),
        CERTFERRY_ISSUING_PASSPHRASE=PASSPHRASES["issuing"],
        CERTFERRY_ROOT_CERTIFICATE=str(folder / "root.crt"),
        CERTFERRY_ROOT_CRL=str(folder / "root.crl"),
    )


def check(environ, *options):
    bare = {name: None for name in os.environ if name.startswith("CERTFERRY_")}
    return CliRunner().invoke(main, ["check", *map(str, options)], env=bare | environ)


@contextmanager
def running(environ, port):
    """Run the centre itself."""
    server = make_server(
        "127.0.0.1", port, create_app(Config.from_env(factor_options(), environ))
    )
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def answering(port, status, content=b"", **headers):
    """Be somebody who answers everything in the same way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_about):
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_before_the_first_start_it_stands_in_where_the_centre_will_listen(
    environ, port, tmp_path
):
    done = check(environ, "--port", port)

    assert done.exit_code == 0, done.output
    for path in PATHS:
        assert f"ok   http://127.0.0.1:{port}{path}" in done.output
    assert "nothing yet" in done.output
    assert not (tmp_path / "centre.db").exists()


@pytest.mark.parametrize("options", [False, True])
def test_a_centre_that_runs_is_asked_itself(environ, port, options):
    with running(environ, port):
        first = check(environ, *(["--port", port] if options else []))
        again = check(environ)

    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "list 1, good until" in again.output
    assert "an OCSP responder, its certificate good until" in again.output


def test_after_a_stop_the_list_that_is_known_is_shown(environ, port):
    with running(environ, port):
        check(environ)

    done = check(environ, "--port", port)

    assert done.exit_code == 0
    assert "list 1, good until" in done.output


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("CERTFERRY_DATABASE_URL", "sqlite:////x.db?timeout=sesame"),
        ("CERTFERRY_DATABASE_URL", "sqlite:////x%00.db"),
        ("CERTFERRY_DATABASE_URL", "postgresql://u:sesame@127.0.0.1/n?foo=1"),
        ("CERTFERRY_REDIS_URL", "redis://:sesame@127.0.0.1/0?foo=1"),
        ("CERTFERRY_LIMITS_STORAGE", "redis://:sesame@127.0.0.1/0?foo=1"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve", "worker"])
def test_an_address_with_what_its_driver_does_not_take_is_a_sentence(
    environ, port, command, name, url, monkeypatch
):
    monkeypatch.setattr("gevent.monkey.patch_all", lambda: None)
    bare = {name: None for name in os.environ if name.startswith("CERTFERRY_")}
    options = [] if command == "worker" else ["--port", str(port)]
    done = CliRunner().invoke(
        main, [command, *options], env=bare | environ | {name: url}
    )

    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert f"{name}: " in done.output
    assert "sesame" not in done.output


def test_a_redis_that_does_not_answer_is_said(environ, port):
    url = f"redis://127.0.0.1:{free_port()}/0"
    done = check(environ | {"CERTFERRY_REDIS_URL": url}, "--port", port)

    assert done.exit_code == 0, done.output
    assert "Redis does not answer" in done.output


def test_an_address_where_nobody_listens_is_dead(environ):
    done = check(environ)

    assert done.exit_code == 1
    assert done.output.count("FAIL") == 6
    assert "nobody listens there" in done.output


def test_a_name_that_nobody_knows_is_dead(environ, port):
    other = environ | {"CERTFERRY_PKI_URL": "http://nowhere.invalid"}

    done = check(other, "--port", port)

    assert done.exit_code == 1
    assert (
        "FAIL http://nowhere.invalid/pki/issuing/0-of-64.crl (in each certificate)"
        in (done.output)
    )
    assert "nobody can look it up" in done.output
    assert f"ok   http://127.0.0.1:{port}/pki/root.crl" in done.output


@pytest.mark.parametrize(
    ("status", "content", "headers", "expected"),
    [
        (502, b"", {}, "behind it does not run"),
        (308, b"", {"Location": "https://ca.example/"}, "https://ca.example/"),
        (404, b"", {}, "the answer is 404"),
        (503, b"", {"Certferry-Check": "guessed"}, "does not run"),
        (200, b"<html>", {}, "no revocation list"),
        (200, b"", {}, "no certificate"),
    ],
)
def test_whoever_else_answers_there_is_told_apart(
    environ, port, status, content, headers, expected
):
    with answering(port, status, content, **headers):
        done = check(environ)

    assert done.exit_code == 1
    assert done.output.count("FAIL") == 6
    assert expected in done.output


def test_the_files_of_another_ca_are_told_apart(environ, port, tmp_path):
    other = make_authority().certificate.public_bytes(Encoding.DER)
    with answering(port, 200, other):
        certificate = check(environ)
    crl = (tmp_path / "ca" / "issuing" / "root.crl").read_bytes()
    with answering(port, 200, crl):
        wrong_list = check(environ)

    assert "another certificate" in certificate.output
    assert "there is no OCSP responder" in certificate.output
    assert "the list of another CA" in wrong_list.output
    assert wrong_list.output.count("FAIL") == 5  # the root's list is where it should be


def test_a_list_older_than_one_that_was_signed_is_said(environ, port, tmp_path):
    app = create_app(Config.from_env(factor_options(), environ))
    client = app.test_client()
    older = client.get("/pki/issuing.crl").data
    from sqlalchemy import text

    with app.extensions["certferry.sessions"]() as session:
        session.execute(text("UPDATE revocation_list SET number = 9"))
        session.commit()
    with answering(port, 200, older):
        done = check(environ)

    assert "there is list 1, and 9 is signed already" in done.output


def test_what_could_not_start_is_said_as_at_the_start(environ, tmp_path):
    done = check(environ | {"CERTFERRY_ROOT_CRL": str(tmp_path / "none.crl")})

    assert done.exit_code == 2
    assert "CERTFERRY_ROOT_CRL" in done.output
