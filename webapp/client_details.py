"""What somebody at the other end is called in words: a device, and a network. Pure."""

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
# The first that fits counts: every browser also calls itself by older names.
_BROWSERS: Final = (
    ("SamsungBrowser/", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(", "Naver"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("certferry", "Terminal"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str | None) -> str:
    """Return what a browser calls itself in a few words, or nothing where unknown."""
    said = (user_agent or "")[:500]
    found = (_first(_BROWSERS, said), _first(_SYSTEMS, said))
    return ", ".join(each for each in found if each)


def address_for_log(address: str, much: LogAddresses) -> str:
    """Return as much of an address as the log is to have; nothing where unknown."""
    try:
        known = ip_address(address)
    except ValueError:
        return _UNKNOWN
    if known.version == 6 and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    if much is LogAddresses.NONE:
        return _UNKNOWN
    if much is LogAddresses.FULL:
        return str(known)
    return str(ip_network(f"{known}/{_PREFIXES[known.version]}", strict=False))


def _first(table: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for mark, name in table if mark in said), _UNKNOWN)
