"""What a program sends and reads: bodies in JSON, refusals in the standard's form."""

import base64
from typing import Any, Final, TypeVar

import msgspec
from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from webapp.exceptions import AppError
from webapp.relying.cloud_signature.errors import BodyError, CloudSignatureError
from webapp.web.error_handlers import STATUS_CODES, error_message, log_fault, message_of
from webapp.web.json_body import read_json

Body = TypeVar("Body", bound=msgspec.Struct)
MAX_BODY: Final = 48 * 1024
_WORDS: Final = {401: "invalid_token", 403: "access_denied", 429: "slow_down"}
_OURS: Final = {500: "server_error", 503: "temporarily_unavailable"}


class ListBody(msgspec.Struct, frozen=True, rename="camel"):
    """credentials/list (11.4)."""

    user_id: str = msgspec.field(default="", name="userID")


class InfoBody(msgspec.Struct, frozen=True, rename="camel"):
    """credentials/info (11.5)."""

    credential_id: str = msgspec.field(default="", name="credentialID")
    certificates: str = "single"
    cert_info: bool = False


class AuthorizeBody(msgspec.Struct, frozen=True, rename="camel"):
    """credentials/authorize (11.6)."""

    credential_id: str = msgspec.field(default="", name="credentialID")
    num_signatures: int = 0
    hash: list[str] = []
    description: str = ""
    client_data: str = ""


class SignBody(msgspec.Struct, frozen=True, rename="camel"):
    """signatures/signHash (11.9)."""

    credential_id: str = msgspec.field(default="", name="credentialID")
    sad: str = msgspec.field(default="", name="SAD")
    hash: list[str] = []
    hash_algo: str = ""
    sign_algo: str = ""
    sign_algo_params: str = ""


def read_body(body_type: type[Body]) -> Body:
    """Return what a call says; fields that this centre does not use are left out.

    Raises:
        BodyError: a field is of another kind, or the body is no JSON object.
    """
    fields = read_json(max_bytes=MAX_BODY)
    try:
        return msgspec.convert(fields, body_type)
    except msgspec.ValidationError:
        raise BodyError from None


def refuse(error: AppError) -> Response:
    """Answer what was refused: the standard's word, a sentence, and our stable code."""
    message = message_of(error)
    word = error.word if isinstance(error, CloudSignatureError) else ""
    return _refusal(word, error.code, message)


def refuse_http(error: HTTPException) -> Response:
    """Answer what Flask refused."""
    if error.code is None or error.code < 400:
        return Response(error.get_response().get_data(), error.code)
    code = "fault" if error.code == 500 else STATUS_CODES.get(error.code, "bad_request")
    refusal = _refusal("", code, error_message(code))
    refusal.status_code = error.code
    return refusal


def fail(error: Exception) -> Response:
    """Answer what nobody foresaw."""
    log_fault(error)
    return _refusal("", "fault", error_message("fault"))


def _refusal(word: str, code: str, message: Any) -> Response:
    status = message.status
    default = _WORDS.get(status) or _OURS.get(status) or "invalid_request"
    sentence = f"{message.message} {message.hint}"
    body = {"error": word or default, "error_description": sentence, "code": code}
    response: Response = jsonify(body)
    response.status_code = status
    if status == 401:  # RFC 6750 3
        response.headers["WWW-Authenticate"] = f'Bearer error="{body["error"]}"'
    if word == "authorization_pending" or status in (429, 503):
        response.headers["Retry-After"] = "1"
    return response


def encode(octets: bytes) -> str:
    """Return octets as the standard writes them."""
    return base64.b64encode(octets).decode()


def preference() -> str:
    """Return how long a program would wait (RFC 7240 2)."""
    return request.headers.get("Prefer", "")
