"""Somebody who visits the centre as a browser does: forms, tokens, redirects."""

import base64
import re
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobile_bridge.npki.identity_seal import seal_random_number
from tests.support.certificate_factory import R
from webapp.clock import utc_now
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION

PAGE = {"Accept": "text/html"}
STEPS = (
    (
        "terms",
        {
            "version": TERMS_VERSION,
            "accepted": "yes",
            "privacy_version": PRIVACY_VERSION,
            "privacy": "yes",
        },
    ),
    ("you", {"birth_date": "19900131"}),
    ("type", {"type": "personal-sign"}),
)


@dataclass
class Browser:
    """A browser with one person in front of it."""

    client: FlaskClient
    token: str = field(default="", repr=False)

    def open(self, path: str) -> TestResponse:
        """Open a page, following redirects."""
        page = self.client.get(path, headers=PAGE, follow_redirects=True)
        match = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
        self.token = match[1] if match else self.token
        return page

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Send a form of a page that was opened before."""
        return self.client.post(
            path, data={"csrf_token": self.token, **fields}, headers=PAGE
        )

    def sign_in(self, login_id: str, password: str) -> TestResponse:
        """Sign in and take the new token."""
        self.open("/sign-in")
        answer = self.submit("/sign-in", login_id=login_id, password=password)
        self.open("/")
        return answer

    def show_again(self, password: str) -> TestResponse:
        """Type the password once more, as who has no factor does before an act."""
        answer = self.submit("/me/security/prove/password", password=password)
        assert answer.status_code == 303, answer.text
        return answer

    def has_shown(self) -> None:
        """Be somebody whose card was asked for in this sign-in a moment ago."""
        with self.client.session_transaction() as kept:
            kept["step_up"] = ["factor", int(utc_now().timestamp())]

    def begin(self) -> str:
        """Open an application and return its id."""
        location = self.submit("/applications").headers["Location"]
        return location.rsplit("/", 1)[-1]

    def walk(self, *, type_id: str = "personal-sign") -> str:
        """Walk an application up to the key and return its id."""
        application_id = self.begin()
        for step, fields in STEPS:
            chosen = {"type": type_id} if step == "type" else fields
            answer = self.submit(f"/applications/{application_id}/{step}", **chosen)
            assert answer.status_code == 302, answer.text
        return application_id

    def order(
        self,
        application_id: str,
        request: bytes,
        key: str = "k" * 16,
        *,
        sealed: str | None = None,
    ) -> TestResponse:
        """Post a signing request as the page's script does.

        `sealed` is what stands in place of R as the page seals it, empty for nothing.
        """
        if sealed is None:
            sealed = self.seal(application_id, request)
        return self.client.post(
            "/certificates",
            data=request,
            headers={
                **({"Sealed-Random-Number": sealed} if sealed else {}),
                "Content-Type": "application/pkcs10",
                "Accept": "application/pkix-cert",
                "Application-Id": application_id,
                "Idempotency-Key": key,
                "X-CSRFToken": self.token,
            },
        )

    def seal(
        self, application_id: str, request: bytes, random_number: bytes = R
    ) -> str:
        """Seal R as the page's script does, to the key that stands in the page."""
        page = self.open(f"/applications/{application_id}/keep").text
        match = re.search(r'data-identity-key="([^"]+)"', page)
        if match is None:
            return ""
        sealed = seal_random_number(
            base64.b64decode(match[1]),
            random_number,
            request=request,
            application_id=application_id,
        )
        return base64.b64encode(sealed).decode()

    def send_json(self, path: str, body: object) -> TestResponse:
        """Post JSON as a script does."""
        return self.client.post(path, json=body, headers={"X-CSRFToken": self.token})
