"""A real centre, started by its own command, and real browsers in front of it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.video import Video

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


@dataclass(frozen=True)
class Centre:
    """A running centre; `log` is everything that it printed so far."""

    url: str
    password: str
    instance: Path
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def centre(tmp_path_factory):
    """Start `certferry serve --demo` in a new folder; end it afterwards."""
    instance = tmp_path_factory.mktemp("centre") / "instance"
    log, port = instance.with_name("log.txt"), free_port()
    command = [sys.executable, "-m", "webapp", "serve", "--demo"]
    with log.open("wb") as output:
        served = subprocess.Popen(
            [*command, "--instance", instance, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/healthz", served, log)
        password = re.search(r"Password\s+(\S+)", log.read_text("utf-8"))
        assert password, log.read_text("utf-8")
        yield Centre(url, password[1], instance, log)
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(20)


def wait_for(url: str, served: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the centre answers and said how to sign in."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert served.poll() is None, log.read_text("utf-8")
        try:
            with urlopen(url, timeout=2) as answer:
                if answer.status == 200 and b"Password" in log.read_bytes():
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """What the phone's camera sees."""
    return Video(tmp_path_factory.mktemp("video") / "camera.y4m")


@pytest.fixture(scope="session")
def browser(video):
    """One Chromium with the fake camera; each test opens its own contexts."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*FLAGS, f"--use-file-for-fake-video-capture={video.path}"],
        )
        yield launched
        launched.close()


@pytest.fixture
def computer(browser: Browser, centre):
    """A page on the PC, in Korean."""
    context = browser.new_context(
        base_url=centre.url,
        locale="ko-KR",
        viewport={"width": 1280, "height": 900},
        accept_downloads=True,
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser, centre):
    """A page on the phone, in Korean."""
    context = browser.new_context(
        base_url=centre.url,
        locale="ko-KR",
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        user_agent="Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36",
        permissions=["camera"],
    )
    yield context.new_page()
    context.close()
