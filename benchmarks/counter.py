"""The counter over a million certificates: `python -m benchmarks.counter [--json]`.

Fills an SQLite database by bulk (the bytes of certificates are made up, not their
size), then asks for pages as operators do: each kind of listing, search and picture,
from the first page to the last. Each is measured as the query alone and as the whole
page through the application, templates and all. Figures are milliseconds, the median
of the rounds and the slowest of them.

    peer    in the same run: 50 rows by the primary key, the least that a page can cost
    ratio   a query's median to the peer's

The database is kept with --keep FOLDER and used again.
"""

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.goals import Goal, print_goals
from webapp import create_app, db
from webapp.certificates.lifecycle import CertificateStatus
from webapp.certificates.models import Certificate
from webapp.config import Config
from webapp.demo import instance
from webapp.ra.approvals import applications
from webapp.ra.certificates import certificate_list
from webapp.ra.certificates import statistics as figures
from webapp.ra.certificates.statistics import Interval
from webapp.ra.customers import customer_search
from webapp.web.pagination import Cursor

DISK = "/var/tmp"
GOAL_MS = 100
PEOPLE_SHARE = 3  # certificates for each customer
TYPES = ("personal-bank", "personal-sign", "personal-general", "corporate-bank")
WEIGHTS = (60, 30, 9, 1)
FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN = "민서지우하은도윤시우수아예준지호하윤서연주원다은채원유진건우현우서준은서"
BATCH = 20_000
YEARS = 3
WORD = "Night-Ferry-42"


def measure(
    certificates: int, rounds: int, kept_database: Path | None
) -> dict[str, Any]:
    """Fill, ask, and return the figures."""
    with tempfile.TemporaryDirectory(prefix="certferry-", dir=DISK) as name:
        folder = kept_database or Path(name)
        now = datetime.now(UTC)
        created = instance.create_or_open(
            folder, public_url="http://127.0.0.1", pki_url="http://127.0.0.1", now=now
        )
        began = time.perf_counter()
        database = folder / "certferry.db"
        with closing(sqlite3.connect(database)) as stored:
            fill(stored, certificates, now)
        filled = time.perf_counter() - began
        config = replace(created.config, rate_limits=False, require_phone_check=False)
        timings = ask_queries(config, rounds, now)
        pages = ask_pages(config, rounds)
    peer = timings.pop("peer: 50 rows by primary key")
    return {
        "certificates": certificates,
        "rounds": rounds,
        "fill_s": round(filled, 1),
        "peer_ms": peer,
        "queries_ms": timings,
        "pages_ms": pages,
        "ratios": {
            name: round(took[0] / max(peer[0], 0.001), 1)
            for name, took in timings.items()
        },
    }


