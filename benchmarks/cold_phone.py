"""What a person far away waits for: `python -m benchmarks.cold_phone [--json]`.

A phone that was never here opens the link, over HTTPS and a line of 400 ms there and
back (delay.py); the PC is near, or as far away with `both`. `certferry serve --demo
--lan` serves, Chromium is both devices, and a script in their pages (auto_click.js)
presses what a person would as soon as it can be pressed. Times are divided by the
round trip:

    code      from opening the link to the check code on the phone
    saved     from the last digit on the PC to "it is there" on both screens
    saved_phone   the same on the phone alone
    work_ms   the part of "saved" in which the PC checks the code and the password
    turns     answers on each of the phone's connections until the code was there
    trace     what the phone asked for and showed, from when to when after opening

Sizes are of what the phone fetched, each file compressed as a server would (gzip 6):

    critical_kb   the page, which carries its style and its first script, and whatever
                  else it needs before anybody can press
    all_kb        everything for a transfer; the scanner is not loaded
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from benchmarks.delay import DelayedLink, standing, turns
from benchmarks.goals import Goal, print_goals
from benchmarks.network_log import (
    Download,
    all_bytes,
    critical_bytes,
    list_downloads,
    list_waits,
)
from tests.e2e.devices import CHROMIUM, COMPUTER, FLAGS, PHONE
from tests.e2e.page_steps import (
    PASSWORD,
    code_on,
    expect_arrived,
    get_certificate,
    show_code,
    sign_in,
    type_code,
)
from tests.e2e.server_processes import Centre, command_running, free_port
from tests.e2e.test_lan import certutil

AUTO_CLICK = Path(__file__).with_name("auto_click.js")
# The same name for all, so that all have one origin; behind it are three addresses.
HOST, NEAR, PHONES, COMPUTERS = "localhost", "127.0.0.2", "127.0.0.3", "127.0.0.4"


@dataclass(frozen=True, slots=True)
class Run:
    """One transfer, in seconds since the epoch."""

    opened: float
    code: float
    last_digit: float
    sending: float
    saved_phone: float
    saved_pc: float
    turns: list[int]
    trace: list[tuple[str, float, float]]


class BrowserPair:
    """A centre, the two lines to it, and a certificate that waits on the PC."""

    def __init__(
        self, driver: Playwright, centre: Centre, home: Path, address: str = NEAR
    ) -> None:
        self._driver, self._home = driver, home
        self.port = int(centre.url.rpartition(":")[2])
        self.url = f"https://{HOST}:{self.port}"
        with self.browser(address) as near:
            page = near.new_context(base_url=self.url, **COMPUTER).new_page()
            sign_in(page, centre.demo)
            self.certificate = get_certificate(page)
            self.state = page.context.storage_state(indexed_db=True)

    @contextmanager
    def browser(self, address: str) -> Iterator[Browser]:
        """Launch a Chromium for which the centre is at `address`."""
        rules = f"--host-resolver-rules=MAP {HOST} {address}"
        launched = self._driver.chromium.launch(
            executable_path=CHROMIUM,
            args=[*FLAGS, rules],
            env={"HOME": str(self._home)},
        )
        yield launched
        launched.close()


def measure(runs: int, round_trip: float, *, slow_start: bool) -> dict[str, Any]:
    """Walk with a near PC and with a far one; return the figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        options, url = ("--lan", "--host", NEAR), f"https://{NEAR}:{port}"
        centre = stack.enter_context(command_running(folder, port, *options, url=url))
        home = trusting_home(folder, centre.instance / "ca" / "root.crt")
        browsers = BrowserPair(stack.enter_context(sync_playwright()), centre, home)
        near = DelayedLink((NEAR, port), round_trip, slow_start)
        stack.enter_context(standing(near, PHONES))
        far = DelayedLink((NEAR, port), round_trip, slow_start)
        stack.enter_context(standing(far, COMPUTERS))
        phones = stack.enter_context(browsers.browser(PHONES))
        files: list[Download] = []
        figures: dict[str, Any] = {"round_trip_ms": 1000 * round_trip, "runs": runs}
        for name, address in (("near", NEAR), ("both", COMPUTERS)):
            finished: list[Run] = []
            with browsers.browser(address) as computers:
                for _ in range(runs):
                    run, files = _run_once(browsers, computers, phones, near)
                    finished.append(run)
            figures[name] = _summary(finished, round_trip)
        return figures | _sizes(files)


