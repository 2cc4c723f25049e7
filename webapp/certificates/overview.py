"""A person's certificates side by side: what each is now, where it came from, and what
can be done with it. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.applications.steps import Purpose
from webapp.certificate_types import Types
from webapp.certificates import life
from webapp.certificates.actions import Action, possible
from webapp.certificates.life import Status
from webapp.certificates.models import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One certificate among those of its holder."""

    certificate: Certificate
    status: Status
    actions: frozenset[Action]
    before: Certificate | None = None  # which it replaces or continues
    renewed_by: Certificate | None = None
    reissued_by: Certificate | None = None
    resume_until: datetime | None = None  # of a suspended one
    renewal_opens: datetime | None = None  # of one that can be renewed later


def cards(
    certificates: Sequence[Certificate], types: Types, now: datetime
) -> list[Card]:
    """Return a card for each certificate, in the same order."""
    by_id = {each.id: each for each in certificates}
    after = {(each.replaces_id, each.purpose): each for each in certificates}
    return [
        _card(
            each,
            now,
            before=by_id.get(each.replaces_id or ""),
            renewed_by=after.get((each.id, Purpose.RENEW)),
            reissued_by=after.get((each.id, Purpose.REISSUE)),
            offered=each.type_id in types and types[each.type_id].offered,
        )
        for each in certificates
    ]


def _card(
    certificate: Certificate,
    now: datetime,
    *,
    before: Certificate | None,
    renewed_by: Certificate | None,
    reissued_by: Certificate | None,
    offered: bool,
) -> Card:
    wanted, status = certificate.life, life.status(certificate.life, now)
    replaced = [each.purpose for each in (renewed_by, reissued_by) if each]
    held = certificate.suspended_at if status is Status.SUSPENDED else None
    opens = life.renewal_opens(certificate.not_after)
    waits = status is Status.VALID and opens > now and offered and not renewed_by
    return Card(
        certificate=certificate,
        status=status,
        actions=possible(wanted, now, replaced=replaced, renewable=offered),
        before=before,
        renewed_by=renewed_by,
        reissued_by=reissued_by,
        resume_until=life.suspension_ends(held) if held else None,
        renewal_opens=opens if waits else None,
    )
