"""Alerts, dashboard and document name only figures and events that there are."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.webapp.monitoring.conftest import BEARER
from webapp.audit.events import AuditEvent
from webapp.clock import utc_now
from webapp.jobs.bootstrap import load_context
from webapp.jobs.runner import Runner

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "deploy" / "prometheus-rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana.json"


def expressions() -> list[str]:
    """Return every expression that Prometheus is asked."""
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [
        *(rule["expr"] for rule in group["rules"]),
        *(target["expr"] for panel in panels for target in panel["targets"]),
    ]


@pytest.fixture
def samples(app, config, client):
    """Every sample of a centre whose work was done and that refused something."""
    engine = app.extensions["certferry.sessions"].kw["bind"]
    context = load_context(config, print)
    list(Runner(engine=engine, context=context, clock=utc_now).run_due(force=True))
    client.get("/no-such-page")
    text = client.get("/metrics", headers=BEARER).text
    return [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


def test_figures_of_alerts_and_dashboard_are_those_of_the_centre(samples):
    names = {sample.name for sample in samples}

    asked = {
        name for text in expressions() for name in re.findall(r"certferry_\w+", text)
    }

    assert asked
    assert asked <= names


def test_labels_that_are_asked_for_are_given(samples):
    labels = {
        (name, value) for sample in samples for name, value in sample.labels.items()
    }
    for text in expressions():
        for name, value in re.findall(r'(issuer|name|part|kind)="(\w+)"', text):
            assert (name, value) in labels


def test_events_that_are_asked_for_stand_in_the_log():
    events = {str(event) for event in AuditEvent}
    for text in expressions():
        for pattern in re.findall(r'event=~?"([^"]+)"', text):
            assert any(re.fullmatch(pattern, event) for event in events), pattern


def test_the_document_explains_every_figure(samples):
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    names = {re.sub(r"_(bucket|count|sum|created)$", "", s.name) for s in samples}

    for name in names:
        stem = re.sub(r"^(certferry_list)_.*", r"\1", name)
        assert stem in text, name
