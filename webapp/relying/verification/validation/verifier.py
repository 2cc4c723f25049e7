"""Verify a certificate, a signature or a signed PDF: one report, whatever comes. Pure.

It fails closed: what cannot be read, judged or known is never VALID.
"""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto import x509

from webapp.relying.fault_origin import Fault, describe_fault
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

T = TypeVar("T")

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
    kind, fault = Kind.UNKNOWN, None
    try:
        parts = read_parts(request)
        kind = parts.kind
        others = tuple(read_certificate(one) for one in request.intermediates)
        judge = CertificateJudge(
            trust=trust, now=now, status_source=status_source, others=others
        )
        findings = _run(_findings(judge, parts, request.algorithm, moment))
    except RefusedInputError as error:
        findings, fault = (_refusal(error.reason, moment),), _cause(error)
    except StatusSourceError as error:
        findings, fault = (_refusal(Reason.STATUS_UNKNOWN, moment),), _cause(error)
    except (TooComplexError, RecursionError, MemoryError):
        findings = (_refusal(Reason.TOO_COMPLEX, moment),)
    except Exception as error:  # what foreign bytes make a reader raise is in no list
        fault = describe_fault(error)
        reason = Reason.INTERNAL_FAULT if fault.is_own else Reason.UNREADABLE
        findings = (_refusal(reason, moment),)
    return Report(kind, findings, fault)


def refused(reason: Reason, at: datetime, fault: Fault | None = None) -> Report:
    """Return the report on what could not be judged."""
    finding = _refusal(reason, Moment(at, TimeBasis.NOW))
    return Report(Kind.UNKNOWN, (finding,), fault)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns, whether or not a loop runs in this thread."""
    if not _is_loop_running():
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


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


def _cause(error: Exception) -> Fault | None:
    return describe_fault(error.__cause__) if error.__cause__ else None


def _refusal(reason: Reason, moment: Moment) -> Finding:
    return Finding(reasons=(reason,), at=moment.at, basis=moment.basis)
