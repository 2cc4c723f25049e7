"""Web addresses, written as a browser writes them (WHATWG URL, RFC 6454). Pure."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

import idna

DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_NOT_OF_A_SITE: Final = {"?": "a query", "#": "a fragment", "@": "a user name"}
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_HOST: Final = 253
_MAX_PORT: Final = 65535


class AddressError(ValueError):
    """This is no address of a site; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port; `str` is what a browser sends as `Origin`."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Write the port only where it is not the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == DEFAULT_PORTS[self.scheme]
        return f"{self.scheme}://{name}" + ("" if is_usual else f":{self.port}")


def read_origin(text: str) -> Origin:
    """Read the address of a whole site: scheme, host, port and nothing else.

    Raises:
        AddressError: it is none, or has more than that.
    """
    text = text.strip()
    if any(sign <= " " or sign in "\\\x7f" for sign in text):
        raise AddressError("there is a space, a backslash or an invisible sign in it")
    scheme, mark, rest = text.partition("://")
    if not mark or scheme.lower() not in DEFAULT_PORTS:
        raise AddressError("it does not begin with https:// or http://")
    for sign, description in _NOT_OF_A_SITE.items():
        if sign in rest:
            raise AddressError(f"there is {description} in it ({sign})")
    if rest.partition("/")[2]:
        raise AddressError("there is a path in it")
    return _read(scheme.lower(), rest)


def read_host(name: str) -> str:
    """Return a host's name or address in the form that goes over the wire.

    Raises:
        AddressError: it is none.
    """
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, std3_rules=True).decode()
        except idna.IDNAError:
            raise AddressError("its host is no name that can be looked up") from None
    name = name.lower()
    labels = name.split(".")
    # As WHATWG URL 3.5: a name that ends in a number is an IPv4 address or nothing.
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(name)
    if len(name) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError("its host is no name that can be looked up")
    try:
        for label in labels:
            if label.startswith("xn--"):
                idna.ulabel(label)
    except idna.IDNAError:
        raise AddressError("its host is no name that can be looked up") from None
    return name


def _read(scheme: str, rest: str) -> Origin:
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port_text = parts.hostname or "", parts.netloc.rpartition(":")[2]
        port = parts.port
    except ValueError:
        raise AddressError("its host or its port is none") from None
    if not host:
        raise AddressError("it has no host")
    if port is not None and not (port_text.isascii() and 0 < port <= _MAX_PORT):
        raise AddressError("its port is no number from 1 to 65535")
    host = _read_ipv6(host) if parts.netloc.startswith("[") else read_host(host)
    return Origin(scheme, host, port or DEFAULT_PORTS[scheme])


def _read_ipv4(name: str) -> str:
    try:
        return str(IPv4Address(name))
    except ValueError:
        raise AddressError("its host is neither a name nor an IP address") from None


def _read_ipv6(name: str) -> str:
    try:
        address = IPv6Address(name)
    except ValueError:
        raise AddressError("its host is neither a name nor an IP address") from None
    if address.scope_id or address.ipv4_mapped:
        raise AddressError("its IPv6 address has a zone, or stands for one of IPv4")
    return address.compressed
