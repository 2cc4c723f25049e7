"""A program asks, and documents are read and signed with the certificate's key."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_asking import approve, scan
from tests.support.pdf_signing import make_pdf
from tests.support.signing import PATH, RETURN, encoded, make_program
from webapp.clock import utc_now

TEXT = "전세 계약서\n보증금 1억\n".encode()
DOCUMENTS = [
    {"title": "약관.txt", "content": encoded(TEXT)},
    {"title": "전세 계약서.pdf", "content": encoded(make_pdf()), "format": "pdf"},
]


class RemoteProgram:
    """A program that calls a centre over HTTP."""

    def __init__(self, centre: Any, page: Page) -> None:
        with centre.database() as session:
            program = make_program(None, session, utc_now())  # type: ignore[arg-type]
            names = ":".join(program.auth)
        self._headers = {
            "Authorization": f"Basic {base64.b64encode(names.encode()).decode()}",
            "Content-Type": "application/json",
        }
        self._page = page

    def make(self, **fields: Any) -> Any:
        """Make a request."""
        body = json.dumps({"return_uri": RETURN, **fields})
        answer = self._page.request.post(PATH, data=body, headers=self._headers)
        assert answer.status == 201, answer.text()
        return answer.json()

    def get(self, path: str) -> Any:
        """Read what is below the address of the calls."""
        return self._page.request.get(f"{PATH}/{path}", headers=self._headers)


@pytest.fixture
def program(centre, devices):
    return RemoteProgram(centre, devices.computer())


def code_of(page: Page, address: str) -> str:
    """Lead a browser to the code of a request; return what it says."""
    page.goto(address)
    expect(page.locator("#view-waiting")).to_be_visible()
    code = page.locator("#waiting").get_attribute("data-address")
    assert code
    return code


def test_documents_are_read_and_signed_on_the_phone(computer, devices, kept, program):
    placed = program.make(purpose="sign_documents", documents=DOCUMENTS)
    phone = devices.phone(storage_state=kept.state)
    scan(phone, code_of(computer, placed["url"]))
    rows = phone.locator("#documents li")
    expect(rows).to_have_count(2)
    rows.nth(0).get_by_role("button").click()
    expect(rows.nth(0).locator("pre")).to_contain_text("보증금 1억")
    rows.nth(1).get_by_role("button").click()
    expect(rows.nth(1).locator("a[href^='blob:']")).to_be_visible()
    expect(rows.nth(0).locator("pre")).to_have_count(0)
    computer.route(f"{RETURN}*", lambda route: route.fulfill(body="Welcome back"))

    approve(phone)

    expect(phone.locator("#ended.safe")).to_be_visible(timeout=20_000)
    computer.wait_for_url(f"{RETURN}?request={placed['id']}")
    result = program.get(f"{placed['id']}/result").json()
    assert [one["level"] for one in result["documents"]] == ["B-T", "B-LT"]
    for one in result["documents"]:
        path = f"{placed['id']}/documents/{one['number']}"
        assert len(program.get(path).body()) == one["size"]


def test_another_document_than_was_asked_for_is_not_shown(
    computer, devices, kept, program
):
    placed = program.make(purpose="sign_documents", documents=DOCUMENTS)
    phone = devices.phone(storage_state=kept.state)
    phone.route("**/a/document", lambda route: route.fulfill(body=b"something else"))
    scan(phone, code_of(computer, placed["url"]))

    phone.locator("#documents li").nth(0).get_by_role("button").click()

    expect(phone.locator("#documents .notice.stop")).to_be_visible()
    expect(phone.locator("#documents pre")).to_have_count(0)
    approve(phone)
    expect(phone.locator("#sign-refused")).to_be_visible(timeout=20_000)
    assert program.get(placed["id"]).json()["state"] == "seen"