def fill(stored: sqlite3.Connection, count: int, now: datetime) -> None:
    """Store customers, applications and certificates, unless they are there."""
    (there,) = stored.execute("SELECT count(*) FROM certificate").fetchone()
    if there >= count:
        return
    if there:
        raise SystemExit(f"There are {there} certificates already: empty the folder.")
    stored.execute("PRAGMA synchronous=OFF")
    stored.execute("PRAGMA foreign_keys=OFF")
    stored.execute("PRAGMA cache_size=-600000")
    # Built once at the end, which takes a part of the time.
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != ''"
    indexes = stored.execute(query).fetchall()
    for name, _sql in indexes:
        stored.execute(f"DROP INDEX {name}")
    rng = random.Random(7)
    people = max(count // PEOPLE_SHARE, 1)
    for first in range(0, people, BATCH):
        rows = [_person(at, rng) for at in range(first, min(first + BATCH, people))]
        _insert(stored, "customer", rows)
    for first in range(0, count, BATCH):
        ids = range(first, min(first + BATCH, count))
        pairs = [_certificate(at, count, people, rng, now) for at in ids]
        _insert(stored, "application", [application for application, _ in pairs])
        _insert(stored, "certificate", [certificate for _, certificate in pairs])
        stored.commit()
    for _name, sql in indexes:
        stored.execute(sql)
    stored.commit()


def ask_queries(
    config: Config, rounds: int, now: datetime
) -> dict[str, tuple[float, float]]:
    """Return what each query takes: median and slowest."""
    engine = db.make_engine(config.database_url)
    with Session(engine) as session:
        kinds = dict(_queries(session, now))
        took = {name: _timed(work, session, rounds) for name, work in kinds.items()}
    engine.dispose()
    return took


def ask_pages(config: Config, rounds: int) -> dict[str, tuple[float, float]]:
    """Return what each page takes, from request to the last byte of the answer."""
    _let_in(config)
    app = create_app(config)
    client = app.test_client()
    html = {"Accept": "text/html"}
    token = client.get("/counter/sign-in", headers=html).text
    token = token.split('name="csrf-token" content="')[1].split('"')[0]
    client.post(
        "/counter/sign-in",
        data={"csrf_token": token, "login_id": "operator", "password": WORD},
        headers=html,
    )
    took = {}
    for name, path in PATHS.items():
        answer = client.get(path, headers=html)
        assert answer.status_code == 200, (path, answer.status_code)
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            client.get(path, headers=html).get_data()
            times.append(1000 * (time.perf_counter() - began))
        took[name] = (round(statistics.median(times), 1), round(max(times), 1))
    return took


PATHS = {
    "first page, months": "/counter?span=month",
    "first page, days": "/counter",
    "customers by family name": "/counter/customers?q=김",
    "customers by serial": "/counter/customers?q=40000",
    "all certificates": "/counter/certificates",
    "suspended": "/counter/certificates?status=suspended",
    "expired": "/counter/certificates?status=expired",
    "rare type, revoked": "/counter/certificates?status=revoked&type=corporate-bank",
    "by family name": "/counter/certificates?q=김",
    "approvals": "/counter/approvals",
}


def _queries(
    session: Session, now: datetime
) -> Iterator[tuple[str, Callable[[], object]]]:
    keys = list(session.scalars(select(Certificate.id).limit(50)))
    by_key = select(*certificate_list._SHOWN).where(Certificate.id.in_(keys))
    yield "peer: 50 rows by primary key", lambda: session.execute(by_key).all()
    deep = now - timedelta(days=900)
    year_ago, two_ago = now - timedelta(days=365), now - timedelta(days=730)

    def listed(place: Cursor | None = None, **chosen: Any) -> Callable[[], object]:
        filters = certificate_list.Filters(**chosen)
        return lambda: certificate_list.list_certificates(session, filters, place, now)

    yield "all, first page", listed()
    yield "all, 800,000 rows down", listed(Cursor(deep, "x"))
    yield "all, page before", listed(Cursor(deep, "x", back=True))
    for status in CertificateStatus:
        yield f"{status}, first page", listed(status=status)
    yield "valid, rare type", listed(status=CertificateStatus.VALID, type_id=TYPES[-1])
    yield (
        "suspended, common type",
        listed(status=CertificateStatus.SUSPENDED, type_id=TYPES[0]),
    )
    yield (
        "expired, rare type",
        listed(status=CertificateStatus.EXPIRED, type_id=TYPES[-1]),
    )
    old: dict[str, Any] = {
        "issued_from": two_ago,
        "issued_before": two_ago + timedelta(days=31),
    }
    yield "expired, issued in a month", listed(status=CertificateStatus.EXPIRED, **old)
    long_ago: dict[str, Any] = {
        "issued_from": now - timedelta(days=1000),
        "issued_before": year_ago,
    }
    yield (
        "usable, issued long ago (none)",
        listed(status=CertificateStatus.VALID, **long_ago),
    )
    yield (
        "suspended, issued long ago",
        listed(status=CertificateStatus.SUSPENDED, **long_ago),
    )
    yield "rare type in a year", listed(type_id=TYPES[-1], issued_from=year_ago)
    yield "by family name", listed(text="김")
    yield "by name and state", listed(text="이하은", status=CertificateStatus.REVOKED)
    yield "by login id", listed(text="person-123")
    yield "by serial prefix", listed(text="4000a")
    find = customer_search.find_customers
    for text in ("김", "person-0012", "20260000012", "010-0012-34", "00001"):
        yield f"customers: {text}", partial(find, session, text)
    for span in Interval:
        yield f"picture by {span}", partial(figures.count, session, span, now)
    yield "waiting approvals", lambda: applications.list_pending(session, now)


def _timed(
    work: Callable[[], object], session: Session, rounds: int
) -> tuple[float, float]:
    work()
    times = []
    for _ in range(rounds):
        session.rollback()
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(times), 2), round(max(times), 2)


