"""What a request on a phone costs: `python -m benchmarks.asking [--json]`.

`certferry serve --demo` is measured as its users run it, in a folder of its own: one
worker, SQLite, with its background work.

    sign_in_ms     processor time of the worker for one whole sign-in of OpenID Connect:
                   request made, page with the code, its questions (held by the server
                   until something changes), device opens and approves, code, token,
                   userinfo. Nine answers and three held ones; files that caches keep
                   are not fetched. The person agreed before, as from the second time on
    consent_ms     the same where the person reads and agrees first
    idle_ms, waiting_ms   processor time of the worker in a second, while nobody waits
                   and while WAITING pages do, over two periods of held answers
    page_ms, page_beside_ms   time of another person's first page, the same
    phone_s        from opening the scanned link on a phone that was never here to the
                   institution's page that greets the person on the PC. Chromium, four
                   times slower than this machine; every byte to and from the phone
                   takes 200 ms (delay.py), TCP and TLS included, which is more than
                   Chromium's own 400 ms of latency. A script in the page types the
                   password and presses as soon as it can (no human time)
    turns          round trips of the phone's connections meanwhile
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.asking_clients import (
    CALLBACK,
    BrowserClient,
    Device,
    Institution,
    WaitingPage,
)
from benchmarks.asking_phone import measure_phone
from benchmarks.goals import Goal, print_goals
from benchmarks.issuance import DISK, cpu_seconds, run_server
from benchmarks.servers import ROOT, free_port
from tests.e2e.devices import CHROMIUM
from tests.support.certificate_factory import CertificateFactory
from tests.support.openid import register
from webapp import create_app
from webapp.clock import utc_now
from webapp.demo import instance
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.web.long_poll import HELD_SECONDS

WAITING = 200
NETWORKS = 20  # the waiting browsers are at as many addresses
WARM_UP = 10
IDLE_SECONDS = 20.0
SIGN_IN_MS, PHONE_SECONDS = 15, 3
WAITING_MS, BESIDE_MS = 10, 2  # what nobody measures in the noise of a second
PAGES = 50


@dataclass(frozen=True, slots=True)
class Scene:
    """A centre that runs, an institution, and a person with a certificate."""

    port: int
    worker: int
    institution: Institution
    device: Device

    def sign_in(self, source: str, **changes: str) -> None:
        """Have the person sign in at the institution from a new browser."""
        computer = BrowserClient(self.port, source)
        phone = BrowserClient(self.port, source)
        page = self.begin(computer, **changes)
        with ThreadPoolExecutor(1) as held:
            question = held.submit(page.ask)
            opened = self.device.open(phone, page.token)
            assert question.result() == ""
            question = held.submit(page.ask)
            self.device.approve(phone, page.token, opened)
            location = computer.get(question.result()).location
        if location.startswith("/openid/consent/"):
            computer.get(location)
            fields = {"answer": "yes", "claims": ["name", "birthdate"]}
            location = computer.submit(location, fields).location
        assert location.startswith(CALLBACK), location
        assert self.institution.finish(location)["name"]
        computer.close()
        phone.close()

    def begin(self, computer: BrowserClient, **changes: str) -> WaitingPage:
        """Begin a sign-in in a browser, which then waits."""
        location = computer.get(self.institution.address(**changes)).location
        return WaitingPage.open(computer, location)


def measure_server(sign_ins: int, seconds: float) -> dict[str, float]:
    """Return what sign-ins and waiting pages cost the server."""
    with (
        tempfile.TemporaryDirectory(prefix="certferry-", dir=DISK) as name,
        _scene(Path(name)) as scene,
    ):
        for number in range(WARM_UP):  # the first agrees
            scene.sign_in(_source(number))
        figures = {
            "sign_in_ms": _cost(scene, sign_ins),
            "consent_ms": _cost(scene, sign_ins, prompt="consent"),
        }
        return figures | _measure_waiting(scene, seconds)


@contextmanager
def _scene(folder: Path) -> Iterator[Scene]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    created = instance.create_or_open(
        folder, public_url=url, pki_url=url, now=utc_now()
    )
    config = replace(
        created.config, require_phone_check=False, require_security_card=False
    )
    app, key = create_app(config), new_key(KeyKind.P_256)
    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        certificate = CertificateFactory.of(app, session).issued(utc_now(), key=key)
        device = Device(certificate.serial, certificate.fingerprint, key, url)
        stored, secret = register(session, utc_now(), redirect_uris=CALLBACK)
        institution = Institution(port, stored.id, secret)
    app.extensions["certferry.sessions"].kw["bind"].dispose()
    with run_server(folder, port) as worker:
        yield Scene(port, worker, institution, device)


def _cost(scene: Scene, count: int, **changes: str) -> float:
    """Return the milliseconds of the worker's processor time for one sign-in."""
    before = cpu_seconds(scene.worker)
    for number in range(count):
        scene.sign_in(_source(number), **changes)
    return round(1000 * (cpu_seconds(scene.worker) - before) / count, 2)


