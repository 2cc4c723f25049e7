"""Where posts may go, when they are tried again, and what an answer means."""

from datetime import timedelta

import pytest

from webapp.relying.deliveries.rules import (
    WAITS,
    Answer,
    Failure,
    Outcome,
    Reach,
    judge_by_status,
    next_try,
)

NOT_PUBLIC = [
    "127.0.0.1",
    "127.9.9.9",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # the metadata of clouds
    "100.64.0.1",  # shared by a provider's customers
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_not_told(address):
    assert not Reach().allows(address)
    assert not Reach().allows_plain(address)
    assert Reach(is_demo=True).allows(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_what_is_public_is_told_over_tls_alone(address):
    assert Reach().allows(address)
    assert not Reach().allows_plain(address)


def test_a_setting_names_private_networks():
    reach = Reach(networks=("10.1.0.0/16", "127.0.0.0/8"))

    assert reach.allows("10.1.2.3")
    assert reach.allows("::ffff:10.1.2.3")
    assert not reach.allows("10.2.0.1")
    assert not reach.allows_plain("10.1.2.3")
    assert reach.allows_plain("127.0.0.1")
    assert not reach.allows("::1")


@pytest.mark.parametrize(
    ("status", "outcome", "is_away"),
    [
        (200, Outcome.DELIVERED, False),
        (202, Outcome.DELIVERED, False),
        (204, Outcome.DELIVERED, False),
        (302, Outcome.WAITING, False),
        (400, Outcome.WAITING, False),
        (500, Outcome.WAITING, False),
        (503, Outcome.WAITING, True),
    ],
)
def test_only_a_status_of_success_is_an_answer(status, outcome, is_away):
    verdict = judge_by_status(Answer(status=status))

    assert (verdict.outcome, verdict.is_away) == (outcome, is_away)
    assert verdict.result == f"status {status}"


def test_no_answer_is_tried_again():
    verdict = judge_by_status(Answer(failure=Failure.NAME))

    assert (verdict.outcome, verdict.is_away) == (Outcome.WAITING, True)


def test_waits_grow_and_the_last_is_repeated(now):
    waits = [next_try(failures, now) - now for failures in range(1, 9)]

    assert waits == [*WAITS, WAITS[-1], WAITS[-1]]
    assert waits == sorted(waits)
    assert waits[0] <= timedelta(seconds=5)
