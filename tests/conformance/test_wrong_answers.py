"""An answer that is stale, forged, or for something else makes no certificate good.

The programs decide; what is tried is that our answers carry what they decide by. The
first case, which is honest, shows that they would take it.
"""

import secrets
from collections import Counter
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.canned_responder import CannedResponder
from tests.support.judges_of_status import (
    gnutls_ocsp,
    java_by_ocsp,
    nss_by_ocsp,
    openssl_ocsp,
)
from tests.support.status_centre import running_centre
from webapp import create_app
from webapp.clock import utc_now
from webapp.pki.services.certificates import ServiceKind
from webapp.pki.services.ocsp import GOOD, IssuerHashes, ResponseSigner

HOURS = timedelta(hours=1)
WITH_NONCE = {
    "openssl ocsp": lambda centre: openssl_ocsp(centre, "asked"),
    "GnuTLS ocsptool": lambda centre: gnutls_ocsp(centre, "asked", "--nonce"),
}
WITHOUT_NONCE = {
    "openssl ocsp": lambda centre: openssl_ocsp(centre, "asked", "-no_nonce"),
    "GnuTLS ocsptool": lambda centre: gnutls_ocsp(centre, "asked"),
    "NSS vfychain": lambda centre: nss_by_ocsp(centre, ["asked"])["asked"],
    "Java CertPath": lambda centre: java_by_ocsp(centre, ["asked"])["asked"],
}
# ocsptool prints the serial and the times, and leaves both to whoever reads them.
LEFT_TO_THE_READER = {"GnuTLS ocsptool": ["for another serial", "stale"]}


@pytest.fixture(scope="module")
def responder():
    with CannedResponder() as running:
        yield running


@pytest.fixture(scope="module")
def centre(tmp_path_factory, responder):
    """A centre with a certificate that names the responder of somebody else."""
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        running.write_unrecorded("asked", ocsp_url=responder.url)
        yield running


@pytest.fixture(scope="module")
def responder_key(centre):
    """The centre's own responder, to sign what it never would."""
    services = create_app(centre.config).extensions["certferry.ca"].services
    signer = services.signer(ServiceKind.OCSP_RESPONDER, utc_now())
    return ResponseSigner.of(signer.certificate, signer.key)


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def answer(centre, signer, *, other_serial=False, age=HOURS, nonce=None):
    """Return an answer that says good, made `age` ago for two hours."""
    hashes, made_at = IssuerHashes.of(load(centre.issuing)), utc_now() - age
    serial = load(centre.certificate("asked")).serial_number + int(other_serial)
    answers = [
        (hashes.cert_id(serial, algorithm), GOOD) for algorithm in hashes.by_algorithm
    ]
    return signer.sign(
        answers, this_update=made_at, next_update=made_at + 2 * HOURS, nonce=nonce
    )


def holder(centre):
    """Somebody with a certificate of the CA who answers in place of its responder."""
    key = load_pem_private_key(centre.key("good").read_bytes(), None)
    return ResponseSigner.of(load(centre.certificate("good")), key)


@pytest.mark.parametrize("judge", WITHOUT_NONCE)
def test_judge_takes_an_honest_answer_alone(
    centre, responder, responder_key, judge, report
):
    tampered = bytearray(answer(centre, responder_key))
    tampered[-1] ^= 1
    wrong = {
        "for another serial": answer(centre, responder_key, other_serial=True),
        "stale": answer(centre, responder_key, age=30 * 24 * HOURS),
        "of somebody else": answer(centre, holder(centre)),
        "tampered with": bytes(tampered),
        "nothing": b"",
        "an error without a signature": b"\x30\x03\x0a\x01\x03",
    }
    honest = answer(centre, responder_key)

    words = {}
    for case, octets in {"honest": honest, **wrong}.items():
        responder.answer = octets
        words[case] = WITHOUT_NONCE[judge](centre)

    assert words.pop("honest") == "good"
    taken = [case for case, word in words.items() if word == "good"]
    assert taken == LEFT_TO_THE_READER.get(judge, [])
    results = Counter(passed=len(words) + 1 - len(taken))
    results.update({"not looked at by the program": len(taken)} if taken else {})
    report(f"wrong answers by OCSP, {judge}", results)


@pytest.mark.parametrize("judge", WITH_NONCE)
def test_judge_refuses_an_answer_with_a_forged_nonce(
    centre, responder, responder_key, judge, report
):
    nonce = secrets.token_bytes(32)
    responder.answer = answer(centre, responder_key, nonce=nonce)

    assert WITH_NONCE[judge](centre) != "good"
    report(f"forged nonce, {judge}", Counter(passed=1))
