"""A line to the relay that can be cut and mended."""

from playwright.sync_api import Page

CABLE = """
let isOut = %s;
const lines = [];
globalThis.cable = {
  pull() { isOut = true; for (const line of lines) line.close(); },
  putBack() { isOut = false; },
};
const ask = globalThis.fetch;
globalThis.fetch = (where, how) =>
  isOut && String(where).includes("/bridge/")
    ? Promise.reject(new TypeError("no way"))
    : ask(where, how);
globalThis.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    lines.push(this);
    if (isOut) this.close();
  }
};
"""


class Cable:
    """A device's line to the relay, which a test can pull out and put back."""

    def __init__(self, page: Page, *, is_out: bool = False) -> None:
        self._page = page
        page.add_init_script(CABLE % str(is_out).lower())

    def pull(self) -> None:
        """Cut what is connected; nothing comes through from here on."""
        self._page.evaluate("cable.pull()")

    def put_back(self) -> None:
        """Let connections through again."""
        self._page.evaluate("cable.putBack()")
