"""Browsers as people have them: a computer, a phone, and what went wrong in them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Firefox as Debian has it, with a window: without one it is another program.
FIREFOX_LAUNCH: dict[str, Any] = {
    "channel": "moz-firefox",
    "executable_path": FIREFOX,
    "headless": False,
    "timeout": 120_000,
}
FAKE_CAMERA = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
COMPUTER: dict[str, Any] = {
    "locale": "ko-KR",
    "viewport": {"width": 1280, "height": 900},
    "accept_downloads": True,
}
PHONE: dict[str, Any] = {
    "locale": "ko-KR",
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36",
}
# Said by the browser itself about answers and lines that a test refuses or cuts.
EXPECTED = ("Failed to load resource", "WebSocket connection to")
# The driver's own: "body {}", which it puts into a page before a picture of it.
STYLE_OF_THE_DRIVER = "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA="


class Devices:
    """Opens devices for one test, and hears every complaint of their pages."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._open: list[BrowserContext] = []
        self.faults: list[str] = []

    def computer(self, **options: Any) -> Page:
        """Open a browser of its own on a PC."""
        return self._page(COMPUTER | options)

    def phone(self, **options: Any) -> Page:
        """Open a browser of its own on a phone."""
        return self._page(PHONE | options)

    def close(self) -> None:
        """Close all; a fault that nobody expected fails the test."""
        for context in self._open:
            context.close()
        assert not self.faults, self.faults

    def _page(self, options: dict[str, Any]) -> Page:
        context = self._browser.new_context(**{"base_url": self._url} | options)
        self._open.append(context)
        listen(context, self.faults)
        return context.new_page()


def listen(context: BrowserContext, faults: list[str]) -> None:
    """Note errors, also those that the content security policy reports."""

    def note(text: str) -> None:
        if not text.startswith(EXPECTED) and STYLE_OF_THE_DRIVER not in text:
            faults.append(text)

    context.on(
        "console",
        lambda message: note(message.text) if message.type == "error" else None,
    )
    context.on("weberror", lambda fault: note(str(fault.error)))


@contextmanager
def screen_running() -> Iterator[str]:
    """Run a screen that nobody sees, for a browser with a window; yield its name."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24"]
    screen = subprocess.Popen(
        [*command, "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert screen.stdout
        number = screen.stdout.readline().decode().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        screen.terminate()
        try:
            screen.wait(10)
        except subprocess.TimeoutExpired:
            screen.kill()
            screen.wait(10)


@contextmanager
def kept_browser(
    playwright: Playwright, folder: Path, **options: Any
) -> Iterator[BrowserContext]:
    """Open a browser whose storage is in `folder` and outlives it."""
    env = {**os.environ, **options.pop("env", {})}
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=[*FLAGS], env=env, **COMPUTER | options
    )
    faults: list[str] = []
    listen(context, faults)
    try:
        yield context
    finally:
        with suppress(Error):  # a test may have killed it
            context.close()
    assert not faults, faults
