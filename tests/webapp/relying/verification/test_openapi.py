"""What the OpenAPI document says is what the call does: schemathesis tries it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from webapp.relying.verification.openapi import document

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
SCHEMA = schemathesis.openapi.from_dict(
    document(server="http://localhost", title="Verification")
)


@pytest.fixture
def schema(app):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def test_the_document_is_served_as_it_is_made(app, config):
    served = app.test_client().get("/api/v1/openapi.json")

    assert served.status_code == 200
    assert served.get_json()["paths"] == SCHEMA.raw_schema["paths"]
    assert served.get_json()["openapi"] == "3.1.0"
    assert served.get_json()["servers"] == [{"url": config.public_url}]


def test_no_call_gets_a_fault_or_an_answer_that_is_not_documented(schema):
    operation = schema["/api/v1/verify"]["POST"]
    generation = settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )

    @generation
    @given(case=operation.as_strategy())
    def tries(case):
        case.call_and_validate(checks=CHECKS)

    tries()
