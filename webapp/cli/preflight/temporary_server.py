"""Stand in for a centre that has not started: serve its files where it will listen.

So the addresses in certificates can be tried through the proxy before the first start.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from webapp.cli.gunicorn_server import address_family
from webapp.cli.preflight.addresses import MARK


@contextmanager
def temporary_server(
    host: str, port: int, files: Mapping[str, bytes | None], mark: str
) -> Iterator[None]:
    """Serve `files`, by path, until the block is left; None is one that is not there.

    A path of `files` that ends with a slash stands for all below it.

    Raises:
        OSError: somebody listens there already, or nobody can.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            content = files.get(self.path, b"")
            if any(name.endswith("/") and self.path.startswith(name) for name in files):
                content = None
            self.send_response(503 if content is None else 200 if content else 404)
            if content is None:
                self.send_header(MARK, mark)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_about: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = address_family(host)
        daemon_threads = True

    with Server((host, port), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
