"""Charges: recorded with the certificate, settled or waived once by an operator.

This ledger is the embedded payment: an operator takes the money and notes it. Another
way to pay would call `settle` when its own confirmation comes.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.billing.errors import (
    ChargeNoteError,
    ChargeSettledError,
    OwnChargeError,
    UnknownChargeError,
)
from webapp.billing.models import Charge, ChargeState
from webapp.ca.certificate_types import Types
from webapp.certificates.lifecycle import Purpose
from webapp.certificates.models import Certificate
from webapp.values.text_input import normalize_text

MAX_NOTE = 100
_EVENTS = {
    ChargeState.SETTLED: AuditEvent.CHARGE_SETTLED,
    ChargeState.WAIVED: AuditEvent.CHARGE_WAIVED,
}


def create_charge(
    session: Session, certificate: Certificate, types: Types, now: datetime
) -> None:
    """Record what a certificate costs; a re-issue is free. No commit."""
    won = fee_krw(types, certificate.type_id, Purpose(certificate.purpose))
    if not won:
        return
    session.add(
        Charge(
            id=secrets.token_hex(16),
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            type_id=certificate.type_id,
            won=won,
            state=ChargeState.OPEN,
            recorded_at=now,
        )
    )


def fee_krw(types: Types, type_id: str, purpose: Purpose) -> int:
    """Return what a certificate of a type costs in won, for a purpose."""
    cert_type = types.get(type_id)
    if cert_type is None or purpose == Purpose.REISSUE:
        return 0
    return cert_type.fee


def settle(
    session: Session, charge_id: str, *, operator_id: int, note: str, now: datetime
) -> Charge:
    """Note that a charge was paid.

    Raises:
        UnknownChargeError: there is none.
        ChargeSettledError: it was settled or waived before.
        OwnChargeError: the operator is the customer.
        ChargeNoteError: the note is too long.
    """
    return _decide(
        session,
        charge_id,
        ChargeState.SETTLED,
        operator_id=operator_id,
        note=note,
        now=now,
    )


def waive(
    session: Session,
    charge_id: str,
    *,
    operator_id: int,
    note: str,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> Charge:
    """Let a charge go; the note says why, `detail` is for the log.

    Raises:
        UnknownChargeError, ChargeSettledError, OwnChargeError: as for `settle`.
        ChargeNoteError: the note is missing or too long.
    """
    if not normalize_text(note):
        raise ChargeNoteError
    return _decide(
        session,
        charge_id,
        ChargeState.WAIVED,
        operator_id=operator_id,
        note=note,
        now=now,
        detail=detail,
    )


def require_open(charge: Charge) -> None:
    """Refuse a charge that somebody decided over.

    Raises:
        ChargeSettledError
    """
    if charge.state != ChargeState.OPEN:
        raise ChargeSettledError


def open_charges(
    session: Session, *, limit: int = 50, after: tuple[datetime, str] | None = None
) -> list[tuple[Charge, Customer]]:
    """Return charges that nobody decided over, with whose they are, oldest first.

    `after` is (recorded_at, id) of the last one on the page before.
    """
    stmt = (
        select(Charge, Customer)
        .join(Customer, Customer.id == Charge.customer_id)
        .where(Charge.state == ChargeState.OPEN)
        .order_by(Charge.recorded_at, Charge.id)
        .limit(limit)
    )
    if after is not None:
        at, id_ = after
        stmt = stmt.where(
            (Charge.recorded_at > at) | ((Charge.recorded_at == at) & (Charge.id > id_))
        )
    return [(charge, customer) for charge, customer in session.execute(stmt)]


def charges_of(session: Session, customer: Customer) -> list[Charge]:
    """Return a customer's charges, the newest first."""
    return list(
        session.scalars(
            select(Charge)
            .where(Charge.customer_id == customer.id)
            .order_by(Charge.recorded_at.desc(), Charge.id)
        )
    )


def find_charge(session: Session, certificate: Certificate) -> Charge | None:
    """Return what was charged for a certificate."""
    return session.scalar(select(Charge).where(Charge.certificate_id == certificate.id))


def _decide(
    session: Session,
    charge_id: str,
    state: ChargeState,
    *,
    operator_id: int,
    note: str,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> Charge:
    charge = session.get(Charge, charge_id)
    if charge is None:
        raise UnknownChargeError
    if len(normalize_text(note)) > MAX_NOTE:
        raise ChargeNoteError
    operator = session.get(Operator, operator_id)
    if operator is None or operator.customer_id == charge.customer_id:
        raise OwnChargeError
    done = session.execute(
        update(Charge)
        .where(Charge.id == charge_id, Charge.state == ChargeState.OPEN)
        .values(
            state=state,
            decided_at=now,
            decided_by=operator_id,
            note=normalize_text(note) or None,
        )
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        session.rollback()
        raise ChargeSettledError
    record(
        session,
        _EVENTS[state],
        actor=operator.audit_actor,
        customer_id=charge.customer_id,
        certificate_id=charge.certificate_id,
        at=now,
        detail={"won": charge.won, **(detail or {})},
    )
    session.refresh(charge)
    return charge
