"""A configured centre as an operator runs it, and nginx in front of several."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.support.servers import free_port, wait_for_port
from webapp.config import Config

ROOT = Path(__file__).resolve().parents[2]
BARE = {name: value for name, value in os.environ.items() if "CERTFERRY" not in name}
DEADLINE = 30


def settings(config: Config, **more: str) -> dict[str, str]:
    """Return what the environment of such a centre says."""
    return {
        "CERTFERRY_SECRET_KEY": str(config.secret_key),
        "CERTFERRY_DATABASE_URL": str(config.database_url),
        "CERTFERRY_PUBLIC_URL": config.public_url,
        "CERTFERRY_ISSUING_CERTIFICATE": str(config.issuing_certificate),
        "CERTFERRY_ISSUING_KEY": str(config.issuing_key),
        "CERTFERRY_ISSUING_PASSPHRASE": str(config.issuing_passphrase),
        "CERTFERRY_ROOT_CERTIFICATE": str(config.root_certificate),
        "CERTFERRY_ROOT_CRL": str(config.root_crl),
        "CERTFERRY_TRUSTED_PROXIES": "127.0.0.1/32",
        "CERTFERRY_REQUIRE_PHONE_CHECK": "0",
        "CERTFERRY_REQUIRE_SECURITY_CARD": "0",
        **more,
    }


class Centre:
    """`certferry serve`, or `ocsp`, on a port of its own until the block is left."""

    def __init__(
        self,
        environ: dict[str, str],
        log: Path,
        workers: int = 1,
        *,
        port: int | None = None,
        command: str = "serve",
    ) -> None:
        self.port, self._log, self._workers = port or free_port(), log, workers
        self._command = command
        self.address = f"http://127.0.0.1:{self.port}"
        self._environ = BARE | environ

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "webapp", self._command),
                    *("--port", str(self.port), "--workers", str(self._workers)),
                ],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        wait_for_port(self.port, DEADLINE)
        self.wait_for_workers()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(DEADLINE)

    def workers(self) -> list[int]:
        """Return the workers' process numbers, oldest first."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children]

    def wait_for_workers(self, other_than: tuple[int, ...] = ()) -> None:
        """Return when there are as many workers as there should be, all new."""
        end = time.monotonic() + DEADLINE
        while True:
            there = self.workers()
            if len(there) == self._workers and not set(there) & set(other_than):
                return
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, "the workers did not come"
            time.sleep(0.05)

    def kill_worker(self) -> None:
        """End the oldest worker without a word to it."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def ask_to_restart(self) -> None:
        """Ask for new workers, and wait for none."""
        self._process.send_signal(signal.SIGHUP)

    def wait_until_said(self, word: str) -> None:
        """Return when it wrote a word to the terminal."""
        end = time.monotonic() + DEADLINE
        while word not in self.read_log():
            assert time.monotonic() < end, self.read_log()
            time.sleep(0.05)

    def restart_gracefully(self) -> None:
        """Let new workers take over; return when the old ones are gone."""
        old = tuple(self.workers())
        self.ask_to_restart()
        self.wait_for_workers(other_than=old)

    def read_log(self) -> str:
        """Return what it wrote to the terminal."""
        return self._log.read_text()


class Proxy:
    """nginx with `deploy/nginx.conf`, its names and places replaced by a test's."""

    def __init__(
        self,
        folder: Path,
        upstreams: list[int],
        files: tuple[Path, Path],
        ocsp_port: int | None = None,
    ) -> None:
        self.folder, self.port, self.plain_port = folder, free_port(), free_port()
        self.upstreams = upstreams
        self.address = f"https://localhost:{self.port}"
        self.plain_address = f"http://localhost:{self.plain_port}"
        certificate, key = files
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for published, own in {
            # A body waits in a file, in a test's folder that nobody else may enter.
            "user www-data;": "user root;",
            "/run/nginx.pid": str(folder / "nginx.pid"),
            "/var/log/nginx/": f"{folder}/",
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "listen 80": f"listen 127.0.0.1:{self.plain_port}",
            "ca.example": "localhost",
            "pki.example": "127.0.0.1",
            "/etc/ssl/certferry/server.crt": str(certificate),
            "/etc/ssl/certferry/server.key": str(key),
            "127.0.0.1:8003": f"127.0.0.1:{ocsp_port or free_port()}",
            "127.0.0.1:8001": f"127.0.0.1:{upstreams[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{upstreams[1]}",
            "http {\n": "http {\n" + self._temporary(),
        }.items():
            assert published in text, f"deploy/nginx.conf has no {published}"
            text = text.replace(published, own)
        self._conf = folder / "nginx.conf"
        self._conf.write_text(text)

    def _temporary(self) -> str:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        return "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", self._conf, "-g", "daemon off;"]
        )
        wait_for_port(self.port)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(DEADLINE)

    def log(self) -> str:
        """Return what it noted of each request."""
        return (self.folder / "access.log").read_text()
