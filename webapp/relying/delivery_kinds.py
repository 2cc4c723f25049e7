"""What institutions are told, each kind by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from webapp.relying.deliveries.kinds import Kind
from webapp.relying.deliveries.loop import Feed
from webapp.relying.events import service as events
from webapp.relying.openid import keys, logout
from webapp.relying.signing import webhooks

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.name: kind for kind in (events.KIND, logout.KIND, webhooks.KIND)}
)
# What puts deliveries into the queue by itself, at each look.
FEEDS: Final[tuple[Feed, ...]] = (
    keys.make_first,
    events.follow_log,
    webhooks.tell_expired,
)
