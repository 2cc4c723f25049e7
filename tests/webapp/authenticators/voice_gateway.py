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
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "a-token-that-nobody-guesses", "+8225550000"


def sign(url, fields, token=TOKEN):
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
    def twiml(self):
        return ElementTree.fromstring(self.body)

    @property
    def verbs(self):
        return [verb.tag for verb in self.twiml]


@dataclass
class Rung:
    """A call as the gateway sees it, and the person who holds the phone."""

    sid: str
    fields: dict = field(repr=False)
    digits_url: str = ""

    def pick_up(self, **changes):
        said = self.tell(self.fields["Url"], CallStatus="in-progress", **changes)
        if said.status == 200 and "Gather" in said.verbs:
            self.digits_url = said.twiml.find("Gather").get("action")
        return said

    def key(self, digits, **changes):
        url = self.digits_url or self.fields["Url"].replace("/answer", "/digits")
        return self.tell(url, CallStatus="in-progress", Digits=digits, **changes)

    def say(self, status, **changes):
        return self.tell(self.fields["StatusCallback"], CallStatus=status, **changes)

    def tell(self, url, *, token=TOKEN, signature=None, **fields):
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

    def __init__(self):
        self.rung, self.mood, self.asked = [], "well", 0
        self.let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def phone(self):
        """The call that rings now."""
        return self.rung[-1]

    def take(self, path, authorization, fields):
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
    def running(self):
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

    def _handler(gateway):  # noqa: N805  # `self` is the request there
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                read = parse_qs(self.rfile.read(length).decode())
                fields = {
                    name: values[0] if len(values) == 1 else values
                    for name, values in read.items()
                }
                status, body = gateway.take(
                    self.path, self.headers.get("Authorization"), fields
                )
                said = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(said)))
                    self.end_headers()
                    self.wfile.write(said)
                except OSError:
                    pass  # it did not wait

            def log_message(self, *_words):
                pass

        return Handler


def digits_on(page):
    """Return the two digits that a page shows, or nothing."""
    shown = r'id="digits" translate="no"><span>(\d)</span> <span>(\d)</span>'
    found = re.search(shown, page.text)
    return found[1] + found[2] if found else ""


def other_than(digits):
    """Return two digits that are not these."""
    return f"{(int(digits) + 1) % 100:02d}"
