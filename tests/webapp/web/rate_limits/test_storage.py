"""Counts in memory are never more than so many, whatever they are kept under."""

import re
from dataclasses import replace

from tests.webapp.browser_client import PAGE
from webapp import create_app
from webapp.web.rate_limits import storage as rate_limit_storage
from webapp.web.rate_limits.attempts import limiter
from webapp.web.rate_limits.storage import BoundedMemoryStorage


def test_the_oldest_count_makes_room_for_a_new_one(monkeypatch):
    monkeypatch.setattr(rate_limit_storage, "MAX_COUNTS", 3)
    storage = BoundedMemoryStorage()

    for name in ("a", "b", "a", "c", "d", "e"):
        storage.incr(name, 60)

    assert dict(storage.storage) == {"c": 1, "d": 1, "e": 1}
    assert len(storage.expirations) == 3


def test_one_address_writes_no_more_names_than_it_has_attempts(config):
    client = create_app(replace(config, rate_limits=True)).test_client()
    page = client.get("/sign-in", headers=PAGE)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
    counted = limiter.limiter.storage.storage
    before = len(counted)

    for path in ("/sign-in", "/counter/sign-in"):
        for number in range(40):
            fields = {"csrf_token": token, "login_id": f"n{number}", "password": ""}
            client.post(path, data=fields, headers=PAGE)

    assert isinstance(limiter.limiter.storage, BoundedMemoryStorage)
    assert len(counted) - before <= 2 * 31
