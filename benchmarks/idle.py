"""Memory of silent devices: `python -m benchmarks.idle [--json]`.

Each pairing has two sides, seated as the pages do it: claimed by POST, whose connection
then closes, and a WebSocket that stays. The resident memory of the relay's worker is
read before and after.

    sides          how many were connected at once
    kb_per_side    what the worker grew by, for each of them
    before_mb      its size when a few transfers had gone through and nobody was there
"""

import argparse
import json
import secrets
import time

from benchmarks import servers
from benchmarks.goals import Goal, print_goals
from benchmarks.raw_clients import HttpPostClient, SocketClient
from benchmarks.sample_frames import make_messages, text
from benchmarks.transfer_clients import transfer_like_pages

WARM_UP = 20
SETTLE_SECONDS = 2.0  # greenlets of closed connections end, a sweep or two go by


def measure(sides: int) -> dict[str, float]:
    """Connect so many sides to a fresh relay and return the figures."""
    servers.allow_descriptors()
    frames = make_messages()
    with servers.relay() as server:
        for _ in range(WARM_UP):
            transfer_like_pages(server.port, frames)
        time.sleep(SETTLE_SECONDS)
        before = server.resident_bytes
        clients: list[SocketClient] = []
        for _ in range(sides // 2):
            clients += join_two(server.port, text(frames[0]))
        time.sleep(SETTLE_SECONDS)
        after = server.resident_bytes
        for client in clients:
            client.close()
    return {
        "sides": len(clients),
        "kb_per_side": round((after - before) / 1024 / len(clients), 1),
        "before_mb": round(before / 2**20, 1),
    }


def join_two(port: int, m1: str) -> tuple[SocketClient, SocketClient]:
    """Seat both devices of a new pairing and leave them connected."""
    sid, tokens = _name(), (_name(), _name())
    page = HttpPostClient(port)
    page.request("show", sid=sid, token=tokens[0], mode="Q", dir="GS", m1=m1)
    page.request("join", sid=sid, token=tokens[1])
    page.hang_up()
    initiator, responder = SocketClient(port), SocketClient(port)
    initiator.request("resume", sid=sid, token=tokens[0], received=0)
    responder.request("resume", sid=sid, token=tokens[1], received=1)
    return initiator, responder


def _name() -> str:
    return text(secrets.token_bytes(16))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--sides", type=int, default=1000)
    chosen = options.parse_args()
    figures = measure(chosen.sides)
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:>12}  {figure}")
    goal = Goal("memory of an idle side", figures["kb_per_side"], "<=", 70, "KB")
    print_goals([goal])


if __name__ == "__main__":
    main()
