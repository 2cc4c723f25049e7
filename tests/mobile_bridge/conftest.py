"""A real server for the tests that need one."""

from collections.abc import Iterator

import pytest

from tests.support.servers import bridge_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Run the bridge with short times; return its address."""
    with bridge_server("tests.support.bridge_app:make()") as address:
        yield address
