"""OCSP over HTTP: GET in every spelling, POST, and what caches may keep."""

import base64
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import pytest
from cryptography.x509 import ocsp
from werkzeug.test import Client

from webapp import create_app
from webapp.pki.services.ocsp import IssuerHashes, build_request
from webapp.repository.ocsp.endpoint import decode_path
from webapp.repository.ocsp.responder import MAX_AGE, VALIDITY
from webapp.repository.plain_http import PlainHttp

# Its base64 has "+", "/" and "//" in it, and ends with "=".
BYTES = bytes.fromhex("fbefff") + b"\xff\xff\xff" + b"\x30\x00\x01\x02"


@pytest.fixture
def client(app):
    return Client(app.wsgi_app)


@pytest.fixture
def request_der(app, factory, now):
    hashes = IssuerHashes.of(app.extensions["certferry.ca"].authority.certificate)
    return build_request([hashes.cert_id(int(factory.issued(now).serial, 16))])


def in_path(der):
    return f"/ocsp/{quote(base64.b64encode(der).decode(), safe='')}"


def is_good(response):
    answer = ocsp.load_der_ocsp_response(response.data)
    return answer.certificate_status == ocsp.OCSPCertStatus.GOOD


def test_get_and_post_give_the_same_answer(client, request_der):
    got = client.get(in_path(request_der))
    posted = client.post("/ocsp", data=request_der)

    assert got.data == posted.data
    assert is_good(got)
    assert got.mimetype == posted.mimetype == "application/ocsp-response"


@pytest.mark.parametrize("path", ["/ocsp", "/ocsp/"])
def test_either_address_takes_a_request(client, request_der, path):
    assert is_good(client.post(path, data=request_der))


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(BYTES).decode(),
        base64.b64encode(BYTES).decode().rstrip("="),
        base64.urlsafe_b64encode(BYTES).decode(),
        quote(base64.b64encode(BYTES).decode(), safe=""),
        quote(base64.b64encode(BYTES).decode(), safe="/"),
        base64.encodebytes(BYTES).decode(),
    ],
)
def test_every_spelling_of_base64_is_read(text):
    assert decode_path(text) == BYTES


@pytest.mark.parametrize("text", ["", "*", "A", "é", "A" * 100_000])
def test_what_is_no_base64_is_an_empty_request(text):
    assert decode_path(text) == b""


def test_a_cache_keeps_an_answer_for_minutes_and_never_beyond_its_end(
    client, request_der
):
    response = client.get(in_path(request_der))

    answer = ocsp.load_der_ocsp_response(response.data)
    assert response.cache_control.public
    assert response.cache_control.max_age == MAX_AGE
    assert timedelta(seconds=MAX_AGE) < VALIDITY
    expires = parsedate_to_datetime(response.headers["Expires"])
    assert expires == answer.next_update_utc
    modified = parsedate_to_datetime(response.headers["Last-Modified"])
    assert modified == answer.this_update_utc


def test_who_has_the_answer_is_told_so(client, request_der):
    path = in_path(request_der)
    tag = client.get(path).headers["ETag"]

    again = client.get(path, headers={"If-None-Match": f'"x", W/{tag}'})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_the_head_of_an_answer_has_its_length_and_no_body(client, request_der):
    path = in_path(request_der)

    head = client.head(path)

    assert head.data == b""
    assert int(head.headers["Content-Length"]) == len(client.get(path).data)


@pytest.mark.parametrize("content", [b"", b"no request", b"0" * 100_000])
def test_what_is_no_request_is_answered_as_such_and_kept_by_nobody(client, content):
    response = client.post("/ocsp", data=content)

    answer = ocsp.load_der_ocsp_response(response.data)
    assert response.status_code == 200
    assert answer.response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert response.cache_control.no_store


def test_an_answer_with_a_nonce_is_kept_by_nobody(app, client, factory, now):
    hashes = IssuerHashes.of(app.extensions["certferry.ca"].authority.certificate)
    cert_id = hashes.cert_id(int(factory.issued(now).serial, 16))

    response = client.post("/ocsp", data=build_request([cert_id], b"nonce"))

    assert is_good(response)
    assert response.cache_control.no_store


def test_other_methods_are_named(client):
    response = client.put("/ocsp", data=b"x")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("path", ["/", "/ocspx", "/healthz"])
def test_everything_else_is_the_site_s(client, path):
    assert client.get(path).mimetype != "application/ocsp-response"


def test_it_is_there_without_tls_too(config):
    secure = replace(config, public_url="https://192.0.2.1:8000")
    plain = Client(PlainHttp(create_app(secure)))

    response = plain.post("/ocsp", data=b"no request")

    assert response.mimetype == "application/ocsp-response"
