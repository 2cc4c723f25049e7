"""A real Redis of a test's own: nothing on disk, killed and started as one likes."""

import signal
import subprocess
from pathlib import Path
from threading import Timer
from typing import Self

from tests.support.servers import free_port, wait_for_port

DEADLINE = 10


class RedisServer:
    """Listens on a port of its own until the block is left."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty."""
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self._folder),
            "save": "",
            "appendonly": "no",
        }
        command = [part for key, to in options.items() for part in (f"--{key}", to)]
        self._process = subprocess.Popen(
            ["redis-server", *command], stdout=subprocess.DEVNULL
        )
        wait_for_port(self.port)

    def kill(self) -> None:
        """End it as a power cut does; what it knew is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE)
            self._process = None

    def hold(self, seconds: float) -> None:
        """Let it answer nobody for a while, as when the network is cut."""
        assert self._process is not None
        process = self._process
        process.send_signal(signal.SIGSTOP)
        Timer(seconds, process.send_signal, (signal.SIGCONT,)).start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
