"""Terminals for the tests: `certferry send` and `receive` in processes of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any, Self

import pytest

from tests.interop.conftest import PASSWORD, files_for
from tests.mobile_bridge.conftest import DEADLINE, _wait_for

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "webapp"]
PATIENCE = 40


@pytest.fixture(scope="session")
def centre() -> Iterator[str]:
    """Run the bridge with the times of real life; return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["--bind", f"127.0.0.1:{port}", "--graceful-timeout", "1"]
    how = ["--worker-class", "gevent", "--log-level", "error", *where]
    app = "tests.support.long_timeout_app:make()"
    gunicorn = [sys.executable, "-m", "gunicorn", *how, app]
    process = subprocess.Popen(gunicorn, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        _wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(DEADLINE)


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """Return a folder in which the page's modules wrote one holder's set."""
    return files_for("p-256", tmp_path_factory.mktemp("made"))


@pytest.fixture
def holder(made: Path, tmp_path: Path) -> Path:
    """Return a folder with the certificate, its key and its CA's certificate."""
    folder = tmp_path / "holder"
    folder.mkdir()
    for name in ("signCert.der", "signPri.key", "ca.der"):
        shutil.copy(made / name, folder)
    return folder


class OddCentre:
    """Somebody at a centre's address who answers each question in an own way."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._answer, self._listener = answer, socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lines, self.asked = 0, Event()

    @classmethod
    @contextmanager
    def answering(cls, answer: Callable[[socket.socket], None]) -> Iterator[Self]:
        """Answer until the test is over."""
        odd = cls(answer)
        Thread(target=odd._accept, daemon=True).start()
        try:
            yield odd
        finally:
            odd._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.lines += 1
                Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            while line.recv(65536):  # a question of a few hundred bytes comes whole
                self.asked.set()
                self._answer(line)


def surroundings(**more: str) -> dict[str, str]:
    """Return an environment without settings of whoever runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CERTFERRY_")}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


class Terminal:
    """A command that runs with --json, asked and told by pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.told = process, []
        self.complained = ""

    @classmethod
    @contextmanager
    def running(
        cls, centre: str, *arguments: str | Path, **settings: str
    ) -> Iterator[Self]:
        """Run the command; end it whatever happens."""
        settings = {"CERTFERRY_CENTRE": centre, **settings}
        if arguments[0] == "send":
            settings.setdefault("CERTFERRY_PASSWORD", PASSWORD)
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [*COMMAND, *map(str, arguments), "--json"],
            cwd=ROOT,
            env=surroundings(**settings),
            text=True,
            **{"stdin": pipe, "stdout": pipe, "stderr": pipe},
        ) as process:
            watchdog = Timer(PATIENCE, process.kill)
            watchdog.start()
            try:
                yield cls(process)
            finally:
                watchdog.cancel()
                process.kill()

    def hear(self, state: str) -> dict[str, Any]:
        """Return the next state of this name; an end before it is a failure."""
        for line in self.process.stdout:
            said = json.loads(line)
            self.told.append(said["state"])
            if said["state"] == state:
                return said
            assert said["state"] != "ended", said
        raise AssertionError(f"left before {state}: {self.process.stderr.read()}")

    def type(self, line: str) -> None:
        """Answer what is asked."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def leave(self) -> int:
        """Return what it leaves with; what it complained of is kept."""
        self.process.stdin.close()
        self.complained = self.process.stderr.read()
        return self.process.wait(PATIENCE)


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 10**6:06d}"
