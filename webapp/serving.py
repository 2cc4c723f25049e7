"""Serve the centre with gunicorn's gevent worker, and say where to find it."""

import errno
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
from gunicorn.app.base import BaseApplication

from webapp.config import Config


class PortTakenError(Exception):
    """Another program listens on the port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen; with a certificate it is HTTPS, and plain HTTP beside it."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    plain_port: int | None = None


def require_free(host: str, port: int) -> None:
    """Refuse a port on which somebody listens.

    Raises:
        PortTakenError: the port is taken.
        OSError: nobody can listen there, for another reason.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTakenError(str(port)) from error


def serve(config: Config, where: Listening, announce: Callable[[], None]) -> None:
    """Serve until a signal ends it; `announce` is called once people can come."""
    _Server(config, where, announce).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One worker: pairings and limits live in its memory."""

    def __init__(
        self, config: Config, where: Listening, announce: Callable[[], None]
    ) -> None:
        self._config = config
        self._where = where
        self._announce = announce
        super().__init__()

    def load_config(self) -> None:
        where = self._where
        settings: dict[str, Any] = {
            "bind": f"{where.host}:{where.port}",
            "workers": 1,
            "worker_class": "gevent",
            "worker_connections": 2000,
            "graceful_timeout": 2,  # open sockets never end by themselves
            "keepalive": 30,  # a phone pays dearly for each new connection
            "loglevel": "warning",
            "proc_name": "certferry",
            "post_worker_init": self._started,
            "pre_request": _take_turns,
        }
        if where.certificate and where.key:
            settings |= {
                "certfile": str(where.certificate),
                "keyfile": str(where.key),
                "ssl_context": _modern,
            }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from webapp import create_app

        app = create_app(self._config, async_mode="gevent")
        if self._where.plain_port:
            _serve_plainly(app, self._where.host, self._where.plain_port)
        return app

    def _started(self, worker: Any) -> None:
        # Ctrl-C reaches every process of the terminal. The master tells its workers
        # to quit; told twice, a worker would break off in the middle of quitting.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if worker.age == 1:  # not again when a worker is replaced
            self._announce()
            sys.stdout.flush()


def _take_turns(_worker: Any, _request: Any) -> None:
    # A client that asks again at once would otherwise keep all others waiting: gevent
    # goes on with a connection as long as it has something to read.
    gevent.sleep(0)


def _modern(_config: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _serve_plainly(app: Any, host: str, port: int) -> None:
    from gevent.pywsgi import WSGIServer

    from webapp.publication.plain import PlainHttp

    WSGIServer((host, port), PlainHttp(app), log=None).start()
