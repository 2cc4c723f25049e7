"""Several workers count together, also after one of them was killed."""

import time

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.centre import Centre, settings

TOKEN = "0123456789abcdef" * 2
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
TIMEOUT = 10


@pytest.fixture
def centre(instance, redis_server, tmp_path):
    environ = settings(
        instance[1],
        CERTFERRY_REDIS_URL=redis_server.url,
        CERTFERRY_METRICS_TOKEN=TOKEN,
    )
    with Centre(environ, tmp_path / "log", workers=2) as running:
        yield running


def refusals(centre):
    """Return how often a page was not there, as any worker tells it."""
    answer = requests.get(f"{centre.address}/metrics", headers=HEADERS, timeout=TIMEOUT)
    assert answer.status_code == 200, answer.text
    return sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "certferry_refusals_total"
        and sample.labels["code"] == "unknown_page"
    )


def ask_in_vain(centre, times):
    for _ in range(times):  # each with a connection of its own: any worker takes it
        answer = requests.get(f"{centre.address}/no-such-page", timeout=TIMEOUT)
        assert answer.status_code == 404


def test_workers_count_together_and_a_killed_one_takes_nothing_away(centre):
    ask_in_vain(centre, 30)
    assert {refusals(centre) for _ in range(10)} == {30}

    old = tuple(centre.workers())
    centre.kill_worker()
    end = time.monotonic() + TIMEOUT
    while tuple(centre.workers()) == old or len(centre.workers()) < 2:
        assert time.monotonic() < end
        time.sleep(0.05)
    ask_in_vain(centre, 10)

    assert {refusals(centre) for _ in range(10)} == {40}
    assert TOKEN not in centre.read_log()
