"""Pair a device by proof of a certificate's key: nobody signs in, as on a phone to
which the certificate was just moved. Whoever has key and password can approve requests
anyway; so they may see them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.actors import KEY_HOLDER
from webapp.certificates.lifecycle import CertificateStatus, status_at
from webapp.certificates.models import Certificate
from webapp.certificates.proof import is_signed
from webapp.certificates.service import find_by_serial
from webapp.devices import service
from webapp.devices.errors import (
    DeviceCertificateError,
    DeviceCertificateOverError,
    DeviceLockedError,
)
from webapp.devices.models import PairedDevice
from webapp.devices.service import NewDevice
from webapp.pki.key_proof import Proof, new_challenge, verify_challenge

PURPOSE: Final = "pair"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateProof:
    """What the key of a certificate signed, on a page of `origin`."""

    serial: str
    challenge: bytes
    signature: bytes
    origin: str


def challenge_about(serial: str, *, key: bytes, chance: bytes, now: datetime) -> bytes:
    """Return what a certificate's key signs; whether there is one is not said."""
    return new_challenge(key, _about(serial), chance, now)


def pair_by_certificate(
    session: Session,
    issuer_id: str,
    proof: CertificateProof,
    device: NewDevice,
    *,
    device_id: str,
    key: bytes,
    now: datetime,
) -> PairedDevice:
    """Pair a device with the account of the certificate whose key signed for it.

    Raises:
        DeviceCertificateError: there is none, it is too late, or the key is another.
        DeviceCertificateOverError: the certificate counts no more.
        DeviceLockedError: the holder's account is locked.
        DeviceKeyError, DeviceLimitError: as of `service.pair`.
    """
    certificate = find_by_serial(session, issuer_id, proof.serial)
    if certificate is None or not verify_challenge(
        key, _about(proof.serial), proof.challenge, now
    ):
        raise DeviceCertificateError
    message = _signed_proof(certificate, proof, device).message
    if not is_signed(session, certificate, proof.signature, message):
        raise DeviceCertificateError
    if status_at(certificate.life, now) is not CertificateStatus.VALID:
        raise DeviceCertificateOverError
    customer = session.get_one(Customer, certificate.customer_id)
    if customer.locked_at is not None:
        raise DeviceLockedError
    return service.pair(
        session, customer, device, device_id=device_id, now=now, actor=KEY_HOLDER
    )


def _signed_proof(
    certificate: Certificate, proof: CertificateProof, device: NewDevice
) -> Proof:
    return Proof(
        purpose=PURPOSE,
        origin=proof.origin,
        application_id=hashlib.sha256(device.public_key).hexdigest(),
        fingerprint=certificate.fingerprint,
        challenge=proof.challenge,
    )


def _about(serial: str) -> str:
    return f"pair by {serial[:80]}"
