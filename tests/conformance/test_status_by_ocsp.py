"""Programs that know the standards alone agree on what our responder answers."""

import base64
import secrets
import time
import urllib.request
from collections import Counter
from itertools import product
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from mobile_bridge.pki.der import read
from tests.conformance.test_odd_bytes import no_hang  # noqa: F401
from tests.support.judges_of_status import (
    JUDGES_BY_OCSP,
    openssl_ocsp,
    responder_of,
)
from tests.support.linting import lint_ocsp_response
from tests.support.odd_bytes import files_below
from tests.support.status_centre import STATUSES, running_centre
from webapp.pki import der

# These ask about a serial number, and do not look at the certificate's own last day.
BLIND_TO_EXPIRY = {"openssl ocsp", "GnuTLS ocsptool"}
# Its path builder has one word for all that is not known to be good.
WITHOUT_A_WORD_FOR_UNKNOWN = {"NSS vfychain"}
STATUS = {
    "good": ocsp.OCSPCertStatus.GOOD,
    "revoked": ocsp.OCSPCertStatus.REVOKED,
    "suspended": ocsp.OCSPCertStatus.REVOKED,
    "expired": ocsp.OCSPCertStatus.GOOD,
    "unknown": ocsp.OCSPCertStatus.UNKNOWN,
}
TIMEOUT = 30
NONCE_OID = x509.OCSPNonce.oid.dotted_string


@pytest.fixture(scope="module", params=["serve", "ocsp"])
def centre(request, tmp_path_factory):
    """The responder in front of the site, and the one alone."""
    with running_centre(tmp_path_factory.mktemp("centre"), request.param) as running:
        yield running


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def request_for(centre, status, algorithm, *extensions):
    """Return a request about one certificate, in DER."""
    issuing = load(centre.issuing)
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        load(centre.certificate(status)), issuing, algorithm
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.build().public_bytes(Encoding.DER)


def ask(centre, request, method="POST"):
    """Return what the responder answers to these bytes: HTTP status and DER."""
    url = responder_of(centre, "good")
    headers = {"Content-Type": "application/ocsp-request"}
    if method == "GET":
        path = quote(base64.b64encode(request).decode(), safe="")
        message = urllib.request.Request(f"{url}/{path}")
    else:
        message = urllib.request.Request(url, request, headers, method="POST")
    with urllib.request.urlopen(message, timeout=TIMEOUT) as answer:
        assert answer.headers["Content-Type"] == "application/ocsp-response"
        return answer.status, answer.read()


def wait_until_answered(centre, status, answered):
    """Wait for a change: each process looks for changes every quarter of a second."""
    request = request_for(centre, status, hashes.SHA256())
    end = time.monotonic() + TIMEOUT
    while True:
        _, answer = ask(centre, request)
        if verified(centre, answer).certificate_status == STATUS[answered]:
            return
        assert time.monotonic() < end, f"{status} is never answered as {answered}"
        time.sleep(0.05)


def verified(centre, answer):
    """Return a response whose signature was checked under its own certificate."""
    response = ocsp.load_der_ocsp_response(answer)
    assert response.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
    (responder,) = response.certificates
    responder.verify_directly_issued_by(load(centre.issuing))
    usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert x509.ExtendedKeyUsageOID.OCSP_SIGNING in usage
    key = responder.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert response.signature_hash_algorithm is not None
    key.verify(
        response.signature,
        response.tbs_response_bytes,
        ec.ECDSA(response.signature_hash_algorithm),
    )
    return response


def nonce_of(response):
    try:
        return response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None


@pytest.mark.parametrize("judge", JUDGES_BY_OCSP)
def test_judge_by_ocsp_agrees_on_every_status(centre, judge, report):
    words = JUDGES_BY_OCSP[judge](centre, STATUSES)

    expected = {status: status for status in STATUSES}
    if words["suspended"] == "revoked":  # most programs make no difference
        expected["suspended"] = "revoked"
    if judge in BLIND_TO_EXPIRY:
        expected["expired"] = "good"
    if judge in WITHOUT_A_WORD_FOR_UNKNOWN:
        expected["unknown"] = "revoked"
    assert words == expected
    report(f"status by OCSP, {judge}", Counter(passed=len(words)))


