"""The body of a call to verify, as JSON or as a form of files, becomes a request."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from flask import request

from webapp.relying.verification.errors import VerifyInputError
from webapp.relying.verification.validation.limits import (
    MAX_CONTENT,
    MAX_INTERMEDIATES,
    MIB,
)
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.signatures import RAW_ALGORITHMS
from webapp.web.json_body import read_json

# Base64 is a third longer than what it carries; a document and its signature.
MAX_BODY: Final = MAX_CONTENT * 8 // 3 + 2 * MIB
MULTIPART: Final = "multipart/form-data"
_PARTS: Final = ("document", "signature", "certificate")


class VerifyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a call; octets are base64 (RFC 4648 4)."""

    document: str | None = None
    signature: str | None = None
    certificate: str | None = None
    algorithm: str | None = None
    intermediates: list[str] = []
    at: str | None = None
    receipt: bool = False


def read_call() -> tuple[VerificationRequest, bool]:
    """Return what this request asks to verify, and whether for a receipt.

    Raises:
        VerifyInputError: a field is unknown, of another kind, or no base64 or time;
            nothing is to be verified.
        413, 415, 400: as `read_json`.
    """
    request.max_content_length = MAX_BODY
    if request.mimetype == MULTIPART:
        return _read_form()
    try:
        body = msgspec.convert(read_json(max_bytes=MAX_BODY), VerifyBody)
    except msgspec.ValidationError:
        raise VerifyInputError from None
    parts = {name: _octets(getattr(body, name)) for name in _PARTS}
    links = [_required(_octets(text)) for text in body.intermediates]
    return _request(parts, links, body.algorithm, body.at), body.receipt


def _read_form() -> tuple[VerificationRequest, bool]:
    request.max_form_parts = 8 + MAX_INTERMEDIATES
    known_fields = {*_PARTS, "algorithm", "intermediates", "at", "receipt"}
    if {*request.form, *request.files} - known_fields:
        raise VerifyInputError
    parts = {
        name: request.files[name].read() if name in request.files else None
        for name in _PARTS
    }
    links = [one.read() for one in request.files.getlist("intermediates")]
    receipt = request.form.get("receipt", "false")
    if receipt not in ("true", "false"):
        raise VerifyInputError
    algorithm, at = request.form.get("algorithm"), request.form.get("at")
    return _request(parts, links, algorithm, at), receipt == "true"


def _request(
    parts: dict[str, bytes | None],
    links: list[bytes],
    algorithm: str | None,
    at: str | None,
) -> VerificationRequest:
    if not any(parts.values()):
        raise VerifyInputError
    if algorithm is not None and algorithm not in RAW_ALGORITHMS:
        raise VerifyInputError
    named: dict[str, Any] = dict(parts)
    return VerificationRequest(
        **named,
        algorithm=algorithm,
        intermediates=tuple(links),
        at=_time(at) if at is not None else None,
    )


def _octets(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise VerifyInputError from None


def _required(octets: bytes | None) -> bytes:
    if not octets:
        raise VerifyInputError
    return octets


def _time(text: str) -> datetime:
    """Read a time of RFC 3339; one without a zone names no moment."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise VerifyInputError
        moment.astimezone(UTC)  # of a year that other zones have too
    except (ValueError, OverflowError):
        raise VerifyInputError from None
    return moment
