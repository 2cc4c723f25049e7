"""The relay's door for a program: one POST after the other, over checked TLS.

Knows addresses, TLS and JSON, and nothing of pairings; remote.py says what to ask.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import urllib3

from mobile_bridge.errors import BridgeError

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
MOST_ANSWER: Final = 256 * 1024  # all frames of a pairing are 64 KiB, in base64url 88
SERVER_FAULT: Final = 500
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class CentreError(BridgeError):
    """This is not the address of a centre: https://HOST, or http on this machine."""

    code = "centre_unknown"


class CaFileError(BridgeError):
    """The file with the centre's root certificate cannot be read."""

    code = "ca_file"


class CutError(BridgeError):
    """Nobody answers just now; the same may be asked again."""

    code = "offline"


class UntrustedError(BridgeError):
    """The centre's TLS certificate is not one that this computer trusts."""

    code = "untrusted"


class NotACentreError(BridgeError):
    """Somebody answers, but not as a centre does."""

    code: ClassVar[str] = "unexpected_answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the relay said; `code` is "" when it agreed."""

    code: str
    content: Mapping[str, Any]


def read_centre(text: str) -> str:
    """Return a centre's origin, written as a browser writes it.

    Raises:
        CentreError: it is no address, or one on which everybody could listen.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:  # UnicodeError is one
        raise CentreError from None
    more = (parts.username, parts.query, parts.fragment, parts.path.strip("/"))
    if parts.scheme not in _DEFAULT_PORTS or not host or any(more):
        raise CentreError
    # As in a browser: without TLS only what stays on this machine.
    if parts.scheme == "http" and not _is_here(host):
        raise CentreError
    name = f"[{host}]" if ":" in host else host
    is_usual = port in (None, _DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{name}" + ("" if is_usual else f":{port}")


class Door:
    """One centre's relay, asked by POST on a connection that is kept."""

    def __init__(self, centre: str, *, ca: str | None = None) -> None:
        self._address = f"{centre}/bridge"
        # Two: one that waits for news, and one to speak meanwhile.
        self._pool = urllib3.PoolManager(
            maxsize=2, retries=False, ssl_context=_tls(ca), headers=_headers()
        )

    def post(self, event: str, body: Mapping[str, object], *, wait: int = 0) -> Answer:
        """Ask once.

        Raises:
            CutError: there was no answer; nobody knows whether it was heard.
            UntrustedError: whoever answers is not known to be the centre.
            NotACentreError: the answer is not of this protocol.
        """
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=wait + ANSWER_SECONDS)
        said = json.dumps(body, separators=(",", ":")).encode()
        try:
            response = self._pool.request(
                "POST",
                f"{self._address}/{event}",
                body=said,
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            octets = response.read(MOST_ANSWER + 1)
            response.drain_conn()
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            # Without its cause: a traceback would show what was said.
            raise _why(error) from None
        return _read(response.status, octets)


def _headers() -> dict[str, str]:
    try:
        number = version("certferry")
    except PackageNotFoundError:  # run from a checkout
        number = "0"
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": f"certferry/{number} (terminal)",
    }


def _tls(ca: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise CaFileError from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: urllib3.exceptions.HTTPError) -> BridgeError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UntrustedError()
        inner = next((a for a in cause.args if isinstance(a, BaseException)), None)
        cause = inner or cause.__cause__ or cause.__context__
    return CutError()


def _read(status: int, octets: bytes) -> Answer:
    try:
        content: Any = json.loads(octets) if len(octets) <= MOST_ANSWER else None
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        code = content.get("code")
        if content.get("ok") is True:
            return Answer("", content)
        if isinstance(code, str) and code:
            return Answer(code, content)
    raise CutError if status >= SERVER_FAULT else NotACentreError
