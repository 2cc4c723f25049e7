"""Real servers in processes of their own, on ports that nobody else has."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
DEADLINE = 30  # seconds; more than a busy machine needs
POLL_SECONDS = 0.02


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, deadline: float = DEADLINE) -> None:
    """Return as soon as somebody listens there."""
    end = time.monotonic() + deadline
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, f"nobody listens on {port}"
        time.sleep(POLL_SECONDS)


def wait_for_page(url: str, deadline: float = DEADLINE) -> None:
    """Return as soon as a page is served there."""
    end = time.monotonic() + deadline
    while True:
        try:
            urlopen(url, timeout=2).close()
        except (URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


@contextmanager
def bridge_server(application: str) -> Iterator[str]:
    """Run gunicorn with the gevent worker; yield the address of the bridge."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gevent"),
        *("--bind", f"127.0.0.1:{port}", "--log-level", "error"),
        *("--graceful-timeout", "1", application),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        wait_for_page(f"http://127.0.0.1:{port}/p")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(DEADLINE)
