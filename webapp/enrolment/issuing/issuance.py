"""Issue a certificate so that nothing is ever half done (docs/issuing.md).

The numbers in comments are the steps of docs/issuing.md. Between step 6 and step 8 a
crash leaves a reserved row, which `finish_reserved` completes at the next start, or
voids where the certificate that it continues was revoked or held meanwhile.
"""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from mobile_bridge.npki.identity import Vid, VidHash, compute_vid
from mobile_bridge.npki.identity_seal import (
    SealedFormError,
    SealedToAnotherKeyError,
    SealKey,
    open_random_number,
)
from webapp.accounts.models import Customer
from webapp.accounts.second_operator import SecondOperatorRule
from webapp.accounts.service import lock_customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.billing.service import create_charge
from webapp.ca.certificate_types import CertificateType, Types
from webapp.certificates.errors import IdempotencyKeyError
from webapp.certificates.lifecycle import Purpose, StoredState
from webapp.certificates.models import Certificate
from webapp.db import lock, unit_of_work_on
from webapp.enrolment.eligibility import require_eligible
from webapp.enrolment.errors import (
    ApplicationError,
    ApplicationOvertakenError,
    RandomNumberMissingError,
    RandomNumberOutdatedError,
    RandomNumberUnreadableError,
    StepOutOfOrderError,
    UnknownTypeError,
)
from webapp.enrolment.guards import require_issuable
from webapp.enrolment.issuing import replacement
from webapp.enrolment.issuing.issuance_request import (
    IssuanceRequest,
    digest,
    explain_conflict,
    find_existing,
)
from webapp.enrolment.models import Application
from webapp.enrolment.service import steps_for
from webapp.enrolment.steps import RequiredChecks
from webapp.notifications.changes import require_free
from webapp.pki.authority import Authority, CertificateTemplate, new_serial
from webapp.pki.crl_partitions import Partition
from webapp.pki.csr import SigningRequest, read_request
from webapp.pki.key_policy import check_key
from webapp.pki.names import Holder
from webapp.pki.services.certificates import Locations

