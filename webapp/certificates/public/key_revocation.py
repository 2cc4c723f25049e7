"""Revoke by proof of the key alone: nobody signs in, whoever has the key decides.

The challenge is sealed, not stored. It names one certificate and lives for minutes;
what it is good for, revoking that certificate, happens once.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.audit.actors import KEY_HOLDER
from webapp.certificates.actions import Action, ActionFacts, require_allowed
from webapp.certificates.errors import (
    ChallengeOverError,
    ProofRefusedError,
    UnknownCertificateError,
)
from webapp.certificates.models import Certificate
from webapp.certificates.proof import is_signed
from webapp.certificates.revocation import revoke
from webapp.certificates.service import find_by_serial
from webapp.pki.crl import ReasonCode
from webapp.pki.key_proof import Proof, new_challenge, verify_challenge


def challenge_for(
    session: Session,
    issuer_id: str,
    serial: str,
    *,
    key: bytes,
    chance: bytes,
    now: datetime,
) -> bytes:
    """Return what the key of a certificate has to sign.

    Raises:
        UnknownCertificateError: this centre issued none with this serial.
        LifecycleError: it is over already.
    """
    certificate = _find(session, issuer_id, serial)
    require_allowed(Action.REVOKE, ActionFacts(lifecycle=certificate.life), now)
    return new_challenge(key, certificate.id, chance, now)


def revoke_by_key(
    session: Session,
    issuer_id: str,
    serial: str,
    *,
    challenge: bytes,
    signature: bytes,
    reason: ReasonCode,
    origin: str,
    key: bytes,
    now: datetime,
) -> None:
    """Revoke the certificate whose key signed the challenge.

    Raises:
        UnknownCertificateError, LifecycleError: as for the challenge.
        ChallengeOverError: it is too old, or not for this certificate.
        ProofRefusedError: another key signed, or something else.
    """
    certificate = _find(session, issuer_id, serial)
    require_allowed(Action.REVOKE, ActionFacts(lifecycle=certificate.life), now)
    if not verify_challenge(key, certificate.id, challenge, now):
        raise ChallengeOverError
    proof = Proof(
        purpose="revoke",
        origin=origin,
        application_id="",
        fingerprint=certificate.fingerprint,
        challenge=challenge,
    )
    if not is_signed(session, certificate, signature, proof.message):
        raise ProofRefusedError
    revoke(session, certificate, reason=reason, actor=KEY_HOLDER, now=now)


def _find(session: Session, issuer_id: str, serial: str) -> Certificate:
    certificate = find_by_serial(session, issuer_id, serial)
    if certificate is None:
        raise UnknownCertificateError
    return certificate
