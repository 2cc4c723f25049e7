"""A real centre in a process of its own, and real browsers in front of it."""

import os
import time
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.e2e.devices import (
    CHROMIUM,
    FAKE_CAMERA,
    FIREFOX_LAUNCH,
    FLAGS,
    Devices,
    screen_running,
)
from tests.e2e.page_checks import LanguageCheck, LayoutCheck
from tests.e2e.page_steps import get_certificate, sign_in
from tests.e2e.server_processes import Person, centre_running
from tests.e2e.site_crawl import crawl_all
from tests.e2e.video import Video

SIGN_IN_AGAIN_AFTER = 1200.0  # seconds; an unused sign-in ends after 1,800


@dataclass
class Kept:
    """A certificate in somebody's browser; `state` opens that browser again."""

    person: Person
    certificate: str
    devices: Devices
    saved: Any
    saved_at: float  # on the monotonic clock, seconds

    @property
    def state(self) -> Any:
        """What the browser keeps, signed in: by now the centre may have ended that."""
        if time.monotonic() - self.saved_at > SIGN_IN_AGAIN_AFTER:
            page = self.devices.computer(storage_state=self.saved)
            page.context.clear_cookies()
            sign_in(page, self.person)
            self.save(page)
        return self.saved

    def save(self, page: Page) -> None:
        """Keep what this browser has, and close it."""
        self.saved = page.context.storage_state(indexed_db=True)
        self.saved_at = time.monotonic()
        self.devices.close()


@dataclass(frozen=True)
class CrawlResult:
    """What was found on the way past all pages."""

    layout: LayoutCheck
    language_check: LanguageCheck


@pytest.fixture(scope="session")
def centre(tmp_path_factory):
    """A centre for all tests; each registers its own people."""
    with centre_running(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture(scope="session")
def hasty_centre(tmp_path_factory):
    """A centre whose codes live for four seconds."""
    with centre_running(tmp_path_factory.mktemp("hasty"), life=4.0) as running:
        yield running


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """What the phone's camera sees."""
    return Video(tmp_path_factory.mktemp("video") / "camera.y4m")


@pytest.fixture(scope="session")
def playwright():
    """The driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright, video):
    """One Chromium with the fake camera; each test opens its own contexts."""
    film = f"--use-file-for-fake-video-capture={video.path}"
    launched = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, *FAKE_CAMERA, film]
    )
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def screen():
    """A screen for browsers with a window."""
    with screen_running() as name:
        yield name


@pytest.fixture(scope="session")
def firefox_downloads(tmp_path_factory):
    """Where Firefox puts what is downloaded: the driver does not hear of it."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def firefox(playwright, screen, tmp_path_factory, firefox_downloads):
    """One Firefox; each test opens its own contexts."""
    home = str(tmp_path_factory.mktemp("firefox"))
    launched = playwright.firefox.launch(
        env={**os.environ, "DISPLAY": screen, "HOME": home},
        downloads_path=firefox_downloads,
        **FIREFOX_LAUNCH,
    )
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def korean_crawl(browser, centre, kept, video):
    """All pages in Korean, looked at once for all tests that judge them."""
    devices = Devices(browser, centre.url)
    crawl = CrawlResult(LayoutCheck(), LanguageCheck("ko"))

    def look(name, page):
        crawl.layout.visit(name, page)
        crawl.language_check.visit(name, page)

    video.show_nothing()
    crawl_all(devices, centre.register(), kept, look, locale="ko-KR")
    devices.close()
    return crawl


@pytest.fixture
def person(centre):
    """Somebody who has no certificate yet."""
    return centre.register()


@pytest.fixture
def devices(browser, centre):
    """Opens browsers on PCs and phones."""
    opened = Devices(browser, centre.url)
    yield opened
    opened.close()


@pytest.fixture
def computer(devices):
    """A page on a PC, in Korean."""
    return devices.computer()


@pytest.fixture
def phone(devices):
    """A page on a phone, in Korean."""
    return devices.phone()


@pytest.fixture(scope="session")
def kept(browser, centre):
    """A certificate made once; a test gets a browser of its own that keeps it."""
    return keep_one(browser, centre)


@pytest.fixture
def sender(devices, kept):
    """A page on a PC whose browser keeps a certificate."""
    return devices.computer(storage_state=kept.state)


def keep_one(browser, centre) -> Kept:
    """Get a certificate and remember the browser that keeps it."""
    person, opening = centre.register(), Devices(browser, centre.url)
    page = opening.computer()
    sign_in(page, person)
    kept = Kept(person, get_certificate(page), opening, None, 0.0)
    kept.save(page)
    return kept
