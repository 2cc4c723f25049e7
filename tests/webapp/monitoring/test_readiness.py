"""A centre is ready when all its parts are, and says which one is not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from tests.webapp.monitoring.conftest import BEARER
from webapp.authenticators.encryption import encrypt
from webapp.authenticators.models import TotpSecret
from webapp.clock import utc_now
from webapp.jobs.bootstrap import load_context
from webapp.jobs.models import Job
from webapp.jobs.runner import Runner
from webapp.monitoring.readiness import WORKER_LATE_AFTER, list_parts


@pytest.fixture
def worked(app, config):
    """The background work of this centre was done once."""
    engine = app.extensions["certferry.sessions"].kw["bind"]
    context = load_context(config, print)
    list(Runner(engine=engine, context=context, clock=utc_now).run_due(force=True))


@pytest.fixture
def reasons(app, stored):
    """Return what is not ready, by name."""

    def read(now=None, redis=None):
        parts = list_parts(
            stored, app.extensions["certferry.ca"], now or utc_now(), redis
        )
        return {part.name: part.reason for part in parts if not part.is_ready}

    return read


@pytest.mark.usefixtures("worked")
def test_a_centre_whose_work_is_done_is_ready(client, reasons):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ready"})
    assert reasons() == {}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_centre_without_a_worker_says_to_strangers_only_that_it_is_not_ready(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["code"]) == (503, "not_ready")
    assert "worker" not in answer.text


def test_who_has_the_token_reads_which_part_is_not_ready(client):
    answer = client.get("/readyz", headers=BEARER)

    assert answer.json["parts"]["worker"] == "it has never run"
    assert answer.json["parts"]["database"] == "ready"


@pytest.mark.usefixtures("worked")
def test_a_worker_that_stopped_is_named_with_its_age(reasons):
    later = utc_now() + WORKER_LATE_AFTER + timedelta(minutes=2)

    assert reasons(later)["worker"] == "it did nothing for 17 minutes"


@pytest.mark.usefixtures("worked")
def test_lists_and_certificates_that_ended_are_named(app, reasons):
    end = app.extensions["certferry.ca"].authority.certificate.not_valid_after_utc

    late = reasons(end + timedelta(days=1))

    assert {"revocation list", "root list", "issuing certificate"} <= late.keys()


def test_without_its_database_nothing_else_is_claimed(stored, reasons):
    stored.execute(text("ALTER TABLE job RENAME TO job_away"))
    stored.commit()

    assert reasons() == {"database": "it does not answer"}


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("answers", [True, False])
def test_the_redis_of_several_workers_is_asked(reasons, answers):
    expected = {} if answers else {"redis": "it does not answer"}

    assert reasons(redis=lambda: answers) == expected


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize(
    ("key", "reason"), [(bytes(32), "it is another one"), (None, "")]
)
def test_a_key_that_does_not_open_what_is_sealed_is_named(
    stored, config, reasons, key, reason
):
    right = bytes.fromhex(config.identity_key)
    sealed = encrypt(b"secret", key or right, "x", lambda size: bytes(size))
    stored.add(TotpSecret(customer_id=1, secret=sealed, begun_at=utc_now()))
    stored.commit()

    assert reasons() == ({"identity key": reason} if reason else {})


@pytest.mark.usefixtures("worked")
def test_a_centre_that_lost_its_key_is_named(app, stored, config, reasons):
    sealed = encrypt(b"s", bytes.fromhex(config.identity_key), "x", lambda n: bytes(n))
    stored.add(TotpSecret(customer_id=1, secret=sealed, begun_at=utc_now()))
    stored.commit()
    ca = app.extensions["certferry.ca"]
    app.extensions["certferry.ca"] = replace(
        ca, config=replace(ca.config, identity_key=None)
    )

    assert reasons() == {"identity key": "it is not set"}


@pytest.mark.usefixtures("worked")
def test_a_flood_of_questions_reads_the_database_once(client, stored):
    assert client.get("/readyz").status_code == 200
    stored.execute(update(Job).values(finished_at=utc_now() - timedelta(days=1)))
    stored.commit()

    assert client.get("/readyz").status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.monitoring.views.LOOKED_AT_FOR", 0.0)
        assert client.get("/readyz").status_code == 503
