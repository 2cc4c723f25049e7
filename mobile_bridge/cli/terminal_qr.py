"""A QR code as lines of text, two rows of it in each.

Pure. Colours are set on every line, so that it is black on white in a dark terminal
and in a light one.
"""

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
    """Return the lines of the QR code of `text`, without colours."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows: list[list[bool]] = code.get_matrix()
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
