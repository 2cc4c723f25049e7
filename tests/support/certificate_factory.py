"""Certificates at any moment of their life, made by the centre's own services."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobile_bridge.formats.korean_time import KST
from mobile_bridge.npki.identity_seal import seal_random_number
from tests.makers import make_request
from webapp.accounts.models import Customer
from webapp.certificates.lifecycle import Purpose
from webapp.certificates.models import Certificate
from webapp.db import unit_of_work_on
from webapp.enrolment.issuing.issuance import Issuer
from webapp.enrolment.issuing.issuance_request import IssuanceRequest
from webapp.enrolment.models import Application
from webapp.enrolment.service import mark_stored, open_application
from webapp.pki.ca_key import AuthorityKey, new_key
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import Proof

ORIGIN = "http://127.0.0.1:8000"
R = bytes(range(1, 21))  # the random number in every key of these tests


def kst(*parts: int) -> datetime:
    """Return a moment on a clock in Seoul."""
    return datetime(*parts, tzinfo=KST)  # type: ignore[misc, arg-type]


@dataclass
class CertificateFactory:
    """Has the demo's customer get certificates, at any moment."""

    issuer: Issuer
    session: Session

    @classmethod
    def of(cls, app: Flask, session: Session) -> "CertificateFactory":
        """Return the factory of a centre."""
        return cls(app.extensions["certferry.issuer"], session)

    @property
    def customer(self) -> Customer:
        """The demo's customer."""
        stmt = select(Customer).order_by(Customer.id).limit(1)
        return self.session.scalars(stmt).one()

    def ready(
        self,
        now: datetime,
        *,
        purpose: Purpose = Purpose.ISSUE,
        replaced: Certificate | None = None,
        type_id: str = "personal-sign",
        customer: Customer | None = None,
    ) -> Application:
        """Return an application that has passed everything before the key."""
        id_ = open_application(
            self.session,
            customer or self.customer,
            now,
            purpose=purpose,
            replaced=replaced,
        )
        application = self.session.get_one(Application, id_)
        application.terms_accepted_at = application.privacy_accepted_at = now
        application.identity_confirmed_at = now
        application.proved_at = now if purpose == Purpose.RENEW else None
        application.type_id = application.type_id or type_id
        self.session.commit()
        return application

    def order(
        self, application: Application, key: AuthorityKey | None = None
    ) -> IssuanceRequest:
        """Return what a browser sends for an application."""
        key_kind = self.issuer.types[application.type_id or ""].profile.key_kind
        request = make_request(key=key or new_key(KeyKind(key_kind)))
        return IssuanceRequest(
            application_id=application.id,
            idempotency_key=secrets.token_hex(16),
            request=request,
            sealed_random_number=self.sealed(application.id, request),
        )

    def sealed(
        self, application_id: str, request: bytes, random_number: bytes = R
    ) -> bytes:
        """Return R as a browser seals it for this centre."""
        return seal_random_number(
            self.issuer.identity_key.public,
            random_number,
            request=request,
            application_id=application_id,
        )

    def reserve(
        self, order: IssuanceRequest, now: datetime, customer: Customer | None = None
    ) -> Certificate:
        """Have a certificate reserved, and not signed yet."""
        with unit_of_work_on(self.session):
            return self.issuer.reserve(
                self.session, customer or self.customer, order, now
            )

    def finish(self, reserved: Certificate, now: datetime) -> Certificate:
        """Have a reserved certificate signed."""
        with unit_of_work_on(self.session):
            return self.issuer.finish(self.session, reserved, now)

    def issue(
        self, order: IssuanceRequest, now: datetime, customer: Customer | None = None
    ) -> Certificate:
        """Have a certificate issued, as the view does."""
        return self.finish(self.reserve(order, now, customer), now)

    def issued(
        self,
        now: datetime,
        *,
        key: AuthorityKey | None = None,
        customer: Customer | None = None,
        purpose: Purpose = Purpose.ISSUE,
        replaced: Certificate | None = None,
        type_id: str = "personal-sign",
    ) -> Certificate:
        """Return a certificate that was issued and stored at `now`."""
        application = self.ready(
            now, customer=customer, purpose=purpose, replaced=replaced, type_id=type_id
        )
        certificate = self.issue(self.order(application, key), now, customer)
        certificate.delivered_at = now
        mark_stored(self.session, application.id, "browser", now)
        self.session.commit()
        return certificate

    def reissued(self, before: Certificate, now: datetime) -> Certificate:
        """Return what was issued anew in the place of `before`."""
        return self.issued(now, purpose=Purpose.REISSUE, replaced=before)

    def renewed(self, before: Certificate, now: datetime) -> Certificate:
        """Return the renewal of `before`."""
        return self.issued(now, purpose=Purpose.RENEW, replaced=before)


def proof_of(
    application: Application, certificate: Certificate, **changes: Any
) -> Proof:
    """Return what the old key signs in a renewal, but for `changes`."""
    proof = Proof(
        purpose="renew",
        origin=ORIGIN,
        application_id=application.id,
        fingerprint=certificate.fingerprint,
        challenge=application.proof_challenge or b"",
    )
    return replace(proof, **changes)


def signed(key: ec.EllipticCurvePrivateKey, proof: Proof) -> bytes:
    """Sign as a browser does."""
    return key.sign(proof.message, ec.ECDSA(hashes.SHA256()))


DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
