"""Keys that ask for much computing: the page goes on, and it can be stopped."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.devices import Devices
from tests.e2e.files import close_export
from tests.e2e.korean_text import korean
from tests.e2e.page_steps import wait_until
from tests.e2e.test_bring import open_card, pick_folder
from tests.e2e.test_wallet_app import open_app
from tests.support.foreign_certificates import (
    PASSWORD,
    ForeignCertificate,
    make_foreign,
    write_npki,
)

WORKER = "**/kdf_worker.js"
# Of a machine that has other work to do: below it nobody sees that a page stands still.
LONGEST_TASK = 250  # milliseconds
WATCH_TASKS = """() => {
  window.longest = 0;
  window.frames = 0;
  const note = (list) => {
    for (const { duration } of list.getEntries())
      window.longest = Math.max(window.longest, duration);
  };
  new PerformanceObserver(note).observe({ type: "longtask" });
  const count = () => {
    window.frames += 1;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
}"""


@pytest.fixture(scope="module")
def foreign() -> ForeignCertificate:
    """A bank's certificate of another issuer."""
    return make_foreign()


def write_slow(root: Path, foreign: ForeignCertificate, rounds: int) -> Path:
    """Write an NPKI folder whose password is hashed so often; return its disk."""
    folder = write_npki(root, foreign)
    (folder / "signPri.key").write_bytes(foreign.locked(rounds=rounds))
    return root


def slow_note(page: Page) -> Locator:
    """Return what says that it takes a while."""
    return page.locator(".notice.slow")


def is_open(page: Page) -> Locator:
    """Return what says that the key is open."""
    return page.locator(".checks li.done").first


@pytest.mark.parametrize("has_worker", [True, False])
def test_frames_go_on_while_two_million_rounds_open(
    computer: Page, tmp_path, foreign, has_worker
):
    workers: list[str] = []
    computer.on("worker", lambda worker: workers.append(worker.url))
    if not has_worker:
        computer.route(WORKER, lambda route: route.abort())
    pick_folder(computer, write_slow(tmp_path, foreign, 2_000_000))
    computer.evaluate(WATCH_TASKS)
    open_card(computer)
    expect(slow_note(computer)).to_be_visible()
    before = computer.evaluate("frames")

    expect(is_open(computer)).to_be_visible(timeout=60_000)

    assert computer.evaluate("frames") > before + 5
    assert computer.evaluate("longest") < LONGEST_TASK
    assert slow_note(computer).count() == 0
    assert bool(workers) is has_worker


def test_who_stops_it_can_go_on_with_the_page(computer: Page, tmp_path, foreign):
    pick_folder(computer, write_slow(tmp_path / "slow", foreign, 10_000_000))
    open_card(computer)
    slow_note(computer).get_by_role("button", name=korean("Stop")).click(timeout=10_000)

    refusal = computer.locator(".open-form [role=alert]")
    expect(refusal).to_contain_text(korean("You stopped it. Nothing was changed."))
    expect(slow_note(computer)).to_have_count(0)
    expect(computer.locator(".open-form button.primary")).to_be_enabled()
    wait_until(computer, lambda: computer.workers == [])
    computer.click("#pick-again")
    computer.set_input_files(
        "#folder-input", write_slow(tmp_path / "quick", foreign, 2048)
    )
    open_card(computer)
    expect(is_open(computer)).to_be_visible()


def test_a_quick_key_starts_no_worker_and_says_nothing(
    computer: Page, tmp_path, foreign
):
    requests: list[str] = []
    computer.on("request", lambda request: requests.append(request.url))
    pick_folder(computer, write_slow(tmp_path, foreign, 2048))
    open_card(computer)

    expect(is_open(computer)).to_be_visible()
    assert not [url for url in requests if "kdf_worker" in url]


def test_without_a_network_the_wallet_opens_a_slow_key_in_the_worker_too(
    devices: Devices, tmp_path, foreign
):
    page = devices.computer()
    pick_folder(page, write_slow(tmp_path, foreign, 300_000))
    open_card(page)
    expect(is_open(page)).to_be_visible(timeout=30_000)
    keep = korean("Keep it in this browser")
    page.locator(".import-card button", has_text=keep).click()
    expect(page.locator(".import-card .notice.safe")).to_be_visible()
    open_app(page)
    page.context.set_offline(True)
    page.goto("/wallet")
    workers: list[str] = []
    page.on("worker", lambda worker: workers.append(worker.url))
    lost: list[str] = []
    page.on("requestfailed", lambda request: lost.append(request.url))

    card = page.locator("#wallet .certificate")
    card.get_by_role("button", name=korean("Save as a file")).click()
    page.fill("#export-password", PASSWORD)
    with page.expect_download(timeout=30_000):
        page.click("#export-go")

    close_export(page)
    assert workers
    assert [url for url in lost if "kdf_worker" in url] == []


def test_closing_the_dialog_stops_it(devices: Devices, tmp_path, foreign):
    page = devices.computer()
    # Long enough for somebody to press a button meanwhile.
    pick_folder(page, write_slow(tmp_path, foreign, 5_000_000))
    open_card(page)
    expect(is_open(page)).to_be_visible(timeout=60_000)
    page.locator(".import-card button", has_text=korean("Change its password")).click()
    for field in ("#new-password", "#new-password-again"):
        page.fill(field, "Another-Pass-2026!")
    page.click("#change-password-go")
    expect(page.locator("#change-password .notice.slow")).to_be_visible()

    page.click("#change-password-close")

    expect(page.locator("#change-password")).to_be_hidden()
    wait_until(page, lambda: page.workers == [])
