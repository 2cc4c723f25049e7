"""Prometheus reads the figures of a centre, and nobody else does."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from tests.webapp.monitoring.conftest import BEARER, TOKEN
from webapp.audit.models import AuditEntry
from webapp.monitoring import figures


@pytest.fixture
def read(client):
    """Return every sample by its name and labels."""

    def ask():
        answer = client.get("/metrics", headers=BEARER)
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain")
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return ask


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}, {"X-Token": TOKEN}],
)
def test_who_has_not_the_token_reads_nothing(client, header):
    answer = client.get("/metrics", headers=header)

    assert (answer.status_code, answer.json["code"]) == (401, "metrics_refused")
    assert TOKEN not in answer.text


def test_a_centre_without_a_token_has_no_such_address(app, client):
    ca = app.extensions["certferry.ca"]
    app.extensions["certferry.ca"] = replace(
        ca, config=replace(ca.config, metrics_token=None)
    )

    answer = client.get("/metrics", headers={"Authorization": "Bearer "})

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_page")


def test_events_of_the_log_are_counted_on(client, customer, stored, read):
    label = ("event", "customer.signed_in")
    before = read().get(("certferry_events_total", label), 0)
    customer.sign_in("demo", "wrong")
    failed = read()[("certferry_events_total", ("event", "customer.sign_in_failed"))]

    written = list(stored.scalars(select(AuditEntry.event)))
    assert failed == written.count("customer.sign_in_failed") > 0
    assert before == written.count("customer.signed_in")


def test_the_log_is_read_on_in_pieces_and_anew_when_it_was_replaced(stored):
    entries = [
        AuditEntry(
            id=10_000 + number,
            at=stored.scalars(select(AuditEntry.at)).first(),
            event="certificate.issued",
            actor="centre",
            detail="{}",
            hash=bytes(32),
        )
        for number in range(10)
    ]
    stored.add_all(entries)
    stored.flush()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "BATCH", 3)
        counts = figures.EventCounts()
        assert counts.read_on(stored)["certificate.issued"] == 10
        stored.rollback()
        assert "certificate.issued" not in counts.read_on(stored)


def test_refusals_are_counted_by_code_and_requests_by_status(client, read):
    refusal = ("certferry_refusals_total", ("code", "unknown_page"))
    requests = (
        "certferry_request_seconds_count",
        ("method", "GET"),
        ("status", "4xx"),
    )
    before = read()
    client.get("/no-such-page")
    client.open("/no-such-page", method="BREW")
    after = read()

    assert after[refusal] - before.get(refusal, 0) == 2
    assert after[requests] - before.get(requests, 0) == 1
    assert (
        "certferry_request_seconds_count",
        ("method", "other"),
        ("status", "4xx"),
    ) in after


def test_work_lists_certificates_and_what_waits_have_figures(read):
    names = {name for name, *_ in read()}

    assert names >= {
        "certferry_info",
        "certferry_ready",
        "certferry_pairings_open",
        "certferry_database_connections",
        "certferry_notices_waiting",
        "certferry_list_number",
        "certferry_list_entries",
        "certferry_list_next_update_timestamp_seconds",
        "certferry_certificate_not_after_timestamp_seconds",
    }


def test_figures_name_no_person(customer, read):
    text = repr(read())

    assert "demo" not in text
    assert "김하나" not in text
