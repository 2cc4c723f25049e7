"""The commands ask the log that the tests of the log write."""

from tests.webapp.audit.conftest import engine, ten

__all__ = ["engine", "ten"]
