"""What a file does to the process that reads it, it does to nobody else."""

import os
import signal
import zlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.webapp.relying.verification.hierarchy import NOON, hierarchy
from webapp.relying.verification.isolation import IsolatedVerifier
from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.limits import MIB
from webapp.relying.verification.validation.paths import State, StatusAnswer
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Reason, Verdict


def verified(verifier, source=lambda _query: StatusAnswer(State.GOOD)):
    pki = hierarchy()
    request = VerificationRequest(document=pki.holder.der)
    return verifier.verify(request, pki.trust, now=NOON, status_source=source)


def test_the_verdict_is_that_of_the_verifier_and_status_is_asked_here(isolated):
    asked = []

    def source(query):
        asked.append((os.getpid(), query.serial))
        return StatusAnswer(State.SUSPENDED, NOON)

    report = verified(isolated, source)

    assert report.verdict is Verdict.SUSPENDED
    assert asked == [(os.getpid(), f"{hierarchy().holder.serial:x}")]


def test_what_the_source_raises_is_raised_here(isolated):
    def source(_query):
        raise LookupError("the database is away")

    with pytest.raises(LookupError):
        verified(isolated, source)

    assert verified(isolated).verdict is Verdict.VALID


def test_a_fault_in_the_reader_is_logged_by_type_and_place(isolated, monkeypatch):
    pki = hierarchy()
    request = VerificationRequest(document=pki.holder.der, at="not a time")

    with capture_logs() as entries:
        report = isolated.verify(
            request, pki.trust, now=NOON, status_source=lambda _query: None
        )

    (entry,) = entries
    assert report.decisive.reasons == (Reason.INTERNAL_FAULT,)
    assert (entry["event"], entry["log_level"]) == ("verification_fault", "error")
    assert set(entry) == {"event", "log_level", "kind", "place"}


def _readers():
    """The processes that read, by what the system says of them."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            line = (folder / "cmdline").read_bytes()
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"reader_process" in line:
            yield int(folder.name), int(parent)


def _own_readers():
    return {pid for pid, parent in _readers() if parent == os.getpid()}


def test_a_reader_that_ends_in_the_middle_is_a_file_too_complex(isolated):
    verified(isolated)
    readers = _own_readers()

    def source(_query):
        for pid, parent in _readers():
            if parent in readers:
                os.kill(pid, signal.SIGKILL)

    report = verified(isolated, source)

    assert report.decisive.reasons == (Reason.TOO_COMPLEX,)


def test_the_process_is_started_again_when_it_has_ended():
    verifier = IsolatedVerifier()
    before = _own_readers()
    verified(verifier)
    verifier.close()
    closed = _own_readers()

    again = verified(verifier).verdict
    verifier.close()

    assert again is Verdict.VALID
    assert before == closed == _own_readers()


def _bomb():
    """A PDF whose cross-reference stream is larger than the reader's memory."""
    packer, block = zlib.compressobj(1), bytes(16 * MIB)
    packed = b"".join(
        packer.compress(block) for _ in range(limits.MEMORY // len(block))
    )
    packed = zlib.compress(packed + packer.flush())
    filters = b"[/FlateDecode /FlateDecode]"
    head = b"%PDF-1.7\n"
    stream = (
        b"1 0 obj\n<</Type /XRef /Size 2 /W [1 8 8] /Root 1 0 R "
        b"/Filter %b /Length %d>>\n"
        b"stream\n%b\nendstream\nendobj\n" % (filters, len(packed), packed)
    )
    return head + stream + b"startxref\n%d\n%%%%EOF\n" % len(head)


def test_a_pdf_bomb_is_malformed_and_harms_nobody(isolated):
    bomb = _bomb()
    request = VerificationRequest(document=bomb)

    report = isolated.verify(
        request, hierarchy().trust, now=NOON, status_source=lambda _query: None
    )

    assert len(bomb) < MIB
    assert report.verdict is Verdict.MALFORMED
    assert verified(isolated).verdict is Verdict.VALID
