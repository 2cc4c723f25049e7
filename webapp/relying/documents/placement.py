"""Where on a page a visible signature stands. Pure: numbers in, numbers out.

Lengths are PDF's points; a page as it is shown may be turned (ISO 32000-2 7.7.3.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WIDTH: Final = 180
HEIGHT: Final = 56
MARGIN: Final = 24
_GAP: Final = 6
_MAX_SLOTS: Final = 40

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top


class Corner(StrEnum):
    """A corner of the page as it is shown."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"


@dataclass(frozen=True, slots=True)
class Placement:
    """On which page, counted from 1, or -1 for the last one; and in which corner.

    With `prefers_field` that is where no empty signature field waits in the document.
    """

    page: int
    corner: Corner
    prefers_field: bool = False


@dataclass(frozen=True, slots=True)
class PageShape:
    """What is shown of a page, and by how many degrees it is turned clockwise."""

    box: Rectangle
    rotation: int = 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, bottom, right, top = self.box
        width, height = right - left, top - bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)


def place(
    shape: PageShape, corner: Corner, taken: Iterable[Rectangle] = ()
) -> Rectangle:
    """Return the rectangle of a new signature, in the coordinates of the page.

    Those that stand in the corner already are not covered: the next one stands above
    or below them, and further columns follow where a page is full. The rectangle is for
    an annotation that does not turn with the page: its upper left corner counts.
    """
    others = tuple(taken)
    rectangles = [_rectangle(shape, left, top) for left, top in _slots(shape, corner)]
    free = (one for one in rectangles if not any(_overlap(one, it) for it in others))
    return next(free, rectangles[0])


def _slots(shape: PageShape, corner: Corner) -> list[tuple[float, float]]:
    """Return the upper left corners, from the left and from the top as shown."""
    width, height = shape.size
    step, rows = HEIGHT + _GAP, max(1, int((height - 2 * MARGIN) // (HEIGHT + _GAP)))
    slots = []
    for number in range(_MAX_SLOTS):
        column, row = divmod(number, rows)
        across, down = column * (WIDTH + _GAP), row * step
        is_left = corner in (Corner.TOP_LEFT, Corner.BOTTOM_LEFT)
        is_top = corner in (Corner.TOP_LEFT, Corner.TOP_RIGHT)
        left = MARGIN + across if is_left else width - MARGIN - WIDTH - across
        top = MARGIN + down if is_top else height - MARGIN - HEIGHT - down
        slots.append((max(0.0, left), max(0.0, top)))
    return slots


def _rectangle(shape: PageShape, across: float, down: float) -> Rectangle:
    left, bottom, right, top = shape.box
    x, y = {
        0: (left + across, top - down),
        90: (left + down, bottom + across),
        180: (right - across, bottom + down),
        270: (right - down, top - across),
    }[shape.rotation]
    return (x, y - HEIGHT, x + WIDTH, y)


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return (
        one[0] < other[2]
        and other[0] < one[2]
        and one[1] < other[3]
        and other[1] < one[3]
    )
