"""Which events there are, what stands in one, and what an answer means. Pure.

Security Event Tokens (RFC 8417), pushed (RFC 8935), about subjects by RFC 9493. Where
the OpenID Continuous Access Evaluation Profile (CAEP) 1.0 has an event, it is that.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from webapp.audit.events import AuditEvent
from webapp.relying.deliveries.rules import (
    Answer,
    Outcome,
    Verdict,
    judge_by_status,
)

TYPE: Final = "secevent+jwt"  # RFC 8417 2.3
MEDIA_TYPE: Final = f"application/{TYPE}"
_OWN: Final = "urn:certferry:event:"
CREDENTIAL_CHANGE: Final = (
    "https://schemas.openid.net/secevent/caep/event-type/credential-change"
)
SUSPENDED: Final = f"{_OWN}certificate-suspended"
RESUMED: Final = f"{_OWN}certificate-resumed"
EXPIRED: Final = f"{_OWN}certificate-expired"
REGISTERED: Final = f"{_OWN}registered"
ENDED: Final = f"{_OWN}use-ended"
VERIFICATION: Final = "https://schemas.openid.net/secevent/ssf/event-type/verification"
# Which entries of the log are told, by which event, and for CAEP the change.
OF_LOG: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        AuditEvent.CERTIFICATE_SUSPENDED.value: (SUSPENDED, ""),
        AuditEvent.CERTIFICATE_RESUMED.value: (RESUMED, ""),
        AuditEvent.CERTIFICATE_EXPIRED.value: (EXPIRED, ""),
        AuditEvent.CERTIFICATE_REVOKED.value: (CREDENTIAL_CHANGE, "revoke"),
        AuditEvent.CERTIFICATE_REISSUED.value: (CREDENTIAL_CHANGE, "update"),
        AuditEvent.CERTIFICATE_RENEWED.value: (CREDENTIAL_CHANGE, "update"),
    }
)
# These end the sign-ins that rest on the certificate, or all of the person's.
ENDING: Final = frozenset(
    {
        AuditEvent.CERTIFICATE_SUSPENDED.value,
        AuditEvent.CERTIFICATE_EXPIRED.value,
        AuditEvent.CERTIFICATE_REVOKED.value,
        AuditEvent.CUSTOMER_LOCKED.value,
    }
)
FOLLOWED: Final = frozenset({*OF_LOG, *ENDING})
# RFC 8935 2.4: with these the same token never becomes good.
_FOR_GOOD: Final = frozenset(
    {"invalid_request", "invalid_issuer", "invalid_audience", "invalid_key"}
)
_BAD_REQUEST: Final = 400
_ACCEPTED: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What one institution is told of one person."""

    issuer: str
    audience: str
    subject: str
    token_id: str
    issued_at: datetime  # true times
    happened_at: datetime
    event: str
    members: Mapping[str, Any]

    @property
    def claims(self) -> dict[str, Any]:
        """The claims (RFC 8417 2.2); no `exp`, no `sub`, one event."""
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": int(self.issued_at.timestamp()),
            "jti": self.token_id,
            "toe": int(self.happened_at.timestamp()),
            "sub_id": {"format": "iss_sub", "iss": self.issuer, "sub": self.subject},
            "events": {self.event: dict(self.members)},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What is told of a certificate."""

    fingerprint: str
    serial: str
    issuer: str  # a name as RFC 4514 writes it
    der: str  # base64
    replaces: str = ""  # the fingerprint of the one before


def describe_certificate(
    certificate: CertificateFacts, granted: Collection[str]
) -> dict[str, str]:
    """Return what may be told of a certificate to who was granted these claims."""
    members: dict[str, str] = {}
    if "certificate_fingerprint" in granted:
        members |= {
            "certificate_fingerprint": certificate.fingerprint,
            "x509_serial": certificate.serial,
            "x509_issuer": certificate.issuer,
        }
        if certificate.replaces:
            members["replaces_fingerprint"] = certificate.replaces
    if "certificate" in granted:
        members["certificate"] = certificate.der
    return members


def describe_change(
    change: str, reason: str, happened_at: datetime
) -> dict[str, str | int]:
    """Return the members of an event about a certificate (CAEP 1.0, 3.3)."""
    members: dict[str, str | int] = {"event_timestamp": int(happened_at.timestamp())}
    if change:
        members |= {"credential_type": "x509", "change_type": change}
    if reason:
        members["reason"] = reason
    return members


def judge(answer: Answer) -> Verdict:
    """Say what an answer to a push means (RFC 8935 2.3, 2.4).

    With a status of 400 its `err` says why. A token that was refused for what it is
    stays refused; where the institution does not know us yet it is tried again.
    """
    if answer.status != _BAD_REQUEST:
        return judge_by_status(answer)
    code = _error_code(answer)
    outcome = Outcome.REFUSED if code in _FOR_GOOD else Outcome.WAITING
    return Verdict(outcome, f"err {code}" if code else "status 400")


def _error_code(answer: Answer) -> str:
    try:
        code = json.loads(answer.body)["err"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    is_code = isinstance(code, str) and code.isascii() and code.isprintable()
    return code[:30] if is_code else ""
