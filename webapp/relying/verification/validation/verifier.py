"""Verify a certificate, a signature or a signed PDF: one report, whatever comes. Pure.

It fails closed: what cannot be read, judged or known is never VALID.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from asn1crypto import x509

from webapp.relying.verification.validation.paths import (
    ANY_PURPOSE,
    CertificateJudge,
    StatusSource,
    StatusSourceError,
    TooComplexError,
    Trust,
    no_records,
)
from webapp.relying.verification.validation.pdf import judge_pdf
from webapp.relying.verification.validation.requests import (
    Parts,
    RefusedInputError,
    VerificationRequest,
    read_certificate,
    read_parts,
)
from webapp.relying.verification.validation.signatures import (
    Moment,
    certificates_of,
    finding_on,
    judge_cms,
    judge_raw,
    read_signed_data,
)
from webapp.relying.verification.validation.verdicts import (
    Finding,
    Kind,
    Reason,
    Report,
    TimeBasis,
)

# They quote names out of what was uploaded.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def verify(
    request: VerificationRequest,
    trust: Trust,
    *,
    now: datetime,
    status_source: StatusSource = no_records,
) -> Report:
    """Return what is to be said of a request at `now`; nothing is ever fetched."""
    moment = Moment(now, TimeBasis.NOW)
    if request.at is not None:
        moment = Moment(request.at, TimeBasis.ASKED)
    kind = Kind.UNKNOWN
    try:
        parts = read_parts(request)
        kind = parts.kind
        others = tuple(read_certificate(one) for one in request.intermediates)
        judge = CertificateJudge(
            trust=trust, now=now, status_source=status_source, others=others
        )
        findings = asyncio.run(_findings(judge, parts, request.algorithm, moment))
    except RefusedInputError as error:
        findings = (_refusal(error.reason, moment),)
    except StatusSourceError:
        findings = (_refusal(Reason.STATUS_UNKNOWN, moment),)
    except (TooComplexError, RecursionError, MemoryError):
        findings = (_refusal(Reason.TOO_COMPLEX, moment),)
    except Exception:  # what foreign bytes make a parser raise is in no list
        findings = (_refusal(Reason.UNREADABLE, moment),)
    return Report(kind, findings)


def refused(reason: Reason, at: datetime, kind: Kind = Kind.UNKNOWN) -> Report:
    """Return the report on what could not be judged."""
    return Report(kind, (_refusal(reason, Moment(at, TimeBasis.NOW)),))


async def _findings(
    judge: CertificateJudge, parts: Parts, algorithm: str | None, moment: Moment
) -> tuple[Finding, ...]:
    given = _certificate(parts)
    if parts.kind is Kind.PDF:
        return await judge_pdf(judge, parts.subject, moment)
    if parts.kind is Kind.CMS:
        brought = certificates_of(read_signed_data(parts.subject))
        judge = replace(judge, others=(*judge.others, *brought))
        return await judge_cms(
            judge, parts.subject, parts.content, certificate=given, moment=moment
        )
    if parts.kind is Kind.RAW and given is not None:
        finding = await judge_raw(
            judge,
            given,
            signature=parts.subject,
            content=parts.content or b"",
            algorithm=algorithm or "",
            moment=moment,
        )
        return (finding,)
    certificate = read_certificate(parts.subject)
    judgement = await judge.judge(certificate, moment.at, ANY_PURPOSE)
    return (finding_on(certificate, judgement, moment),)


def _certificate(parts: Parts) -> x509.Certificate | None:
    return read_certificate(parts.certificate) if parts.certificate else None


def _refusal(reason: Reason, moment: Moment) -> Finding:
    return Finding(reasons=(reason,), at=moment.at, basis=moment.basis)
