"""What every suite here does: say in the output how many passed of how many run."""

from collections import Counter

import pytest


@pytest.fixture
def report(capsys):
    """Return a function that says what came of a suite, in the output."""

    def say(suite: str, results: Counter[str]) -> None:
        total = sum(results.values())
        parts = ", ".join(
            f"{count} {outcome}" for outcome, count in sorted(results.items())
        )
        with capsys.disabled():
            print(f"\n  {suite}: {results['passed']} passed of {total} run ({parts})")

    return say
