"""Nobody on the way learns anything: every frame, request and log line is searched."""

import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, WebSocket

from tests.e2e.files import open_key
from tests.e2e.page_steps import (
    PASSWORD,
    agree_to_send,
    choose_password,
    code_on,
    expect_arrived,
    kept_in,
    open_link,
    reach_keeping,
    show_code,
    type_code,
    wait_for_done,
)

PIECE = 24  # bytes of a long secret that count as a trace of it


@dataclass
class Tap:
    """Everything that a page says to the relay and hears from it."""

    frames: list[bytes] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Begin before the page opens its line."""
        page.on("websocket", self._attach)
        page.on("requestfinished", self._read)

    def _read(self, request: Request) -> None:
        if "/bridge/" in request.url:
            self._note(request.post_data or "")
            answer = request.response()
            self._note(answer.body() if answer else b"")

    def _attach(self, line: WebSocket) -> None:
        line.on("framesent", self._note)
        line.on("framereceived", self._note)

    def _note(self, payload: str | bytes) -> None:
        self.frames.append(payload.encode() if isinstance(payload, str) else payload)


def forms_of(secret: bytes) -> list[bytes]:
    """Return how a secret would look raw, in hex and in base64 wherever it stands."""
    forms = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for shift in range(3):
        # The signs at both ends also carry bits of the neighbours.
        coded = base64.b64encode(bytes(shift) + secret)
        whole = coded[(4 if shift else 0) : len(coded) - 4]
        forms += [whole, whole.translate(bytes.maketrans(b"+/", b"-_"))]
    return [form for form in forms if len(form) >= min(len(secret), 6)]


def traces(secrets: dict[str, bytes], seen: bytes) -> list[str]:
    """Name every secret of which a piece stands in what was seen."""
    return [
        name
        for name, secret in secrets.items()
        for start in range(0, max(1, len(secret) - PIECE + 1), PIECE)
        for form in forms_of(secret[start : start + PIECE])
        if form in seen
    ]


def test_the_search_finds_a_secret_in_every_form():
    secret = bytes(range(100, 132))
    for seen in (
        b"xx" + secret,
        b"x" + secret.hex().encode(),
        base64.b64encode(b"x" + secret + b"y"),
        base64.urlsafe_b64encode(b"xy" + secret),
    ):
        assert "it" in traces({"it": secret}, seen)
    assert traces({"it": secret}, bytes(200)) == []


def test_relay_and_log_see_no_secret_of_a_whole_transfer(
    centre, kept, sender: Page, phone: Page
):
    tap = Tap()
    for page in (sender, phone):
        tap.listen(page)
    log_before = centre.log.stat().st_size
    link = show_code(sender, kept.certificate)
    open_link(phone, link)
    code = code_on(phone)
    type_code(sender, code)
    agree_to_send(sender)
    phone.tap("#accept")
    expect_arrived(sender, phone)

    [holding] = kept_in(sender)
    key = open_key(holding["encryptedKey"])
    fragment = urlsplit(link).fragment
    secrets = {
        "seed": base64.urlsafe_b64decode(fragment + "==")[1:33],
        "fragment": fragment.encode(),
        "check code": code.encode(),
        "certificate password": PASSWORD.encode(),
        "encrypted key": holding["encryptedKey"],
        "open key": key.pkcs8,
        "random number": key.random_number,
        "certificate": holding["certificate"],
        "name": "김하나".encode(),
        "latin name": b"KIM HANA",
        **{f"private part {n}": part for n, part in enumerate(key.private_parts())},
    }
    seen = b"\n".join(tap.frames)
    assert len(tap.frames) > 20
    assert len(seen) > 16 * 1024  # the padded payload went by, on both lines
    assert traces(secrets, seen) == []
    assert traces(secrets, centre.log.read_bytes()[log_before:]) == []
    requests = str([request["url"] for request in centre.requests()]).encode()
    assert traces({"fragment": fragment.encode()}, requests) == []


def test_the_centre_never_gets_key_password_or_random_number(
    centre, person, computer: Page
):
    before = len(centre.requests())
    reach_keeping(computer, person)
    choose_password(computer)
    wait_for_done(computer)

    [holding] = kept_in(computer)
    key = open_key(holding["encryptedKey"])
    secrets = {
        "certificate password": PASSWORD.encode(),
        "encrypted key": holding["encryptedKey"],
        "random number": key.random_number,
        **{f"private part {n}": part for n, part in enumerate(key.private_parts())},
    }
    requests = centre.requests()[before:]
    bodies = b"\n".join(bytes.fromhex(str(request["body"])) for request in requests)
    assert b"19900131" in bodies  # the record does hold what was typed elsewhere
    assert traces(secrets, bodies + str(requests).encode()) == []
    assert traces(secrets, centre.log.read_bytes()) == []
