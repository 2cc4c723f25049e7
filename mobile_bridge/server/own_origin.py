"""Whether a request comes from a page of this very site: for the site and the bridge.

A browser says where a page comes from (`Origin`); programs say nothing. What the site
is called stands in the request's own `Host`, or in what a trusted proxy forwards.
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

import structlog

from mobile_bridge.formats.web_address import DEFAULT_PORTS
from mobile_bridge.server.client_address import TrustedProxies

Environ = Mapping[str, Any]

NOTED_EVERY: Final = 60.0  # seconds between two lines of the log
_MAX_NOTED: Final = 200
_OPAQUE: Final = "null"  # of a page that sends no referrer, or of a sandbox

log = structlog.get_logger("bridge")


class OriginCheck:
    """Judges requests; notes one that it refuses, at most once a minute."""

    def __init__(
        self,
        proxies: TrustedProxies,
        public_origin: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._proxies, self._public = proxies, public_origin
        self._clock, self._quiet_until = clock, float("-inf")
        self._lock = Lock()

    def accepts(self, environ: Environ, *, has_token: bool = False) -> bool:
        """Say whether a request comes from this site's own page, or from no page.

        With `has_token`, another guard is there against pages whose origin is opaque.
        """
        origin = environ.get("HTTP_ORIGIN")
        site = environ.get("HTTP_SEC_FETCH_SITE", "")
        if origin is None:
            accepted = site in ("", "same-origin", *(["none"] if has_token else []))
        elif origin == _OPAQUE:
            accepted = site == "same-origin" or (has_token and not site)
        else:
            accepted = plain_origin(origin) in self.own_origins(environ)
        if not accepted:
            self._note(origin or f"(none, {site})", environ)
        return accepted

    def own_origins(self, environ: Environ) -> tuple[str, ...]:
        """Return the origins that this site has for who sent the request."""
        scheme, host = environ.get("wsgi.url_scheme", "http"), environ.get("HTTP_HOST")
        forwarded = _last(environ.get("HTTP_X_FORWARDED_PROTO", ""))
        hosts = [host or ""]
        if self._proxies.trusts(environ.get("REMOTE_ADDR", "")):
            hosts.append(_last(environ.get("HTTP_X_FORWARDED_HOST", "")))
        # Anybody may say by which scheme they came: no other page's can be meant, since
        # the host has to be ours, and a browser lets no page set this.
        schemes = {scheme, forwarded} & set(DEFAULT_PORTS)
        origins = [
            f"{own_scheme}://{name}" for name in hosts if name for own_scheme in schemes
        ]
        if self._public:
            origins.append(self._public)
        return tuple(dict.fromkeys(map(plain_origin, origins)))

    def _note(self, origin: str, environ: Environ) -> None:
        with self._lock:
            now = self._clock()
            if now < self._quiet_until:
                return
            self._quiet_until = now + NOTED_EVERY
        own = " ".join(self.own_origins(environ))
        log.warning("origin_refused", origin=origin[:_MAX_NOTED], own=own[:_MAX_NOTED])


def plain_origin(text: str) -> str:
    """Return an origin in small letters and without its scheme's own port."""
    text = text.strip().lower()
    scheme = text.partition("://")[0]
    port = DEFAULT_PORTS.get(scheme)
    return text.removesuffix(f":{port}") if port else text


def _last(values: str) -> str:
    # Each proxy adds its own at the end; only the nearest one is known.
    return values.rpartition(",")[2].strip().lower()
