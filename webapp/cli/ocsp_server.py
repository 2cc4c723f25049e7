"""Serve OCSP alone: gunicorn keeps the processes, each has an event loop (uvloop)."""

import asyncio
import gc
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click
import uvloop
from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker

from webapp.cli.gunicorn_server import GunicornLogger, bracketed
from webapp.clock import utc_now
from webapp.config import Config
from webapp.repository.ocsp.protocol import OcspServer
from webapp.repository.ocsp.responder import OcspResponder

THREADS = 4  # in a process: while one waits for the database, others answer
GRACE_SECONDS = 2  # for what is being answered when a process ends
BACKLOG = 1024  # connections that wait to be taken


def serve(config: Config, host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it."""
    _Application(config, host, port, workers).run()


def load_responder(config: Config) -> OcspResponder:
    """Return the responder of a centre; each process makes its own."""
    from sqlalchemy.orm import sessionmaker

    from webapp import db
    from webapp.ca.context import load_ca

    ca = load_ca(config)
    ca.services.renew(utc_now())
    sessions = sessionmaker(db.make_engine(config.database_url))
    return OcspResponder(ca.authority, ca.services, sessions, utc_now)


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, config: Config, host: str, port: int, workers: int) -> None:
        self._config, self._host, self._port = config, host, port
        self._workers = workers
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"{bracketed(self._host)}:{self._port}",
            "workers": self._workers,
            "worker_class": _Worker,
            "backlog": BACKLOG,
            "graceful_timeout": GRACE_SECONDS + 2,
            "loglevel": "warning",
            "logger_class": GunicornLogger,
            "proc_name": "certferry-ocsp",
            "post_worker_init": self._started,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> OcspResponder:
        # Here and not above: a connection to the database is not shared by processes.
        return load_responder(self._config)

    def _started(self, worker: Any) -> None:
        # Ctrl-C reaches every process of the terminal; the master ends its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if worker.age == 1:  # not again when a worker is replaced
            address = f"http://{bracketed(self._host)}:{self._port}/ocsp"
            click.echo(f"certferry ocsp: {address}")
            sys.stdout.flush()


class _Worker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """Answers on the sockets that the master has opened."""

    def run(self) -> None:
        """Serve until the master ends it, or is gone."""
        gc.freeze()  # what was loaded stays: no collection looks at it again
        with ThreadPoolExecutor(THREADS) as executor:
            uvloop.run(self._serve(executor))

    async def _serve(self, executor: ThreadPoolExecutor) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGQUIT):
            loop.add_signal_handler(number, stopped.set)
        ocsp = OcspServer(self.wsgi, executor, utc_now)
        servers = [
            await loop.create_server(ocsp.protocol, sock=socket.sock, backlog=BACKLOG)
            for socket in self.sockets
        ]
        while not stopped.is_set() and self.ppid == os.getppid():
            self.notify()
            ocsp.close_overdue()
            await _wait(stopped, 1.0)
        for server in servers:
            server.close()
        await ocsp.close(GRACE_SECONDS)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