@pytest.mark.parametrize("judge", JUDGES_BY_OCSP)
def test_judge_by_ocsp_sees_the_next_revocation(centre, judge, report):
    name = f"next-{judge.replace(' ', '-')}"
    centre.issue(name)
    before = JUDGES_BY_OCSP[judge](centre, [name])

    centre.revoke(name)
    wait_until_answered(centre, name, "revoked")

    assert before == {name: "good"}
    assert JUDGES_BY_OCSP[judge](centre, [name]) == {name: "revoked"}
    report(f"next answer, {judge}", Counter(passed=1))


@pytest.mark.parametrize("options", [("-sha1",), ("-sha256",), ("-no_nonce",)])
def test_openssl_understands_answers_to_requests_of_every_form(centre, options):
    words = {status: openssl_ocsp(centre, status, *options) for status in STATUSES}

    assert words == {status: status for status in STATUSES} | {"expired": "good"}


def test_pkilint_finds_nothing_in_an_answer_of_any_shape(centre, report):
    results = Counter()
    shapes = product(
        STATUSES, (hashes.SHA1(), hashes.SHA256()), ("GET", "POST"), (0, 1, 32, 128)
    )
    for status, algorithm, method, size in shapes:
        nonce = secrets.token_bytes(size)
        extensions = [x509.OCSPNonce(nonce)] if nonce else []
        request = request_for(centre, status, algorithm, *extensions)

        _, answer = ask(centre, request, method)

        response = verified(centre, answer)
        assert response.certificate_status == STATUS[status]
        assert response.serial_number == load(centre.certificate(status)).serial_number
        assert nonce_of(response) == (nonce or None)
        assert lint_ocsp_response(answer) == set()
        results["passed"] += 1

    report("pkilint, OCSP answers", results)


def test_a_nonce_is_answered_to_who_sent_it_and_to_nobody_else(centre):
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)

    answers = [
        verified(
            centre,
            ask(centre, request_for(centre, "good", hashes.SHA256(), *extensions))[1],
        )
        for extensions in (
            [x509.OCSPNonce(first)],
            [x509.OCSPNonce(second)],
            [],
            [x509.OCSPNonce(first)],
        )
    ]

    assert [nonce_of(answer) for answer in answers] == [first, second, None, first]


def test_each_of_several_certificates_gets_its_own_answer(centre):
    names = ("good", "revoked", "unknown", "suspended")
    singles = [
        der.sequence(cert_id_of(request_for(centre, name, hashes.SHA1())))
        for name in names
    ]
    request = der.sequence(der.sequence(der.sequence(*singles)))

    response = verified(centre, ask(centre, request)[1])

    answers = {
        single.serial_number: single.certificate_status for single in response.responses
    }
    assert answers == {
        load(centre.certificate(name)).serial_number: STATUS[name] for name in names
    }


def cert_id_of(request):
    """Return the CertID of a request about one certificate, in DER."""

    tbs = read(request).children()[0]
    return tbs.children()[0].children()[0].children()[0].whole


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x04\x00",  # RFC 9654 2.1: at least one octet
        der.octet_string(bytes(129)),  # and at most 128
        der.octet_string(bytes(4000)),
        b"\x04\x84\xff\xff\xff\xff",
        b"\x24\x80\x04\x01a\x00\x00",
    ],
    ids=lambda value: value[:6].hex() or "nothing",
)
def test_a_nonce_that_is_none_is_refused_as_malformed(centre, value):
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(NONCE_OID), value)
    request = request_for(centre, "good", hashes.SHA1(), extension)

    _, answer = ask(centre, request)

    status = ocsp.load_der_ocsp_response(answer).response_status
    assert status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_odd_bytes_of_others_get_an_answer(centre, method, report, no_hang):  # noqa: F811
    # In an address there is room for so much (RFC 6960 A.1 speaks of 255 octets).
    answers, size = Counter(), 2000 if method == "GET" else None
    for folder in ("x509/ocsp", "x509/requests", "pkcs7", "x509/custom"):
        for _, content in files_below(folder):
            status, answer = ask(centre, content[:size], method)
            answers[ocsp.load_der_ocsp_response(answer).response_status.name] += 1
            assert status == 200

    # What was a request is one for certificates of somebody else.
    assert set(answers) == {"MALFORMED_REQUEST", "UNAUTHORIZED"}
    kinds = ", ".join(f"{count} {name.lower()}" for name, count in answers.items())
    results = Counter(passed=answers.total())
    report(f"cryptography-vectors as OCSP requests by {method}, {kinds}", results)
