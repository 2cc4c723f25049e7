"""Everybody's programs get time stamps that everybody's programs verify."""

import asyncio
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.timestamps import HTTPTimeStamper
from sqlalchemy import select

from tests.support.external_verifiers import openssl
from webapp.ca.service_certificates import ServiceSignerError
from webapp.pki.services.timestamp import MAX_REQUEST, MEDIA_TYPE_QUERY
from webapp.relying.timestamps import views
from webapp.relying.timestamps.models import Timestamp

TEXT = b"what was there"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def query(tmp_path):
    (tmp_path / "text").write_bytes(TEXT)
    path = tmp_path / "query"
    openssl(
        *("ts", "-query", "-data", str(tmp_path / "text"), "-sha256", "-cert"),
        *("-out", str(path)),
    )
    return path


def ask(client, body, kind=MEDIA_TYPE_QUERY):
    return client.post("/tsa", data=body, content_type=kind)


def reply_of(answer):
    assert answer.status_code == 200
    assert answer.content_type == "application/timestamp-reply"
    return tsp.TimeStampResp.load(answer.data)


def verify(folder: Path, app) -> str:
    root = app.extensions["certferry.ca"].root_certificate
    pem = x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM)
    (folder / "root").write_bytes(pem)
    return openssl(
        *("ts", "-verify", "-queryfile", str(folder / "query")),
        *("-in", str(folder / "reply"), "-CAfile", str(folder / "root")),
    )


def test_openssl_asks_and_verifies(client, app, query, tmp_path):
    answer = ask(client, query.read_bytes())

    (tmp_path / "reply").write_bytes(answer.data)
    assert reply_of(answer)["status"]["status"].native == "granted"
    assert "Verification: OK" in verify(tmp_path, app)


def test_openssl_refuses_the_stamp_for_another_text(client, app, query, tmp_path):
    (tmp_path / "reply").write_bytes(ask(client, query.read_bytes()).data)
    (tmp_path / "text").write_bytes(TEXT + b".")
    openssl("ts", "-query", "-data", str(tmp_path / "text"), "-out", str(query))

    assert "Verification: FAILED" in verify(tmp_path, app)


def test_pyhankos_client_gets_a_token(app):
    class Silent(WSGIRequestHandler):
        def log_message(self, *_arguments):
            pass

    server = make_server("127.0.0.1", 0, app, handler_class=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stamper = HTTPTimeStamper(f"http://127.0.0.1:{server.server_port}/tsa")

    token = asyncio.run(stamper.async_timestamp(b"1" * 32, "sha256"))

    server.shutdown()
    server.server_close()
    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == b"1" * 32


def test_each_stamp_has_a_number_of_its_own_that_is_stored(client, query, stored):
    replies = [reply_of(ask(client, query.read_bytes())) for _ in range(3)]

    serials = {
        f"{info['serial_number'].native:x}"
        for reply in replies
        for info in [
            reply["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        ]
    }
    assert len(serials) == 3
    assert set(stored.scalars(select(Timestamp.serial))) == serials


def test_refused_request_is_answered_in_kind_and_takes_no_number(client, stored):
    answer = ask(client, b"no request")

    reply = openssl("ts", "-reply", "-in", "/dev/stdin", "-text", give=answer.data)
    assert answer.status_code == 200
    assert "Status: Rejected" in reply
    assert "the data submitted has the wrong format" in reply
    assert stored.scalars(select(Timestamp)).all() == []


def test_too_large_a_request_is_refused_unread(client):
    answer = ask(client, bytes(MAX_REQUEST + 1))

    text = openssl("ts", "-reply", "-in", "/dev/stdin", "-text", give=answer.data)
    assert "The request is too large." in text


def test_another_media_type_is_415(client, query):
    assert (
        ask(client, query.read_bytes(), "application/octet-stream").status_code == 415
    )


def test_without_a_key_the_answer_says_so(client, query, monkeypatch):
    def refuse(_now):
        raise ServiceSignerError

    monkeypatch.setattr(views, "current_authority", refuse)

    answer = ask(client, query.read_bytes())

    text = openssl("ts", "-reply", "-in", "/dev/stdin", "-text", give=answer.data)
    assert "the request cannot be handled due to system failure" in text


def test_programs_get_no_cookie(client, query):
    assert "Set-Cookie" not in ask(client, query.read_bytes()).headers
