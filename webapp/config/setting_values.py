"""What a setting may say, kind by kind: text in, value out.

Pure, but for the files of logo and notice, which are part of what is looked at.

Each function refuses what it does not know for certain; the reason never repeats what
was given, since that may be a secret.
"""

import re
from collections.abc import Callable
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_network,
)
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mobile_bridge.formats.web_address import (
    AddressError,
    Origin,
    read_host,
    read_origin,
)
from webapp.values import brand
from webapp.values.client_details import LogAddresses
from webapp.values.mail_server import (
    BadMailAddressError,
    BadSenderError,
    read_mail_server,
    read_sender,
)
from webapp.values.secret import Secret

T = TypeVar("T")

# Groups of acts at the counter (webapp/ra/approvals/four_eyes.py).
FOUR_EYES: Final = (
    *("approvals", "cards", "charges", "checks", "contacts", "institutions"),
    *("passwords", "revocations"),
)
SECOND_FACTOR: Final = ("required", "offered", "off")
MIN_SECRET: Final = 32
MAX_MINUTES: Final = 60
MAX_HOURS: Final = 720
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_SWITCH: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_DRIVERS: Final = {"postgresql": "postgresql", "postgres": "postgresql"}
_ESCAPES: Final = "write @ : / ? # in a password as %40 %3A %2F %3F %23"
_REDIS_FORM: Final = "for example redis://127.0.0.1:6379/0, rediss:// or unix:///path"
_MAX_PORT: Final = 65535
# What nobody on the internet has: with it, networks of everybody make one whole.
_NO_PUBLIC_IPV4: Final = tuple(
    map(IPv4Network, ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"))
)
_NO_PUBLIC_IPV6: Final = tuple(map(IPv6Network, ("::/3", "4000::/2", "8000::/1")))
_IPV4_IN_IPV6: Final = IPv6Network("::ffff:0:0/96")
_INVISIBLE: Final = "there is an invisible sign in it, perhaps written as % and digits"
_LIBPQ: Final = "https://www.postgresql.org/docs/current/libpq-connect.html"
_COUNT: Final = r"(?=[0-9]*[1-9])[0-9]{1,6}"
_SECONDS: Final = r"(?=[0-9.]*[1-9])[0-9]{1,4}(\.[0-9]{1,6})?"
_YES_OR_NO: Final = r"(?i:1|0|true|false|yes|no)"
_TEXT: Final = r"[^\x00-\x1f\x7f]+"
# Not what would change how the centre locks and reads.
_SQLITE_OPTIONS: Final = {"timeout": _SECONDS, "cached_statements": _COUNT}
# Not what redis-py would take as a text and use as something else.
_REDIS_OPTIONS: Final = {
    "db": r"[0-9]{1,5}",
    "protocol": r"[23]",
    "max_connections": _COUNT,
    "health_check_interval": r"[0-9]{1,6}",
    **dict.fromkeys(("socket_timeout", "socket_connect_timeout"), _SECONDS),
    **dict.fromkeys(
        ("socket_keepalive", "retry_on_timeout", "ssl_check_hostname"), _YES_OR_NO
    ),
    **dict.fromkeys(("username", "password", "client_name"), _TEXT),
    **dict.fromkeys(("ssl_ca_certs", "ssl_ca_path", "ssl_ca_data"), _TEXT),
    **dict.fromkeys(("ssl_certfile", "ssl_keyfile", "ssl_password"), _TEXT),
    "ssl_ciphers": _TEXT,
    "ssl_cert_reqs": r"none|optional|required",
}


class SettingValueError(ValueError):
    """This is no such value; the text says what would be one."""


def read_switch(text: str) -> bool:
    """Read yes or no."""
    is_on = _SWITCH.get(text.lower())
    if is_on is None:
        raise SettingValueError("write 1 (yes) or 0 (no)")
    return is_on


def read_secret_key(text: str) -> Secret:
    """Read what signs sessions."""
    if len(text) < MIN_SECRET:
        raise SettingValueError(
            f"it has {len(text)} characters, and has to have {MIN_SECRET} or more: "
            "openssl rand -hex 32"
        )
    return Secret(text)


def read_identity_key(text: str) -> Secret:
    """Read a key of 256 bits in hex."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise SettingValueError("write 64 hex digits: openssl rand -hex 32")
    return Secret(text.lower())


def read_second_factor(text: str) -> str:
    """Read whether operators sign in with a second factor."""
    if text.lower() not in SECOND_FACTOR:
        raise SettingValueError("write one of: " + ", ".join(SECOND_FACTOR))
    return text.lower()


def read_minutes(text: str) -> int:
    """Read a number of minutes, 0 to an hour."""
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > MAX_MINUTES:
        raise SettingValueError(f"write a number of minutes from 0 to {MAX_MINUTES}")
    return int(text)


def read_secret(text: str) -> Secret:
    """Read a password or token as it is."""
    return Secret(text)


def read_word(text: str) -> str:
    """Read a name without spaces."""
    if len(text.split()) != 1:
        raise SettingValueError("write one word, without spaces")
    return text


def read_path(text: str) -> Path:
    """Read the place of a file."""
    if "\0" in text or text.startswith("~"):
        raise SettingValueError("write the whole path, from / on")
    return Path(text)


def read_centre_name(text: str) -> str:
    """Read what people call the centre."""
    return _of_brand(brand.read_name, text)


def read_centre_line(text: str) -> str:
    """Read a postal address, or opening hours."""
    return _of_brand(brand.read_line, text)


def read_centre_phone(text: str) -> str:
    """Read the number that people call, as it is printed."""
    return _of_brand(brand.read_phone, text)


def read_centre_colour(text: str) -> brand.Palette:
    """Read the accent, and make it readable."""
    return _of_brand(brand.read_colour, text)


def read_centre_logo(text: str) -> brand.Logo:
    """Read the picture in a file, and look what is in it."""
    return _of_brand(brand.read_logo, _content(text, brand.MAX_LOGO))


def read_centre_privacy(text: str) -> str:
    """Read where the privacy notice is, or the notice in a file."""
    address = _of_brand(brand.privacy_source, text)
    if address:
        return address
    return _of_brand(brand.read_notice, _content(text, brand.MAX_NOTICE))


def read_public_url(text: str) -> str:
    """Read the address that people open, as a browser spells it."""
    return str(_origin(text, "https://ca.example"))


def read_pki_url(text: str) -> str:
    """Read the address that certificates name for lists; never TLS (RFC 5280 8)."""
    origin = _origin(text, "http://pki.example")
    if origin.scheme != "http":
        raise SettingValueError(
            "write a plain http:// address: who fetches a list over TLS could need "
            "that list to do so"
        )
    return str(origin)


def read_voice_url(text: str) -> str:
    """Read where a voice gateway takes orders: a site, and perhaps a path."""
    head, mark, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    origin = _origin(f"{head}{mark}{host}", "https://voice.example")
    if origin.scheme != "https" and origin.host not in LOOPBACK:
        raise SettingValueError("write an https:// address: numbers go there")
    if not re.fullmatch(r"[\w.~/-]*", path, re.ASCII):
        raise SettingValueError("write an address without ? and #")
    return f"{origin}{slash}{path}".rstrip("/")


def read_networks(text: str) -> tuple[str, ...]:
    """Read the networks of proxies; "none" says that there is no proxy."""
    words = text.replace(",", " ").split()
    if [word.lower() for word in words] == ["none"]:
        return ()
    if not words:
        raise SettingValueError(_near_network(text))
    networks = [_network(word) for word in words]
    if _are_everybody(networks):
        raise SettingValueError("that is everybody; name the proxies alone")
    return tuple(map(str, networks))


def read_private_networks(text: str) -> tuple[str, ...]:
    """Read networks that are not public; "none" says that there are none."""
    words = text.replace(",", " ").split()
    if [word.lower() for word in words] == ["none"]:
        return ()
    networks = [_network(word) for word in words]
    if any(network.is_global for network in networks):
        raise SettingValueError("name networks that are not public alone")
    return tuple(map(str, networks))


def read_hours(text: str) -> int:
    """Read a number of hours, a month at most."""
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or int(text) > MAX_HOURS:
        raise SettingValueError(f"write a number from 0 to {MAX_HOURS}")
    return int(text)


def read_log_addresses(text: str) -> LogAddresses:
    """Read how much of a network address the log is to have."""
    if text.lower() not in tuple(LogAddresses):
        raise SettingValueError(f"write one of: {' '.join(LogAddresses)}")
    return LogAddresses(text.lower())


def read_four_eyes(text: str) -> frozenset[str]:
    """Read for which acts at the counter two operators are needed."""
    words = frozenset(text.lower().replace(",", " ").split())
    if words in ({"off"}, {"all"}):
        return frozenset(FOUR_EYES) if words == {"all"} else frozenset()
    if not words or not words <= set(FOUR_EYES):
        raise SettingValueError(f"write off, all, or any of: {' '.join(FOUR_EYES)}")
    return words


def read_phone_gateway(text: str) -> str:
    """Read who places calls."""
    if text.lower() == "console":
        raise SettingValueError(
            "the telephone in the terminal is for a demo only, where nobody can be "
            "harmed by who reads it; write twilio"
        )
    if text.lower() != "twilio":
        raise SettingValueError("write twilio")
    return "twilio"


def read_phone_number(text: str) -> str:
    """Read a whole telephone number (E.164)."""
    number = re.sub(r"[\s().-]", "", text)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number, re.ASCII):
        raise SettingValueError(
            "write the number with + and its country, for example +8221234567"
        )
    return number


def read_smtp_url(text: str) -> Secret:
    """Read the address of the mail server."""
    try:
        read_mail_server(text)
    except BadMailAddressError as error:
        raise SettingValueError(str(error)) from None
    return Secret(text)


def read_mail_from(text: str) -> str:
    """Read the one address that letters come from."""
    try:
        return read_sender(text)
    except BadSenderError as error:
        raise SettingValueError(str(error)) from None


def read_database_url(text: str) -> Secret:
    """Read the address of an SQLite file or a PostgreSQL database."""
    _refuse_invisible(text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingValueError(
            "write sqlite:////absolute/path.db or "
            f"postgresql://user:password@host/name; {_ESCAPES}"
        ) from None
    kind, _, driver = url.drivername.partition("+")
    if kind == "sqlite" and driver in ("", "pysqlite"):
        return _sqlite(url)
    if kind in _DRIVERS:
        return _postgresql(url.set(drivername=_DRIVERS[kind]))
    raise SettingValueError("write sqlite:// or postgresql://: there are no others")


def read_redis_url(text: str) -> Secret:
    """Read the address of a Redis."""
    try:
        parts = urlsplit(text)
        port = parts.port
        unquote(parts.hostname or "").encode("idna")  # as it is looked up
    except ValueError:
        raise SettingValueError(_REDIS_FORM) from None
    if parts.scheme not in ("redis", "rediss", "unix") or _has_space(text):
        raise SettingValueError(_REDIS_FORM)
    _refuse_invisible(text)
    is_number = re.fullmatch(r"/?[0-9]*", unquote(parts.path), re.ASCII)
    is_server = parts.hostname and port != 0 and is_number
    if parts.fragment or not (parts.path if parts.scheme == "unix" else is_server):
        raise SettingValueError(f"{_REDIS_FORM}; {_ESCAPES}")
    _require_redis_options(text, parts.query)
    return Secret(text)


def read_limits_storage(text: str) -> Secret:
    """Read where attempts are counted, as the library `limits` writes it."""
    from limits.storage import Storage, storage_from_string

    _refuse_invisible(text)
    if re.match(r"(redis|rediss|unix|redis\+unix)://", text):
        read_redis_url(text.removeprefix("redis+"))
    try:
        storage = storage_from_string(limits_uri(text))  # it connects when it is used
    except Exception:  # each kind of storage has its own way to complain
        storage = None
    if not isinstance(storage, Storage):  # nor one of asyncio
        raise SettingValueError(
            "write an address that the library limits knows and has a driver for, "
            "for example redis://127.0.0.1:6379/1"
        )
    return Secret(text)


def limits_uri(text: str) -> str:
    """Return the library's own name for a Redis behind a unix socket."""
    return re.sub(r"^unix://", "redis+unix://", text)


def _of_brand(read: Callable[[Any], T], given: Any) -> T:
    try:
        return read(given)
    except brand.BrandError as error:
        raise SettingValueError(str(error)) from None


def _content(text: str, max_bytes: int) -> bytes:
    """Return a file; of one that is too large only as much as shows that."""
    try:
        with read_path(text).open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise SettingValueError(f"it cannot be read: {error.strerror}") from None


def _origin(text: str, example: str) -> Origin:
    try:
        return read_origin(text)
    except AddressError as error:
        raise SettingValueError(f"{error}; write for example {example}") from None


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(word)
    except ValueError:
        raise SettingValueError(_near_network(word)) from None


def _are_everybody(networks: list[IPv4Network | IPv6Network]) -> bool:
    v4 = [network for network in networks if isinstance(network, IPv4Network)]
    v6 = list(
        collapse_addresses(
            network for network in networks if isinstance(network, IPv6Network)
        )
    )
    return (
        any(
            network.prefixlen == 0
            for network in collapse_addresses([*v4, *_NO_PUBLIC_IPV4])
        )
        or any(
            network.prefixlen == 0
            for network in collapse_addresses([*v6, *_NO_PUBLIC_IPV6])
        )
        or any(network.supernet_of(_IPV4_IN_IPV6) for network in v6)
    )


def _near_network(word: str) -> str:
    try:
        near = ip_network(word, strict=False)
    except ValueError:
        return "write networks, for example 127.0.0.1/32, or none"
    return f"an address is not its network: write {near}, or the address without /"


def _sqlite(url: URL) -> Secret:
    if url.host:
        raise SettingValueError("write four slashes: sqlite:////absolute/path.db")
    name = url.database or ""
    if not name or name.startswith(("file:", ":memory:")):
        raise SettingValueError("it names no file: sqlite:////absolute/path.db")
    for option, value in url.query.items():
        pattern = _SQLITE_OPTIONS.get(option)
        if not pattern or not isinstance(value, str) or not _fits(pattern, value):
            raise SettingValueError(
                "after ? stands an option or a value that it does not take; there are "
                "timeout=5 (seconds) and cached_statements=128"
            )
    return _written(url.set(drivername="sqlite"))


def _postgresql(url: URL) -> Secret:
    if "@" in (url.host or ""):
        raise SettingValueError(_ESCAPES)
    if not url.database or "/" in url.database:
        raise SettingValueError("it names no database: postgresql://host/name")
    if url.port is not None and not 0 < url.port <= _MAX_PORT:
        raise SettingValueError("its port is no number from 1 to 65535")
    if url.host and ":" not in url.host and not url.host.isascii():
        url = url.set(host=_read_host(url.host))
    _require_libpq_options(url)
    return _written(url)


def _require_libpq_options(url: URL) -> None:
    """Refuse an option of which libpq knows nothing.

    Without the driver nothing is judged here; the start says that it is missing.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo
    except ImportError:
        return
    try:
        dialect = url.set(drivername="postgresql+psycopg").get_dialect()()
        _, options = dialect.create_connect_args(url)
        make_conninfo(**options)
        is_taken = all(isinstance(value, str | int) for value in options.values())
    except (ArgumentError, ProgrammingError, ValueError, TypeError):
        is_taken = False
    if not is_taken:  # what is there twice comes as a tuple
        raise SettingValueError(
            f"after ? stands an option or a value that it does not take: {_LIBPQ}"
        )


def _require_redis_options(text: str, query: str) -> None:
    """Refuse what redis-py would stumble over when it connects."""
    from redis import ConnectionPool, RedisError

    pairs = parse_qsl(query, keep_blank_values=True)
    is_taken = len(dict(pairs)) == len(pairs) and all(
        # redis-py decodes a value twice.
        name in _REDIS_OPTIONS and _fits(_REDIS_OPTIONS[name], unquote(value))
        for name, value in pairs
    )
    try:
        ConnectionPool.from_url(text).make_connection()  # which does not connect yet
    except (ValueError, TypeError, AttributeError, RedisError):
        is_taken = False
    if not is_taken:
        raise SettingValueError(
            "after ? stands an option or a value that it does not take; there are for "
            f"example db=1, socket_timeout=2, and with rediss:// ssl_ca_certs=/path; "
            f"{_ESCAPES}"
        )


def _read_host(name: str) -> str:
    try:
        return read_host(name)
    except AddressError as error:
        raise SettingValueError(str(error)) from None


def _written(url: URL) -> Secret:
    return Secret(url.render_as_string(hide_password=False))


def _fits(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def _refuse_invisible(text: str) -> None:
    if any(sign < " " or sign == "\x7f" for sign in unquote(text)):
        raise SettingValueError(_INVISIBLE)


def _has_space(text: str) -> bool:
    return any(sign <= " " for sign in text)
