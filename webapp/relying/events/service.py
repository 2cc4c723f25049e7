"""Have institutions told of certificates and of people, and make the tokens.

The log is read on from where the last look ended, so that no part of the centre has to
think of telling anybody: it is written in the transaction of what it tells of, and its
order is the order in which things became true.
"""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from joserfc import jwt
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.authenticators.encryption import read_key
from webapp.certificates.models import Certificate
from webapp.clock import true_time
from webapp.db import lock
from webapp.pki.crl import ReasonCode
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.kinds import Kind, Sender
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import Post, Told
from webapp.relying.events import rules
from webapp.relying.events.models import EventMark
from webapp.relying.institutions.models import Institution
from webapp.relying.openid import sign_ins
from webapp.relying.openid.keys import ALGORITHM, current_key
from webapp.relying.openid.models import SignIn
from webapp.relying.openid.rules import Claim
from webapp.relying.uses import service as uses

_MARK: Final = 1
_BATCH: Final = 50  # entries of the log in one transaction


def follow_log(session: Session, sender: Sender) -> bool:
    """Tell of what stands new in the log; true where there may be more.

    Sign-ins that rested on a certificate end with it, in the same transaction. The
    caller commits.
    """
    mark = session.get_one(EventMark, _MARK)
    if not _list_entries(session, mark.entry_id):
        return False
    lock(session, mark)
    entries = _list_entries(session, mark.entry_id)
    for entry in entries:
        _tell_of(session, entry, sender)
        mark.entry_id = entry.id
    return len(entries) == _BATCH


def tell(
    session: Session,
    institution: Institution,
    customer_id: int,
    event: str,
    *,
    happened_at: datetime,
    sender: Sender,
    certificate_id: str = "",
    replaced_id: str = "",
    members: dict[str, Any] | None = None,
    granted: Sequence[Claim] = (),
) -> None:
    """Have one institution told of a person, where it has an address for it.

    `granted` is what it may learn; where a certificate is named, that decides what is
    told of it.
    """
    if not institution.events_uri or institution.is_ended:
        return
    subject = sign_ins.subject_for(
        session, institution.sector, customer_id, sender.random
    )
    queue.enqueue(
        session,
        kind=Told.EVENT,
        institution_id=institution.id,
        address=institution.events_uri,
        subject=subject,
        payload={
            "jti": sender.random(16).hex(),
            "event": event,
            "customer": customer_id,
            "certificate": certificate_id,
            "replaced": replaced_id,
            "granted": [str(claim) for claim in granted],
            "members": members or {},
            "happened_at": int(true_time(happened_at).timestamp()),
        },
        now=sender.now,
    )


def compose(session: Session, delivery: Delivery, sender: Sender) -> Post:
    """Sign the token of a delivery; the same `jti` at each try."""
    payload = json.loads(delivery.payload)
    token = rules.Token(
        issuer=sender.config.public_url,
        audience=delivery.institution_id,
        subject=delivery.subject,
        token_id=payload["jti"],
        issued_at=true_time(delivery.made_at),
        happened_at=datetime.fromtimestamp(payload["happened_at"], UTC),
        event=payload["event"],
        members={
            **payload["members"],
            **_describe_certificate(session, payload),
            **_claims(session, payload),
        },
    )
    key = current_key(session, read_key(sender.config.identity_key), sender.now)
    header = {"alg": ALGORITHM, "kid": str(key.kid), "typ": rules.TYPE}
    body = jwt.encode(header, token.claims, key).encode()
    return Post(
        body=body,
        content_type=rules.MEDIA_TYPE,
        headers={"Accept": "application/json"},  # RFC 8935 2.1
    )


KIND: Final = Kind(name=Told.EVENT, compose=compose, judge=rules.judge)


def _list_entries(session: Session, after: int) -> Sequence[AuditEntry]:
    stmt = (
        select(AuditEntry)
        .where(AuditEntry.event.in_(rules.FOLLOWED), AuditEntry.id > after)
        .order_by(AuditEntry.id)
        .limit(_BATCH)
    )
    return session.scalars(stmt).all()


def _tell_of(session: Session, entry: AuditEntry, sender: Sender) -> None:
    if entry.event in rules.ENDING:
        stmt = select(SignIn).where(
            SignIn.ended_at.is_(None),
            SignIn.customer_id == entry.customer_id,
            *(
                (SignIn.certificate_id == entry.certificate_id,)
                if entry.certificate_id
                else ()
            ),
        )
        sign_ins.end_all(session, session.scalars(stmt).all(), sender.now)
    certificate = session.get(Certificate, entry.certificate_id or "")
    if certificate is not None and entry.event in rules.OF_LOG:
        _tell_holders(session, entry, certificate, sender)


def _tell_holders(
    session: Session, entry: AuditEntry, certificate: Certificate, sender: Sender
) -> None:
    event, change = rules.OF_LOG[entry.event]
    reason = str(json.loads(entry.detail).get("reason", ""))
    if reason == ReasonCode.SUPERSEDED:
        return  # the new one's update says it
    members = rules.describe_change(change, reason, true_time(entry.at))
    if change == "update":
        members["change"] = str(certificate.purpose)
    for institution_id in uses.list_holders(
        session, certificate.customer_id, certificate.lineage_id
    ):
        consent = sign_ins.find_consent(
            session, institution_id, certificate.customer_id
        )
        tell(
            session,
            session.get_one(Institution, institution_id),
            certificate.customer_id,
            event,
            happened_at=entry.at,
            sender=sender,
            certificate_id=certificate.id,
            replaced_id=certificate.replaces_id or "" if change == "update" else "",
            members=members,
            granted=consent.claims if consent and consent.ended_at is None else (),
        )


def _describe_certificate(session: Session, payload: dict[str, Any]) -> dict[str, str]:
    certificate = session.get(Certificate, payload["certificate"])
    if certificate is None:
        return {}
    der = certificate.signed_der
    replaced = session.get(Certificate, payload["replaced"])
    facts = rules.CertificateFacts(
        fingerprint=certificate.fingerprint,
        serial=certificate.serial,
        issuer=x509.load_der_x509_certificate(der).issuer.rfc4514_string(),
        der=base64.b64encode(der).decode(),
        replaces=replaced.fingerprint if replaced else "",
    )
    return rules.describe_certificate(facts, payload["granted"])


def _claims(session: Session, payload: dict[str, Any]) -> dict[str, str]:
    """Return what the institution learns of the person where they registered."""
    if payload["event"] != rules.REGISTERED:
        return {}
    customer = session.get_one(Customer, payload["customer"])
    values = {"name": customer.name, "birthdate": customer.birth_date.isoformat()}
    return {name: text for name, text in values.items() if name in payload["granted"]}
