"""Serve the centre with gunicorn's gevent worker, and say where to find it."""

import errno
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gevent
import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http.errors import ParseException
from gunicorn.workers.ggevent import GeventWorker

from mobile_bridge.relay.limits import ConcurrencyLimit
from mobile_bridge.server.client_address import client_network
from webapp.config import Config
from webapp.logging_config import LineFormatter
from webapp.startup_error import StopError

BODY_TIMEOUT = 20.0  # seconds for a body to come
KEEPALIVE = 30  # seconds between requests; a phone pays dearly for a new connection
FIGURES = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client looks
WRITE_TIMEOUT = KEEPALIVE + 10.0  # for a piece of an answer to be read
CONNECTIONS_AN_ADDRESS = 500

log = structlog.get_logger()


class PortTakenError(Exception):
    """Another program listens on the port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindOptions:
    """Where to listen; with a certificate it is HTTPS, and plain HTTP beside it.

    Several workers need the Redis of the configuration.
    """

    host: str
    port: int
    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None
    plain_port: int | None = None


def ensure_port_free(host: str, port: int) -> None:
    """Refuse a port on which somebody listens.

    Raises:
        PortTakenError: the port is taken.
        OSError: nobody can listen there, for another reason.
    """
    with socket.socket(address_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTakenError(str(port)) from error


def address_family(host: str) -> socket.AddressFamily:
    """Return which kind of address `host` is, or leads to.

    Raises:
        OSError: it is none, and no name either.
    """
    addresses = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    families = [entry[0] for entry in addresses]
    # A name may lead to both: most programs try the one of IPv4.
    return socket.AF_INET if socket.AF_INET in families else families[0]


def bracketed(host: str) -> str:
    """Return `host` as it stands before a port: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def serve(
    config: Config,
    where: BindOptions,
    announce: Callable[[], None],
    require_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal ends it; `announce` is called once people can come.

    Before a graceful restart `require_ready` may raise StopError: then it does not take
    place, and the workers that are there go on.
    """
    _Server(config, where, announce, require_ready).run()


class _Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Restarts its workers only with what they can start with."""

    def reload(self) -> None:
        """Have new workers take over, as at SIGHUP."""
        try:
            self.app.require_ready()
        except StopError as error:
            log.warning("restart_refused", reason=str(error))
            return
        super().reload()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One worker with all in its memory, or several that share it in Redis."""

    def __init__(
        self,
        config: Config,
        where: BindOptions,
        announce: Callable[[], None],
        require_ready: Callable[[], None],
    ) -> None:
        self.config = config
        self.require_ready = require_ready
        self._where = where
        self._announce = announce
        # Both are made before the workers, who inherit them.
        self._memory = os.memfd_create("certferry-handover")
        self._plain = _listen(where.host, where.plain_port)
        self._leave: Callable[[], None] = lambda: None
        super().__init__()

    def run(self) -> None:
        """Serve until a signal ends it."""
        with _counted_together(self._where.workers):
            _Master(self).run()

    def load_config(self) -> None:
        where = self._where
        settings: dict[str, Any] = {
            "bind": f"{bracketed(where.host)}:{where.port}",
            "workers": where.workers,
            "worker_class": _Worker,
            "worker_connections": 2000,
            "graceful_timeout": 2,  # open sockets never end by themselves
            "keepalive": KEEPALIVE,
            "loglevel": "warning",
            "logger_class": GunicornLogger,
            "proc_name": "certferry",
            "post_worker_init": self._started,
            "worker_exit": self._leaving,
            "child_exit": _stop_counting,
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
        # Here and not above, so that only workers have all of it in their memory.
        from mobile_bridge import MemoryPairingStore
        from mobile_bridge.server.handover import Handover
        from webapp.app import create_app
        from webapp.jobs.bootstrap import deliveries_of, pushes_of, spawn_in_process
        from webapp.notifications.push.loop import PushLoop
        from webapp.relying.deliveries.loop import Loop

        store, handover = MemoryPairingStore(), Handover(self._memory)
        app = create_app(self.config, async_mode="gevent", pairing_store=store)
        if self._plain:
            _serve_plainly(app, self._plain)
        # In each process: what was committed here is told from here, at once.
        Loop(deliveries_of(self.config)).start()
        PushLoop(pushes_of(self.config)).start()
        if self.config.demo:
            spawn_in_process(app.extensions["certferry.ca"], print)
        if not self.config.redis_url:
            handover.take(store)
            self._leave = lambda: handover.leave(store)
        return app

    def _started(self, worker: Any) -> None:
        # Ctrl-C reaches every process of the terminal. The master tells its workers
        # to quit; told twice, a worker would break off in the middle of quitting.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if worker.age == 1:  # not again when a worker is replaced
            self._announce()
            sys.stdout.flush()

    def _leaving(self, _server: Any, _worker: Any) -> None:
        self._leave()


@contextmanager
def _counted_together(workers: int) -> Iterator[None]:
    """Give several workers a folder in which each writes what it counts."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="certferry-figures-") as folder:
        os.environ[FIGURES] = folder
        yield


def _stop_counting(_server: Any, worker: Any) -> None:
    if FIGURES not in os.environ:
        return
    from prometheus_client.multiprocess import mark_process_dead

    # Its counts stay, what it had open does not.
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Writes what the server has to say in the form of every other line."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(LineFormatter())


class _Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """Keeps nobody who neither speaks nor reads, and not too many of one address."""

    def init_process(self) -> None:
        """Count per worker: each has its own connections."""
        self._concurrency = ConcurrencyLimit(CONNECTIONS_AN_ADDRESS)
        super().init_process()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection."""
        # Behind a proxy all have its address, and it has limits of its own.
        has_proxy = bool(self.app.config.trusted_proxies)
        network = client_network(addr[0] if isinstance(addr, tuple) else "")
        if not has_proxy and not self._concurrency.acquire(network):
            client.close()
            return
        try:
            client.settimeout(WRITE_TIMEOUT)
            # Not the next class's own: it would take the time away again.
            super(GeventWorker, self).handle(listener, client, addr)
        finally:
            if not has_proxy:
                self._concurrency.release(network)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        # At its end a worker breaks off what is idle; that is nobody's mistake.
        if isinstance(exc, gevent.GreenletExit):
            return
        # gunicorn's own answer can be kept by a cache, and its line quotes the client.
        is_theirs = isinstance(exc, ParseException | ssl.SSLError)
        if not is_theirs:
            from webapp.web.error_handlers import log_fault

            log_fault(exc)
        body = b'{"code":"fault"}\n' if not is_theirs else b'{"code":"bad_request"}\n'
        status = "400 Bad Request" if is_theirs else "500 Internal Server Error"
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nCache-Control: no-store\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):
            client.sendall(head.encode() + body)


class TimedBody:
    """What a client sends with a request, as long as it comes in time."""

    def __init__(self, body: Any) -> None:
        self._body, self._end = body, time.monotonic() + BODY_TIMEOUT

    def __getattr__(self, name: str) -> Any:
        read = getattr(self._body, name)

        def timed(*arguments: Any) -> Any:
            left = max(0.001, self._end - time.monotonic())
            with gevent.Timeout(left, TimeoutError):
                return read(*arguments)

        return timed

    def __iter__(self) -> Any:
        return iter(self._body)


def _take_turns(_worker: Any, request: Any) -> None:
    # One byte now and then would keep a connection for ever.
    request.body = TimedBody(request.body)
    # A client that asks again at once would otherwise keep all others waiting: gevent
    # goes on with a connection as long as it has something to read.
    gevent.sleep(0)


def _modern(_config: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _listen(host: str, port: int | None) -> socket.socket | None:
    if not port:
        return None
    family = address_family(host)
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, dualstack_ipv6=both)


def _serve_plainly(app: Any, inherited: socket.socket) -> None:
    from gevent import socket as green
    from gevent.pywsgi import WSGIHandler, WSGIServer

    from webapp.repository.plain_http import PlainHttp

    # What the starting process made belongs to its own loop.
    listener = green.fromfd(inherited.fileno(), inherited.family, inherited.type)
    listener.setblocking(False)

    class Handler(WSGIHandler):  # type: ignore[misc]  # gevent has no types
        def get_environ(self) -> dict[str, Any]:
            # Whether a path is spelled as it should be, only its raw form tells.
            environ: dict[str, Any] = super().get_environ()
            return environ | {"RAW_URI": self.path}

    WSGIServer(
        listener, PlainHttp(app), log=None, error_log=None, handler_class=Handler
    ).start()
