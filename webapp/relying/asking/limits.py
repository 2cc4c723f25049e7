"""How many requests may be open at once, and when the next one is taken. Pure.

Who opens the page of an institution makes a request without anybody's name on it, so
these are counted apart: strangers who fill them keep no program from asking a customer.
A customer's list is shared by all that ask; no institution fills it alone.

| Open at once | at most |
|---|---|
| of an institution, in browsers that wait (a code on a page) | 10,000 |
| of these, from one network | 200 |
| of an institution, addressed to customers | 10,000 |
| addressed to a customer, by one institution | 10 |
| addressed to a customer | 50 |
"""

import math
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.relying.asking.errors import TooManyOpenError


class Scope(StrEnum):
    """Which open requests are counted together."""

    INSTITUTION_PAGES = "institution_pages"
    INSTITUTION_NETWORK = "institution_network"
    INSTITUTION_ADDRESSED = "institution_addressed"
    CUSTOMER_INSTITUTION = "customer_institution"
    CUSTOMER = "customer"


MAX_OPEN: Final = MappingProxyType(
    {
        Scope.INSTITUTION_PAGES: 10_000,
        Scope.INSTITUTION_NETWORK: 200,
        Scope.INSTITUTION_ADDRESSED: 10_000,
        Scope.CUSTOMER_INSTITUTION: 10,
        Scope.CUSTOMER: 50,
    }
)
PAGE_SCOPES: Final = (Scope.INSTITUTION_NETWORK, Scope.INSTITUTION_PAGES)
ADDRESSED_SCOPES: Final = (
    Scope.CUSTOMER_INSTITUTION,
    Scope.CUSTOMER,
    Scope.INSTITUTION_ADDRESSED,
)
_MAX_WAIT: Final = 3600  # seconds; an open request may live for days


def require_room(
    scope: Scope, count: int, first_end: datetime | None, now: datetime
) -> None:
    """Refuse one more request where `count` are open.

    `first_end` is when the first of these is over; None where nothing is open.

    Raises:
        TooManyOpenError: there is no room before then; it says after how many seconds.
    """
    if count < MAX_OPEN[scope]:
        return
    left = _MAX_WAIT if first_end is None else (first_end - now).total_seconds()
    raise TooManyOpenError(seconds=min(_MAX_WAIT, max(1, math.ceil(left))))
