"""A log of ten entries in a database of its own."""

import pytest

from tests.webapp.audit.tampering import write
from webapp import db


@pytest.fixture
def engine(tmp_path):
    new_engine = db.make_engine(f"sqlite:///{tmp_path / 'log.db'}")
    db.migrate(new_engine)
    yield new_engine
    new_engine.dispose()


@pytest.fixture
def ten(engine):
    """An engine whose log has ten entries."""
    write(engine, 10)
    return engine
