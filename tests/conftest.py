"""Which tests share a worker of pytest-xdist, and which begin first."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

# Made once and used by several files: whoever uses one goes where it is.
SHARED = ("korean_crawl", "world", "centres")
# What takes longest begins first, so that no worker is left alone at the end.
LONG = ("e2e", "races", "deploy", "interop", "mobile_bridge")
# Where tests have browsers, some by fixtures that are not among a test's own.
WITH_BROWSERS = ("e2e", "deploy")
HERE = Path(__file__).parent

# How long one example takes says how busy the machine is, and nothing of the program.
settings.register_profile("certferry", deadline=None)
settings.load_profile("certferry")


class TemplateCode(BytecodeCache):
    """Templates as they were compiled for the first application of this process.

    Nearly every test has an application of its own, and each would compile its pages
    anew; that was more than half of what such a test costs.
    """

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what there is; Jinja compares it with the template's text."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it until the process ends."""
        self._code[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": TemplateCode()}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Make a test's fixtures without the loop of the browsers' driver."""
    with _without_driver_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test without the loop of the browsers' driver."""
    with _without_driver_loop(item):
        return (yield)


@contextmanager
def _without_driver_loop(item: pytest.Item) -> Iterator[None]:
    """Hide the browsers' driver from a test that uses no browser.

    Its loop counts as running in this thread from the first browser test to the end of
    the session, and `asyncio.run` refuses to begin a second one beside it.
    """
    if _folder_of(item) in WITH_BROWSERS:
        yield
        return
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(running)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep a file's tests together, long ones first; alone, leave all as it is."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group_of(item)))
    items.sort(key=_rank)  # stable: files keep their order


def _group_of(item: pytest.Item) -> str:
    names = getattr(item, "fixturenames", ())
    for fixture in SHARED:
        if fixture in names:
            callspec = getattr(item, "callspec", None)
            database = callspec.params.get("database_url", "") if callspec else ""
            return f"{fixture}-{database}"
    return item.path.relative_to(HERE).as_posix()


def _folder_of(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]


def _rank(item: pytest.Item) -> int:
    folder = _folder_of(item)
    return LONG.index(folder) if folder in LONG else len(LONG)
