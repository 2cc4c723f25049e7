"""A JSON body: its size first, then its media type, then its fields."""

import msgspec
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from webapp.web.json_body import read_json

JSON = "application/json"


class Copy(msgspec.Struct, frozen=True):
    place: str = ""
    how: str = ""


def read(content, content_type=JSON, max_bytes=40):
    with Flask(__name__).test_request_context(
        method="POST", data=content, content_type=content_type
    ):
        return read_json(Copy, max_bytes=max_bytes)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b'{"place": "phone", "how": "sent"}', Copy("phone", "sent")),
        (b'{"place": "phone"}', Copy("phone", "")),
        (b'{"device": "a phone"}', Copy()),
        (b'{"place": 1, "how": "sent"}', Copy("", "sent")),
        (b'{"place": null}', Copy()),
    ],
)
def test_named_fields_are_read(content, fields):
    assert read(content) == fields


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b" " * 41, "text/plain", 413),
        (b'{"place": "phone"}', "text/plain", 415),
        (b"[]", JSON, 400),
        (b'{"place": "a", "place": "b"}', JSON, 400),
        (b"{", JSON, 400),
    ],
)
def test_size_is_refused_before_type_and_type_before_fields(
    content, content_type, status
):
    with pytest.raises(HTTPException) as refusal:
        read(content, content_type)

    assert refusal.value.code == status
