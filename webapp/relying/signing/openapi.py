"""The OpenAPI 3.1 document of the calls of institutions' programs. Pure."""

from typing import Any, Final

from webapp.relying.asking.contents import (
    MAX_BINDING,
    MAX_DOCUMENTS,
    MAX_TEXT,
    MAX_TITLE,
    Fact,
    Format,
)
from webapp.relying.asking.rules import State
from webapp.relying.documents.placement import Corner
from webapp.relying.institutions.rules import Purpose
from webapp.relying.signing.answers import CMS, PATH, PDF
from webapp.relying.signing.rules import DEFAULT_LIFE, MAX_LIFE

_TIME: Final = {"type": "string", "format": "date-time"}
_SHA256: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_PURPOSES: Final = (
    Purpose.SIGN_IN,
    Purpose.SIGN_DOCUMENTS,
    Purpose.CONSENT,
    Purpose.PROVE,
)
_ONE: Final = f"{PATH}/{{id}}"
_REFUSALS: Final = {
    401: "The program does not prove who calls (institution_refused)",
    404: "This institution made no such request (signing_unknown)",
    429: "Too many calls (too_many_attempts)",
}


def document(*, server: str, title: str) -> dict[str, Any]:
    """Return the document of a centre at the address `server`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": "A registered institution asks a person to sign in, sign "
            "documents, consent or tell facts; the certificate answers.",
        },
        "servers": [{"url": server}],
        "security": [{"secret": []}, {"assertion": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "secret": {"type": "http", "scheme": "basic"},
                "assertion": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "private_key_jwt (RFC 7523), another jti each call",
                },
            },
            "schemas": {
                "Request": _request(),
                "Document": _asked_document(),
                "Status": _status(),
                "Result": _result(),
                "Error": _error(),
            },
        },
    }


def _paths() -> dict[str, Any]:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    }
    id_ = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    number = {**id_, "name": "number", "schema": {"type": "integer", "minimum": 1}}
    over = {
        409: "Nobody approved it (signing_no_result)",
        410: "It is not kept any more (signing_result_over)",
    }
    body = {"application/json": {"schema": _ref("Request")}}
    return {
        PATH: {
            "post": {
                **_operation("makeRequest", "Make a request", _json("Status"), 201),
                "parameters": [key],
                "requestBody": {"required": True, "content": body},
            }
        },
        _ONE: {
            "get": _operation("readRequest", "How it stands", _json("Status")),
            "parameters": [id_],
        },
        f"{_ONE}/withdraw": {
            "post": _operation(
                "withdrawRequest",
                "Take it back",
                _json("Status"),
                refusals={409: "It has ended (request_approved and the others)"},
            ),
            "parameters": [id_],
        },
        f"{_ONE}/result": {
            "get": _operation(
                "readResult", "What came of it", _json("Result"), refusals=over
            ),
            "parameters": [id_],
        },
        f"{_ONE}/documents/{{number}}": {
            "get": _operation(
                "readDocument", "A signed document", {CMS: {}, PDF: {}}, refusals=over
            ),
            "parameters": [id_, number],
        },
        f"{_ONE}/receipt": {
            "get": _operation(
                "readReceipt",
                "What the centre signed about it: CMS around JSON",
                {"application/pkcs7-mime": {}},
                refusals=over,
            ),
            "parameters": [id_],
        },
    }


def _operation(
    name: str,
    summary: str,
    content: dict[str, Any],
    status: int = 200,
    *,
    refusals: dict[int, str] | None = None,
) -> dict[str, Any]:
    meanings = {**_REFUSALS, **(refusals or {})}
    if status == 201:  # of HTTP
        meanings = {
            **meanings,
            400: "The body is no JSON object, or the key is none (signing_key)",
            403: "It is not registered for that purpose (signing_purpose)",
            413: "It is too large (too_large)",
            422: "A field is missing, unknown or wrong (signing_input and others)",
        }
        del meanings[404]
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            str(status): {"description": summary, "content": content},
            **{
                str(code): {"description": meaning, "content": _json("Error")}
                for code, meaning in sorted(meanings.items())
            },
        },
    }


def _request() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["purpose"],
        "properties": {
            "purpose": {"enum": [purpose.value for purpose in _PURPOSES]},
            "documents": {
                "type": "array",
                "items": _ref("Document"),
                "minItems": 1,
                "maxItems": MAX_DOCUMENTS,
            },
            "text": {"type": "string", "maxLength": MAX_TEXT},
            "facts": {
                "type": "array",
                "items": {"enum": [fact.value for fact in Fact]},
                "minItems": 1,
                "uniqueItems": True,
            },
            "to": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": [name],
                        "additionalProperties": False,
                        "properties": {name: {"type": "string"}},
                    }
                    for name in ("sub", "login_hint")
                ]
            },
            "return_uri": {"type": "string", "format": "uri"},
            "expires_in": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_LIFE,
                "default": DEFAULT_LIFE,
            },
            "binding": {
                "type": "string",
                "pattern": "^([0-9a-f]{2})*$",
                "maxLength": 2 * MAX_BINDING,
            },
        },
    }


def _asked_document() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["title"],
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": MAX_TITLE},
            "content": {"type": "string", "contentEncoding": "base64"},
            "digest": _SHA256,
            "format": {"enum": [Format.CMS.value, Format.PDF.value]},
            "page": {"type": "integer", "default": -1},
            "corner": {"enum": ["", "field", *(corner.value for corner in Corner)]},
        },
    }


def _status() -> dict[str, Any]:
    address = {"type": ["string", "null"], "format": "uri"}
    properties = {
        "id": {"type": "string"},
        "state": {"enum": [state.value for state in State]},
        "purpose": {"enum": [purpose.value for purpose in _PURPOSES]},
        "asked_at": _TIME,
        "expires_at": _TIME,
        "ended_at": {"type": ["string", "null"], "format": "date-time"},
        "url": {**address, "description": "Where to lead the person's browser"},
        "result": address,
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _result() -> dict[str, Any]:
    file = {
        "href": {"type": "string", "format": "uri"},
        "size": {"type": "integer"},
        "sha256": _SHA256,
    }
    properties: dict[str, Any] = {
        "id": {"type": "string"},
        "state": {"const": State.APPROVED.value},
        "purpose": {"enum": [purpose.value for purpose in _PURPOSES]},
        "binding": {"type": "string"},
        "approved_at": _TIME,
        "kept_until": _TIME,
        "sub": {"type": "string"},
        "facts": {"type": "object"},
        "documents": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "number": {"type": "integer"},
                    "title": {"type": "string"},
                    "digest": _SHA256,
                    "format": {"enum": [Format.CMS.value, Format.PDF.value]},
                    "level": {"enum": ["B-T", "B-LT"]},
                    "media_type": {"enum": [CMS, PDF]},
                    **file,
                },
            },
        },
        "receipt": {"type": "object", "properties": file},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    properties = dict.fromkeys(("code", "sentence", "next"), text)
    return {"type": "object", "required": list(properties), "properties": properties}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(name)}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
