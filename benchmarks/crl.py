"""Revocation lists over many revoked: `python -m benchmarks.crl [--json]`.

Fills a demo with certificates by bulk, the first of them revoked, and has the full list
and then one part of it built as the centre does, from the database to the signed bytes.

    build      the full list: entries read, encoded, signed, stored
    part       the first part after it: the list taken apart and one part signed
    all parts  the list taken apart and each of its parts signed
    later      another part of the same list

Seconds, the median of the rounds: of the clock, and of the processor beside it, which
say the same where nothing else runs. The goal is judged by the processor's.
"""

import argparse
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import sessionmaker

from benchmarks.counter import DISK, fill
from benchmarks.goals import Goal, print_goals
from webapp import db
from webapp.ca.context import load_ca
from webapp.demo import instance
from webapp.pki.crl_partitions import PARTITIONS, Partition, split_list
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
        taken = Taken()
        for number in range(rounds):
            at = now + number * (CRL_REFRESH + timedelta(minutes=1))
            with sessions() as session, taken.as_("build"):
                der = current_crl(session, ca.authority, at).der
            with taken.as_("all parts"):
                with taken.as_("part"):
                    split = split_list(der)
                    split.build(ca.authority, Partition(0), ca.locations.crl_url)
                for index in range(1, PARTITIONS):
                    with taken.as_("later"):
                        part = split.build(
                            ca.authority, Partition(index), ca.locations.crl_url
                        )
        engine.dispose()
    return {
        "certificates": certificates,
        "revoked": revoked,
        **taken.medians(),
        "bytes": len(der),
        "bytes of a part": len(part),
    }


class Taken:
    """Seconds that works took, of the clock and of the processor."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[tuple[float, float]]] = {}

    @contextmanager
    def as_(self, name: str) -> Iterator[None]:
        """Take the time of what is done inside."""
        began = time.perf_counter(), time.process_time()
        yield
        took = time.perf_counter() - began[0], time.process_time() - began[1]
        self._seconds.setdefault(name, []).append(took)

    def medians(self) -> dict[str, float]:
        """Return the median of each work, by the clock and by the processor."""
        figures = {}
        for name, seconds in self._seconds.items():
            wall, cpu = map(statistics.median, zip(*seconds, strict=True))
            figures[name] = round(wall, 4)
            figures[f"{name}, cpu"] = round(cpu, 4)
        return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Revocation lists over many revoked")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--certificates", type=int, default=200_000)
    parser.add_argument("--revoked", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    figures = measure(options.certificates, options.revoked, options.rounds)
    build = figures["build, cpu"]
    goals = [
        Goal("build, full list, cpu", build, "<=", GOAL_SECONDS, "s"),
        Goal("its ratio to the limit", round(build / GOAL_SECONDS, 2), "<=", 1.0),
    ]
    if options.json:
        print(json.dumps({**figures, "goals": [goal.as_json() for goal in goals]}))
        return
    for name, figure in figures.items():
        print(f"{name:20}{figure:>14,}")
    print_goals(goals)


if __name__ == "__main__":
    main()
