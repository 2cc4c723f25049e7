"""Whatever bytes come, there is a verdict; and no address in them is ever asked."""

import asyncio
import socket
import sys
from pathlib import Path

import cryptography_vectors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.relying.verification.documents import TEXT, cms, signed_pdf
from tests.webapp.relying.verification.hierarchy import NOON, armoured, hierarchy
from webapp.relying.verification.validation import limits, signatures, verifier
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import (
    GRAVITY,
    Kind,
    Reason,
    Verdict,
)
from webapp.relying.verification.validation.verifier import verify

VECTORS = Path(cryptography_vectors.__file__).parent
ODD = sorted(
    path
    for folder in ("x509/custom", "x509", "pkcs7", "x509/requests", "x509/ocsp")
    for path in (VECTORS / folder).iterdir()
    if path.is_file()
)
WATCHED = ("socket.", "urllib.", "http.", "subprocess.", "os.exec", "os.posix_spawn")


def report_on(octets, **parts):
    request = VerificationRequest(document=octets, **parts)
    return verify(request, hierarchy().trust, now=NOON)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """One of each kind."""
    pki, folder = hierarchy(), tmp_path_factory.mktemp("honest")
    return {
        Kind.CERTIFICATE: pki.holder.der,
        Kind.CMS: cms(folder, TEXT, pki.holder, detached=False),
        Kind.PDF: signed_pdf(pki.holder),
    }


_ASKED = []
_IS_WATCHING = False


def _watch(event, _arguments):
    if _IS_WATCHING and event.startswith(WATCHED):
        _ASKED.append(event)


sys.addaudithook(_watch)


@pytest.fixture
def asked():
    """What a test asked of a network or of another program, by Python's own hooks."""
    globals()["_IS_WATCHING"] = True
    _ASKED.clear()
    yield _ASKED
    globals()["_IS_WATCHING"] = False


@pytest.mark.parametrize("kind", [Kind.CERTIFICATE, Kind.CMS, Kind.PDF])
def test_a_file_is_recognised_by_its_bytes(honest, kind):
    report = report_on(honest[kind])

    assert (report.kind, report.verdict) == (kind, Verdict.VALID)


def test_no_address_in_a_file_is_asked(honest, asked):
    pki = hierarchy()
    trust = type(pki.trust)(pki.trust.roots)  # so that all else would be fetched
    for octets in honest.values():
        verify(VerificationRequest(document=octets), trust, now=NOON)
        verify(VerificationRequest(document=octets), pki.trust, now=NOON)

    # The loop of asyncio wakes itself through a pair of sockets of its own.
    assert set(asked) <= {"socket.__new__"}


def test_the_watch_on_the_network_sees_a_connection(asked):
    with socket.socket() as probe:
        probe.connect_ex(("127.0.0.1", 9))

    assert "socket.connect" in asked


def test_pem_is_read_as_der_is():
    report = report_on(armoured(hierarchy().holder.der))

    assert report.verdict is Verdict.VALID


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nx",
        b"%PDF-1.7\n",
        b"%PDF-1.7\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 5000,
        b"[" * 100_000,
        "김하나".encode(),
    ],
)
def test_what_is_nothing_is_malformed(octets):
    report = report_on(octets)

    assert report.verdict is Verdict.MALFORMED
    assert report.decisive.reasons == (Reason.UNREADABLE,)


def test_a_document_above_the_limit_is_too_large():
    report = report_on(b"%PDF-" + bytes(limits.MAX_CONTENT))

    assert report.decisive.reasons == (Reason.TOO_LARGE,)


def test_more_intermediates_than_the_limit_are_too_many():
    der = hierarchy().authority.der
    links = (der,) * (limits.MAX_INTERMEDIATES + 1)

    report = report_on(hierarchy().holder.der, intermediates=links)

    assert report.decisive.reasons == (Reason.TOO_MANY,)


def test_a_thread_with_a_running_loop_verifies_too(honest):
    async def verify_inside():
        return [report_on(octets).verdict for octets in honest.values()]

    assert asyncio.run(verify_inside()) == [Verdict.VALID] * 3


def test_a_fault_of_the_program_is_not_told_as_one_of_the_file(honest, monkeypatch):
    async def judge_cms(*_arguments, **_options):
        raise TypeError("secret contents")

    monkeypatch.setattr(verifier, "judge_cms", judge_cms)

    report = report_on(honest[Kind.CMS])

    assert report.verdict is Verdict.STATUS_UNAVAILABLE
    assert report.decisive.reasons == (Reason.INTERNAL_FAULT,)
    assert (report.fault.kind, report.fault.is_own) == ("TypeError", True)
    assert "secret" not in str(report.fault)


def test_a_fault_while_reading_is_not_told_as_one_of_the_file(honest, monkeypatch):
    def certificates_of(_signed_data):
        raise RuntimeError

    monkeypatch.setattr(signatures, "certificates_of", certificates_of)

    report = report_on(honest[Kind.CMS])

    assert report.decisive.reasons == (Reason.INTERNAL_FAULT,)


def test_what_a_reader_stumbles_over_is_noted_by_its_place():
    report = report_on(b"\x30\x80" * 50)

    assert report.decisive.reasons == (Reason.UNREADABLE,)
    assert not report.fault.is_own
    assert report.fault.place.startswith("asn1crypto.")


@pytest.mark.parametrize("path", ODD, ids=lambda path: path.name)
def test_odd_files_of_others_get_a_verdict_and_are_never_valid(path):
    report = report_on(path.read_bytes())

    assert report.verdict in set(GRAVITY) - {Verdict.VALID}
    assert report.fault is None or not report.fault.is_own


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from([Kind.CERTIFICATE, Kind.CMS, Kind.PDF]),
    places=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4
    ),
    cut=st.integers(0, 40),
)
def test_mutated_files_get_a_verdict(honest, kind, places, cut):
    octets = bytearray(honest[kind])
    for place, value in places:
        octets[place % len(octets)] = value

    report = report_on(bytes(octets[: len(octets) - cut]))

    assert report.verdict in GRAVITY
    assert Reason.INTERNAL_FAULT not in report.decisive.reasons


@settings(max_examples=60, deadline=None)
@given(
    octets=st.binary(max_size=300), front=st.sampled_from([b"", b"%PDF-1.7\n", b"0"])
)
def test_random_bytes_are_never_valid(octets, front):
    report = report_on(front + octets)

    assert report.verdict is not Verdict.VALID
