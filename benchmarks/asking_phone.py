"""From the scanned code to the institution's page: real pages, a phone far away."""

import json
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.asking_clients import Institution
from benchmarks.cold_phone import HOST, PHONES, BrowserPair, trusting_home
from benchmarks.delay import DelayedLink, standing, turns
from benchmarks.network_log import list_waits
from tests.e2e.devices import COMPUTER, PHONE
from tests.e2e.page_steps import PASSWORD
from tests.e2e.server_processes import command_running, free_port
from tests.support.openid import register
from webapp.clock import utc_now

PRESS = Path(__file__).with_name("asking_press.js")
HERE = "127.0.0.1"
ROUND_TRIP = 0.4  # seconds
SLOWER = 4  # times, than this machine


class Greeting:
    """The institution's own page: it greets whoever comes back with a code."""

    def __init__(self, institution: Institution, root: Path) -> None:
        self.institution, self.root = institution, root
        greeting = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                person = greeting.institution.finish(
                    self.path, greeting.address, greeting.root
                )
                body = f"<h1 id=greeted>{person['name']}</h1>".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_about: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/callback"

    @contextmanager
    def running(self) -> Iterator["Greeting"]:
        """Answer meanwhile."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        yield self
        self._server.shutdown()
        self._server.server_close()


def measure_phone(runs: int) -> dict[str, Any]:
    """Sign in so often from a cold phone; return the median seconds, and where."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        # What is signed names the centre's origin: the page has to have it.
        options, url = ("--lan", "--host", HOST), f"https://{HOST}:{port}"
        centre = stack.enter_context(command_running(folder, port, *options, url=url))
        root = centre.instance / "ca" / "root.crt"
        home = trusting_home(folder, root)
        driver = stack.enter_context(sync_playwright())
        browsers = BrowserPair(driver, centre, home, HERE)
        institution = Institution(port, "", "")
        greeting = stack.enter_context(Greeting(institution, root).running())
        with centre.database() as session:
            stored, secret = register(
                session, utc_now(), redirect_uris=greeting.address
            )
            institution.id, institution.secret = stored.id, secret
        link = DelayedLink((HERE, port), ROUND_TRIP)
        stack.enter_context(standing(link, PHONES))
        near = stack.enter_context(browsers.browser(HERE))
        far = stack.enter_context(browsers.browser(PHONES))
        _run(browsers, near, far, greeting, link)  # the person agrees
        finished = [_run(browsers, near, far, greeting, link) for _ in range(runs)]
    middle = sorted(finished, key=lambda run: run["seconds"])[len(finished) // 2]
    return {
        "phone_s": round(statistics.median(run["seconds"] for run in finished), 2),
        "turns": middle["turns"],
        "waits": middle["waits"],
    }


def _run(
    browsers: BrowserPair,
    near: Browser,
    far: Browser,
    greeting: Greeting,
    link: DelayedLink,
) -> dict[str, Any]:
    """Sign in once, with a new browser on the PC and a phone that has no cache."""
    computer = near.new_context(base_url=browsers.url, **COMPUTER).new_page()
    computer.goto(greeting.institution.address(greeting.address))
    waiting = computer.locator("#waiting")
    expect(computer.locator("#view-waiting")).to_be_visible()
    address = waiting.get_attribute("data-address") or ""
    phone = _phone(far, browsers)
    began = time.time()
    phone.goto(address, wait_until="commit")
    computer.wait_for_url(re.compile("/callback|/openid/consent/"), timeout=60_000)
    if "/consent/" in computer.url:
        computer.click("button[name=answer][value=yes]")
    expect(computer.locator("#greeted")).to_be_visible()
    ended = time.time()
    result = {
        "seconds": ended - began,
        "turns": sorted(turns(link.between(began, ended)).values(), reverse=True),
        "waits": [
            (path, round(start, 2), round(end, 2))
            for path, start, end in list_waits(phone)
        ],
    }
    for page in (phone, computer):
        page.context.close()
    return result


def _phone(far: Browser, browsers: BrowserPair) -> Page:
    options = PHONE | {"storage_state": browsers.state}
    context = far.new_context(base_url=browsers.url, **options)
    script = PRESS.read_text("utf-8").replace("PASSWORD", json.dumps(PASSWORD))
    context.add_init_script(script)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page
