"""Charge what costs something, in the transaction that issues it."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.applications.steps import Purpose
from webapp.certificate_types import Types
from webapp.certificates.models import Certificate
from webapp.payments.models import Charge, ChargeState


def charge(
    session: Session, certificate: Certificate, types: Types, now: datetime
) -> None:
    """Record what a certificate costs; a re-issue is free. No commit."""
    wanted = types.get(certificate.type_id)
    if wanted is None or not wanted.fee or certificate.purpose == Purpose.REISSUE:
        return
    session.add(
        Charge(
            id=secrets.token_hex(16),
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            type_id=certificate.type_id,
            won=wanted.fee,
            state=ChargeState.OPEN,
            recorded_at=now,
        )
    )
