"""Odd bytes that others published are answered with a code, never a 5xx or a hang."""

import base64
import faulthandler
from collections import Counter
from itertools import chain

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.makers import NOON, make_request, make_root_authority
from tests.support.odd_bytes import files_below
from tests.webapp.conftest import (  # noqa: F401
    app,
    config,
    customer,
    demo_template,
    password,
    visitor,
)
from webapp.ca.certificate_types import packaged_types
from webapp.pki.ca_key import new_key
from webapp.relying.verification.validation.paths import Trust
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verifier import verify

HANG = 300  # seconds for a whole suite, on a busy machine; else all stacks are shown
REQUESTS = tuple(files_below("x509/requests"))
# What is no request at all, but has a form that a parser would like to follow.
OTHERS = tuple(
    chain(files_below("pkcs7"), files_below("x509/ocsp"), files_below("x509/custom"))
)


@pytest.fixture(autouse=True)
def no_hang():
    """End the run, with all stacks, when something does not come back."""
    faulthandler.dump_traceback_later(HANG, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def outcome(answer):
    """Return "passed" for what was done, else the code with which it was refused."""
    if answer.status_code < 300:
        return "passed"
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json["sentence"]
    return f"refused with {answer.json['code']}"


@pytest.mark.parametrize("type_id", ["personal-sign", "personal-bank"])
@pytest.mark.parametrize("files", [REQUESTS, OTHERS], ids=["requests", "others"])
def test_signing_requests_are_issued_for_or_refused(customer, report, files, type_id):  # noqa: F811
    """A refusal uses nothing up: an honest request is issued for after all of them."""
    application, results = customer.walk(type_id=type_id), Counter()
    for number, (_, der) in enumerate(files):
        answer = customer.order(application, der, key=f"{number:016d}")
        results[outcome(answer)] += 1
        if answer.status_code == 201:
            place = f"{answer.headers['Location']}/delivered"
            assert customer.send_json(place, {"place": "browser"}).status_code == 204
            application = customer.walk(type_id=type_id)

    good = make_request(key=new_key(packaged_types()[type_id].profile.key_kind))
    assert customer.order(application, good).status_code == 201
    report(f"cryptography-vectors as signing requests, {type_id}", results)


def test_certificates_and_signatures_of_others_are_never_valid(report):
    trust = Trust((make_root_authority().certificate.public_bytes(Encoding.DER),))
    verdicts = Counter()
    for folder in ("pkcs7", "x509"):
        for name, der in files_below(folder):
            if "PKITS" in name:  # has a test of its own
                continue
            for request in (
                VerificationRequest(document=der),
                VerificationRequest(document=b"text", signature=der),
            ):
                verdicts[verify(request, trust, now=NOON).verdict.value] += 1

    assert "valid" not in verdicts
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
    results = Counter(passed=verdicts.total())
    report(f"cryptography-vectors through the verifier, {kinds}", results)


def test_verification_over_http_answers_whatever_comes(app, report):  # noqa: F811
    client, verdicts = app.test_client(), Counter()
    for folder in ("pkcs7", "x509/requests"):
        for _, der in files_below(folder):
            text = base64.b64encode(der).decode()
            for body in (
                {"document": text},
                {"document": "dGV4dA==", "signature": text},
            ):
                answer = client.post("/api/v1/verify", json=body)
                assert answer.status_code == 200, answer.text
                verdicts[answer.json["verdict"]] += 1

    assert "valid" not in verdicts
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
    results = Counter(passed=verdicts.total())
    report(f"cryptography-vectors as calls to verify, {kinds}", results)
