"""Programs that know the standards alone agree on what our lists say."""

from collections import Counter

import pytest

from tests.support.judges_of_status import JUDGES_BY_LIST
from tests.support.status_centre import STATUSES, running_centre

# A list says who is out; what the issuer never recorded, it does not know.
BY_LIST = {status: status for status in STATUSES} | {"unknown": "good"}


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.mark.parametrize("judge", JUDGES_BY_LIST)
def test_judge_of_lists_agrees_on_every_status(centre, judge, report):
    words = JUDGES_BY_LIST[judge](centre, STATUSES)

    expected = dict(BY_LIST)
    if words["suspended"] == "revoked":  # most programs make no difference
        expected["suspended"] = "revoked"
    assert words == expected
    report(f"status by list, {judge}", Counter(passed=len(words)))


@pytest.mark.parametrize("judge", JUDGES_BY_LIST)
def test_judge_of_lists_sees_the_next_revocation(centre, judge, report):
    name = f"next-{judge.replace(' ', '-')}"
    centre.issue(name)
    before = JUDGES_BY_LIST[judge](centre, [name])

    centre.revoke_and_publish(name)

    assert before == {name: "good"}
    assert JUDGES_BY_LIST[judge](centre, [name]) == {name: "revoked"}
    report(f"next list, {judge}", Counter(passed=1))
