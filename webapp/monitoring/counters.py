"""What this process counts itself; what the database knows is in `figures.py`.

With several workers each writes into a folder that all share, and whoever is asked adds
them up (prometheus_client's multi-process mode, chosen by `PROMETHEUS_MULTIPROC_DIR`).
"""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_STARTED = "monitoring_started"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
_OWN = CollectorRegistry()
REQUESTS = Histogram(
    "certferry_request_seconds",
    "Time from a request to its answer, by method and class of status",
    ("method", "status"),
    buckets=_BUCKETS,
    registry=_OWN,
)
REFUSALS = Counter(
    "certferry_refusals",
    "What was refused, by the code that people read",
    ("code",),
    registry=_OWN,
)
# Any other word would be a label of its own for whoever sends it.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Count every request and every refusal."""
    app.before_request(_begin)
    app.after_request(_count)


def registry_of_all() -> CollectorRegistry:
    """Return what all workers of this machine counted."""
    if FOLDER not in os.environ:
        return _OWN
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _begin() -> None:
    g.setdefault(_STARTED, time.perf_counter())


def _count(response: Response) -> Response:
    method = request.method if request.method in _METHODS else "other"
    status = f"{response.status_code // 100}xx"
    started = g.get(_STARTED)
    if started is not None:
        REQUESTS.labels(method, status).observe(time.perf_counter() - started)
    code = g.get("refusal_code")
    if code is not None:
        REFUSALS.labels(code).inc()
    return response
