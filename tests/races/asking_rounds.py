"""Requests of an institution: made, opened, answered, withdrawn many times at once."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from json import dumps
from typing import Any

from tests.races.rounds import Factory, Round, form, forms, json
from tests.races.world import CLIENTS, ORIGIN, World, copies
from tests.support.asking import sign_statement
from tests.support.pdf_signing import make_pdf
from tests.webapp.browser_client import Browser
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.pki.ca_key import AuthorityKey, new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking import service
from webapp.relying.asking.contents import Document, Documents, Format, to_json
from webapp.relying.asking.documents.files import DocumentFile
from webapp.relying.asking.documents.service import attach
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.rules import State
from webapp.relying.asking.scan_code import PATH


@dataclass(frozen=True)
class AskedRequest:
    """A request that waits in a browser, and the certificate that may answer it."""

    world: World
    computer: Browser
    phone: Browser
    request_id: str
    token: str
    certificate: Certificate
    key: AuthorityKey

    def of_another_person(self) -> "AskedRequest":
        """Return the same request, as somebody else's phone would answer it."""
        key, phone = new_key(KeyKind.P_256), self.world.browser()
        certificate = self.world.certificate(self.world.customer(), key=key)
        phone.open(PATH)
        return replace(self, phone=phone, key=key, certificate=certificate)

    def end_in(self, delay: timedelta) -> None:
        """Let the request be over so long after now."""
        with self.world.session() as session:
            request = service.find(session, self.request_id)
            request.expires_at = utc_now() + delay
            session.commit()

    @property
    def path(self) -> str:
        """Where the browser that asked waits."""
        return f"/ask/{self.request_id}"

    def approval(self) -> dict[str, Any]:
        """Return what the phone sends to approve."""
        with self.world.session() as session:
            request = service.find(session, self.request_id)
            statement = service.statement_of(request, self.certificate, ORIGIN)
        signatures = [one.hex() for one in sign_statement(self.key, statement)]
        return {
            "token": self.token,
            "serial": self.certificate.serial,
            "signatures": signatures,
        }

    def read(self) -> AskingRequest:
        """Return the request as it is stored now."""
        with self.world.session() as session:
            return service.find(session, self.request_id)


def asked_request(world: World, *, is_seen: bool = True) -> AskedRequest:
    """Have the trial bank ask, and a phone look at it."""
    computer = world.browser()
    computer.open("/demo/ask")
    answer = computer.submit("/demo/ask", purpose="sign_in")
    return read_request(world, computer, answer.headers["Location"], is_seen=is_seen)


def read_request(
    world: World, computer: Browser, path: str, *, is_seen: bool = True
) -> AskedRequest:
    """Return the request of a browser that waits, read by a phone if it is seen."""
    key = new_key(KeyKind.P_256)
    certificate = world.certificate(world.customer(), key=key)
    phone = world.browser()
    address = re.search(r'data-address="([^"]+)"', computer.open(path).text)
    assert address
    token = address[1].partition(f"{PATH}#")[2]
    phone.open(PATH)
    if is_seen:
        assert phone.send_json("/a/open", {"token": token}).status_code == 200
    id_ = path.rpartition("/")[2]
    return AskedRequest(world, computer, phone, id_, token, certificate, key)


def make_request(world: World) -> Round:
    browsers = [world.browser() for _ in range(CLIENTS)]
    for browser in browsers:
        browser.open("/demo/ask")
    send = forms(browsers, "/demo/ask", purpose="consent")
    return Round(send=send, succeed=CLIENTS)


def open_request(world: World) -> Round:
    request = asked_request(world, is_seen=False)

    def check(_answers: Any) -> None:
        assert request.read().state == State.SEEN

    send = json(request.phone, "/a/open", {"token": request.token})
    return Round(send=send, succeed=CLIENTS, check=check)


