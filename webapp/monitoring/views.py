"""`/readyz` for whoever distributes requests, `/metrics` for Prometheus."""

from collections.abc import Iterator
from hmac import compare_digest
from importlib.metadata import version
from time import monotonic
from typing import Final

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from mobile_bridge.errors import BridgeError
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session
from webapp.monitoring import counters, figures
from webapp.monitoring.errors import MetricsRefusedError, NotReadyError
from webapp.monitoring.messages import ERROR_MESSAGES
from webapp.monitoring.readiness import Part, list_parts, redis_check
from webapp.web.error_handlers import register_error_messages
from webapp.web.rate_limits.attempts import limiter

blueprint = Blueprint("monitoring", __name__)
LOOKED_AT_FOR: Final = 2.0  # seconds; whoever asks more often gets the same answer
_COUNTS, _PARTS = "certferry.event_counts", "certferry.parts"
_SCHEME: Final = "Bearer "


def init_app(app: Flask) -> None:
    """Count from the start, and answer whoever watches."""
    counters.init_app(app)
    register_error_messages(app, ERROR_MESSAGES)
    app.extensions[_COUNTS] = figures.EventCounts()
    app.register_blueprint(blueprint)


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 when all is there that a centre needs.

    Each part by its name is for who has the token of `/metrics`.

    Raises:
        NotReadyError: a part is not ready, and there was no token.
    """
    parts = _parts()
    is_ready = all(part.is_ready for part in parts)
    status = "ready" if is_ready else "not_ready"
    if _has_token():
        report = {part.name: part.reason or "ready" for part in parts}
        return jsonify(status=status, parts=report), 200 if is_ready else 503
    if not is_ready:
        raise NotReadyError
    return jsonify(status=status)


@blueprint.get("/metrics")
@limiter.limit("120 per minute")
def metrics() -> ResponseReturnValue:
    """Answer with the figures in Prometheus' text form, to who has the token.

    Raises:
        MetricsRefusedError: the token is missing or wrong.
    """
    if not current_ca().config.metrics_token:
        abort(404)
    if not _has_token():
        raise MetricsRefusedError
    registry = CollectorRegistry()
    registry.register(_Figures())
    text = generate_latest(counters.registry_of_all()) + generate_latest(registry)
    headers = {"Cache-Control": "no-store"}
    return Response(text, content_type=CONTENT_TYPE_LATEST, headers=headers)


class _Figures(Collector):
    """What is read at the moment of the question; without a database only the parts."""

    def collect(self) -> Iterator[Metric]:
        """Yield each figure."""
        yield figures.info(version("certferry"))
        yield figures.of_parts(_parts())
        yield from _pool()
        yield from _pairings()
        try:
            counts: figures.EventCounts = current_app.extensions[_COUNTS]
            yield figures.of_log(counts.read_on(session()))
            yield from figures.of_database(session(), current_ca(), utc_now())
        except SQLAlchemyError:
            session().rollback()


def _pairings() -> Iterator[Metric]:
    try:
        count = len(current_app.extensions["certferry.pairings"])
    except BridgeError:  # Redis is away; `certferry_ready` says so
        return
    yield figures.of_pairings(count)


def _pool() -> Iterator[Metric]:
    pool = session().get_bind().engine.pool
    if isinstance(pool, QueuePool):
        yield figures.of_pool(pool.checkedout(), pool.size())


def _parts() -> list[Part]:
    """Return the parts as they were at most a moment ago."""
    cached: tuple[float, list[Part]] | None = current_app.extensions.get(_PARTS)
    if cached is not None and monotonic() - cached[0] < LOOKED_AT_FOR:
        return cached[1]
    ca = current_ca()
    parts = list_parts(session(), ca, utc_now(), redis_check(ca.config.redis_url))
    current_app.extensions[_PARTS] = monotonic(), parts
    return parts


def _has_token() -> bool:
    token = current_ca().config.metrics_token
    header = request.headers.get("Authorization", "")
    return token is not None and compare_digest(
        header.encode("utf-8", "replace"), f"{_SCHEME}{token}".encode()
    )
