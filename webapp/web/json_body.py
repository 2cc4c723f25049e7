"""The JSON object that a script of ours sent with a request."""

from typing import Any, TypeVar, overload

import msgspec
from flask import abort, request

from mobile_bridge.core.json_reader import JsonError, read_object

Body = TypeVar("Body", bound=msgspec.Struct)


@overload
def read_json(*, max_bytes: int) -> dict[str, Any]: ...
@overload
def read_json(body_type: type[Body], *, max_bytes: int) -> Body: ...
def read_json(
    body_type: type[Body] | None = None, *, max_bytes: int
) -> Body | dict[str, Any]:
    """Return the JSON object in the body of this request, as `body_type` names fields.

    A body that is longer is 413, another media type 415, anything else that is not one
    object of these fields 400 (RFC 9110 15.5). Fields that nobody named are ignored;
    without a type the object is returned as it came.
    """
    length = request.content_length or 0
    if length > max_bytes:
        abort(413)
    if request.mimetype != "application/json":
        abort(415)
    try:
        fields = read_object(request.get_data())
        return fields if body_type is None else msgspec.convert(fields, body_type)
    except (JsonError, msgspec.ValidationError):
        abort(400)
