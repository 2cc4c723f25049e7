"""The JSON object that a script of ours sent with a request."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar, overload

import msgspec
import msgspec.structs
from flask import abort, request

from mobile_bridge.formats.json_reader import JsonError, read_object

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
    object 400 (RFC 9110 15.5). A field of another kind counts as missing: its default
    stands, and without a default it is 400. Without a type the object is returned as it
    came.
    """
    length = request.content_length or 0
    if length > max_bytes:
        abort(413)
    if request.mimetype != "application/json":
        abort(415)
    try:
        fields = read_object(request.get_data())
        if body_type is None:
            return fields
        return msgspec.convert(dict(_fitting(fields, body_type)), body_type)
    except (JsonError, msgspec.ValidationError):
        abort(400)


def _fitting(
    fields: Mapping[str, Any], body_type: type[msgspec.Struct]
) -> Iterator[tuple[str, Any]]:
    """Yield the fields that are of the kind that `body_type` says."""
    for field in msgspec.structs.fields(body_type):
        with suppress(msgspec.ValidationError):
            if field.encode_name in fields:
                value = msgspec.convert(fields[field.encode_name], field.type)
                yield field.encode_name, value
