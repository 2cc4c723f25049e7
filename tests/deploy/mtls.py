"""nginx with a configuration of `examples/mtls`, and what stands behind it."""

import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from tests.support.servers import free_port, wait_for_port
from tests.support.status_centre import StatusCentre
from webapp.cli import lan_https
from webapp.clock import utc_now

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "mtls"
DEADLINE = 30
WRAPPER = """user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{}}
http {{
    access_log off;
    {temporary}
    include {folder}/site.conf;
}}
"""


class Bank(BaseHTTPRequestHandler):
    """Says to a visitor which subject nginx told it."""

    def do_GET(self) -> None:
        """Answer with the subject."""
        subject = self.headers["X-Client-Subject"].encode("latin-1")
        self.send_response(200)
        self.send_header("Content-Length", str(len(subject)))
        self.end_headers()
        self.wfile.write(subject)

    def log_message(self, *_words: object) -> None:
        """Write nothing."""


class MtlsServer:
    """nginx that asks for a certificate, before a bank, until the block is left."""

    def __init__(self, folder: Path, centre: StatusCentre, configuration: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"https://localhost:{self.port}/"
        self._bank = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
        certificate, key = lan_https.write_server_certificate(
            centre.folder, ["localhost"], utc_now()
        )
        (folder / "chain.pem").write_bytes(centre.chain.read_bytes())
        for ca in ("root", "issuing"):
            (folder / f"{ca}.pem").write_bytes(centre.certificate(ca).read_bytes())
        text = (EXAMPLE / configuration).read_text("utf-8")
        for published, own in {
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "bank.example": "localhost",
            "/etc/ssl/bank/server.crt": str(certificate),
            "/etc/ssl/bank/server.key": str(key),
            "/etc/ssl/certferry/": f"{folder}/",
            "127.0.0.1:8080": f"127.0.0.1:{self._bank.server_port}",
        }.items():
            assert published in text, f"{configuration} has no {published}"
            text = text.replace(published, own)
        (folder / "site.conf").write_text(text, "utf-8")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        self._conf = folder / "nginx.conf"
        self._conf.write_text(WRAPPER.format(folder=folder, temporary=temporary))
        self.command = ["nginx", "-p", str(folder), "-c", str(self._conf)]

    def change(self, published: str, own: str) -> None:
        """Change a line of the configuration before it is read."""
        site = self.folder / "site.conf"
        text = site.read_text("utf-8")
        assert published in text, f"the configuration has no {published}"
        site.write_text(text.replace(published, own), "utf-8")

    def __enter__(self) -> Self:
        threading.Thread(target=self._bank.serve_forever, daemon=True).start()
        self._process = subprocess.Popen([*self.command, "-g", "daemon off;"])
        wait_for_port(self.port)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(DEADLINE)
        self._bank.shutdown()
        self._bank.server_close()

    def workers(self) -> str:
        """Return the numbers of nginx's processes below its first one."""
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text()

    def wait_for_other_workers(self, old: str) -> None:
        """Return when none of the old processes answers any more."""
        end = time.monotonic() + DEADLINE
        while set(self.workers().split()) & set(old.split()) or not self.workers():
            assert time.monotonic() < end, "nginx did not load its files anew"
            time.sleep(0.05)
