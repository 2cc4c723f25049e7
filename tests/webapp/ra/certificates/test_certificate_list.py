"""Pages of certificates follow one another; the picture counts Korean days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from tests.webapp.ra.conftest import make_certificate, make_customer
from webapp.certificates.lifecycle import CertificateStatus, StoredState
from webapp.ra.certificates.bar_chart import draw, round_up
from webapp.ra.certificates.certificate_list import Filters, list_certificates
from webapp.ra.certificates.statistics import Interval, count, count_today, spans

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)  # noon in Korea


@pytest.fixture
def many(stored):
    """Fifteen certificates, one a day; two share a moment."""
    customer = make_customer(stored, NOON)
    days = [NOON - timedelta(days=at) for at in range(14)] + [NOON]
    return [
        make_certificate(
            stored, customer, NOON, reserved_at=at, not_after=at + timedelta(days=7)
        )
        for at in days
    ]


@pytest.mark.parametrize(
    "status", [None, CertificateStatus.VALID, CertificateStatus.EXPIRED]
)
def test_every_certificate_is_on_one_page_and_the_way_back_is_the_same(
    stored, many, status
):
    filters, place, pages = Filters(status=status), None, []
    while True:
        page = list_certificates(stored, filters, place, NOON, size=4)
        pages.append([line.id for line in page.rows])
        if page.older is None:
            break
        place = page.older
    seen = [id_ for page in pages for id_ in page]

    back = []
    while page.newer is not None:
        page = list_certificates(stored, filters, page.newer, NOON, size=4)
        back.append([line.id for line in page.rows])

    assert len(seen) == len(set(seen)) == {None: 15, "valid": 9, "expired": 6}[status]
    assert back[::-1] == pages[:-1]


def test_filters_keep_what_they_say(stored, many):
    first, second = many[0], many[1]
    first.state, first.type_id = StoredState.REVOKED, "corporate-bank"
    second.state, second.suspended_at = StoredState.SUSPENDED, NOON
    many[2].state = StoredState.RESERVED
    stored.commit()

    def ids(**filters):
        page = list_certificates(stored, Filters(**filters), None, NOON)
        return [line.id for line in page.rows]

    assert ids(status=CertificateStatus.REVOKED) == [first.id]
    assert ids(status=CertificateStatus.SUSPENDED) == [second.id]
    assert ids(type_id="corporate-bank") == [first.id]
    assert many[2].id not in ids()
    assert ids(text=first.serial[:6]) == [first.id]
    assert len(ids(text="이하")) == 14
    assert len(ids(text="hana20")) == 14
    assert ids(text="김") == []
    day = {"issued_from": NOON - timedelta(days=5, hours=1)}
    assert len(ids(**day, issued_before=NOON - timedelta(days=4, hours=-1))) == 2


def test_a_day_ends_at_midnight_in_korea(stored):
    customer = make_customer(stored, NOON)
    midnight = datetime(2026, 11, 21, 15, tzinfo=UTC)  # 00:00 on the 22nd in Korea
    for at in (midnight - timedelta(seconds=1), midnight):
        make_certificate(stored, customer, NOON, reserved_at=at)
    make_certificate(stored, customer, NOON, reserved_at=midnight, purpose="renew")
    make_certificate(
        stored,
        customer,
        NOON,
        state="revoked",
        purpose="reissue",
        revoked_at=midnight,
        revocation_reason="key_compromise",
    )

    today = count_today(stored, NOON)
    days = count(stored, Interval.DAY, NOON)

    assert (today.issued, today.renewed, today.revoked) == (1, 2, 1)
    assert [day.issued for day in days[-2:]] == [1, 1]


def test_spans_are_whole_weeks_and_months():
    months = spans(Interval.MONTH, date(2026, 3, 31))
    weeks = spans(Interval.WEEK, date(2026, 11, 22))

    assert months[0] == (date(2025, 4, 1), date(2025, 5, 1))
    assert months[-1] == (date(2026, 3, 1), date(2026, 4, 1))
    assert weeks[-1] == (date(2026, 11, 16), date(2026, 11, 23))
    assert all(one[1] == other[0] for one, other in pairwise(weeks))


def test_the_picture_stays_inside_and_shows_even_one(stored):
    figures = count(stored, Interval.MONTH, NOON)
    empty = draw(figures)
    make_certificate(stored, make_customer(stored, NOON), NOON)
    drawn = draw(count(stored, Interval.MONTH, NOON))

    assert empty.is_empty
    assert not any(group.bars for group in empty.groups)
    bars = [bar for group in drawn.groups for bar in group.bars]
    assert len(bars) == 1
    assert 0 <= bars[0].y < bars[0].y + bars[0].height <= drawn.height
    assert [round_up(number) for number in (0, 1, 3, 5, 6, 11, 999)] == [
        *(1, 1, 5, 5, 10, 20, 1000)
    ]
