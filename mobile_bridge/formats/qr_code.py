"""A QR code, drawn for a terminal and for a page. Pure."""

from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE: Final = 4  # ISO/IEC 18004 6.3.8
_BLACK_ON_WHITE: Final = "\x1b[38;5;16m\x1b[48;5;231m"
_PLAIN: Final = "\x1b[0m"
BLOCKS: Final = "▀▄█"
_HALVES: Final = {
    (False, False): " ",
    (True, False): "▀",
    (False, True): "▄",
    (True, True): "█",
}


def draw(text: str) -> list[str]:
    """Return the QR code of `text` as lines, two rows in each, without colours."""
    rows = _matrix(text)
    if len(rows) % 2:
        rows.append([False] * len(rows))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [
        "".join(_HALVES[half] for half in zip(upper, lower, strict=True))
        for upper, lower in pairs
    ]


def coloured(lines: list[str]) -> list[str]:
    """Return the lines black on white, whatever the terminal's own colours are."""
    return [f"{_BLACK_ON_WHITE}{line}{_PLAIN}" for line in lines]


def qr_svg(text: str) -> tuple[int, str]:
    """Return the QR code of `text` as the side of its square and the path of an SVG."""
    rows = _matrix(text)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return len(rows), path


def _matrix(text: str) -> list[list[bool]]:
    """Return the rows of modules, the quiet zone around them; True is dark."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix
