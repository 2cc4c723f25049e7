"""WebKit as Debian has it, driven by its own driver; Playwright's is one of its own."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

DRIVER: Final = os.environ.get("WEBKIT_DRIVER", "/usr/bin/WebKitWebDriver")
# In the package of the engine, which the driver's own depends on.
BROWSERS: Final = Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")
SECONDS: Final = 30


class WebKitPage:
    """The one page of a WebKit, with the few steps that the tests take."""

    def __init__(self, driver: WebKitGTK, url: str) -> None:
        self._driver, self._url = driver, url

    def goto(self, path: str) -> None:
        """Open a page of the centre."""
        self._driver.get(self._url + path)

    def shown(self, selector: str, *texts: str) -> WebElement:
        """Wait for the first visible and enabled element with one of some texts."""

        def is_there(element: WebElement) -> bool:
            can_be_used = element.is_displayed() and element.is_enabled()
            written = element.text
            return can_be_used and (not texts or any(t in written for t in texts))

        def find(driver: WebKitGTK) -> WebElement | None:
            elements = driver.find_elements(By.CSS_SELECTOR, selector)
            return next(filter(is_there, elements), None)

        stale = StaleElementReferenceException
        wait = WebDriverWait(self._driver, SECONDS, ignored_exceptions=[stale])
        element = wait.until(find, f"{selector} {texts}")
        assert isinstance(element, WebElement)
        return element

    def press(self, selector: str, *texts: str) -> None:
        """Press a button by key: it may still move under a pointer."""
        self.shown(selector, *texts).send_keys(Keys.ENTER)

    def type_in(self, selector: str, text: str) -> None:
        """Fill a field anew and press Enter in it."""
        field = self.shown(selector)
        field.clear()
        field.send_keys(text, Keys.ENTER)

    def choose_files(self, selector: str, files: Sequence[Path]) -> None:
        """Give files to an input, which may be hidden behind a button."""
        chooser = self._driver.find_element(By.CSS_SELECTOR, selector)
        chooser.send_keys("\n".join(map(str, files)))

    def run(self, function: str, argument: object) -> None:
        """Call a function of JavaScript in the page."""
        self._driver.execute_script(f"return ({function})(arguments[0])", argument)

    def kept_keys(self) -> list[bytes]:
        """Return the locked keys that this browser keeps."""
        keys = self._driver.execute_async_script(KEPT_KEYS)
        return [bytes(key) for key in keys]


KEPT_KEYS: Final = """
const done = arguments[arguments.length - 1];
const opening = indexedDB.open("certferry");
opening.onsuccess = () => {
  const all = opening.result.transaction("holdings").objectStore("holdings").getAll();
  all.onsuccess = () => {
    opening.result.close();
    done(all.result.map(({ encryptedKey }) => Array.from(encryptedKey)));
  };
};
"""


@contextmanager
def webkit_running(url: str, screen: str, home: Path) -> Iterator[WebKitPage]:
    """Run a WebKit with a window on `screen`; yield its page."""
    options = Options()
    options.binary_location = str(next(iter(BROWSERS)))
    options.add_argument("--automation")
    environment = {
        **os.environ,
        "DISPLAY": screen,
        "HOME": str(home),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        # Root has no sandbox to give.
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
    }
    driver = WebKitGTK(options, Service(DRIVER, env=environment))
    try:
        yield WebKitPage(driver, url)
    finally:
        driver.quit()
