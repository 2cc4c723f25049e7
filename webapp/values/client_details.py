"""How much of the network at the other end is written down. Pure."""

from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Final


class LogAddresses(StrEnum):
    """How much of a network address is written into the log."""

    SHORT = "short"  # the network: a /24 of IPv4, a /48 of IPv6
    FULL = "full"
    NONE = "none"


_PREFIXES: Final = {4: 24, 6: 48}
_UNKNOWN: Final = ""


def address_for_log(address: str, much: LogAddresses) -> str:
    """Return as much of an address as the log is to have; nothing where unknown."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return _UNKNOWN
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if much is LogAddresses.NONE:
        return _UNKNOWN
    if much is LogAddresses.FULL:
        return str(parsed)
    return str(ip_network(f"{parsed}/{_PREFIXES[parsed.version]}", strict=False))
