"""The JSON object that a script of ours sent with a request."""

from typing import Any

from flask import abort, request

from mobile_bridge.core.json_reader import JsonError, read_object


def read_json(*, max_bytes: int) -> dict[str, Any]:
    """Return the JSON object in the body of this request.

    A body that is longer is 413, another type 415, anything else that is not one
    object 400 (RFC 9110 15.5).
    """
    length = request.content_length or 0
    if length > max_bytes:
        abort(413)
    if request.mimetype != "application/json":
        abort(415)
    try:
        return read_object(request.get_data())
    except JsonError:
        abort(400)


def json_text(body: dict[str, Any], name: str) -> str:
    """Return a text of that object, whole; an empty one where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else ""
