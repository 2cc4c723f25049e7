"""When a post is tried again, what an answer means, and where it may go. Pure.

Nothing goes to an address of this machine or of the network that it stands in: an
institution that registers one would have the centre open it (server-side request
forgery).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Final

GIVEN_UP_AFTER: Final = timedelta(days=1)
# After so many failures an address rests so long; the last wait is repeated.
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 900, 1800)
)
MAX_RESULT: Final = 40
_SUCCESS: Final = range(200, 300)
_AWAY: Final = frozenset({429, 502, 503, 504})  # nobody can answer there just now
_IPV4_IN_IPV6: Final = ip_network("64:ff9b::/96")  # RFC 6052
_TUNNELS: Final = tuple(
    map(ip_network, ("2001::/32", "2002::/16", "64:ff9b:1::/48"))
)  # Teredo, 6to4, and translators of a network's own (RFC 8215)

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


class Told(StrEnum):
    """The kinds of posts; what makes them stands in `delivery_kinds`."""

    LOGOUT = "logout"  # a session ended
    EVENT = "event"  # a certificate or its use changed
    REQUEST = "request"  # a request of a program ended


class Outcome(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"  # by the institution, for good
    EXPIRED = "expired"  # given up after a day
    DROPPED = "dropped"  # nobody needs it any more


class Failure(StrEnum):
    """Why there is no answer."""

    ADDRESS = "address_not_allowed"
    NAME = "name_unknown"
    CONNECTION = "no_connection"
    CERTIFICATE = "tls"
    TIME = "too_slow"
    ANSWER = "no_answer"
    FAULT = "fault"  # ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What goes out."""

    body: bytes = field(repr=False)
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `status` is 0 where nothing did, and `failure` says why."""

    status: int = 0
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)  # its first bytes
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means: WAITING has it tried again.

    `is_away`: it would be the same for every post to this address.
    """

    outcome: Outcome
    result: str
    is_away: bool = False


def judge_by_status(answer: Answer) -> Verdict:
    """Take every 2xx for success, and have all else tried again."""
    if answer.failure is not None:
        return Verdict(Outcome.WAITING, answer.failure, is_away=True)
    is_told = answer.status in _SUCCESS
    return Verdict(
        Outcome.DELIVERED if is_told else Outcome.WAITING,
        f"status {answer.status}",
        is_away=answer.status in _AWAY,
    )


def next_try(failures: int, now: datetime) -> datetime:
    """Return when it is tried after so many failures, one at least."""
    return now + WAITS[min(failures, len(WAITS)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where posts may go beside public addresses: networks, or everywhere in a demo.

    `trusted_root` is a file of a root, PEM, that counts beside those of the system: a
    demo certifies the other servers of its own machine.
    """

    networks: tuple[str, ...] = ()
    is_demo: bool = False
    trusted_root: Path | None = None

    def allows(self, address: str) -> bool:
        """Tell whether a connection to an address of IPv4 or IPv6 may be made."""
        parsed = ip_address(address)
        return (
            self.is_demo
            or is_public(parsed)
            or is_within(parsed, tuple(map(ip_network, self.networks)))
        )

    def allows_plain(self, address: str) -> bool:
        """Tell whether it may be made without TLS: within this machine, or a demo."""
        is_here = _unwrap(ip_address(address)).is_loopback
        return self.is_demo or (is_here and self.allows(address))


def is_public(address: IpAddress) -> bool:
    """Tell whether an address belongs to the public internet.

    One of IPv4 inside one of IPv6 is looked at as what it leads to; tunnels are not
    public, since where they end is the business of others.
    """
    address = _unwrap(address)
    if is_within(address, _TUNNELS):
        return False
    return address.is_global and not address.is_multicast


def is_within(address: IpAddress, networks: Collection[IpNetwork]) -> bool:
    """Tell whether one of the networks has the address."""
    unwrapped = _unwrap(address)
    return any(
        unwrapped.version == network.version and unwrapped in network
        for network in networks
    )


def _unwrap(address: IpAddress) -> IpAddress:
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _IPV4_IN_IPV6:
        return IPv4Address(address.packed[-4:])
    return address
