"""CMS signatures of openssl and bare signatures get the verdict that is due."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.webapp.relying.verification.documents import TEXT, cms, openssl
from tests.webapp.relying.verification.hierarchy import (
    COMPROMISE,
    DAY,
    NOON,
    armoured,
    certify,
    hierarchy,
    usage,
)
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Kind, Reason, Verdict
from webapp.relying.verification.validation.verifier import verify


def report_on(signature, content=None, *, trust=None, **parts):
    request = VerificationRequest(signature=signature, document=content, **parts)
    return verify(request, trust or hierarchy().trust, now=NOON)


@pytest.mark.parametrize("detached", [True, False])
def test_a_signature_of_openssl_is_valid(tmp_path, detached):
    signature = cms(tmp_path, TEXT, hierarchy().holder, detached=detached)

    report = report_on(signature, TEXT if detached else None)

    assert (report.kind, report.verdict) == (Kind.CMS, Verdict.VALID)
    assert report.decisive.certificate.subject == "CN=Holder,C=KR"


def test_a_signature_in_pem_is_read_too(tmp_path):
    signature = cms(tmp_path, TEXT, hierarchy().holder)

    report = report_on(armoured(signature, "CMS"), TEXT)

    assert report.verdict is Verdict.VALID


def test_a_signature_without_signed_attributes_is_valid(tmp_path):
    signature = cms(tmp_path, TEXT, hierarchy().holder, options=("-noattr",))

    assert report_on(signature, TEXT).verdict is Verdict.VALID
    assert report_on(signature, TEXT + b"!").verdict is Verdict.UNTRUSTED


def test_altered_content_is_said_to_be_altered(tmp_path):
    signature = cms(tmp_path, TEXT, hierarchy().holder)

    report = report_on(signature, TEXT.replace(b"ten", b"two"))

    assert report.decisive.reasons == (Reason.CONTENT_ALTERED,)
    assert report.verdict is Verdict.UNTRUSTED


def test_the_signature_of_another_document_does_not_fit(tmp_path):
    signature = cms(tmp_path, b"another", hierarchy().holder, detached=False)

    assert report_on(signature, TEXT).decisive.reasons == (Reason.CONTENT_ALTERED,)


def test_content_changed_inside_a_signature_is_found(tmp_path):
    signature = cms(tmp_path, TEXT, hierarchy().holder, detached=False)

    report = report_on(signature.replace(b"ten thousand", b"two thousand"))

    assert report.decisive.reasons == (Reason.CONTENT_ALTERED,)


def test_a_changed_signature_is_wrong(tmp_path):
    signature = bytearray(cms(tmp_path, TEXT, hierarchy().holder))
    signature[-1] ^= 1

    report = report_on(bytes(signature), TEXT)

    assert report.decisive.reasons == (Reason.SIGNATURE_WRONG,)


def test_a_detached_signature_without_its_content_asks_for_it(tmp_path):
    signature = cms(tmp_path, TEXT, hierarchy().holder)

    report = report_on(signature)

    assert report.decisive.reasons == (Reason.CONTENT_MISSING,)
    assert report.verdict is Verdict.MALFORMED


def test_two_signers_are_judged_each_and_the_worse_decides(tmp_path):
    pki = hierarchy()
    signature = cms(tmp_path, TEXT, pki.holder, certify("Stranger"))

    report = report_on(signature, TEXT)

    verdicts = {one.certificate.subject: one.verdict for one in report.findings}
    assert verdicts == {
        "CN=Holder,C=KR": Verdict.VALID,
        "CN=Stranger,C=KR": Verdict.UNTRUSTED,
    }
    assert report.verdict is Verdict.UNTRUSTED


def test_two_good_signers_are_valid_together(tmp_path):
    pki = hierarchy()
    second = certify("Second holder", pki.authority)

    report = report_on(cms(tmp_path, TEXT, pki.holder, second), TEXT)

    assert report.verdict is Verdict.VALID
    assert len(report.findings) == 2


def test_the_chain_may_come_with_the_signature(tmp_path):
    pki = hierarchy()
    without = type(pki.trust)(pki.trust.roots, (), pki.trust.crls)

    alone = report_on(cms(tmp_path, TEXT, pki.holder), TEXT, trust=without)
    chained = cms(tmp_path, TEXT, pki.holder, chain=[pki.authority])

    assert alone.decisive.reasons == (Reason.NO_PATH,)
    assert report_on(chained, TEXT, trust=without).verdict is Verdict.VALID


def test_a_signature_without_certificates_is_judged_with_the_one_given(tmp_path):
    pki = hierarchy()
    bare = cms(tmp_path, TEXT, pki.holder, options=("-nocerts",))

    alone = report_on(bare, TEXT)
    assert alone.decisive.reasons == (Reason.SIGNER_MISSING,)
    given = report_on(bare, TEXT, certificate=pki.holder.der)
    assert given.verdict is Verdict.VALID


def test_a_revoked_signer_is_revoked(tmp_path):
    pki = hierarchy()
    trust = pki.trust_with(authority=[(pki.holder, NOON - DAY, COMPROMISE)])

    report = report_on(cms(tmp_path, TEXT, pki.holder), TEXT, trust=trust)

    assert report.verdict is Verdict.REVOKED


@pytest.mark.parametrize(
    "fault",
    [
        {
            "extensions": [
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            ]
        },
        {"key_usage": usage(key_agreement=True)},
    ],
)
def test_a_certificate_that_is_not_for_signing_signs_nothing(tmp_path, fault):
    pki = hierarchy()
    wrong = certify("Wrong purpose", pki.authority, **fault)

    report = report_on(cms(tmp_path, TEXT, wrong), TEXT)

    assert report.decisive.reasons == (Reason.WRONG_PURPOSE,)


def test_the_signers_own_clock_is_told_and_not_believed(tmp_path):
    signature = cms(tmp_path, TEXT, hierarchy().holder)

    finding = report_on(signature, TEXT).decisive

    assert finding.at == NOON
    assert finding.claimed_at is not None
    assert finding.claimed_at != finding.at


def test_an_envelope_is_no_signature(tmp_path):
    pki = hierarchy()
    (tmp_path / "to.crt").write_bytes(pki.holder.pem)
    envelope = openssl(
        tmp_path, "cms", "-encrypt", "-outform", "DER", "to.crt", given=TEXT
    )

    assert report_on(envelope, TEXT).verdict is Verdict.MALFORMED


def raw_report(certificate, signature, algorithm, content=TEXT):
    return report_on(signature, content, certificate=certificate, algorithm=algorithm)


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_a_bare_ecdsa_signature_is_valid(name):
    pki = hierarchy()
    digest = getattr(hashes, name.upper())()
    signature = pki.holder.key.sign(TEXT, ec.ECDSA(digest))

    report = raw_report(pki.holder.der, signature, f"ecdsa-{name}")

    assert (report.kind, report.verdict) == (Kind.RAW, Verdict.VALID)


@pytest.mark.parametrize("scheme", ["rsa-pkcs1", "rsa-pss"])
def test_a_bare_rsa_signature_is_valid(scheme):
    pki = hierarchy()
    key = rsa.generate_private_key(65537, 2048)
    holder = certify("RSA holder", pki.authority, key=key)
    digest = hashes.SHA256()
    pad = (
        padding.PKCS1v15()
        if scheme == "rsa-pkcs1"
        else padding.PSS(padding.MGF1(digest), digest.digest_size)
    )
    signature = key.sign(TEXT, pad, digest)

    assert raw_report(holder.der, signature, f"{scheme}-sha256").verdict is (
        Verdict.VALID
    )
    altered = raw_report(holder.der, signature, f"{scheme}-sha256", b"other")
    assert altered.decisive.reasons == (Reason.SIGNATURE_WRONG,)


@pytest.mark.parametrize(
    "algorithm", ["rsa-pkcs1-sha256", "ecdsa-sha1", "none", "", "ecdsa-"]
)
def test_an_algorithm_that_is_not_the_keys_is_not_judged(algorithm):
    pki = hierarchy()
    signature = pki.holder.key.sign(TEXT, ec.ECDSA(hashes.SHA256()))

    report = raw_report(pki.holder.der, signature, algorithm)

    assert report.decisive.reasons == (Reason.UNSUPPORTED,)


def test_a_bare_signature_needs_certificate_and_content():
    report = report_on(b"signature", TEXT, algorithm="ecdsa-sha256")

    assert report.decisive.reasons == (Reason.CONTENT_MISSING,)
