"""A person's certificates side by side: what each is now, where it came from, and what
can be done with it. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.certificates.actions import Action, AllowedActions
from webapp.certificates.errors import RenewalTooEarlyError
from webapp.certificates.lifecycle import (
    CertificateStatus,
    Purpose,
    renewal_window_start,
    suspension_deadline,
)
from webapp.certificates.models import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSummary:
    """One certificate among those of its holder."""

    certificate: Certificate
    actions: AllowedActions
    before: Certificate | None = None  # which it replaces or continues
    renewed_by: Certificate | None = None
    reissued_by: Certificate | None = None
    resume_until: datetime | None = None  # of a suspended one
    renewal_opens: datetime | None = None  # of one that can be renewed later

    @property
    def status(self) -> CertificateStatus:
        """What the certificate is now."""
        return self.actions.status


def summarise(
    certificates: Sequence[Certificate], allowed: Mapping[str, AllowedActions]
) -> list[CertificateSummary]:
    """Return a card for each certificate, in the same order."""
    by_id = {certificate.id: certificate for certificate in certificates}
    after = {
        (certificate.replaces_id, certificate.purpose): certificate
        for certificate in certificates
    }
    return [
        _card(
            certificate,
            allowed[certificate.id],
            before=by_id.get(certificate.replaces_id or ""),
            renewed_by=after.get((certificate.id, Purpose.RENEW)),
            reissued_by=after.get((certificate.id, Purpose.REISSUE)),
        )
        for certificate in certificates
    ]


def _card(
    certificate: Certificate,
    actions: AllowedActions,
    *,
    before: Certificate | None,
    renewed_by: Certificate | None,
    reissued_by: Certificate | None,
) -> CertificateSummary:
    is_held = actions.status is CertificateStatus.SUSPENDED
    held_at = certificate.suspended_at if is_held else None
    renewal_denial = actions.denial_reasons.get(Action.RENEW)
    is_too_early = isinstance(renewal_denial, RenewalTooEarlyError)
    opens_at = renewal_window_start(certificate.not_after)
    return CertificateSummary(
        certificate=certificate,
        actions=actions,
        before=before,
        renewed_by=renewed_by,
        reissued_by=reissued_by,
        resume_until=suspension_deadline(held_at) if held_at else None,
        renewal_opens=opens_at if is_too_early else None,
    )
