"""A device that signs documents of a request over HTTP, as the page does."""

import hashlib
import re
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.support.asking import sign_messages
from tests.webapp.browser_client import Browser
from webapp.certificates.models import Certificate
from webapp.pki.ca_key import AuthorityKey
from webapp.relying.asking import service
from webapp.relying.asking.contents import Documents, Format
from webapp.relying.asking.documents.attributes import messages_of
from webapp.relying.asking.scan_code import scan_token

ORIGIN = "http://localhost"
AFTER = 2  # seconds between asking and signing


class SigningDevice:
    """A phone with a certificate and its key, and the code of a request."""

    def __init__(
        self,
        browser: Browser,
        certificate: Certificate,
        key: AuthorityKey,
        *,
        asking_key: bytes,
        request_id: str,
    ) -> None:
        self.browser, self.certificate, self.key = browser, certificate, key
        self.request_id = request_id
        self.token = scan_token(asking_key, request_id)
        browser.open("/a")

    def open(self) -> Any:
        """Look at the request."""
        return self.browser.send_json("/a/open", {"token": self.token})

    def read(self, number: int) -> Any:
        """Fetch a document as it was sent."""
        return self._post("/a/document", document=number)

    def prepare(self, number: int) -> Any:
        """Fetch a PDF with room for the signature."""
        return self._post(
            "/a/prepared", document=number, serial=self.certificate.serial
        )

    def body(self, session: Session, **changes: Any) -> dict[str, Any]:
        """Return what approves the request."""
        request = service.find(session, self.request_id)
        session.refresh(request)
        statement = service.statement_of(request, self.certificate, ORIGIN)
        contents, digests = statement.contents, {}
        if isinstance(contents, Documents):
            for number, document in enumerate(contents.documents, 1):
                if document.format is Format.PDF:
                    digests[number] = digest_around(self.prepare(number).data)
        messages = messages_of(
            statement,
            self.certificate.signed_der,
            signed_at=request.asked_at + timedelta(seconds=AFTER),
            prepared=digests,
        )
        assert messages is not None
        return {
            "token": self.token,
            "serial": self.certificate.serial,
            "signatures": [one.hex() for one in sign_messages(self.key, messages)],
            "signedAfter": AFTER,
            "number": "",
            **changes,
        }

    def approve(self, session: Session, **changes: Any) -> Any:
        """Sign, and send it."""
        return self.browser.send_json("/a/approve", self.body(session, **changes))

    def _post(self, path: str, **fields: Any) -> Any:
        return self.browser.send_json(path, {"token": self.token, **fields})


def digest_around(prepared: bytes) -> bytes:
    """Return the SHA-256 of a prepared PDF without the room for its signature."""
    *_, last = re.finditer(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]", prepared)
    start, begin, end, length = (int(number) for number in last.groups())
    return hashlib.sha256(prepared[start:begin] + prepared[end : end + length]).digest()
