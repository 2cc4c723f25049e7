"""An institution, a browser that waits and a device that answers, over plain sockets.

Each keeps one connection, as browsers do. What they send is what the pages and a stock
client of OpenID Connect send; scripts and styles, which caches keep, are not fetched.
"""

import base64
import hashlib
import json
import re
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.asking import sign_statement
from webapp.pki.ca_key import AuthorityKey
from webapp.relying.asking.contents import Asker, from_json
from webapp.relying.asking.statement import Statement

TIMEOUT = 90  # seconds; an answer may be held for fifty
CALLBACK = "http://127.0.0.1:9/callback"
HTML = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_ADDRESS = re.compile(r'data-address="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    location: str
    text: str

    @property
    def json(self) -> Any:
        """What a program reads in it."""
        return json.loads(self.text)


class BrowserClient:
    """A browser of its own: a connection, cookies, and the token of its last page."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self._wire = HTTPConnection(
            "127.0.0.1", port, TIMEOUT, source_address=(source, 0)
        )
        self._cookies: dict[str, str] = {}
        self._token = ""

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        """Ask for a page, and follow no redirect."""
        reply = self._send("GET", path, None, headers or HTML)
        token = _CSRF.search(reply.text)
        self._token = token[1] if token else self._token
        return reply

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Send what a script sends."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token}
        return self._send("POST", path, json.dumps(body), headers)

    def submit(self, path: str, fields: dict[str, Any]) -> Reply:
        """Send a form of the last page."""
        form = urlencode({"csrf_token": self._token, **fields}, doseq=True)
        return self._send("POST", path, form, {**HTML, **FORM})

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> Reply:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {**headers, **({"Cookie": cookie} if cookie else {})}
        self._wire.request(method, path, body, sent)
        answer = self._wire.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        text = answer.read().decode()
        return Reply(answer.status, answer.headers.get("Location", ""), text)


@dataclass(slots=True)
class Institution:
    """The program of a registered institution."""

    port: int
    id: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def address(self, redirect_uri: str = CALLBACK, **changes: str) -> str:
        """Return where it sends a browser that wants to sign in."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        parameters = {
            "client_id": self.id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": "openid profile",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"/openid/authorize?{urlencode(parameters)}"

    def finish(
        self, location: str, redirect_uri: str = CALLBACK, root: Path | None = None
    ) -> dict[str, Any]:
        """Exchange the code that a browser brings, and ask who it is.

        With the certificate of a `root` over HTTPS.
        """
        (code,) = parse_qs(urlsplit(location).query)["code"]
        basic = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": self.verifier,
        }
        wire = HTTPConnection(self.host, self.port, TIMEOUT)
        if root is not None:
            context = ssl.create_default_context(cafile=str(root))
            wire = HTTPSConnection(self.host, self.port, context=context)
        headers = {"Authorization": f"Basic {basic}", **FORM}
        wire.request("POST", "/openid/token", urlencode(fields), headers)
        token = json.load(wire.getresponse())["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        wire.request("GET", "/openid/userinfo", headers=bearer)
        person: dict[str, Any] = json.load(wire.getresponse())
        wire.close()
        return person


@dataclass(frozen=True, slots=True)
class Device:
    """A phone with a certificate, which answers what it is shown."""

    serial: str
    fingerprint: str
    key: AuthorityKey = field(repr=False)
    centre: str

    def open(self, phone: BrowserClient, token: str) -> dict[str, Any]:
        """Open the page that the code leads to; return what is asked for."""
        phone.get("/a")
        opened: dict[str, Any] = phone.post("/a/open", {"token": token}).json
        return opened

    def approve(self, phone: BrowserClient, token: str, opened: dict[str, Any]) -> None:
        """Sign what is asked for."""
        asker = opened["asker"]
        statement = Statement(
            request_id=opened["requestId"],
            asker=Asker(asker["id"], asker["name"], asker["origin"]),
            contents=from_json(opened["contents"]),
            centre=self.centre,
            asked_at=datetime.fromtimestamp(opened["askedAt"], UTC),
            expires_at=datetime.fromtimestamp(opened["expiresAt"], UTC),
            fingerprint=self.fingerprint,
        )
        signatures = [one.hex() for one in sign_statement(self.key, statement)]
        body = {"token": token, "serial": self.serial, "signatures": signatures}
        reply = phone.post("/a/approve", body)
        assert reply.status == 200, reply.text


@dataclass(slots=True)
class WaitingPage:
    """The page with the code, in the browser that asked."""

    browser: BrowserClient
    path: str
    token: str
    state: str = "made"

    @classmethod
    def open(cls, browser: BrowserClient, location: str) -> "WaitingPage":
        """Open the page to which a request leads."""
        address = _ADDRESS.search(browser.get(location).text)
        assert address, location
        return cls(browser, location, address[1].partition("#")[2])

    def ask(self) -> str:
        """Ask once, as its script does; return where to go on, empty where it waits."""
        path = f"{self.path}/state?after={self.state}"
        outcome = self.browser.get(path, {"Accept": "application/json"}).json
        self.state = outcome["state"]
        return str(outcome["next"])
