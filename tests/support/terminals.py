"""Terminals for the tests: `certferry send` and `receive` in processes of their own."""

import codecs
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any, Self

import pytest

from tests.support.page_modules import PASSWORD, write_with_page
from tests.support.servers import ROOT, bridge_server

COMMAND = [sys.executable, "-m", "webapp"]
TIMEOUT = 90  # seconds; the tests may run beside others on a busy machine


@pytest.fixture(scope="session")
def centre() -> Iterator[str]:
    """Run the bridge with the times of real life; return its address."""
    with bridge_server("tests.support.long_timeout_app:make()") as address:
        yield address


@pytest.fixture(scope="session")
def page_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the page's modules wrote one holder's set."""
    return write_with_page("p-256", tmp_path_factory.mktemp("page"))


@pytest.fixture
def holder(page_files: Path, tmp_path: Path) -> Path:
    """Return a folder with the certificate, its key and its CA's certificate."""
    folder = tmp_path / "holder"
    folder.mkdir()
    for name in ("signCert.der", "signPri.key", "ca.der"):
        shutil.copy(page_files / name, folder)
    return folder


class FaultyServer:
    """Somebody at a centre's address who answers each question in an own way."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._answer, self._listener = answer, socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections, self.is_asked = 0, Event()

    @classmethod
    @contextmanager
    def answering(cls, answer: Callable[[socket.socket], None]) -> Iterator[Self]:
        """Answer until the test is over."""
        server = cls(answer)
        Thread(target=server._accept, daemon=True).start()
        try:
            yield server
        finally:
            server._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while _read_question(connection):
                self.is_asked.set()
                self._answer(connection)


def _read_question(connection: socket.socket) -> bytes:
    """Return a whole question: its head and its body come one after the other."""
    question = connection.recv(65536)
    while question and not _is_whole(question):
        more = connection.recv(65536)
        if not more:
            return b""
        question += more
    return question


def _is_whole(question: bytes) -> bool:
    head, end, body = question.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def clean_environment(**more: str) -> dict[str, str]:
    """Return an environment without settings of whoever runs the tests."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CERTFERRY_")}
    return {**inherited, "LC_ALL": "C.UTF-8", **more}


class Terminal:
    """A command that runs with --json, asked and told by pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.process, self.states = process, list[str]()
        self.stdin, self._stdout = process.stdin, process.stdout
        self._stderr, self.error_text = process.stderr, ""

    @classmethod
    @contextmanager
    def running(
        cls, centre: str, *arguments: str | Path, **settings: str
    ) -> Iterator[Self]:
        """Run the command; end it whatever happens."""
        settings = {"CERTFERRY_CENTRE": centre, **settings}
        if arguments[0] == "send":
            settings.setdefault("CERTFERRY_PASSWORD", PASSWORD)
        with subprocess.Popen(
            [*COMMAND, *map(str, arguments), "--json"],
            cwd=ROOT,
            env=clean_environment(**settings),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            watchdog = Timer(TIMEOUT, process.kill)
            watchdog.start()
            try:
                yield cls(process)
            finally:
                watchdog.cancel()
                process.kill()

    def receive(self, state: str) -> dict[str, Any]:
        """Return the next state of this name; an end before it is a failure."""
        for line in self._stdout:
            message: dict[str, Any] = json.loads(line)
            self.states.append(message["state"])
            if message["state"] == state:
                return message
            assert message["state"] != "ended", message
        raise AssertionError(f"left before {state}: {self._stderr.read()}")

    def type(self, line: str) -> None:
        """Answer what is asked."""
        self.stdin.write(f"{line}\n")
        self.stdin.flush()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def leave(self) -> int:
        """Return what it leaves with; what it wrote to stderr is kept."""
        self.stdin.close()
        self.error_text = self._stderr.read()
        return self.process.wait(TIMEOUT)


class TerminalWindow:
    """A real terminal of 80 columns in which a command runs."""

    def __init__(self, *arguments: str | Path, **settings: str) -> None:
        self.text = ""
        # A piece may end in the middle of a sign.
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            window = {"COLUMNS": "80", "LINES": "50", "TERM": "xterm-256color"}
            os.execve(
                sys.executable,
                [*COMMAND, *map(str, arguments)],
                clean_environment(**{**window, **settings}),
            )

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until something is on the screen."""
        end = time.monotonic() + TIMEOUT
        while not (match := re.search(pattern, self.text)):
            ready, _, _ = select.select([self._screen], [], [], 0.2)
            if ready:
                self.text += self._decoder.decode(os.read(self._screen, 65536))
            assert time.monotonic() < end, self.text
        return match

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._screen, f"{line}\n".encode())

    def leave(self) -> int:
        """Return what it leaves with."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self._screen)
        return os.waitstatus_to_exitcode(status)


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 10**6:06d}"
