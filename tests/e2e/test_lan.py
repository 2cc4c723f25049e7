"""On the network: HTTPS that a phone trusts once it has the root."""

import subprocess
import urllib.request
from urllib.error import HTTPError

import pytest
from playwright.sync_api import expect

from tests.e2e.devices import PHONE, kept_browser
from tests.e2e.page_steps import get_certificate, link_on, sign_in
from tests.e2e.server_processes import command_running, free_port
from webapp.cli import lan_https


@pytest.fixture(scope="module")
def lan_centre(tmp_path_factory):
    """A centre on the address of this machine that phones would see."""
    port, address = free_port(), lan_https.local_addresses()[0]
    folder = tmp_path_factory.mktemp("lan")
    options = ("--lan",)
    with command_running(
        folder, port, *options, url=f"https://{address}:{port}"
    ) as centre:
        yield centre


@pytest.fixture
def trusting_browser(lan_centre, playwright, tmp_path):
    """A browser whose owner installed the root; nothing is switched off in it."""
    home, database = tmp_path / "home", tmp_path / "home" / ".pki" / "nssdb"
    database.mkdir(parents=True)
    root = tmp_path / "root.crt"
    root.write_bytes(fetch(plain(lan_centre.url) + "/pki/root.crt"))
    certutil("-N", "--empty-password", "-d", f"sql:{database}")
    certutil("-A", "-n", "certferry", "-t", "C,,", "-i", root, "-d", f"sql:{database}")
    with kept_browser(
        playwright,
        tmp_path / "profile",
        base_url=lan_centre.url,
        env={"HOME": str(home)},
    ) as context:
        yield context


def test_a_browser_with_the_root_opens_the_https_page_and_gets_a_certificate(
    lan_centre, trusting_browser
):
    page = trusting_browser.new_page()
    answer = page.goto("/")
    assert answer is not None
    assert answer.ok
    assert page.evaluate("isSecureContext && typeof crypto.subtle") == "object"
    cookies = {cookie["name"]: cookie for cookie in trusting_browser.cookies()}
    sign_in(page, lan_centre.demo)
    cookies = {cookie["name"]: cookie for cookie in trusting_browser.cookies()}
    assert cookies["__Host-session"]["secure"]

    certificate = get_certificate(page)
    page.goto(f"/certificates/{certificate}/send")
    link = link_on(page)

    assert link.startswith(f"{lan_centre.url}/p#")


def test_the_camera_works_on_the_https_page(lan_centre, trusting_browser):
    page = trusting_browser.new_page()
    page.goto("/p")

    assert page.evaluate("typeof navigator.mediaDevices.getUserMedia") == "function"


def test_a_browser_without_the_root_is_warned(lan_centre, browser):
    context = browser.new_context()
    page = context.new_page()
    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(lan_centre.url)
    context.close()


def test_plain_http_hands_out_the_root_and_leads_the_rest_to_https(lan_centre, browser):
    address = plain(lan_centre.url)
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{address}/trust")
    expect(page.locator("a[href='/pki/root.crt']")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).display") == "flex"
    context.close()
    root = fetch(f"{address}/pki/root.crt")
    assert root[:2] == b"\x30\x82"
    assert fetch(f"{address}/pki/issuing.crl")[:1] == b"\x30"
    assert moved(f"{address}/") == "/trust"
    for path in ("/sign-in", "/wallet", "/p", "/certificates"):
        assert moved(f"{address}{path}").startswith(lan_centre.url)


def test_the_terminal_says_what_to_open_and_what_the_phone_will_say(lan_centre):
    output = lan_centre.log.read_text("utf-8")

    assert lan_centre.url in output
    assert f"{plain(lan_centre.url)}/trust" in output
    assert "█" in output or "▀" in output
    assert "warns" in output


def plain(url: str) -> str:
    """Return the address without TLS that stands beside an HTTPS one."""
    head, _, port = url.rpartition(":")
    return f"{head.replace('https', 'http')}:{int(port) + 1}"


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def moved(url: str) -> str:
    """Return where an address leads, without going there."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_words: object) -> None:
            return None

    with pytest.raises(HTTPError) as answer:
        urllib.request.build_opener(Stay).open(url, timeout=10)
    assert answer.value.code in (302, 307, 308)
    return str(answer.value.headers["Location"])


def certutil(*words: object) -> None:
    subprocess.run(["certutil", *map(str, words)], check=True, capture_output=True)
