"""A person's certificates as credentials of the standard (11.4, 11.5)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.ca.context import CaContext
from webapp.certificates.lifecycle import CertificateStatus, status_at
from webapp.certificates.models import Certificate
from webapp.certificates.service import SIGNED
from webapp.relying.cloud_signature.callers import Caller
from webapp.relying.cloud_signature.errors import CredentialError
from webapp.relying.cloud_signature.rules import (
    ECDSA_SHA_256,
    MAX_SIGNATURES,
    P_256,
    RSA_SHA_256,
    SCAL,
    Key,
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate of the caller's person, and what its key can do."""

    certificate: Certificate
    parsed: x509.Certificate
    key: Key
    is_phone_only: bool

    @property
    def id(self) -> str:
        """What programs call it: the certificate's fingerprint."""
        return self.certificate.fingerprint

    @property
    def signs_bare_hashes(self) -> bool:
        """Whether a device signs a hash alone with it."""
        return self.key.signs_bare_hashes and not self.is_phone_only

    def is_usable_by(self, caller: Caller) -> bool:
        """Tell whether the institution may have something signed with it."""
        is_bare = caller.may_ask_bare and self.signs_bare_hashes
        return is_bare or caller.may_ask_documents


def list_usable(
    session: Session, ca: CaContext, caller: Caller, now: datetime
) -> Sequence[Credential]:
    """Return what a caller can have something signed with, the newest first."""
    return [
        credential
        for credential in _list_all(session, ca, caller)
        if status_at(credential.certificate.life, now) is CertificateStatus.VALID
        and credential.is_usable_by(caller)
    ]


def find(
    session: Session, ca: CaContext, caller: Caller, credential_id: str
) -> Credential:
    """Return a credential of the caller's person, valid or not.

    Raises:
        CredentialError: there is none; somebody else's is none.
    """
    for credential in _list_all(session, ca, caller):
        if credential.id == credential_id:
            return credential
    raise CredentialError


def describe(
    credential: Credential,
    ca: CaContext,
    *,
    certificates: str,
    cert_info: bool,
    now: datetime,
) -> dict[str, Any]:
    """Return what credentials/info tells (11.5).

    `certificates` is "none", "single" or "chain".
    """
    key, status = credential.key, status_at(credential.certificate.life, now)
    curve = {"curve": key.curve} if key.curve else {}
    is_valid = status is CertificateStatus.VALID
    return {
        "key": {
            "status": "enabled" if is_valid else "disabled",
            "algo": [key.algorithm],
            "len": key.bits,
            **curve,
        },
        "cert": {
            "status": status.value,
            **_encoded(credential, ca, certificates),
            **(_names(credential.parsed) if cert_info else {}),
        },
        "authMode": "implicit",  # the person approves on the phone, not at the program
        "SCAL": SCAL,
        "multisign": MAX_SIGNATURES,
    }


def _encoded(credential: Credential, ca: CaContext, which: str) -> dict[str, Any]:
    own = credential.certificate.signed_der
    issuers: tuple[bytes, ...] = ()
    if which == "none":
        return {}
    if which == "chain":
        issuers = (ca.issuing_certificate, ca.root_certificate)
    chain = [base64.b64encode(der).decode() for der in (own, *issuers)]
    return {"certificates": chain}


def _names(parsed: x509.Certificate) -> dict[str, str]:
    return {
        "issuerDN": parsed.issuer.rfc4514_string(),
        "serialNumber": f"{parsed.serial_number:x}",
        "subjectDN": parsed.subject.rfc4514_string(),
        "validFrom": _time(parsed.not_valid_before_utc),
        "validTo": _time(parsed.not_valid_after_utc),
    }


def _list_all(session: Session, ca: CaContext, caller: Caller) -> list[Credential]:
    stmt = (
        select(Certificate)
        .where(
            Certificate.customer_id == caller.customer_id,
            Certificate.issuer_id == ca.authority.issuer_id,
            Certificate.state.in_(SIGNED),
        )
        .order_by(Certificate.reserved_at.desc(), Certificate.id)
    )
    credentials = [_credential(row, ca) for row in session.scalars(stmt)]
    return [credential for credential in credentials if credential is not None]


def _credential(certificate: Certificate, ca: CaContext) -> Credential | None:
    parsed = x509.load_der_x509_certificate(certificate.signed_der)
    key = _key(parsed.public_key())
    if key is None:
        return None
    is_phone_only = ca.is_phone_only(certificate.type_id)
    return Credential(certificate, parsed, key, is_phone_only)


def _key(public_key: object) -> Key | None:
    """Return a key that signs here; None for one of another kind."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return Key(RSA_SHA_256, public_key.key_size)
    if isinstance(public_key, ec.EllipticCurvePublicKey) and isinstance(
        public_key.curve, ec.SECP256R1
    ):
        return Key(ECDSA_SHA_256, public_key.key_size, P_256)
    return None


def _time(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")
