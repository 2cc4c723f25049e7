"""Whole transfers through the real relay: `python -m benchmarks.transfer [--json]`.

One core belongs to the measured servers, the others to the clients. Our relay runs in
one gevent worker of gunicorn. A transfer is two fresh devices, the handshake, the code,
one certificate, the receipt and the end (see transfer_clients.py):

    pages     as the pages do it: claim and handshake by POST, the socket beside it
    socket    everything by socket
    node      the same as "socket" through a plain socket.io server (node_relay.mjs)
    mailbox   the same messages through magic-wormhole's mailbox server, in memory

All take turns in each round of one run, since the machine may be busy with other
things; a ratio is the median of the rounds. Processor time is the server's, from /proc.
What the peers need is fetched once into this folder (baselines.py). Figures of each,
medians again:

    per_s           sessions in a second, all clients together
    cpu_ms          the server's processor time for one
    per_cpu_s       1000 / cpu_ms: what a core would do with nothing else to do
    p50_ms, p95_ms  how long one took, with that many clients at once
"""

import argparse
import json
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks import baselines, idle, servers
from benchmarks.goals import Goal, print_goals
from benchmarks.load_processes import Drive, LoadResult, drivers
from benchmarks.sample_frames import make_messages
from benchmarks.servers import Server

WARM_UP = 0.5  # of a round's sessions, before any is counted

Start = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to have sessions: of what kind, and with which server."""

    kind: str
    server: Server


def measure(sessions: int, clients: int, rounds: int) -> dict[str, Any]:
    """Run the whole measurement and return its figures."""
    frames = make_messages()
    with ExitStack() as stack:
        candidates, missing = _open_candidates(stack)
        drive = stack.enter_context(drivers(clients, frames))
        ran = _take_turns(candidates, drive, sessions=sessions, rounds=rounds)
        memory = candidates["pages"].server.resident_bytes
    return {
        "sessions": sessions,
        "clients": clients,
        "rounds": rounds,
        "message_bytes": [len(frame) for frame in frames],
        **{name: _summary(results) for name, results in ran.items()},
        "ratios": _ratios(ran),
        "relay_mb": round(memory / 2**20, 1),
        "missing": missing,
    }


def goals(figures: dict[str, Any]) -> list[Goal]:
    """Return what was to be reached, and what was."""
    pages, ratios = figures["pages"], figures["ratios"]
    return [
        Goal("server CPU for a transfer", pages["cpu_ms"], "<=", 4.0, "ms"),
        Goal("transfers a second, measured", pages["per_s"], ">=", 200, ""),
        Goal("transfers a second and core", pages["per_cpu_s"], ">=", 200, ""),
        Goal("CPU ours / Node, all by socket", ratios["cpu_socket_to_node"], "<=", 2.0),
        Goal(
            "CPU ours / Node, as the pages do", ratios["cpu_pages_to_node"], "<=", 2.0
        ),
        Goal("sessions ours / mailbox", ratios["per_s_pages_to_mailbox"], ">=", 1.0),
        Goal("  a second and core", ratios["per_cpu_s_pages_to_mailbox"], ">=", 1.0),
        Goal("memory of an idle side", figures["idle"]["kb_per_side"], "<=", 70, "KB"),
    ]


def _open_candidates(stack: ExitStack) -> tuple[dict[str, Candidate], dict[str, str]]:
    """Start every server that can be had; say why another cannot."""
    ours = stack.enter_context(servers.relay())
    candidates = {
        "pages": Candidate("pages", ours),
        "socket": Candidate("socket", ours),
    }
    peers: dict[str, tuple[str, Start]] = {
        "node": ("socket", lambda: servers.node_relay(baselines.node_peer())),
        "mailbox": ("mailbox", lambda: servers.mailbox(baselines.mailbox_peer())),
    }
    missing = {}
    for name, (kind, start) in peers.items():
        try:
            candidates[name] = Candidate(kind, stack.enter_context(start()))
        except (baselines.MissingPeerError, servers.StartError) as error:
            missing[name] = str(error)
    return candidates, missing


def _take_turns(
    candidates: dict[str, Candidate], drive: Drive, *, sessions: int, rounds: int
) -> dict[str, list[LoadResult]]:
    for candidate in candidates.values():
        drive(candidate.kind, candidate.server, int(sessions * WARM_UP))
    ran: dict[str, list[LoadResult]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            ran[name].append(drive(candidate.kind, candidate.server, sessions))
    return ran


def _summary(results: list[LoadResult]) -> dict[str, float]:
    def median(figure: Callable[[LoadResult], float]) -> float:
        return statistics.median(map(figure, results))

    cpu = median(lambda one: one.cpu_ms)
    return {
        "per_s": round(median(lambda one: one.per_second), 1),
        "cpu_ms": round(cpu, 2),
        "per_cpu_s": round(1000 / cpu, 1),
        "p50_ms": round(median(lambda one: one.percentile(50)), 1),
        "p95_ms": round(median(lambda one: one.percentile(95)), 1),
    }


def _ratios(ran: dict[str, list[LoadResult]]) -> dict[str, float | None]:
    def ratio(
        ours: str, peer: str, figure: Callable[[LoadResult], float]
    ) -> float | None:
        if peer not in ran:
            return None
        pairs = zip(ran[ours], ran[peer], strict=True)
        return round(statistics.median(figure(a) / figure(b) for a, b in pairs), 2)

    return {
        "cpu_socket_to_node": ratio("socket", "node", lambda one: one.cpu_ms),
        "cpu_pages_to_node": ratio("pages", "node", lambda one: one.cpu_ms),
        "per_s_pages_to_mailbox": ratio("pages", "mailbox", lambda one: one.per_second),
        "per_cpu_s_pages_to_mailbox": ratio(
            "pages", "mailbox", lambda one: 1 / one.cpu_ms
        ),
    }


def _print(figures: dict[str, Any]) -> None:
    columns = list(figures["pages"])
    print(f"{'':8}" + "".join(f"{column:>11}" for column in columns))
    for name in ("pages", "socket", "node", "mailbox"):
        if name in figures:
            row = figures[name].values()
            print(f"{name:8}" + "".join(f"{figure:>11}" for figure in row))
    for name, reason in figures["missing"].items():
        print(f"{name:8}  not measured: {reason}")
    print(f"\nrelay: {figures['relay_mb']} MB after it")
    print_goals(goals(figures))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--sessions", type=int, default=100, help="in each round")
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--sides", type=int, default=1000, help="idle ones")
    chosen = options.parse_args()
    figures = measure(chosen.sessions, chosen.clients, chosen.rounds)
    figures["idle"] = idle.measure(chosen.sides)
    if chosen.json:
        reached = [goal.as_json() for goal in goals(figures)]
        print(json.dumps(figures | {"goals": reached}))
    else:
        _print(figures)


if __name__ == "__main__":
    main()
