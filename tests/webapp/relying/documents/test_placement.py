"""A visible signature stands in its corner, also of a page that is shown turned."""

import pytest

from webapp.relying.documents.placement import (
    HEIGHT,
    MARGIN,
    WIDTH,
    Corner,
    PageShape,
    place,
)

A4 = (0.0, 0.0, 595.0, 842.0)
CORNERS = {
    Corner.TOP_LEFT: (MARGIN, 842 - MARGIN - HEIGHT),
    Corner.TOP_RIGHT: (595 - MARGIN - WIDTH, 842 - MARGIN - HEIGHT),
    Corner.BOTTOM_LEFT: (MARGIN, MARGIN),
    Corner.BOTTOM_RIGHT: (595 - MARGIN - WIDTH, MARGIN),
}
# Top left as shown, in the coordinates of the page.
TURNED = {
    90: (MARGIN, MARGIN),
    180: (595 - MARGIN, MARGIN),
    270: (595 - MARGIN, 842 - MARGIN),
}


@pytest.mark.parametrize(("corner", "lower_left"), CORNERS.items())
def test_signature_stands_in_its_corner(
    corner: Corner, lower_left: tuple[float, float]
) -> None:
    left, bottom, right, top = place(PageShape(A4), corner)

    assert (left, bottom) == lower_left
    assert (right - left, top - bottom) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(("rotation", "upper_left"), TURNED.items())
def test_turned_page_has_the_corner_that_is_seen(
    rotation: int, upper_left: tuple[float, float]
) -> None:
    left, _, _, top = place(PageShape(A4, rotation), Corner.TOP_LEFT)

    assert (left, top) == upper_left


def test_next_signature_covers_none_before_it() -> None:
    taken: list[tuple[float, float, float, float]] = []
    for _ in range(20):
        taken.append(place(PageShape(A4), Corner.BOTTOM_RIGHT, taken))

    corners = {(left, bottom) for left, bottom, _, _ in taken}
    assert len(corners) == 20
    assert all(left >= 0 and bottom >= 0 for left, bottom in corners)
    assert taken[1][1] == taken[0][3] + 6


def test_page_that_begins_elsewhere_counts_from_there() -> None:
    shape = PageShape((100.0, 50.0, 695.0, 892.0))

    left, bottom, _, _ = place(shape, Corner.BOTTOM_LEFT)

    assert (left, bottom) == (100 + MARGIN, 50 + MARGIN)


def test_page_smaller_than_a_signature_still_gets_one() -> None:
    shape = PageShape((0.0, 0.0, 100.0, 40.0))

    left, _, _, top = place(shape, Corner.BOTTOM_RIGHT)

    assert (left, top) == (0, 40)
