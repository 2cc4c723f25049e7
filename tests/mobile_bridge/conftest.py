"""A real server for the tests that need one."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest

DEADLINE = 30


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Run gunicorn with the gevent worker on a free port; return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent"]
    where = [
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
        "--graceful-timeout",
        "1",
    ]
    app = "tests.support.bridge_app:make()"
    process = subprocess.Popen([*gunicorn, *where, app], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(DEADLINE)


def _wait_for(address: str) -> None:
    end = time.monotonic() + DEADLINE
    while True:
        try:
            urlopen(f"{address}/p", timeout=2).close()
        except (URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
