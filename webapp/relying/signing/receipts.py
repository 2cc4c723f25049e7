"""What the centre signs about an approval: who asked for what, and who agreed. Pure.

A CMS SignedData around JSON, as the receipts of verifications.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from webapp.certificates.models import Certificate
from webapp.relying.asking.contents import contents_hash, to_json
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.service import contents_of
from webapp.relying.institutions.rules import Purpose
from webapp.relying.verification.answers import seconds

TYPE: Final = "certferry.approval"
# Where people agree to something, the certificate goes along; else only who they are
# at this one institution does, so that nobody connects two of them.
SIGNED_BY_NAME: Final = frozenset({Purpose.SIGN_DOCUMENTS, Purpose.CONSENT})


def approval_fields(
    request: AskingRequest,
    certificate: Certificate,
    *,
    centre: str,
    subject: str,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a receipt says; the request is approved.

    With the certificate it has the signatures and what is needed to make again what
    they are over (docs/asking.md), which a stranger can then verify.
    """
    contents = contents_of(request)
    fields: dict[str, Any] = {
        "type": TYPE,
        "version": 1,
        "centre": centre,
        "request": request.id,
        "institution": {
            "id": request.institution_id,
            "name": request.asker_name,
            "origin": request.asker_origin,
        },
        "contents": to_json(contents),
        "contents_sha256": contents_hash(contents).hex(),
        "asked_at": seconds(request.asked_at),
        "expires_at": seconds(request.expires_at),
        "approved_at": seconds(request.ended_at or request.expires_at),
        "sub": subject,
        "facts": dict(facts),
    }
    if contents.purpose in SIGNED_BY_NAME:
        der = certificate.signed_der
        fields |= {
            "certificate": base64.b64encode(der).decode(),
            "certificate_sha256": hashlib.sha256(der).hexdigest(),
            "page": request.centre,
            "signatures": json.loads(request.signatures or "[]"),
        }
    return fields
