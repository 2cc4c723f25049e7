"""PKITS of NIST through the verifier: each path with its names' result, by its CRLs.

The output says how many passed of how many run, and each that is not supported. Run
are all paths with the settings that the suite calls default; those with another set of
policies to begin with have no counterpart here.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest
from asn1crypto import crl, x509

from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.paths import Trust
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Verdict
from webapp.relying.verification.validation.verifier import verify

PKITS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # within the suite's validity, 2010 to 2030
ROOT = (PKITS / "certs" / "TrustAnchorRootCertificate.crt").read_bytes()
# PKITS 4.8 and 4.12: the names of these do not say the result; by default settings.
BY_NUMBER = {
    **dict.fromkeys(
        (
            "AllCertificatesNoPoliciesTest2",
            "DifferentPoliciesTest3",
            "OverlappingPoliciesTest6",
            "AllCertificatesSamePoliciesTest10",
            "AllCertificatesanyPolicyTest11",
            "AllCertificatesSamePoliciesTest13",
            "AnyPolicyTest14",
            "UserNoticeQualifierTest15",
            "UserNoticeQualifierTest16",
            "UserNoticeQualifierTest17",
            "UserNoticeQualifierTest18",
            "UserNoticeQualifierTest19",
            "CPSPointerQualifierTest20",
            "inhibitAnyPolicyTest3",
        ),
        True,
    ),
    **dict.fromkeys(
        (
            "DifferentPoliciesTest4",
            "DifferentPoliciesTest5",
            "DifferentPoliciesTest7",
            "DifferentPoliciesTest8",
            "DifferentPoliciesTest9",
            "DifferentPoliciesTest12",
        ),
        False,
    ),
}
_DSA = "DSA, withdrawn for signatures by FIPS 186-5, is refused as weak"
NOT_SUPPORTED = {
    "ValidDSASignaturesTest4": _DSA,
    "ValidDSAParameterInheritanceTest5": _DSA,
    "InvalidDSASignatureTest6": _DSA,
    "ValidNameUIDsTest6": "asn1crypto does not keep the octets of a subjectUniqueID",
}
NAMES = sorted(
    re.sub(r"EE$", "", path.stem)
    for path in (PKITS / "certs").glob("*EE.crt")
    if re.search(r"Test\d+EE$", path.stem)
)


@cache
def certificates_by_subject():
    by_subject = {}
    for path in sorted((PKITS / "certs").glob("*.crt")):
        certificate = x509.Certificate.load(path.read_bytes())
        if not path.stem.endswith("EE"):
            by_subject.setdefault(certificate.subject.hashable, []).append(certificate)
    return by_subject


@cache
def lists_by_issuer():
    by_issuer = {}
    for path in sorted((PKITS / "crls").glob("*.crl")):
        given = crl.CertificateList.load(path.read_bytes())
        by_issuer.setdefault(given.issuer.hashable, []).append(given)
    return by_issuer


def issuers_named(certificate):
    """The names that a path may go on with: of the issuer, and of its lists' issuer."""
    yield certificate.issuer.hashable
    points = certificate.crl_distribution_points_value or ()
    for point in points:
        for name in point["crl_issuer"] if point["crl_issuer"].native else ():
            yield name.chosen.hashable


def pool_for(target):
    """Return all that a relying party would be handed for a path: links and lists."""
    links, lists, seen, left = {}, {}, set(), [target]
    while left:
        for name in issuers_named(left.pop()):
            if name in seen:
                continue
            seen.add(name)
            for given in lists_by_issuer().get(name, ()):
                lists[given.sha256] = given.dump()
            for certificate in certificates_by_subject().get(name, ()):
                if certificate.dump() != ROOT:
                    links[certificate.sha256] = certificate.dump()
                    left.append(certificate)
    return tuple(links.values()), tuple(lists.values())


def expected(name):
    if name in BY_NUMBER:
        return BY_NUMBER[name]
    assert name.startswith(("Valid", "Invalid")), name
    return name.startswith("Valid")


def judged(name):
    der = (PKITS / "certs" / f"{name}EE.crt").read_bytes()
    links, lists = pool_for(x509.Certificate.load(der))
    assert len(links) <= limits.MAX_INTERMEDIATES
    request = VerificationRequest(certificate=der, intermediates=links)
    return verify(request, Trust((ROOT,), crls=lists), now=NOW)


def test_each_path_of_pkits_has_the_result_that_the_suite_names(capsys):
    results, wrong = Counter(), []
    for name in NAMES:
        if name in NOT_SUPPORTED:
            results["not supported"] += 1
            continue
        report = judged(name)
        is_right = (report.verdict is Verdict.VALID) == expected(name)
        results["passed" if is_right else "failed"] += 1
        if not is_right:
            wrong.append(f"{name}: {report.verdict} {report.decisive.reasons}")

    run = results["passed"] + results["failed"]
    with capsys.disabled():
        print(f"\n  PKITS: {results['passed']} passed of {run} run")
        for name, why in NOT_SUPPORTED.items():
            print(f"    not supported: {name}, {why}")
    assert wrong == []
    assert len(NAMES) > 200


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("InvalidRevokedCATest2", Verdict.REVOKED),
        ("InvalidRevokedEETest3", Verdict.REVOKED),
        ("InvalidEEnotAfterDateTest6", Verdict.EXPIRED),
        ("InvalidCAnotAfterDateTest5", Verdict.EXPIRED),
        ("InvalidMissingCRLTest1", Verdict.STATUS_UNAVAILABLE),
        ("InvalidOldCRLnextUpdateTest11", Verdict.STATUS_UNAVAILABLE),
        ("InvalidCASignatureTest2", Verdict.UNTRUSTED),
        ("InvalidDNnameConstraintsTest2", Verdict.UNTRUSTED),
    ],
)
def test_what_pkits_refuses_gets_the_verdict_that_says_why(name, verdict):
    assert judged(name).verdict is verdict
