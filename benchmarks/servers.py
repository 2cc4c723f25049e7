"""The measured servers, each a process on a core of its own, and what they use."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TIMEOUT = 30
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
DESCRIPTORS = 8192
_PR_SET_PDEATHSIG = 1  # prctl(2)
# Each of the servers says no to this; who listens may still be making its worker.
_QUESTION = b"GET /socket.io/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class StartError(Exception):
    """A server ended at once, or takes too long to answer."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: where it listens, and which process does the work."""

    port: int
    pid: int

    @property
    def cpu_seconds(self) -> float:
        """What it has used so far (proc(5): utime and stime, all threads)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def resident_bytes(self) -> int:
        """Its resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE


def cores() -> tuple[set[int], set[int]]:
    """Return the core of the servers and the cores of the clients."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


@contextmanager
def relay() -> Iterator[Server]:
    """Run our relay in one gevent worker of gunicorn."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent"]
    command += ["--worker-connections", "4000", "--keep-alive", "30"]
    command += ["--bind", f"127.0.0.1:{port}", "--graceful-timeout", "1"]
    command += ["--log-level", "error", "benchmarks.bridge_app:make()"]
    with _running(command, port) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield Server(port, int(children.read_text().split()[0]))


@contextmanager
def node_relay(node: str) -> Iterator[Server]:
    """Run the plain socket.io server."""
    port = free_port()
    with _running([node, str(HERE / "node_relay.mjs"), str(port)], port) as process:
        yield Server(port, process.pid)


@contextmanager
def mailbox(python: Path) -> Iterator[Server]:
    """Run magic-wormhole's mailbox server, with its database in memory."""
    port = free_port()
    command = [str(python), "-m", "twisted", "--log-level", "warn", "wormhole-mailbox"]
    command += ["--port", f"tcp:{port}:interface=127.0.0.1"]
    command += ["--channel-db", ":memory:", "--blur-usage", "3600"]
    with _running(command, port) as process:
        yield Server(port, process.pid)


def free_port() -> int:
    """Return a port of the loopback on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody answers.

    Raises:
        StartError: the server has ended, or takes too long.
    """
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), TIMEOUT) as asking:
                asking.sendall(_QUESTION)
                if asking.recv(1):
                    return
        except OSError:
            time.sleep(0.1)
    raise StartError(f"it does not start: {process.args!r}")


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        preexec_fn=partial(_settle, cores()[0]),
    )
    try:
        wait_for(port, process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _settle(cores_of_server: set[int]) -> None:
    """Keep this process on its core, and let it end with the one that measures."""
    os.sched_setaffinity(0, cores_of_server)
    end_with_parent()
    allow_descriptors()


def end_with_parent() -> None:
    """Let this process end when the one that started it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def allow_descriptors() -> None:
    """Let this process have many connections."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = DESCRIPTORS if hard_limit < 0 else min(DESCRIPTORS, hard_limit)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard_limit))
