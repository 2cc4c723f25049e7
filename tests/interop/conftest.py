"""What the page's modules write, in a folder, once for each type of key."""

from pathlib import Path

import pytest

from tests.support.page_modules import write_with_page


@pytest.fixture(scope="session", params=["rsa-2048", "p-256"])
def key_set(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder with one holder's set, of each type of key."""
    return write_with_page(request.param, tmp_path_factory.mktemp("written"))


@pytest.fixture(scope="session")
def rsa_key_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one holder's RSA set: what Korean programs read."""
    return write_with_page("rsa-2048", tmp_path_factory.mktemp("written"))
