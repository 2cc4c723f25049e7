"""A device's connections to the relay, which can be cut and restored."""

from playwright.sync_api import Page

SCRIPT = """
let isOut = %s;
const sockets = [];
globalThis.cuttable = {
  cut() { isOut = true; for (const socket of sockets) socket.close(); },
  restore() { isOut = false; },
};
const request = globalThis.fetch;
globalThis.fetch = (target, options) =>
  isOut && String(target).includes("/bridge/")
    ? Promise.reject(new TypeError("no way"))
    : request(target, options);
globalThis.WebSocket = class extends WebSocket {
  constructor(...options) {
    super(...options);
    sockets.push(this);
    if (isOut) this.close();
  }
};
"""


class CuttableProxy:
    """A device's connections to the relay, which a test can cut and restore."""

    def __init__(self, page: Page, *, is_out: bool = False) -> None:
        self._page = page
        page.add_init_script(SCRIPT % str(is_out).lower())

    def cut(self) -> None:
        """Cut what is connected; nothing comes through from here on."""
        self._page.evaluate("cuttable.cut()")

    def restore(self) -> None:
        """Let connections through again."""
        self._page.evaluate("cuttable.restore()")
