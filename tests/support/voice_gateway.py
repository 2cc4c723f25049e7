"""A voice gateway on this machine that speaks Twilio's protocol, and is a phone too.

It takes orders over HTTP as the real one does (POST /2010-04-01/Accounts/SID/Calls.json
with basic authentication), rings a phone that a test plays, and tells the centre over
HTTP what happens, signed by the account's token. The signature is made here by the
protocol's description, apart from the library that the centre judges it with.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "a-token-that-nobody-guesses", "+8225550000"


Fields = dict[str, Any]


class Page(Protocol):
    """An answer of the site, as text."""

    @property
    def text(self) -> str: ...


def sign(url: str, fields: Fields, token: str = TOKEN) -> str:
    """Return the signature of a webhook: address, then names and values in order."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass
class Answer:
    """What the centre said to a webhook."""

    status: int
    body: str

    @property
    def twiml(self) -> ElementTree.Element:
        """What the voice is to say and do."""
        return ElementTree.fromstring(self.body)

    @property
    def verbs(self) -> list[str]:
        """The names of TwiML's verbs, in order."""
        return [verb.tag for verb in self.twiml]


@dataclass
class Rung:
    """A call as the gateway sees it, and the person who holds the phone."""

    sid: str
    fields: Fields = field(repr=False)
    digits_url: str = ""

    def pick_up(self, **changes: Any) -> Answer:
        """Answer the phone."""
        answer = self.tell(self.fields["Url"], CallStatus="in-progress", **changes)
        gather = answer.twiml.find("Gather") if answer.status == 200 else None
        if gather is not None:
            self.digits_url = gather.get("action", "")
        return answer

    def key(self, digits: str, **changes: Any) -> Answer:
        """Key digits in."""
        url = self.digits_url or self.fields["Url"].replace("/answer", "/digits")
        return self.tell(url, CallStatus="in-progress", Digits=digits, **changes)

    def say(self, status: str, **changes: Any) -> Answer:
        """Tell the centre how the call stands."""
        return self.tell(self.fields["StatusCallback"], CallStatus=status, **changes)

    def tell(
        self,
        url: str,
        *,
        token: str = TOKEN,
        signature: str | None = None,
        **fields: Any,
    ) -> Answer:
        """Send a webhook as the gateway does."""
        fields = {
            "AccountSid": ACCOUNT,
            "CallSid": self.sid,
            "Direction": "outbound-api",
            "From": self.fields["From"],
            "To": self.fields["To"],
            **fields,
        }
        signature = sign(url, fields, token) if signature is None else signature
        request = Request(url, urlencode(fields).encode())
        request.add_header("X-Twilio-Signature", signature)
        try:
            with urlopen(request, timeout=20) as answer:
                return Answer(answer.status, answer.read().decode())
        except HTTPError as error:
            return Answer(error.code, error.read().decode())


class Gateway:
    """Takes orders; `mood` is how it answers them."""

    def __init__(self) -> None:
        self.rung: list[Rung] = []
        self.mood, self.asked = "well", 0
        self.let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def phone(self) -> Rung:
        """The call that rings now."""
        return self.rung[-1]

    def take(
        self, path: str, authorization: str | None, fields: Fields
    ) -> tuple[int, object]:
        """Return status and body for an order."""
        self.asked += 1
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if path != f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json":
            return 404, {"code": 20404, "message": "not here", "status": 404}
        if authorization != f"Basic {expected}":
            return 401, {"code": 20003, "message": "who are you", "status": 401}
        if self.mood == "broken":
            message = f"cannot call {fields['To']}"
            return 500, {"code": 20500, "message": message, "status": 500}
        if self.mood == "nonsense":
            return 201, ["what", "is", "this"]
        if self.mood == "silent":
            self.let_go.wait(30)
            return 201, {"sid": "CA-late"}
        self.rung.append(Rung(f"CA{len(self.rung):032x}", fields))
        return 201, {"sid": self.phone.sid, "status": "queued", "to": fields["To"]}

    @contextmanager
    def running(self) -> Iterator["Gateway"]:
        """Listen until the test has ended."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.let_go.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join(10)

    def _handler(gateway) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # `self` is the request there
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                read = parse_qs(self.rfile.read(length).decode())
                fields: Fields = {
                    name: values[0] if len(values) == 1 else values
                    for name, values in read.items()
                }
                status, body = gateway.take(
                    self.path, self.headers.get("Authorization"), fields
                )
                content = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    pass  # it did not wait

            def log_message(self, *_words: object) -> None:
                pass

        return Handler


def digits_on(page: Page) -> str:
    """Return the two digits that a page shows, or nothing."""
    shown = r'id="digits" translate="no"><span>(\d)</span> <span>(\d)</span>'
    digits = re.search(shown, page.text)
    return digits[1] + digits[2] if digits else ""


def other_than(digits: str) -> str:
    """Return two digits that are not these."""
    return f"{(int(digits) + 1) % 100:02d}"
