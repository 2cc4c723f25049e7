"""A signed PDF is valid as it was signed, with what a signature allows to add."""

from dataclasses import replace
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.webapp.relying.verification.documents import (
    plain_pdf,
    signed_pdf,
    stamper_of,
    updated_pdf,
)
from tests.webapp.relying.verification.hierarchy import (
    COMPROMISE,
    DAY,
    NOON,
    YEAR,
    certify,
    crl_of,
    hierarchy,
)
from webapp.relying.verification.validation.paths import State, StatusAnswer, query_for
from webapp.relying.verification.validation.requests import (
    VerificationRequest,
    read_certificate,
)
from webapp.relying.verification.validation.verdicts import (
    Kind,
    Note,
    Reason,
    Suspension,
    TimeBasis,
    Verdict,
)
from webapp.relying.verification.validation.verifier import verify

STAMPING = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)


def report_on(document, *, trust=None, now=NOON, **named):
    request = VerificationRequest(document=document)
    return verify(request, trust or hierarchy().trust, now=now, **named)


@cache
def clock_key():
    """pyHanko's own stamper signs with RSA alone."""
    return rsa.generate_private_key(65537, 2048)


def authority_of_time(**faults):
    named = {"extensions": [STAMPING], "key": clock_key(), **faults}
    return certify("Clock", hierarchy().authority, **named)


def test_a_signed_pdf_is_valid():
    report = report_on(signed_pdf(hierarchy().holder))

    assert (report.kind, report.verdict) == (Kind.PDF, Verdict.VALID)
    assert report.decisive.field == "Signature1"
    assert report.decisive.basis is TimeBasis.NOW


def test_a_page_changed_after_signing_is_found():
    report = report_on(updated_pdf(signed_pdf(hierarchy().holder)))

    assert report.decisive.reasons == (Reason.CHANGED_AFTER_SIGNING,)
    assert report.verdict is Verdict.UNTRUSTED


def test_a_byte_changed_in_what_was_signed_is_found():
    document = bytearray(signed_pdf(hierarchy().holder))
    document[document.index(b"595")] ^= 1

    report = report_on(bytes(document))

    assert report.decisive.reasons == (Reason.CONTENT_ALTERED,)


def test_a_second_signature_leaves_the_first_one_valid():
    pki = hierarchy()
    once = signed_pdf(pki.holder)
    twice = signed_pdf(
        certify("Second holder", pki.authority), document=once, field="Signature2"
    )

    report = report_on(twice)

    assert report.verdict is Verdict.VALID
    assert [one.field for one in report.findings] == ["Signature1", "Signature2"]
    assert report.findings[0].notes == (Note.ADDED_AFTER_SIGNING,)


def test_of_two_signatures_the_worse_decides():
    once = signed_pdf(hierarchy().holder)
    twice = signed_pdf(certify("Stranger"), document=once, field="Signature2")

    report = report_on(twice)

    assert [one.verdict for one in report.findings] == [
        Verdict.VALID,
        Verdict.UNTRUSTED,
    ]
    assert report.verdict is Verdict.UNTRUSTED


def test_a_pdf_that_nobody_signed_is_not_valid():
    assert report_on(plain_pdf()).decisive.reasons == (Reason.NOT_SIGNED,)


def test_a_time_stamp_keeps_a_signature_valid_after_the_certificates_end():
    pki = hierarchy()
    clock = authority_of_time(ends=NOON + 5 * YEAR)
    document = signed_pdf(pki.holder, stamper=stamper_of(clock, NOON + DAY))
    later = NOON + 2 * YEAR
    lists = (crl_of(pki.root, this_update=later - DAY, next_update=later + DAY),)

    finding = report_on(
        document,
        now=later,
        trust=replace(pki.trust, crls=lists),
        status_source=lambda _query: _GOOD,
    ).decisive

    assert finding.verdict is Verdict.VALID
    assert (finding.basis, finding.at) == (TimeBasis.TIME_STAMP, NOON + DAY)


def test_a_time_stamp_keeps_a_signature_valid_that_was_revoked_afterwards():
    pki = hierarchy()
    clock = authority_of_time()
    document = signed_pdf(pki.holder, stamper=stamper_of(clock, NOON - 2 * DAY))

    finding = report_on(document, status_source=_revoked_at(NOON - DAY)).decisive

    assert finding.verdict is Verdict.VALID
    assert set(finding.notes) == {Note.TIME_STAMPED, Note.REVOKED_LATER}


def test_a_signature_time_stamped_after_the_revocation_is_revoked():
    document = signed_pdf(
        hierarchy().holder, stamper=stamper_of(authority_of_time(), NOON - DAY)
    )

    report = report_on(document, status_source=_revoked_at(NOON - 2 * DAY))

    assert report.verdict is Verdict.REVOKED


def test_a_signature_time_stamped_during_a_suspension_is_suspended_ever_after():
    pki = hierarchy()
    lifted = (Suspension(NOON - 3 * DAY, NOON - DAY),)
    holder = query_for(*map(read_certificate, (pki.holder.der, pki.authority.der)))
    document = signed_pdf(
        pki.holder, stamper=stamper_of(authority_of_time(), NOON - 2 * DAY)
    )

    def source(query):
        is_holder = query.serial == holder.serial
        return StatusAnswer(State.GOOD, lifted=lifted) if is_holder else _GOOD

    finding = report_on(document, status_source=source).decisive

    assert finding.verdict is Verdict.SUSPENDED
    assert set(finding.notes) == {Note.TIME_STAMPED, Note.RESUMED_LATER}
    assert (finding.since, finding.suspensions) == (lifted[0].since, lifted)


def _revoked_at(moment):
    """The records of the holder's issuer: all are good but the holder."""
    pki = hierarchy()
    holder = query_for(*map(read_certificate, (pki.holder.der, pki.authority.der)))

    def answer(query):
        is_holder = query.serial == holder.serial
        return StatusAnswer(State.REVOKED, moment) if is_holder else _GOOD

    return answer


_GOOD = StatusAnswer(State.GOOD)


@pytest.mark.parametrize(
    "clock",
    [
        certify("Own clock", extensions=[STAMPING], key=clock_key()),
        certify("No clock", hierarchy().authority, key=clock_key()),
        authority_of_time(ends=NOON - DAY),
    ],
    ids=["of nobody", "for signing", "expired"],
)
def test_a_time_stamp_that_does_not_count_proves_no_time(clock):
    document = signed_pdf(hierarchy().holder, stamper=stamper_of(clock, NOON - 2 * DAY))

    finding = report_on(document).decisive

    assert finding.basis is TimeBasis.NOW
    assert Note.TIME_STAMP_UNTRUSTED in finding.notes


def test_a_revoked_time_stamping_authority_proves_no_time():
    pki, clock = hierarchy(), authority_of_time()
    document = signed_pdf(pki.holder, stamper=stamper_of(clock, NOON - 2 * DAY))
    trust = pki.trust_with(authority=[(clock, NOON - DAY, COMPROMISE)])

    finding = report_on(document, trust=trust).decisive

    assert finding.basis is TimeBasis.NOW


def test_a_pdf_that_is_cut_off_is_unreadable():
    document = signed_pdf(hierarchy().holder)

    report = report_on(document[: len(document) // 2])

    assert report.verdict is Verdict.MALFORMED
