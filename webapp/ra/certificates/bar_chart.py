"""Where the bars of the picture over time stand. Pure: numbers in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.ra.certificates.statistics import IssuanceCounts

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 12, 28
KINDS = ("issued", "renewed", "revoked")
_GAP = 0.25  # of a group, left free


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `kind` chooses its look."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class BarGroup:
    """The bars of one span, and whether its name stands below."""

    figures: IssuanceCounts
    middle: float
    bars: tuple[Bar, ...]
    is_named: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """All that a template draws."""

    groups: tuple[BarGroup, ...]
    lines: tuple[tuple[float, int], ...]  # height and number
    is_empty: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def draw(figures: Sequence[IssuanceCounts]) -> BarChart:
    """Return the picture of some figures, the oldest at the left."""
    highest = max((counts.highest for counts in figures), default=0)
    top = round_up(highest)
    room = (WIDTH - LEFT - RIGHT) / max(len(figures), 1)
    every = -(-len(figures) // 6)  # names of at most six fit side by side
    groups = tuple(
        _group(counts, at, room, top, is_named=(len(figures) - 1 - at) % every == 0)
        for at, counts in enumerate(figures)
    )
    numbers = sorted({0, top // 2, top}) if top > 1 else [0, top]
    lines = tuple((_height(number, top), number) for number in numbers)
    return BarChart(groups, lines, highest == 0)


def round_up(highest: int) -> int:
    """Return the number at the top of the scale: 1, 2 or 5 with zeros after it."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if step * size >= highest:
                return step * size
        size *= 10


def _group(
    figures: IssuanceCounts, at: int, room: float, top: int, *, is_named: bool
) -> BarGroup:
    begin = LEFT + at * room + room * _GAP / 2
    width = room * (1 - _GAP) / len(KINDS)
    bars = []
    for place, kind in enumerate(KINDS):
        number = getattr(figures, kind)
        y = _height(number, top)
        if number:
            # Thin lines vanish: whatever is there is seen.
            y = min(y, HEIGHT - BOTTOM - 1.5)
            x, tall = begin + place * width, HEIGHT - BOTTOM - y
            bars.append(
                Bar(kind, round(x, 1), round(y, 1), round(width, 1), round(tall, 1))
            )
    return BarGroup(figures, round(LEFT + (at + 0.5) * room, 1), tuple(bars), is_named)


def _height(number: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * number / top, 1)
