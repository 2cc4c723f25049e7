"""What programs are answered, as JSON. Pure.

Names are added to, never renamed; times are RFC 3339 in UTC, to the second.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from webapp.relying.asking.contents import Documents, Format
from webapp.relying.asking.documents.models import AskingDocument
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.rules import State, state_at
from webapp.relying.asking.service import contents_of
from webapp.relying.signing.models import SigningRequest
from webapp.relying.signing.rules import RESULT_LIFE
from webapp.relying.verification.answers import seconds

PATH: Final = "/api/v1/requests"
START: Final = "/ask/for"
CMS: Final = "application/pkcs7-signature"
PDF: Final = "application/pdf"


def status_fields(
    request: SigningRequest, asked: AskingRequest, *, centre: str, now: datetime
) -> dict[str, Any]:
    """Return how a request stands; `url` is where the person's browser is led."""
    state = state_at(State(asked.state), asked.expires_at, now)
    is_led = not request.is_addressed and state.is_open
    return {
        "id": request.id,
        "state": state.value,
        "purpose": str(asked.purpose),
        "asked_at": seconds(asked.asked_at),
        "expires_at": seconds(asked.expires_at),
        "ended_at": seconds(_ended_at(asked, state)) if not state.is_open else None,
        "url": f"{centre}{START}/{request.id}" if is_led else None,
        "result": f"{centre}{PATH}/{request.id}/result"
        if state is State.APPROVED
        else None,
    }


def result_fields(
    request: SigningRequest,
    asked: AskingRequest,
    documents: Iterable[AskingDocument],
    *,
    centre: str,
) -> dict[str, Any]:
    """Return what came of an approved request; the documents are whole."""
    contents = contents_of(asked)
    address = f"{centre}{PATH}/{request.id}"
    approved_at = asked.ended_at or asked.expires_at
    receipt = request.receipt or b""
    return {
        "id": request.id,
        "state": State.APPROVED.value,
        "purpose": str(asked.purpose),
        "binding": contents.binding.hex(),
        "approved_at": seconds(approved_at),
        "kept_until": seconds(approved_at + RESULT_LIFE),
        "sub": request.subject,
        "facts": json.loads(request.facts or "{}"),
        "documents": [
            {
                **_named(contents, document),
                **_file(f"{address}/documents/{document.number}", document.result),
            }
            for document in documents
        ],
        "receipt": _file(f"{address}/receipt", receipt),
    }


def media_type(document: AskingDocument) -> str:
    """Return what a result is."""
    return PDF if document.format == Format.PDF else CMS


def to_text(fields: dict[str, Any]) -> str:
    """Return an answer as it is sent, always the same bytes for the same fields."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True) + "\n"


def _named(contents: object, document: AskingDocument) -> dict[str, Any]:
    named = contents.documents if isinstance(contents, Documents) else ()
    asked = named[document.number - 1]
    return {
        "number": document.number,
        "title": asked.title,
        "digest": asked.digest.hex(),
        "format": str(document.format),
        "level": document.level,
        "media_type": media_type(document),
    }


def _file(address: str, content: bytes | None) -> dict[str, Any]:
    octets = content or b""
    return {
        "href": address,
        "size": len(octets),
        "sha256": hashlib.sha256(octets).hexdigest(),
    }


def _ended_at(asked: AskingRequest, state: State) -> datetime:
    if state is State.EXPIRED:
        return asked.expires_at
    return asked.ended_at or asked.expires_at
