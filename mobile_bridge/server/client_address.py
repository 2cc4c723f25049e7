"""Who is connected, from what a request says: the kind of device and the network."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mobile_bridge.relay.messages import UNKNOWN_NETWORK, ClientInfo
from mobile_bridge.server.user_agent import device_type

IPV6_SITE_BITS = 64  # one household or phone: below it, addresses are free to take
MAX_ADDRESS = 64  # characters, an IPv6 address with its zone


class TrustedProxies:
    """The proxies whose word about a client's address is believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]

    def client(self, connection: str, environ: Mapping[str, str]) -> ClientInfo:
        """Return who speaks on a connection made with `environ` (WSGI)."""
        device = device_type(environ.get("HTTP_USER_AGENT", ""))
        address = self.address(
            environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
        )
        return ClientInfo(connection, device, client_network(address))

    def address(self, remote: str, forwarded: str) -> str:
        """Return the last address that no trusted proxy vouches for.

        What stands further left in X-Forwarded-For was written by the client.
        """
        hops = [*(hop.strip() for hop in forwarded.split(",") if hop.strip()), remote]
        while len(hops) > 1 and self.trusts(hops[-1]):
            hops.pop()
        return hops[-1]

    def trusts(self, hop: str) -> bool:
        """Say whether `hop` is one of the proxies."""
        if not hop:
            # A unix socket has no address; who may write to it is on this machine.
            return bool(self._networks)
        address = _read(hop)
        return any(address in network for network in self._networks if address)


def client_network(address: str) -> str:
    """Return what counts as one client: an IPv4 address or an IPv6 /64."""
    # A proxy may hand on what a client wrote; no address is longer.
    return UNKNOWN_NETWORK if len(address) > MAX_ADDRESS else _network(address)


@lru_cache(maxsize=4096)  # a client asks many times in a short while
def _network(address: str) -> str:
    parsed = _read(address)
    if parsed is None:
        return UNKNOWN_NETWORK
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), IPV6_SITE_BITS), strict=False))
    return str(parsed)


def _read(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address; one of IPv4 also where it is written as one of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    # A socket that listens on both gives it in this form (RFC 4291 2.5.5.2).
    return getattr(parsed, "ipv4_mapped", None) or parsed
