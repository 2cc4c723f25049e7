"""What happens is logged, one JSON object a line; no secret ever is."""

import base64
import json
import logging
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import select, text

from tests.makers import make_request
from tests.webapp.browser_client import PAGE, Browser
from webapp import create_app, logging_config
from webapp.accounts.models import Customer
from webapp.enrolment.issuing.issuance_request import IssuanceRequest
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

IDEMPOTENCY_KEY = "an-idempotency-key-nobody-logs"
WRONG = "a-mistyped-password"
AGREED = {"privacy": "yes", "privacy_version": PRIVACY_VERSION}


@pytest.fixture
def structured():
    """Log as a served centre does, and every library as loudly as it can."""
    logging_config.configure()
    root = logging.getLogger()
    loud, level = logging.StreamHandler(), root.level
    root.addHandler(loud)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(loud)
    root.setLevel(level)
    structlog.reset_defaults()


def written_forms(secret):
    """Return the ways in which bytes or words may stand in a log."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    forms = {raw.hex(), base64.b64encode(raw).decode(), str(raw)[2:-1]}
    return forms if isinstance(secret, bytes) else forms | {secret}


def walk_all(visitor, password):
    """Go wrong wherever one can, then get a certificate; return what was secret."""
    secrets = [password, WRONG, IDEMPOTENCY_KEY]
    visitor.open("/sign-in")
    visitor.submit("/sign-in", login_id="demo", password=WRONG)
    visitor.sign_in("demo", password)
    application = visitor.begin()
    where = f"/applications/{application}"
    visitor.submit(f"{where}/type", type="personal-sign")
    visitor.submit(f"{where}/terms", version="old", accepted="yes")
    visitor.submit(f"{where}/terms", version=TERMS_VERSION, accepted="yes", **AGREED)
    visitor.submit(f"{where}/you", birth_date="19770707")
    visitor.walk()
    request = make_request(key=new_key(KeyKind.P_256))
    visitor.order(application, request[:-1], key=IDEMPOTENCY_KEY)
    visitor.order(application, request, key="short")
    issued = visitor.order(application, request, key=IDEMPOTENCY_KEY)
    visitor.order(application, make_request(), key=IDEMPOTENCY_KEY)
    visitor.send_json(issued.headers["Location"] + "/delivered", {"place": "cloud"})
    visitor.send_json(issued.headers["Location"] + "/delivered", {"place": "browser"})
    cookie = visitor.client.get_cookie("session").value
    return [*secrets, request, request[-40:], cookie, visitor.token, "19770707"]


@pytest.mark.usefixtures("structured")
def test_nothing_secret_is_logged_or_printed(config, password, stored, capfd):
    visitor = Browser(create_app(replace(config, rate_limits=True)).test_client())

    secrets = walk_all(visitor, password)
    person = stored.scalar(select(Customer))
    secrets += [person.session_key, person.password_hash, str(config.secret_key)]
    secrets += [str(config.issuing_passphrase), "19900131", "1990-01-31"]
    stored.execute(text("ALTER TABLE customer RENAME TO customer_away"))
    stored.commit()
    visitor.client.get("/", headers=PAGE)

    output = "".join(capfd.readouterr())
    assert "identity_mismatch" in output or "idempotency_mismatch" in output
    for secret in secrets:
        for form in written_forms(secret):
            assert form not in output


@pytest.mark.usefixtures("structured")
def test_every_line_is_one_json_object_with_time_level_and_code(
    visitor, password, capsys
):
    walk_all(visitor, password)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"sign_in_refused", "request_malformed", "unknown_place"} <= {
        line["code"] for line in lines
    }
    for line in lines:
        assert line["timestamp"].endswith("Z")
        assert line["level"] == "info"
        assert line["event"] == "refused"


def test_what_carries_a_secret_does_not_show_it(config):
    order = IssuanceRequest(
        application_id="a",
        idempotency_key="k",
        request=b"secret bytes",
        sealed_random_number=b"sealed bytes",
    )

    shown = repr(config) + repr(order)

    assert str(config.secret_key) not in shown
    assert str(config.issuing_passphrase) not in shown
    assert "secret bytes" not in shown
    assert "sealed bytes" not in shown
