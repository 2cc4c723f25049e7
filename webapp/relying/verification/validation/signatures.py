"""Signatures: CMS (RFC 5652), raw ones, and the time stamps that come with them. Pure.

pyHanko judges whether a signature is right over what was signed; whether the signer
counts, and when, is judged by `paths`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import cms, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import (
    StandardCMSSignatureStatus,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.registry import CertificateRegistry, SimpleTrustManager

from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.paths import (
    CLOCK_TOLERANCE,
    SIGNING,
    TIME_STAMPING,
    CertificateJudge,
    Judgement,
)
from webapp.relying.verification.validation.requests import (
    RefusedInputError,
    reading,
)
from webapp.relying.verification.validation.summaries import summarise
from webapp.relying.verification.validation.verdicts import (
    Finding,
    Note,
    Reason,
    TimeBasis,
)

_SHA: Final = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
# Of raw signatures: the ECDSA ones are the DER of RFC 3279 2.2.3; PSS has MGF1 with the
# same hash and a salt as long as the hash (RFC 8017 8.1).
RAW_ALGORITHMS: Final = tuple(
    f"{scheme}-{name}" for scheme in ("ecdsa", "rsa-pkcs1", "rsa-pss") for name in _SHA
)
_CRYPTO: Final = (
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The time that a verification is for, and why."""

    at: datetime
    basis: TimeBasis


def integrity_context(at: datetime) -> ValidationContext:
    """Return a context that trusts nobody: pyHanko then judges integrity alone."""
    return ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=[]),
        certificate_registry=CertificateRegistry.build(()),
        moment=at,
        revocation_mode="soft-fail",
        allow_fetching=False,
    )


# Whether a signer may sign is judged with the path.
ANY_USAGE: Final = KeyUsageConstraints(key_usage=set(), extd_key_usage=set())


async def judge_raw(
    judge: CertificateJudge,
    certificate: x509.Certificate,
    *,
    signature: bytes,
    content: bytes,
    algorithm: str,
    moment: Moment,
) -> Finding:
    """Return the finding on a bare signature, with the key of a certificate.

    Raises:
        RefusedInputError: the algorithm is none of `RAW_ALGORITHMS`.
    """
    if algorithm not in RAW_ALGORITHMS:
        raise RefusedInputError(Reason.UNSUPPORTED)
    scheme, _dash, name = algorithm.rpartition("-")
    try:
        key = serialization.load_der_public_key(certificate.public_key.dump())
    except (ValueError, UnsupportedAlgorithm):
        raise RefusedInputError(Reason.UNSUPPORTED) from None
    reasons: tuple[Reason, ...] = ()
    if not _is_right(key, signature, content, scheme=scheme, digest=_SHA[name]):
        reasons = (Reason.SIGNATURE_WRONG,)
    judgement = Judgement(reasons)
    if not reasons:
        judgement = await judge.judge(certificate, moment.at, SIGNING)
    return finding_on(certificate, judgement, moment)


def finding_on(
    certificate: x509.Certificate, judgement: Judgement, moment: Moment
) -> Finding:
    """Return what was judged of a certificate as a finding."""
    return Finding(
        reasons=judgement.reasons,
        notes=judgement.notes,
        at=moment.at,
        basis=moment.basis,
        certificate=summarise(certificate),
        since=judgement.since,
        suspensions=judgement.suspensions,
    )


async def judge_cms(
    judge: CertificateJudge,
    der: bytes,
    content: bytes | None,
    *,
    certificate: x509.Certificate | None,
    moment: Moment,
) -> tuple[Finding, ...]:
    """Return one finding for each signer of a CMS signature.

    `content` is what was signed where it is not inside; where it is, both have to be
    the same. `certificate` is the signer's, for a signature that brings none.

    Raises:
        RefusedInputError: it cannot be read, nothing is there that was signed, or
            there are too many signers or certificates.
    """
    signed_data = read_signed_data(der)
    inner = _inner_content(signed_data)
    if inner is None and content is None:
        raise RefusedInputError(Reason.CONTENT_MISSING)
    if inner is None and len(der) > limits.MAX_SIGNATURE:
        raise RefusedInputError(Reason.TOO_LARGE)
    signed = content if inner is None else inner
    is_other = inner is not None and content is not None and inner != content
    extra = [certificate] if certificate is not None else []
    findings = []
    for signer in signed_data["signer_infos"]:
        alone = _with_one_signer(signed_data, signer, [*extra, *judge.others])
        finding = await _judge_signer(judge, alone, signed or b"", moment)
        if is_other and not finding.reasons:
            finding = _refused(finding, Reason.CONTENT_ALTERED)
        findings.append(finding)
    return tuple(findings)


def read_signed_data(der: bytes) -> cms.SignedData:
    """Return the SignedData of a CMS signature, within the limits.

    Raises:
        RefusedInputError: it is none, nobody signed, or too many did.
    """
    with reading():
        info = cms.ContentInfo.load(der, strict=True)
        signed_data: cms.SignedData = info["content"]
        signers = len(signed_data["signer_infos"])
        certificates = list(certificates_of(signed_data))
    if signers == 0:
        raise RefusedInputError(Reason.NOT_SIGNED)
    if signers > limits.MAX_SIGNERS or len(certificates) > limits.MAX_CERTIFICATES:
        raise RefusedInputError(Reason.TOO_MANY)
    return signed_data


