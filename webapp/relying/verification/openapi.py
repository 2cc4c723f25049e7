"""The OpenAPI 3.1 document of the calls that other programs make. Pure."""

from typing import Any, Final

from webapp.relying.verification.validation.limits import MAX_INTERMEDIATES
from webapp.relying.verification.validation.signatures import RAW_ALGORITHMS
from webapp.relying.verification.validation.verdicts import (
    Kind,
    Note,
    Reason,
    TimeBasis,
    Verdict,
)

PATH: Final = "/api/v1/verify"
_OCTETS: Final = {"type": "string", "contentEncoding": "base64"}
_FILE: Final = {"type": "string", "contentMediaType": "application/octet-stream"}
_TIME: Final = {"type": "string", "format": "date-time"}


def document(*, server: str, title: str) -> dict[str, Any]:
    """Return the document of a centre at the address `server`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": "Verifies certificates, CMS and bare signatures and signed "
            "PDFs. It fails closed: only the verdict `valid` may be relied upon. No "
            "address in what is sent is asked.",
        },
        "servers": [{"url": server}],
        "security": [{}, {"apiKey": []}],
        "paths": {PATH: {"post": _operation()}},
        "components": {
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key made at the counter. Without one, calls "
                    "are counted by address, and fewer are let through.",
                }
            },
            "schemas": {
                "VerifyRequest": _request(_OCTETS),
                "VerifyForm": _form(),
                "Report": _report(),
                "Finding": _finding(),
                "Error": _error(),
            },
        },
    }


def _operation() -> dict[str, Any]:
    return {
        "operationId": "verify",
        "summary": "Verify a certificate, a signature or a signed PDF",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _ref("VerifyRequest")},
                "multipart/form-data": {"schema": _ref("VerifyForm")},
            },
        },
        "responses": {
            "200": {
                "description": "A verdict, also on what cannot be read",
                "content": {"application/json": {"schema": _ref("Report")}},
            },
            **{
                str(status): {
                    "description": meaning,
                    "content": {"application/json": {"schema": _ref("Error")}},
                }
                for status, meaning in (
                    (400, "The body is not one JSON object, or no form (bad_request)"),
                    (401, "The API key is unknown or revoked (api_key_refused)"),
                    (403, "A page of another site sent it (other_origin)"),
                    (411, "Its length is missing (length_required)"),
                    (413, "It is too large (too_large)"),
                    (415, "It is neither JSON nor a form of files (bad_request)"),
                    (422, "A field is missing, unknown or wrong (verify_input)"),
                    (429, "Too many calls (too_many_attempts)"),
                    (503, "Busy, or the centre cannot sign (busy, cannot_sign)"),
                )
            },
        },
    }


def _request(octets: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "A certificate, a signed PDF or a CMS signature as `document`; "
        "or what was signed as `document`, with its `signature`: CMS, or a bare one "
        "by `algorithm` and `certificate`.",
        "anyOf": [
            {"required": [name]} for name in ("document", "signature", "certificate")
        ],
        "properties": {
            "document": octets,
            "signature": octets,
            "certificate": octets,
            "algorithm": {"type": "string", "enum": list(RAW_ALGORITHMS)},
            "intermediates": {
                "type": "array",
                "items": octets,
                "maxItems": MAX_INTERMEDIATES,
            },
            "at": {**_TIME, "description": "The time to verify for; else now."},
            "receipt": {"type": "boolean", "default": False},
        },
    }


def _form() -> dict[str, Any]:
    form = _request(_FILE)
    form["properties"]["receipt"] = {"type": "string", "enum": ["true", "false"]}
    return form


def _report() -> dict[str, Any]:
    schema = _finding()
    schema["properties"] = {
        **schema["properties"],
        "kind": {"type": "string", "enum": [one.value for one in Kind]},
        "signatures": {"type": "array", "items": _ref("Finding")},
        "sentences": {
            "type": "object",
            "description": "The answer in words, by language (ISO 639-1).",
            "additionalProperties": {"type": "string"},
        },
        "receipt": {
            **_OCTETS,
            "description": "CMS in DER around JSON, signed by the centre; only where "
            "it was asked for.",
        },
    }
    schema["required"] = [*schema["required"], "kind", "signatures", "sentences"]
    return schema


def _finding() -> dict[str, Any]:
    text = {"type": ["string", "null"]}
    moment = {"type": ["string", "null"], "format": "date-time"}
    properties: dict[str, Any] = {
        "verdict": {"type": "string", "enum": [one.value for one in Verdict]},
        "reasons": {
            "type": "array",
            "items": {"type": "string", "enum": [one.value for one in Reason]},
        },
        "notes": {
            "type": "array",
            "items": {"type": "string", "enum": [one.value for one in Note]},
        },
        **dict.fromkeys(("subject", "issuer", "serial", "sha256"), text),
        **dict.fromkeys(("not_before", "not_after", "claimed_at", "since"), moment),
        "suspensions": {
            "type": "array",
            "description": "Began by `at` and were lifted; from since up to until.",
            "items": {
                "type": "object",
                "required": ["since", "until"],
                "properties": {"since": _TIME, "until": _TIME},
            },
        },
        "at": _TIME,
        "time_basis": {"type": "string", "enum": [one.value for one in TimeBasis]},
    }
    return {
        "type": "object",
        "required": list(properties),
        "properties": {**properties, "field": {"type": "string"}},
    }


def _error() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["code", "sentence", "next"],
        "properties": {
            "code": {"type": "string"},
            "sentence": {"type": "string"},
            "next": {"type": "string"},
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
