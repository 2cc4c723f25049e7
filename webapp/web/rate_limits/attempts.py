"""How many attempts one person, account or address has, and what is no attempt."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from limits import parse

from mobile_bridge.server.client_address import client_network
from webapp.config import Config
from webapp.config.setting_values import limits_uri
from webapp.values.remaining_attempts import AfterLastTry, TriesLeft, tries_to_tell
from webapp.values.text_input import normalize_login_id
from webapp.web.rate_limits.storage import SCHEME

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """How many attempts one person has, by a name that the counter can lift.

    They are counted before the work; what was no wrong guess is given back.
    """

    scope: str
    rate: str

    def counted_by(self, key: Callable[[], str]) -> Callable[[View], View]:
        """Return the decorator of a view whose requests are counted by `key`."""
        shared = limiter.shared_limit(self.rate, scope=self.scope, key_func=key)

        def decorate(view: View) -> View:
            return cast(View, shared(view))

        return decorate

    def is_used_up(self, key: str) -> bool:
        """Tell whether the next attempt would be refused."""
        if not limiter.enabled:
            return False
        return not limiter.limiter.test(parse(self.rate), key, self.scope)

    def counted(self, key: str) -> tuple[int, int]:
        """Return how many attempts were counted, of how many; both 0: unlimited."""
        if not limiter.enabled:
            return 0, 0
        rate = parse(self.rate)
        left = limiter.limiter.get_window_stats(rate, key, self.scope).remaining
        return rate.amount - left, rate.amount

    def tries(self, key: str) -> TriesLeft | None:
        """Return what a page says of the attempts that are left; None: nothing yet.

        An unknown name is counted like a known one, so this tells nobody which it is.
        """
        if not limiter.enabled:
            return None
        minutes = parse(self.rate).get_expiry() // 60
        wrong, limit = self.counted(key)
        return tries_to_tell(wrong, limit, AfterLastTry.WAIT, minutes=minutes)

    def lift(self, key: str) -> None:
        """Forget the attempts that were counted."""
        if limiter.enabled:
            limiter.limiter.clear(parse(self.rate), key, self.scope)


limiter = Limiter(key_func=lambda: client_network(request.remote_addr or ""))
BIRTH_DATE = AttemptLimit("birth-date", "10 per hour")
OWN_PASSWORD = AttemptLimit("own-password", "10 per hour")
SIGN_IN = AttemptLimit("sign-in", "10 per 10 minutes")
OPERATOR_SIGN_IN = AttemptLimit("operator-sign-in", "10 per 10 minutes")
OPERATOR_FACTOR = AttemptLimit("operator-factor", "10 per 10 minutes")
OPERATOR_PASSWORD = AttemptLimit("operator-password", "10 per hour")


def init_app(app: Flask, config: Config) -> None:
    """Count the attempts at what this app serves."""
    app.config.update(
        RATELIMIT_ENABLED=config.rate_limits,
        RATELIMIT_STRATEGY="fixed-window",
        **_limits_storage(config),
    )
    limiter.init_app(app)


def refund_rate_limit() -> None:
    """Uncount this request: what succeeded was no attempt to guess.

    Attempts are counted before the work, not after it: of a thousand sent at once,
    all would find the counter still low.
    """
    for counted in limiter.current_limits:
        storage = limiter.limiter.storage  # the one that counts just now
        storage.incr(counted.key, counted.limit.get_expiry(), amount=-1)


def seconds_to_wait() -> int:
    """Return after how many seconds the limit that refused this request ends."""
    refused = limiter.current_limit
    return max(0, math.ceil(refused.reset_at - time.time())) if refused else 0


def form_login_id() -> str:
    """Return the ID in the form of this request, as it is stored.

    Attempts are counted by the very name that is looked up.
    """
    return normalize_login_id(request.form.get("login_id", "")[:256])[:64]


def account_rate_key() -> str:
    """Count attempts by the account that is asked for, known or not."""
    return account_rate_key_for(form_login_id())


def account_rate_key_for(login_id: str) -> str:
    """Return what the attempts to sign in to an account are counted by."""
    # Never empty: the limiter would skip an empty key.
    return f"account:{normalize_login_id(login_id[:256])[:64]}"


def _limits_storage(config: Config) -> dict[str, object]:
    """Return where attempts are counted: for all workers together, if they can."""
    storage = config.limits_storage or config.redis_url
    if not storage:
        return {"RATELIMIT_STORAGE_URI": f"{SCHEME}://"}
    settings: dict[str, object] = {
        "RATELIMIT_STORAGE_URI": limits_uri(storage),
        # While it is away each worker counts by itself; people can go on.
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    }
    if "redis" in storage:
        seconds = {"socket_timeout": 1, "socket_connect_timeout": 1}
        settings["RATELIMIT_STORAGE_OPTIONS"] = seconds
    return settings