def certificates_of(signed_data: cms.SignedData) -> Iterable[x509.Certificate]:
    """Yield the X.509 certificates that a signature brings."""
    given = signed_data["certificates"]
    for choice in given if given.native is not None else ():
        if choice.name == "certificate":
            yield choice.chosen


async def time_stamped(
    judge: CertificateJudge, stamp: TimestampSignatureStatus | None, moment: Moment
) -> tuple[Moment, tuple[Note, ...]]:
    """Return the time that a time stamp proves, else the one that was asked for.

    Its authority has to count now, as every link of its path, and its token has to be
    over this signature (RFC 3161).
    """
    if stamp is None:
        return moment, ()
    untrusted = moment, (Note.TIME_STAMP_UNTRUSTED,)
    if not (stamp.intact and stamp.valid) or stamp.trust_problem_indic in _CRYPTO:
        return untrusted
    if stamp.timestamp is None or stamp.timestamp > moment.at + CLOCK_TOLERANCE:
        return untrusted
    judgement = await judge.judge(stamp.signing_cert, moment.at, TIME_STAMPING)
    if not judgement.is_good:
        return untrusted
    return Moment(stamp.timestamp, TimeBasis.TIME_STAMP), (Note.TIME_STAMPED,)


async def judge_status(
    judge: CertificateJudge, status: StandardCMSSignatureStatus, moment: Moment
) -> Finding:
    """Return the finding on a signature whose integrity pyHanko has judged."""
    certificate: x509.Certificate = status.signing_cert
    claimed = status.signer_reported_dt
    proved, notes = moment, tuple[Note, ...]()
    if not status.valid:
        judgement = Judgement((Reason.SIGNATURE_WRONG,))
    elif not status.intact:
        judgement = Judgement((Reason.CONTENT_ALTERED,))
    elif status.trust_problem_indic in _CRYPTO:
        judgement = Judgement((Reason.WEAK_ALGORITHM,))
    else:
        proved, notes = await time_stamped(judge, status.timestamp_validity, moment)
        judgement = await judge.judge(certificate, proved.at, SIGNING)
    return Finding(
        reasons=judgement.reasons,
        notes=(*notes, *judgement.notes),
        at=proved.at,
        basis=proved.basis,
        certificate=summarise(certificate),
        claimed_at=claimed,
        since=judgement.since,
        suspensions=judgement.suspensions,
    )


def refusal_of(error: Exception) -> Reason:
    """Return why a signature cannot be judged, of what pyHanko raised."""
    if isinstance(error, SignatureValidationError):
        indication = error.ades_subindication
        if indication is AdESIndeterminate.NO_SIGNING_CERTIFICATE_FOUND:
            return Reason.SIGNER_MISSING
        if indication is not AdESFailure.FORMAT_FAILURE:
            return Reason.SIGNATURE_WRONG
    return Reason.UNREADABLE


async def _judge_signer(
    judge: CertificateJudge, alone: cms.SignedData, content: bytes, moment: Moment
) -> Finding:
    context = integrity_context(moment.at)
    try:
        status = await async_validate_detached_cms(
            content,
            alone,
            signer_validation_context=context,
            ts_validation_context=integrity_context(moment.at),
            key_usage_settings=ANY_USAGE,
        )
    except (SignatureValidationError, CMSExtractionError, CMSStructuralError) as error:
        return Finding(reasons=(refusal_of(error),), at=moment.at, basis=moment.basis)
    return await judge_status(judge, status, moment)


def _refused(finding: Finding, reason: Reason) -> Finding:
    return Finding(
        reasons=(reason,),
        at=finding.at,
        basis=finding.basis,
        notes=finding.notes,
        certificate=finding.certificate,
        claimed_at=finding.claimed_at,
    )


def _inner_content(signed_data: cms.SignedData) -> bytes | None:
    content = signed_data["encap_content_info"]["content"]
    return bytes(content) if content.native is not None else None


def _with_one_signer(
    signed_data: cms.SignedData,
    signer: cms.SignerInfo,
    more: Iterable[x509.Certificate],
) -> cms.SignedData:
    """Return the same signature as if one signer alone had made it, detached."""
    certificates = [*certificates_of(signed_data), *more]
    return cms.SignedData(
        {
            "version": signed_data["version"].native,
            "digest_algorithms": signed_data["digest_algorithms"],
            "encap_content_info": {
                "content_type": signed_data["encap_content_info"]["content_type"].native
            },
            "certificates": [
                cms.CertificateChoices(name="certificate", value=one)
                for one in certificates
            ],
            "signer_infos": [signer],
        }
    )


def _is_right(
    key: object,
    signature: bytes,
    content: bytes,
    *,
    scheme: str,
    digest: hashes.HashAlgorithm,
) -> bool:
    """Tell whether a raw signature is right.

    Raises:
        RefusedInputError: the key is not one of that scheme.
    """
    try:
        if scheme == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(digest))
        elif scheme == "rsa-pkcs1" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), digest)
        elif scheme == "rsa-pss" and isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            key.verify(signature, content, pss, digest)
        else:
            raise RefusedInputError(Reason.UNSUPPORTED)
    except InvalidSignature:
        return False
    return True
