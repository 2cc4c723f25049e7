"""Certificates at any moment of their life, made by the centre's own services."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobile_bridge.core.korean_time import KST
from tests.makers import make_request
from webapp.accounts.models import Customer
from webapp.certificates.models import Certificate
from webapp.enrolment.issuance import Issuer
from webapp.enrolment.issuance_request import Order
from webapp.enrolment.models import Application
from webapp.enrolment.service import mark_delivered, open_application
from webapp.enrolment.steps import Purpose
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import Proof

ORIGIN = "http://127.0.0.1:8000"


def kst(*parts: int) -> datetime:
    """Return a moment on a clock in Seoul."""
    return datetime(*parts, tzinfo=KST)  # type: ignore[misc, arg-type]


@dataclass
class Lives:
    """Lets the demo's customer live through what a certificate can."""

    issuer: Issuer
    session: Session

    @classmethod
    def of(cls, app: Flask, session: Session) -> "Lives":
        """Return the lives at a centre."""
        return cls(app.extensions["certferry.issuer"], session)

    @property
    def hana(self) -> Customer:
        """The demo's customer."""
        return self.session.scalars(select(Customer).order_by(Customer.id)).first()

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
            customer or self.hana,
            now,
            purpose=purpose,
            replaced=replaced,
        )
        found = self.session.get_one(Application, id_)
        found.terms_accepted_at = found.privacy_accepted_at = now
        found.identity_confirmed_at = now
        found.proved_at = now if purpose == Purpose.RENEW else None
        found.type_id = found.type_id or type_id
        self.session.commit()
        return found

    def order(self, application: Application, key: object = None) -> Order:
        """Return what a browser sends for an application."""
        wanted = self.issuer.types[application.type_id].profile.key_kind
        made = key or new_key(KeyKind(wanted))
        return Order(
            application_id=application.id,
            idempotency_key=secrets.token_hex(16),
            request=make_request(key=made),
        )

    def issued(
        self, now: datetime, *, key: object = None, customer=None, **what: object
    ) -> Certificate:
        """Return a certificate that was issued and kept at `now`."""
        person = customer or self.hana
        application = self.ready(now, customer=person, **what)
        found = self.issuer.issue(
            self.session, person, self.order(application, key), now
        )
        found.delivered_at = now
        mark_delivered(self.session, application.id, "browser", now)
        self.session.commit()
        return found

    def reissued(self, before: Certificate, now: datetime) -> Certificate:
        """Return what was issued anew in the place of `before`."""
        return self.issued(now, purpose=Purpose.REISSUE, replaced=before)

    def renewed(self, before: Certificate, now: datetime) -> Certificate:
        """Return the renewal of `before`."""
        return self.issued(now, purpose=Purpose.RENEW, replaced=before)


def proof_of(
    application: Application, certificate: Certificate, **changes: object
) -> Proof:
    """Return what the old key signs in a renewal."""
    parts = {
        "purpose": "renew",
        "origin": ORIGIN,
        "application_id": application.id,
        "fingerprint": certificate.fingerprint,
        "challenge": application.proof_challenge,
    }
    return Proof(**{**parts, **changes})


def signed(key: ec.EllipticCurvePrivateKey, proof: Proof) -> bytes:
    """Sign as a browser does."""
    return key.sign(proof.message, ec.ECDSA(hashes.SHA256()))


DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