def _let_in(config: Config) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    path = config.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as stored:
        stored.execute("UPDATE operator SET password_hash = ?", (cheap.hash(WORD),))


def _person(at: int, rng: random.Random) -> dict[str, object]:
    given = GIVEN[rng.randrange(0, len(GIVEN), 2) :][:2]
    return {
        "id": at + 1000,
        "login_id": f"person-{at:07d}",
        "password_hash": "x",
        "session_key": f"{at:032x}",
        "name": rng.choice(FAMILY) + given,
        "latin_name": "KIM HANA",
        "birth_date": "1990-01-31",
        "kind": "personal",
        "phone": f"+8210{at:08d}",
        "account_pin_errors": 0,
        "must_change_password": 0,
        "number": f"20260000{at:08d}",
        "created_at": "2026-01-01 00:00:00.000000",
    }


def _certificate(
    at: int, count: int, people: int, rng: random.Random, now: datetime
) -> tuple[dict[str, object], dict[str, object]]:
    age = timedelta(days=365 * YEARS) * (1 - at / count)
    issued = now - age
    customer = 1000 + rng.randrange(people)
    fate = rng.random()
    is_revoked, is_suspended = fate < 0.10, 0.10 <= fate < 0.101
    ended = issued + timedelta(days=rng.randrange(1, 300))
    purpose = rng.choices(("issue", "renew", "reissue"), (60, 30, 10))[0]
    id_ = f"{at:032x}"
    application = {
        "id": id_,
        "customer_id": customer,
        "started_at": _moment(issued),
        "expires_at": _moment(issued),
        "closed_at": _moment(issued),
        "closed_because": "done",
        "purpose": purpose,
    }
    state = "revoked" if is_revoked else "suspended" if is_suspended else "valid"
    certificate = {
        "id": id_,
        "issuer_id": "benchmark",
        "serial": f"{1 << 126 | rng.getrandbits(126):x}",
        "customer_id": customer,
        "application_id": id_,
        "key_hash": at.to_bytes(32, "big"),
        "idempotency_key": id_,
        "request_hash": bytes(32),
        "type_id": rng.choices(TYPES, WEIGHTS)[0],
        "state": state,
        "to_be_signed": bytes(1100),
        "der": bytes(1400),
        "not_before": _moment(issued),
        "not_after": _moment(issued + timedelta(days=365)),
        "reserved_at": _moment(issued),
        "revoked_at": _moment(min(ended, now)) if is_revoked else None,
        "revocation_reason": "cessation_of_operation" if is_revoked else None,
        "suspended_at": _moment(issued) if is_suspended else None,
        "suspended_by": "counter" if is_suspended else None,
        "purpose": purpose,
        "lineage_id": id_,
    }
    return application, certificate


def _insert(
    stored: sqlite3.Connection, table: str, rows: list[dict[str, object]]
) -> None:
    names = ", ".join(rows[0])
    marks = ", ".join("?" for _ in rows[0])
    stored.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",
        [tuple(row.values()) for row in rows],
    )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def goals(figures: dict[str, Any]) -> list[Goal]:
    """Return what was to be reached, and what was: the slowest of each."""
    both = {"query": figures["queries_ms"], "page": figures["pages_ms"]}
    return [
        Goal(f"{kind}: {name}"[:34], took[0], "<=", GOAL_MS, "ms")
        for kind, timings in both.items()
        for name, took in timings.items()
    ]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--certificates", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--keep", type=Path, help="a folder for the database")
    chosen = options.parse_args()
    figures = measure(chosen.certificates, chosen.rounds, chosen.keep)
    if chosen.json:
        print(json.dumps(figures))
        return
    print(f"{figures['certificates']} certificates, filled in {figures['fill_s']} s")
    print(f"peer, 50 rows by primary key: {figures['peer_ms'][0]} ms")
    for name, (median, slowest) in figures["queries_ms"].items():
        ratio = figures["ratios"][name]
        print(f"  {name:34} {median:8.2f} ms  slowest {slowest:8.2f}  x{ratio:g}")
    print_goals(goals(figures))


if __name__ == "__main__":
    main()
