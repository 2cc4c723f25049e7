"""The relay's HTTP client: one POST after the other, over checked TLS.

Knows addresses, TLS and JSON, and nothing of pairings; relay_session.py says what to
ask.
"""

import io
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from time import monotonic
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from mobile_bridge.errors import BridgeError
from mobile_bridge.formats.web_address import AddressError, read_origin

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
# All frames of a pairing are 64 KiB, in base64url 88.
MAX_REPLY_BYTES: Final = 256 * 1024
HTTP_OK: Final = 200
SERVER_FAULT: Final = 500


class CentreError(BridgeError):
    """This is not the address of a centre: https://HOST, or http on this machine."""

    code = "centre_unknown"


class CaFileError(BridgeError):
    """The file with the centre's root certificate cannot be read."""

    code = "ca_file"


class OfflineError(BridgeError):
    """Nobody answers just now; the same may be asked again."""

    code = "offline"


class UntrustedError(BridgeError):
    """The centre's TLS certificate is not one that this computer trusts."""

    code = "untrusted"


class UnexpectedReplyError(BridgeError):
    """Somebody answers, but not as a centre does."""

    code: ClassVar[str] = "unexpected_answer"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the relay answered; `code` is "" when it agreed."""

    code: str
    content: Mapping[str, Any]


def parse_origin(text: str) -> str:
    """Return a centre's origin, written as a browser writes it.

    Raises:
        CentreError: it is no address, or one on which everybody could listen.
    """
    try:
        origin = read_origin(text)
    except AddressError:
        raise CentreError from None
    # As in a browser: without TLS only what stays on this machine.
    if origin.scheme == "http" and not _is_here(origin.host):
        raise CentreError
    return str(origin)


class _TimedSocket(io.RawIOBase):
    """A socket that is read until one moment.

    A socket's own time begins anew with each piece, and who sends a piece now and then
    would never be done.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._raw = sock, sock.makefile("rb", buffering=0)
        self._until = monotonic() + (sock.gettimeout() or ANSWER_SECONDS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    """An answer of which head and body together have one time."""

    def __init__(self, sock: socket.socket, *options: Any, **more: Any) -> None:
        super().__init__(sock, *options, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedSocket(sock))


class _Plain(HTTPConnection):
    response_class = _TimedResponse


class _Secure(HTTPSConnection):
    response_class = _TimedResponse


class RelayHttpClient:
    """One centre's relay, asked by POST on a connection that is kept."""

    def __init__(self, centre: str, *, ca: str | None = None) -> None:
        is_secure, context = centre.startswith("https:"), _tls(ca)
        trust = {"ssl_context": context} if is_secure else {}
        # Two: one that waits for news, and one to speak meanwhile.
        self._pool = urllib3.connection_from_url(
            centre, maxsize=2, retries=False, headers=_headers(), **trust
        )
        self._pool.ConnectionCls = _Secure if is_secure else _Plain

    def post(
        self,
        event: str,
        body: Mapping[str, object],
        *,
        within: float = ANSWER_SECONDS,
    ) -> Reply:
        """Ask once; the whole of the answer has to be here `within` seconds.

        Raises:
            OfflineError: there was no answer; nobody knows whether it was heard.
            UntrustedError: whoever answers is not known to be the centre.
            UnexpectedReplyError: the answer is not of this protocol.
        """
        payload = json.dumps(body, separators=(",", ":")).encode()
        return _read(*self._request("POST", f"/bridge/{event}", payload, within=within))

    def get(
        self, path: str, fields: Mapping[str, str], *, within: float = ANSWER_SECONDS
    ) -> Mapping[str, Any]:
        """Ask for what anybody may read; nothing secret stands in an address.

        Raises:
            OfflineError, UntrustedError, UnexpectedReplyError: as for `post`.
        """
        address = f"{path}?{urlencode(fields)}"
        status, octets = self._request("GET", address, None, within=within)
        content = _content(octets)
        if status != HTTP_OK or not isinstance(content, dict):
            raise UnexpectedReplyError
        return content

    def _request(
        self, method: str, address: str, body: bytes | None, *, within: float
    ) -> tuple[int, bytes]:
        connect = min(CONNECT_SECONDS, within)
        try:
            response = self._pool.request(
                method,
                address,
                body=body,
                timeout=urllib3.Timeout(connect=connect, total=within),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                octets = response.read(MAX_REPLY_BYTES + 1)
            finally:
                # A line that was read to its end is kept by now; the rest is not read.
                response.close()
        except urllib3.exceptions.HTTPError as error:
            # Without its cause: a traceback would show what was said.
            raise _error_for(error) from None
        return response.status, octets


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


def _error_for(error: urllib3.exceptions.HTTPError) -> BridgeError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UntrustedError()
        inner = next((a for a in cause.args if isinstance(a, BaseException)), None)
        cause = inner or cause.__cause__ or cause.__context__
    return OfflineError()


def _content(octets: bytes) -> Any:
    try:
        return json.loads(octets) if len(octets) <= MAX_REPLY_BYTES else None
    except (ValueError, RecursionError):
        return None


def _read(status: int, octets: bytes) -> Reply:
    content = _content(octets)
    if isinstance(content, dict):
        code = content.get("code")
        if content.get("ok") is True:
            return Reply("", content)
        if isinstance(code, str) and code:
            return Reply(code, content)
    raise OfflineError if status >= SERVER_FAULT else UnexpectedReplyError
