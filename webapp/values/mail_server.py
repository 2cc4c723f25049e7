"""The address of a mail server, and the name that letters come from. Pure."""

from dataclasses import dataclass, field
from email.errors import HeaderParseError, ObsoleteHeaderDefect
from email.headerregistry import Address, AddressHeader
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from mobile_bridge.formats.web_address import AddressError, read_host
from webapp.values.email_address import MailAddressError, delivery_address
from webapp.values.secret import Secret

_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_FORM: Final = "smtp://user:password@host:587 or smtps://…"
_MAX_PORT: Final = 65535


_WHY: Final = {
    "email_unreadable": "it is no address, Name <letters@ca.example>",
    "email_not_ascii": "it is no address that mail servers take: "
    "write Latin letters before the @",
    "email_domain_unfit": "it is no address: no mail goes to what follows the @",
    "email_too_long": "it is no address: at most 64 signs before the @, 254 in all",
}


class BadMailAddressError(ValueError):
    """The address of the mail server is none; the text says what it has to be."""


class BadSenderError(ValueError):
    """Nobody can be written to as this sender; the text says what it has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where letters are handed in: how, where and as whom."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: Secret = field(default=Secret(""), repr=False)


def read_mail_server(url: str) -> MailServer:
    """Read the address of a mail server.

    `smtp://` begins open and goes on with STARTTLS, `smtps://` is TLS from the start,
    `smtp+plain://` stays open and takes no password.

    Raises:
        BadMailAddressError: it is no such address.
    """
    url = url.strip()
    if any(sign <= " " for sign in url) or any(sign < " " for sign in unquote(url)):
        raise BadMailAddressError("there is a space or an invisible sign in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailAddressError("the port is no number") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadMailAddressError(_FORM)
    if port is not None and not 0 < port <= _MAX_PORT:
        raise BadMailAddressError("the port is no number from 1 to 65535")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise BadMailAddressError("nothing follows the port; write @ / ? # : as %40 …")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "smtp+plain" and (user or password):
        raise BadMailAddressError("no password is sent over an open line")
    if not (user + password).isascii():
        raise BadMailAddressError("a mail server is told user and password in ASCII")
    if bool(user) != bool(password):
        raise BadMailAddressError("user and password belong together")
    return MailServer(
        scheme=parts.scheme,
        host=_read_host(parts.hostname),
        port=port or _PORTS[parts.scheme],
        user=user,
        password=Secret(password),
    )


def read_sender(text: str) -> str:
    """Return one mailbox, `Name <letters@ca.example>`, as it stands in a letter.

    Raises:
        BadSenderError: it is none, or more than one.
    """
    parsed: dict[str, Any] = {"defects": [], "groups": []}
    try:
        AddressHeader.parse(text.strip(), parsed)
    except (HeaderParseError, IndexError, ValueError):
        raise BadSenderError("it is no address, Name <letters@ca.example>") from None
    mailboxes = [mailbox for group in parsed["groups"] for mailbox in group.addresses]
    if len(mailboxes) > 1:
        raise BadSenderError(
            'it is more than one address; put a name with a comma in quotes: "A, B" <…>'
        )
    # A dot in a name, as in "Co.", needs quotes by today's rules; its sense is clear.
    defects = [
        defect
        for defect in parsed["defects"]
        if not isinstance(defect, ObsoleteHeaderDefect)
    ]
    is_group = any(group.display_name for group in parsed["groups"])
    if not mailboxes or is_group or defects:
        raise BadSenderError("it is no address, Name <letters@ca.example>")
    return str(Address(mailboxes[0].display_name, addr_spec=_addr_spec(mailboxes[0])))


def _addr_spec(address: Address) -> str:
    # What people are to answer to obeys the rule for their own addresses.
    try:
        return delivery_address(address.addr_spec)
    except MailAddressError as error:
        raise BadSenderError(_WHY[error.code]) from None


def _read_host(name: str) -> str:
    if ":" in name:  # IPv6, out of its brackets
        return name
    try:
        return read_host(name)
    except AddressError as error:
        raise BadMailAddressError(str(error)) from None
