"""Draw the icons of the site anew from static/img/favicon.svg, with Chromium.

`python -m tools.icons` after the drawing was changed; the files are committed. iOS
rounds the corners of a touch icon by itself and shows clear ones black, and Android
cuts an icon to its own shape: so the ground goes up to the edge, with a margin.
"""

import struct
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

IMAGES: Final = Path(__file__).parents[1] / "static" / "img"
GROUND: Final = "#0a4bb5"
# Of the edge: what is outside of 80 % may be cut off (W3C App Manifest, maskable).
ROOM: Final = 0.78
SQUARES: Final = {"touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}
SMALL: Final = 48


def main() -> None:
    """Write every icon."""
    drawing = (IMAGES / "favicon.svg").read_text("utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page()
        for name, size in SQUARES.items():
            (IMAGES / name).write_bytes(_draw(page, drawing, size, room=ROOM))
        small = _draw(page, drawing, SMALL, room=1.0)
        (IMAGES / "favicon.ico").write_bytes(_ico(small, SMALL))
        browser.close()


def _draw(page: Page, drawing: str, size: int, *, room: float) -> bytes:
    ground = "transparent" if room == 1.0 else GROUND
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(
        f"<style>*{{margin:0}}body{{background:{ground};display:grid;height:100vh;"
        f"place-items:center}}svg{{width:{room * 100}vw}}</style>{drawing}"
    )
    return page.screenshot(omit_background=True)


def _ico(png: bytes, size: int) -> bytes:
    """Return an ICO file with one PNG in it."""
    head = struct.pack("<HHH", 0, 1, 1)
    entry = struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(png), 22)
    return head + entry + png


if __name__ == "__main__":
    main()
