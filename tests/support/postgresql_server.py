"""A real PostgreSQL of a test's own, in a folder that is thrown away."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.support.servers import free_port, wait_for_port

DEADLINE = 30


def programs() -> Path:
    """Return the folder of the newest installed server's programs."""
    initdb = shutil.which("initdb")
    if initdb:
        return Path(initdb).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    return max(debian, key=lambda folder: int(folder.parent.name))


class PostgresqlServer:
    """Listens on a port of its own until the block is left; users need no password."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="certferry-postgresql-"))
        self._process: subprocess.Popen[bytes] | None = None
        # It refuses to be run by root.
        self._as = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def make(self, database: str, *options: str) -> str:
        """Make an empty database and return its address."""
        self._run("createdb", *self._where(), *options, database)
        return self.url(database)

    def copy(self, template: str, database: str) -> str:
        """Make a copy of a database to which nobody is connected."""
        self._run("createdb", *self._where(), "--template", template, database)
        return self.url(database)

    def start(self) -> None:
        """Start it with the data that it has."""
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "60",
            "shared_buffers": "16MB",
            "fsync": "off",  # a test's data may be lost with the machine
        }
        settings = [
            part for key, to in options.items() for part in ("-c", f"{key}={to}")
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as, programs() / "postgres", "-D", self._data, *settings],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        wait_for_port(self.port, DEADLINE)
        self._wait_until_ready()

    def stop(self) -> None:
        """End it at once; whoever is connected is cut off."""
        if self._process is not None:
            os.kill(self._server_pid(), signal.SIGINT)  # "fast" shutdown
            self._process.wait(DEADLINE)
            self._process = None

    def __enter__(self) -> Self:
        self._data.mkdir()
        if self._as:
            for folder in (self._folder, self._data):
                shutil.chown(folder, "postgres")
        self._run(
            "initdb",
            *("-D", str(self._data), "--username", "postgres", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        )
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _wait_until_ready(self) -> None:
        # It listens before it takes anybody in.
        end = time.monotonic() + DEADLINE
        probe = [str(programs() / "pg_isready"), "--quiet", *self._where()]
        while subprocess.run(probe, check=False).returncode != 0:
            assert time.monotonic() < end, (self._folder / "log").read_text()
            time.sleep(0.05)

    def _server_pid(self) -> int:
        # The process that we started may be the one that changed the user.
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _where(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, programs() / program, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
