"""Who is connected, as far as a relay may know: kind of device and network."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

IPV6_SITE_BITS = 64  # one household or phone: below it, addresses are free to take


@dataclass(frozen=True, slots=True)
class Visitor:
    """One connection."""

    connection: str
    device: str
    network: str


class Proxies:
    """The proxies whose word about a visitor's address is believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]

    def visitor(self, connection: str, environ: Mapping[str, str]) -> Visitor:
        """Return who speaks on a connection made with `environ` (WSGI)."""
        device = device_of(environ.get("HTTP_USER_AGENT", ""))
        address = self.address(
            environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
        )
        return Visitor(connection, device, network_of(address))

    def address(self, remote: str, forwarded: str) -> str:
        """Return the last address that no trusted proxy vouches for.

        What stands further left in X-Forwarded-For was written by the visitor.
        """
        hops = [*(hop.strip() for hop in forwarded.split(",") if hop.strip()), remote]
        while len(hops) > 1 and self._is_trusted(hops[-1]):
            hops.pop()
        return hops[-1]

    def _is_trusted(self, hop: str) -> bool:
        try:
            address = ip_address(hop)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def network_of(address: str) -> str:
    """Return what counts as one visitor: an IPv4 address or an IPv6 /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((int(parsed), IPV6_SITE_BITS), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def device_of(user_agent: str) -> str:
    """Return "phone", "tablet" or "computer", as the browser says of itself."""
    is_mobile = "Mobi" in user_agent
    if "iPad" in user_agent or ("Android" in user_agent and not is_mobile):
        return "tablet"
    return "phone" if is_mobile or "iPhone" in user_agent else "computer"
