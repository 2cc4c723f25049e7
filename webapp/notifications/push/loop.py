"""Post notices at once: a request that waits is of use for minutes only.

The loop sleeps until something was committed in this process, or at most POLL seconds,
since another process may have left something.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from webapp.db import listen_for_news

POLL: Final = 5.0  # seconds
REST: Final = 0.5  # between two looks, however much is committed

log = structlog.get_logger()


class PushLoop:
    """Calls what sends in the background until it is stopped."""

    def __init__(self, send: Callable[[], object]) -> None:
        self._send = send
        # Made here and not at the import: gevent may have replaced it since.
        self._news = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._forget: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._forget = listen_for_news(self._news.set)
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """Send nothing more; what is claimed is tried again later."""
        self._stopping = True
        self._forget()
        self._news.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = threading.Event()
        while not self._stopping:
            self._news.clear()
            try:
                self._send()
            except Exception as error:  # its claims run out, and are tried again
                _log_fault(error)
            self._news.wait(POLL)
            pause.wait(REST)


def _log_fault(error: Exception) -> None:
    # The kind only: a message may carry what must not be logged.
    log.error("pushes_fault", kind=type(error).__name__)
