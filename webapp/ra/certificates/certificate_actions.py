"""What an operator does to certificates and charges of a customer."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator
from webapp.billing import service as payments
from webapp.billing.models import Charge
from webapp.certificates import revocation
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.pki.crl import ReasonCode
from webapp.ra.approvals.acts import REASONS, Act, Justification
from webapp.ra.errors import InvalidChoiceError, NotFoundError
from webapp.ra.locks import lock_for_service

_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
_SIGNED = (StoredState.VALID, StoredState.SUSPENDED, StoredState.REVOKED)


def find(session: Session, certificate_id: str) -> Certificate:
    """Return a signed certificate of anybody.

    Raises:
        NotFoundError
    """
    is_id = _ID.fullmatch(certificate_id)
    certificate = session.get(Certificate, certificate_id) if is_id else None
    if certificate is None or certificate.state not in _SIGNED:
        raise NotFoundError
    return certificate


def parse_reason(name: str) -> ReasonCode:
    """Return a reason that an operator may give.

    Raises:
        InvalidChoiceError
    """
    if name not in REASONS[Act.REVOKE]:
        raise InvalidChoiceError
    return ReasonCode(name)


def suspend(
    session: Session,
    operator: Operator,
    certificate: Certificate,
    *,
    justification: Justification,
    now: datetime,
) -> None:
    """Suspend a certificate at once.

    Raises:
        ForbiddenRoleError, SelfServiceError
        LifecycleError: it is over, or suspended already.
    """
    _lock(session, operator, certificate.customer_id)
    revocation.suspend(
        session,
        certificate,
        actor=operator.audit_actor,
        now=now,
        detail=justification.for_log(),
    )


def resume(
    session: Session, operator: Operator, certificate: Certificate, now: datetime
) -> None:
    """Lift a suspension that the counter placed.

    Raises:
        ForbiddenRoleError, SelfServiceError
        LifecycleError: it is not suspended, or its holder suspended it.
    """
    _lock(session, operator, certificate.customer_id)
    revocation.resume(session, certificate, actor=operator.audit_actor, now=now)


def revoke(
    session: Session,
    operator: Operator,
    certificate: Certificate,
    *,
    justification: Justification,
    whole_line: bool,
    now: datetime,
) -> None:
    """Revoke a certificate for good, or all that can be used of its line.

    The reason of `why` is the one that the revocation list tells.

    Raises:
        ForbiddenRoleError, SelfServiceError
        InvalidChoiceError: no operator gives this reason.
        LifecycleError: it is over already.
    """
    reason = parse_reason(justification.reason)
    _lock(session, operator, certificate.customer_id)
    does = revocation.revoke_lineage if whole_line else revocation.revoke
    does(
        session,
        certificate,
        reason=reason,
        actor=operator.audit_actor,
        now=now,
        detail=justification.for_log(),
    )


def settle(
    session: Session, operator: Operator, charge_id: str, *, note: str, now: datetime
) -> Charge:
    """Note that a charge was paid.

    Raises:
        ForbiddenRoleError, SelfServiceError, ChargeSettledError, ChargeNoteError
    """
    _require_charge(session, operator, charge_id)
    return payments.settle(
        session, charge_id, operator_id=operator.id, note=note, now=now
    )


def waive(
    session: Session,
    operator: Operator,
    charge_id: str,
    *,
    justification: Justification,
    now: datetime,
) -> Charge:
    """Let a charge go; its note is what was written, else the reason.

    Raises:
        ForbiddenRoleError, SelfServiceError, ChargeSettledError, ChargeNoteError
    """
    _require_charge(session, operator, charge_id)
    return payments.waive(
        session,
        charge_id,
        operator_id=operator.id,
        note=justification.note or justification.reason,
        now=now,
        detail=justification.for_log(),
    )


def find_charge(session: Session, charge_id: str) -> Charge:
    """Return a charge of anybody.

    Raises:
        NotFoundError
    """
    charge = session.get(Charge, charge_id) if _ID.fullmatch(charge_id) else None
    if charge is None:
        raise NotFoundError
    return charge


def _require_charge(session: Session, operator: Operator, charge_id: str) -> None:
    charge = find_charge(session, charge_id)
    _lock(session, operator, charge.customer_id)


def _lock(session: Session, operator: Operator, customer_id: int) -> None:
    lock_for_service(session, operator, session.get_one(Customer, customer_id))