def _source(number: int) -> str:
    """Return one of several addresses of this machine: attempts are counted by them."""
    return f"127.0.{1 + number % 200}.1"


def _measure_waiting(scene: Scene, seconds: float) -> dict[str, float]:
    idle, page = _watch(scene, IDLE_SECONDS)
    for number in range(WAITING):
        waiting = scene.begin(BrowserClient(scene.port, _source(number % NETWORKS)))
        threading.Thread(target=_wait, args=(waiting,), daemon=True).start()
        time.sleep(HELD_SECONDS / WAITING)  # people do not come all at once
    waiting_ms, beside = _watch(scene, seconds)
    return {
        "idle_ms": idle,
        "waiting_ms": waiting_ms,
        "page_ms": page,
        "page_beside_ms": beside,
    }


def _wait(page: WaitingPage) -> None:
    """Ask again and again, until the server is ended."""
    with suppress(OSError, HTTPException, ValueError):
        while not page.ask():
            pass


def _watch(scene: Scene, seconds: float) -> tuple[float, float]:
    """Return the worker's milliseconds of processor time in a second, and a page's.

    The page is asked for after that, so that its own cost is in neither.
    """
    before, began = cpu_seconds(scene.worker), time.monotonic()
    time.sleep(seconds)
    spent = cpu_seconds(scene.worker) - before
    rate = 1000 * spent / (time.monotonic() - began)
    other, times = BrowserClient(scene.port, _source(NETWORKS)), []
    for _ in range(PAGES):
        start = time.perf_counter()
        assert other.get("/").status == 200
        times.append(1000 * (time.perf_counter() - start))
    other.close()
    return round(rate, 1), round(statistics.median(times), 2)


def goals_of(figures: dict[str, Any]) -> list[Goal]:
    """Return what was to be reached, and what was."""
    waiting = beside = None
    if "waiting_ms" in figures:
        waiting = round(figures["waiting_ms"] - figures["idle_ms"], 1)
        beside = round(figures["page_beside_ms"] - figures["page_ms"], 2)
    name = f"{WAITING} waiting, in a second"
    return [
        Goal("a sign-in", figures.get("sign_in_ms"), "<=", SIGN_IN_MS, "ms"),
        Goal(name, waiting, "<=", WAITING_MS, "ms"),
        Goal("  another person's page", beside, "<=", BESIDE_MS, "ms"),
        Goal(
            "from scan to signed in", figures.get("phone_s"), "<=", PHONE_SECONDS, "s"
        ),
    ]


def missing() -> list[str]:
    """Return what this machine lacks, and how it gets there."""
    needs = {
        "chromium": (Path(CHROMIUM).exists(), "apt-get install chromium, or CHROMIUM="),
        "certutil": (bool(shutil.which("certutil")), "apt-get install libnss3-tools"),
        "scripts of the pages": (
            (ROOT / "static" / "dist" / "request_page.js").exists(),
            "npm ci && npm run build",
        ),
    }
    return [
        f"{name}: {remedy}" for name, (is_here, remedy) in needs.items() if not is_here
    ]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--sign-ins", type=int, default=100)
    options.add_argument("--seconds", type=float, default=2 * HELD_SECONDS)
    options.add_argument("--runs", type=int, default=3, help="on the phone")
    options.add_argument("--no-phone", action="store_true", help="the server alone")
    options.add_argument("--no-server", action="store_true", help="the phone alone")
    chosen = options.parse_args()
    if not chosen.no_phone and (lacking := missing()):
        sys.exit("This needs:\n  " + "\n  ".join(lacking))
    figures: dict[str, Any] = {}
    if not chosen.no_server:
        figures |= measure_server(chosen.sign_ins, chosen.seconds)
    if not chosen.no_phone:
        figures |= measure_phone(chosen.runs)
    goals = goals_of(figures)
    if chosen.json:
        print(json.dumps(figures | {"goals": [goal.as_json() for goal in goals]}))
        return
    for name, figure in figures.items():
        print(f"{name:>16}  {figure}")
    print_goals(goals)


if __name__ == "__main__":
    main()
