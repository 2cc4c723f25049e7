"""Revocation lists over many revoked: `python -m benchmarks.crl [--json]`.

Fills a demo with certificates by bulk, the first of them revoked, and has the full list
and then one part of it built as the centre does, from the database to the signed bytes.

    build    the full list: entries read, encoded, signed, stored; seconds, the median
    part     the first part after it: the list taken apart and one part signed
    later    another part of the same list
"""

import argparse
import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import sessionmaker

from benchmarks.counter import DISK, fill
from benchmarks.goals import Goal, print_goals
from webapp import db
from webapp.ca.context import load_ca
from webapp.demo import instance
from webapp.pki.crl_partitions import Partition, split_list
from webapp.repository.crl import CRL_REFRESH, current_crl

URL = "http://127.0.0.1"
GOAL_SECONDS = 1.5


def measure(certificates: int, revoked: int, rounds: int) -> dict[str, Any]:
    """Return the figures with so many certificates, and so many of them revoked."""
    with tempfile.TemporaryDirectory(prefix="certferry-", dir=DISK) as name:
        folder, now = Path(name), datetime.now(UTC)
        config = instance.create_or_open(
            folder, public_url=URL, pki_url=URL, now=now
        ).config
        ca = load_ca(config)
        with closing(sqlite3.connect(folder / "certferry.db")) as stored:
            fill(stored, certificates, now)
            stored.execute(
                "UPDATE certificate SET issuer_id = ?, state = 'valid'",
                (ca.authority.issuer_id,),
            )
            stored.execute(
                "UPDATE certificate SET state = 'revoked', revoked_at = ?,"
                " not_after = '2099-01-01 00:00:00',"
                " revocation_reason = 'key_compromise' WHERE rowid IN"
                " (SELECT rowid FROM certificate ORDER BY serial LIMIT ?)",
                (f"{now:%Y-%m-%d %H:%M:%S}", revoked),
            )
            stored.commit()
        engine = db.make_engine(config.database_url)
        sessions = sessionmaker(engine)
        builds, first, later, size = [], [], [], 0
        for number in range(rounds):
            at = now + number * (CRL_REFRESH + timedelta(minutes=1))
            with sessions() as session:
                took, crl = _timed(lambda: current_crl(session, ca.authority, at))  # noqa: B023
                builds.append(took)
                der, size = crl.der, len(crl.der)
            took, split = _timed(lambda: split_list(der))  # noqa: B023
            signed, part = _timed(
                lambda: split.build(ca.authority, Partition(0), ca.locations.crl_url)  # noqa: B023
            )
            first.append(took + signed)
            later.append(signed)
        engine.dispose()
    return {
        "certificates": certificates,
        "revoked": revoked,
        "build": round(statistics.median(builds), 3),
        "slowest build": round(max(builds), 3),
        "part": round(statistics.median(first), 3),
        "later": round(statistics.median(later), 5),
        "bytes": size,
        "bytes of a part": len(part),
    }


def _timed(work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Revocation lists over many revoked")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--certificates", type=int, default=200_000)
    parser.add_argument("--revoked", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    figures = measure(options.certificates, options.revoked, options.rounds)
    goal = Goal("build, full list", figures["build"], "<=", GOAL_SECONDS, "s")
    if options.json:
        print(json.dumps({**figures, "goals": [goal.as_json()]}))
        return
    for name, figure in figures.items():
        print(f"{name:20}{figure:>14,}")
    print_goals([goal])


if __name__ == "__main__":
    main()
