"""A report as JSON: what the call, the receipt and the terminal answer. Pure.

Names are added to, never renamed; times are RFC 3339 in UTC, to the second.
"""

from datetime import UTC, datetime
from typing import Any

from mobile_bridge.languages import translators
from webapp.relying.verification import sentences
from webapp.relying.verification.validation.verdicts import (
    CertificateSummary,
    Finding,
    Report,
)


def to_fields(report: Report) -> dict[str, Any]:
    """Return the fields of the answer, of JSON types alone.

    The verdict on the whole comes first, with what decided it; then each signature.
    """
    decisive = report.decisive
    return {
        "verdict": report.verdict.value,
        **_finding(decisive),
        "kind": report.kind.value,
        "signatures": [
            {"verdict": one.verdict.value, **_finding(one), "field": one.field}
            for one in report.findings
        ],
        "sentences": {
            translator.language: sentences.summary(report, translator)
            for translator in translators()
        },
    }


def seconds(moment: datetime) -> str:
    """Return a time as RFC 3339 writes it, in UTC and whole seconds."""
    text = moment.astimezone(UTC).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "reasons": [one.value for one in finding.reasons],
        "notes": [one.value for one in finding.notes],
        **_certificate(finding.certificate),
        "at": seconds(finding.at),
        "time_basis": finding.basis.value,
        "claimed_at": seconds(finding.claimed_at) if finding.claimed_at else None,
        "since": seconds(finding.since) if finding.since else None,
        "suspensions": [
            {"since": seconds(one.since), "until": seconds(one.until)}
            for one in finding.suspensions
        ],
    }


def _certificate(summary: CertificateSummary | None) -> dict[str, Any]:
    if summary is None:
        names = ("subject", "issuer", "serial", "sha256", "not_before", "not_after")
        return dict.fromkeys(names)
    return {
        "subject": summary.subject,
        "issuer": summary.issuer,
        "serial": summary.serial,
        "sha256": summary.sha256,
        "not_before": seconds(summary.not_before),
        "not_after": seconds(summary.not_after),
    }
