"""What stands in an event, and what an institution's answer means."""

import pytest

from webapp.relying.deliveries.rules import Answer, Failure, Outcome
from webapp.relying.events import rules

FACTS = rules.CertificateFacts(
    fingerprint="ab", serial="01", issuer="CN=Centre", der="MII="
)


@pytest.mark.parametrize(
    ("answer", "outcome", "result"),
    [
        (Answer(status=202), Outcome.DELIVERED, "status 202"),
        (Answer(status=200), Outcome.DELIVERED, "status 200"),
        (
            Answer(status=400, body=b'{"err":"invalid_key","description":"?"}'),
            Outcome.REFUSED,
            "err invalid_key",
        ),
        (
            Answer(status=400, body=b'{"err":"invalid_audience"}'),
            Outcome.REFUSED,
            "err invalid_audience",
        ),
        (
            Answer(status=400, body=b'{"err":"authentication_failed"}'),
            Outcome.WAITING,
            "err authentication_failed",
        ),
        (
            Answer(status=400, body=b'{"err":"access_denied"}'),
            Outcome.WAITING,
            "err access_denied",
        ),
        (Answer(status=400, body=b"<html>"), Outcome.WAITING, "status 400"),
        (Answer(status=400, body=b'{"err":["x"]}'), Outcome.WAITING, "status 400"),
        (Answer(status=400, body=b"[" * 4096), Outcome.WAITING, "status 400"),
        (
            Answer(status=400, body=b'{"err":"\\u0000"}'),
            Outcome.WAITING,
            "status 400",
        ),
        (Answer(status=500), Outcome.WAITING, "status 500"),
        (Answer(failure=Failure.CONNECTION), Outcome.WAITING, "no_connection"),
    ],
)
def test_errors_of_rfc_8935_are_understood(answer, outcome, result):
    verdict = rules.judge(answer)

    assert (verdict.outcome, verdict.result) == (outcome, result)


def test_a_long_code_is_cut():
    body = b'{"err":"' + b"x" * 3000 + b'"}'

    assert len(rules.judge(Answer(status=400, body=body)).result) <= 40


@pytest.mark.parametrize(
    ("granted", "names"),
    [
        ((), set()),
        (("name",), set()),
        (
            ("certificate_fingerprint",),
            {"certificate_fingerprint", "x509_serial", "x509_issuer"},
        ),
        (("certificate",), {"certificate"}),
    ],
)
def test_of_a_certificate_only_what_was_granted_is_told(granted, names):
    assert set(rules.describe_certificate(FACTS, granted)) == names