_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Built once, since composing costs more than running. It only locks.
_HOLD = (
    update(Application)
    .where(
        Application.id == bindparam("application_id"),
        Application.closed_at.is_(None),
        Application.type_id == bindparam("chosen"),
        Application.login_session_id.is_not_distinct_from(
            bindparam("login_session_id")
        ),
    )
    .values(expires_at=Application.expires_at)
    .execution_options(synchronize_session=False)
)
_STORE_SIGNED = (
    update(Certificate)
    .where(
        Certificate.id == bindparam("certificate_id"),
        Certificate.state == StoredState.RESERVED,
    )
    .values(der=bindparam("signed"), state=StoredState.VALID)
    .execution_options(synchronize_session=False)
)
_EVENTS = {
    Purpose.ISSUE: AuditEvent.CERTIFICATE_ISSUED,
    Purpose.REISSUE: AuditEvent.CERTIFICATE_REISSUED,
    Purpose.RENEW: AuditEvent.CERTIFICATE_RENEWED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The issuing CA with what its certificates say about where to look."""

    authority: Authority
    identity_key: SealKey
    locations: Locations
    checks: RequiredChecks
    types: Types
    second_operator: SecondOperatorRule
    random: Callable[[int], bytes] = secrets.token_bytes

    def reserve(
        self,
        session: Session,
        customer: Customer,
        order: IssuanceRequest,
        now: datetime,
    ) -> Certificate:
        """Store serial and to-be-signed bytes; return what an earlier call made.

        The caller commits before it has them signed: `finish` is a unit of work of its
        own, so that a crash between the two leaves a row that can be completed.

        Raises:
            PkiError: the signing request or its key is refused.
            ApplicationError: the application is not ready, or not this customer's, or
                R is missing or does not open.
            CertificateError: the request contradicts what was issued before.
            SecondOperatorNeededError, RegistrationUnconfirmedError: the counter changed
                something, and no second operator has agreed yet.
        """
        if not _IDEMPOTENCY_KEY.fullmatch(order.idempotency_key):
            raise IdempotencyKeyError
        application, certificate = find_existing(session, customer, order)  # 3
        if certificate is not None:
            return certificate  # 9
        type_id = require_issuable(
            application, steps_for(application, self.checks, self.types), now
        )
        require_free(session, customer.id, self.second_operator, now)
        before = replacement.find_predecessor(session, application)
        if before is None:
            require_eligible(session, customer, self.types, type_id, now)
        else:
            replacement.require_replaceable(
                session, application, before, self.types, now
            )
        request = read_request(order.request)  # 4
        cert_type = self._type(type_id)
        check_key(request.public_key, key_kind=cert_type.profile.key_kind)
        vid = self._certifiable_vid(customer, application, order, cert_type)
        reserved = self._prepare(
            customer,
            order,
            request,
            cert_type=cert_type,
            before=before,
            purpose=application.purpose,
            vid=vid,
            now=now,
        )
        try:
            self._hold(session, customer, application, reserved, now)
            session.add(reserved)
            session.flush()  # 6: the caller commits
        except ApplicationError:
            session.rollback()
            _, certificate = find_existing(session, customer, order)
            if certificate is None:
                raise
            return certificate  # the other tab sent the same order, and was first
        except IntegrityError:
            session.rollback()
            return explain_conflict(session, customer, order)
        return reserved

    def finish(
        self, session: Session, certificate: Certificate, now: datetime
    ) -> Certificate:
        """Sign a reserved certificate; return a signed one as it is.

        Two workers may sign the same bytes; the one whose row is stored wins.

        Raises:
            ApplicationOvertakenError: what it continues was revoked or held meanwhile;
                that the reservation is void is to be committed.
        """
        if certificate.state != StoredState.RESERVED:
            return _signed(certificate)
        der = self.authority.sign(certificate.to_be_signed)  # 7
        if certificate.replaces_id is not None:  # two certificates change
            lock(session, session.get_one(Customer, certificate.customer_id))
        stored = session.execute(  # 8
            _STORE_SIGNED, {"certificate_id": certificate.id, "signed": der}
        )
        if stored.rowcount != 1:  # type: ignore[attr-defined]
            session.refresh(certificate)
            return _signed(certificate)
        if not replacement.supersede_predecessor(session, certificate, now):
            session.rollback()
            replacement.void_reservation(session, certificate, now)
            raise ApplicationOvertakenError(keeps_changes=True)
        create_charge(session, certificate, self.types, now)
        record(
            session,
            _EVENTS[certificate.purpose],
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            at=now,
        )
        set_committed_value(certificate, "der", der)
        set_committed_value(certificate, "state", StoredState.VALID)
        return certificate

    def _hold(
        self,
        session: Session,
        customer: Customer,
        application: Application,
        reserved: Certificate,
        now: datetime,
    ) -> None:
        """Lock what the rules were asked about, and ask what may have changed.

        Raises:
            SignInEndedError: the customer's sign-ins ended meanwhile.
            ApplicationError: the application is no longer ready.
        """
        lock_customer(session, customer)
        held = session.execute(
            _HOLD,
            {
                "application_id": application.id,
                "chosen": reserved.type_id,
                "login_session_id": application.login_session_id,
            },
        )
        if held.rowcount != 1:  # type: ignore[attr-defined]
            session.rollback()
            session.refresh(application)
            require_issuable(
                application, steps_for(application, self.checks, self.types), now
            )
            raise StepOutOfOrderError  # ready again, and for something else
        require_free(session, customer.id, self.second_operator, now)
        if reserved.replaces_id is None and self.types[reserved.type_id].at_most:
            require_eligible(session, customer, self.types, reserved.type_id, now)

    def _certifiable_vid(
        self,
        customer: Customer,
        application: Application,
        order: IssuanceRequest,
        cert_type: CertificateType,
    ) -> Vid | None:
        """Return the VID of the customer number, where the type has one.

        R is opened here and nowhere else, and nothing keeps it.

        Raises:
            RandomNumberMissingError, RandomNumberOutdatedError,
            RandomNumberUnreadableError: there is no R that this CA can open.
        """
        if not cert_type.profile.vid:
            return None
        if not order.sealed_random_number:
            if application.vid_required:
                raise RandomNumberMissingError
            return None
        try:
            random_number = open_random_number(
                self.identity_key,
                order.sealed_random_number,
                request=order.request,
                application_id=order.application_id,
            )
        except SealedToAnotherKeyError:
            raise RandomNumberOutdatedError from None
        except SealedFormError:
            raise RandomNumberUnreadableError from None
        digest = compute_vid(customer.number, random_number, VidHash.SHA_256)
        return Vid(VidHash.SHA_256, digest)

    def _type(self, type_id: str) -> CertificateType:
        cert_type = self.types.get(type_id)
        if cert_type is None:  # taken out of the file since the application was begun
            raise UnknownTypeError
        return cert_type

    def _prepare(
        self,
        customer: Customer,
        order: IssuanceRequest,
        request: SigningRequest,
        *,
        cert_type: CertificateType,
        before: Certificate | None,
        purpose: Purpose,
        vid: Vid | None,
        now: datetime,
    ) -> Certificate:
        profile = cert_type.profile
        period = replacement.validity_period(cert_type, before, purpose, now)
        id_ = secrets.token_hex(16)
        serial = new_serial(self.random)
        template = CertificateTemplate(  # 5
            holder=Holder(customer.name, customer.latin_name, customer.number),
            profile=profile,
            public_key=request.public_key,
            serial=serial,
            validity=period,
            crl_url=Partition.of(serial).url(self.locations.crl_url),
            issuer_url=self.locations.issuer_url,
            ocsp_url=self.locations.ocsp_url,
            vid=vid,
        )
        return Certificate(
            id=id_,
            issuer_id=self.authority.issuer_id,
            serial=f"{serial:x}",
            customer_id=customer.id,
            application_id=order.application_id,
            key_hash=request.key_hash,
            idempotency_key=order.idempotency_key,
            request_hash=digest(order.request),
            type_id=cert_type.id,
            purpose=purpose,
            replaces_id=before.id if before else None,
            lineage_id=before.lineage_id if before else id_,
            state=StoredState.RESERVED,
            to_be_signed=self.authority.prepare(template),
            not_before=period.not_before,
            not_after=period.not_after,
            reserved_at=now,
        )


def finish_reserved(session: Session, issuer: Issuer, now: datetime) -> int:
    """Complete what a crash left between reserving and signing; return how many.

    Done at the start, with a unit of work for each.
    """
    open_ones = session.scalars(
        select(Certificate).where(
            Certificate.state == StoredState.RESERVED,
            Certificate.issuer_id == issuer.authority.issuer_id,
        )
    ).all()
    for reserved in open_ones:
        # Then it is void.
        with suppress(ApplicationOvertakenError), unit_of_work_on(session):
            issuer.finish(session, reserved, now)
    return len(open_ones)


def _signed(certificate: Certificate) -> Certificate:
    if certificate.state == StoredState.VOID:
        raise ApplicationOvertakenError
    return certificate
