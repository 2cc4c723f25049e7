"""A receipt for a verification: what was found, of what, when, signed by the centre.

It is a CMS SignedData (RFC 5652) around JSON, with the signer's certificate and the
issuing CA's in it, so that it can be verified with the root alone:
`openssl cms -verify -purpose any`.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from webapp.ca.service_certificates import ServiceSigner
from webapp.relying.verification.answers import seconds, to_fields
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Report

TYPE: Final = "certferry.verification"
_LEFT_OUT: Final = ("sentences", "signatures")


def receipt_fields(
    report: Report, request: VerificationRequest, *, centre: str, now: datetime
) -> dict[str, Any]:
    """Return what a receipt says: the answer, and the SHA-256 of each part of input."""
    fields = to_fields(report)
    return {
        "type": TYPE,
        "version": 1,
        "centre": centre,
        "checked_at": seconds(now),
        "input": {
            name: hashlib.sha256(octets).hexdigest()
            for name in ("document", "signature", "certificate")
            if (octets := getattr(request, name)) is not None
        },
        **{name: value for name, value in fields.items() if name not in _LEFT_OUT},
        "signature_verdicts": [one["verdict"] for one in fields["signatures"]],
    }


def sign_receipt(fields: dict[str, Any], signer: ServiceSigner) -> bytes:
    """Return the receipt in DER, with its content in it."""
    content = json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
    builder = (
        PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(signer.certificate, signer.key, hashes.SHA256())
        .add_certificate(signer.issuer)
    )
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])