def trusting_home(folder: Path, root: Path) -> Path:
    """Return a home in which browsers trust the demo's root."""
    database = folder / "home" / ".pki" / "nssdb"
    database.mkdir(parents=True)
    certutil("-N", "--empty-password", "-d", f"sql:{database}")
    certutil("-A", "-n", "certferry", "-t", "C,,", "-i", root, "-d", f"sql:{database}")
    return folder / "home"


def _run_once(
    browsers: BrowserPair, computers: Browser, phones: Browser, network: DelayedLink
) -> tuple[Run, list[Download]]:
    options = COMPUTER | {"storage_state": browsers.state}
    computer = _page(computers, browsers.url, options)
    link = show_code(computer, browsers.certificate)
    phone = _page(phones, browsers.url, PHONE)
    phone.goto(link, wait_until="commit")
    type_code(computer, code_on(phone))
    expect_arrived(computer, phone)
    there, here = _read_marks(phone), _read_marks(computer)
    opened, code = there["opened"], there["view-code"]
    run = Run(
        opened=opened,
        code=code,
        last_digit=here["digit"],
        sending=here["view-sending"],
        saved_phone=there["view-result"],
        saved_pc=here["view-result"],
        turns=sorted(turns(network.between(opened, code)).values(), reverse=True),
        trace=[
            *list_waits(phone),
            *((view, at - opened, at - opened) for view, at in there.items()),
        ],
    )
    files = list_downloads(phone)
    for page in (phone, computer):
        page.context.close()
    return run, files


def _page(browser: Browser, url: str, options: dict[str, Any]) -> Page:
    context = browser.new_context(base_url=url, **options)
    script = AUTO_CLICK.read_text("utf-8").replace("PASSWORD", json.dumps(PASSWORD))
    context.add_init_script(script)
    return context.new_page()


def _read_marks(page: Page) -> dict[str, float]:
    noted: dict[str, float] = page.evaluate("benchmark")
    return {name: milliseconds / 1000 for name, milliseconds in noted.items()}


def _summary(finished: list[Run], round_trip: float) -> dict[str, Any]:
    def median(seconds: list[float]) -> float:
        return statistics.median(seconds)

    def trips(seconds: list[float]) -> float:
        return round(median(seconds) / round_trip, 1)

    saved = [max(w.saved_phone, w.saved_pc) - w.last_digit for w in finished]
    return {
        "code": trips([w.code - w.opened for w in finished]),
        "saved": trips(saved),
        "saved_phone": trips([w.saved_phone - w.last_digit for w in finished]),
        "work_ms": round(1000 * median([w.sending - w.last_digit for w in finished])),
        "turns": finished[-1].turns,
        "trace": [
            (name, round(begin / round_trip, 1), round(end / round_trip, 1))
            for name, begin, end in sorted(finished[-1].trace, key=lambda it: it[1])
        ],
    }


def _sizes(files: list[Download]) -> dict[str, Any]:
    return {
        "critical_kb": round(critical_bytes(files) / 1000, 1),
        "all_kb": round(all_bytes(files) / 1000, 1),
        "files": [[file.name, file.sent, file.compressed] for file in files],
    }


def goals(figures: dict[str, Any]) -> list[Goal]:
    """Return what was to be reached, and what was."""
    near, totals = figures["near"], figures["both"]
    return [
        Goal("round trips to the code", near["code"], "<=", 9),
        Goal("  as aimed at", near["code"], "<=", 6),
        Goal("  with a far PC too", totals["code"], "<=", 9),
        Goal("round trips to saved", near["saved"], "<=", 3),
        Goal("  with a far PC too", totals["saved"], "<=", 3),
        Goal("page and critical script", figures["critical_kb"], "<=", 14.6, "KB"),
        Goal("everything but the scanner", figures["all_kb"], "<=", 60, "KB"),
    ]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--round-trip", type=float, default=0.4, help="in seconds")
    options.add_argument("--slow-start", action="store_true", help="see delay.py")
    options.add_argument("--trace", action="store_true", help="print that too")
    chosen = options.parse_args()
    figures = measure(chosen.runs, chosen.round_trip, slow_start=chosen.slow_start)
    if chosen.json:
        reached = [goal.as_json() for goal in goals(figures)]
        print(json.dumps(figures | {"goals": reached}))
        return
    for name in ("near", "both"):
        trace = figures[name].pop("trace")
        print(f"{name}: {figures[name]}")
        for event, begin, end in trace if chosen.trace else ():
            print(f"{begin:>8}{end:>8}  {event}")
    for name, sent, compressed in figures["files"]:
        print(f"{sent:>8}{compressed:>8}  {name}")
    print_goals(goals(figures))


if __name__ == "__main__":
    main()