def approve(world: World) -> Round:
    request = asked_request(world)

    def check(_answers: Any) -> None:
        assert request.read().state == State.APPROVED

    send = json(request.phone, "/a/approve", request.approval())
    return Round(send=send, events={"request.approved": 1}, succeed=1, check=check)


def pick_wrong_number(world: World) -> Round:
    request = asked_request(world)

    def check(_answers: Any) -> None:
        assert request.read().state == State.DECLINED

    body = {**request.approval(), "number": "00"}
    send = json(request.phone, "/a/approve", body)
    return Round(send=send, events={"request.number_wrong": 1}, succeed=0, check=check)


def decline(world: World) -> Round:
    request = asked_request(world)
    send = json(request.phone, "/a/decline", {"token": request.token})
    return Round(send=send, events={"request.declined": 1}, succeed=1)


def read_document(world: World) -> Round:
    request = asked_request(world)
    with_file(world, request)
    send = json(request.phone, "/a/document", {"token": request.token, "document": 1})
    return Round(send=send, succeed=CLIENTS)


def prepare_document(world: World) -> Round:
    request = asked_request(world)
    with_file(world, request)
    body = {
        "token": request.token,
        "document": 1,
        "serial": request.certificate.serial,
    }

    def check(answers: Any) -> None:
        assert len({answer.data for answer in answers}) == 1

    send = json(request.phone, "/a/prepared", body)
    return Round(send=send, succeed=CLIENTS, check=check)


def with_file(world: World, request: AskedRequest) -> None:
    """Have a request ask for the signature in a PDF."""
    file = DocumentFile(make_pdf())
    contents = Documents((Document("Contract", file.digest, Format.PDF),))
    with world.session() as session:
        stored = service.find(session, request.request_id)
        stored.purpose = contents.purpose
        stored.contents = dumps(to_json(contents))
        attach(session, stored.id, contents, [file])
        session.commit()


def withdraw(world: World) -> Round:
    request = asked_request(world)

    def check(_answers: Any) -> None:
        assert request.read().state == State.WITHDRAWN

    send = withdrawing(request)
    return Round(send=send, succeed=1, check=check)


def approving(request: AskedRequest) -> Any:
    """Return what approves a request on its device."""
    return json(request.phone, "/a/approve", request.approval())


def declining(request: AskedRequest) -> Any:
    """Return what declines a request on the device."""
    return json(request.phone, "/a/decline", {"token": request.token})


def withdrawing(request: AskedRequest) -> Any:
    """Return what withdraws a request from many tabs of the browser that request."""
    browsers = copies(request.computer)
    return lambda number: browsers[number].send_json(f"{request.path}/withdraw", {})


def ask_to_sign_in(world: World) -> Round:
    browsers = [world.browser() for _ in range(CLIENTS)]
    for browser in browsers:
        browser.open("/sign-in")
    return Round(send=forms(browsers, "/sign-in/certificate"), succeed=CLIENTS)


def sign_in_by_certificate(world: World) -> Round:
    """Have many copies of the browser that asked take one approval."""
    computer = world.browser()
    computer.open("/sign-in")
    path = computer.submit("/sign-in/certificate").headers["Location"]
    request = read_request(world, computer, path)
    approved = request.phone.send_json("/a/approve", request.approval())
    assert approved.status_code == 200, approved.text
    send = form(computer, f"/sign-in/certificate/{request.request_id}")
    events = {"customer.signed_in_by_certificate": 1}
    return Round(send=send, events=events, succeed=1)


ROWS: dict[str, tuple[Factory, ...]] = {
    "asking.open_request": (open_request,),
    "asking.approve": (approve, pick_wrong_number),
    "asking.decline": (decline,),
    "asking.read_document": (read_document,),
    "asking.prepare_document": (prepare_document,),
    "asking_waiting.withdraw": (withdraw,),
    "demo_asking.ask": (make_request,),
    "certificate_sign_in.ask": (ask_to_sign_in,),
    "certificate_sign_in.finish": (sign_in_by_certificate,),
}
