"""OCSP beside `openssl ocsp`: `python -m benchmarks.ocsp [--json] [--certificates N…]`.

Fills a demo with certificates by bulk, a tenth of them revoked (at most 100,000), and
starts `certferry ocsp` on it and `openssl ocsp` on a thousand of the same serials, both
as one process, or as `--processes`. The servers of all sizes run at the same time. Two
clients ask each in turn, for the serials of a thousand certificates, spread over all.

    cached   no nonce: ours is signed once, openssl signs each
    nonce    another nonce in each request: both sign each
    unknown  serials that were never issued, each asked once: ours signs few of them

`openssl ocsp` closes a connection after each answer, so it is asked with a new one for
each. Ours is asked like that too, and on connections that stay, as nginx keeps them
(`deploy/nginx.conf`): each figure says which it is.

Answers a second, the median of the rounds; the time of processors that the server took
for one, in microseconds, which other programs on the machine change less; and ours in
memory. Below them their ratios to openssl's and to what was to be reached.
"""

import argparse
import json
import os
import queue
import re
import secrets
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import ocsp

from benchmarks.counter import DISK, fill
from benchmarks.goals import Goal, print_goals
from benchmarks.servers import ROOT, end_with_parent
from webapp.ca.context import CaContext, load_ca
from webapp.demo import instance
from webapp.pki.services.certificates import ServiceKind
from webapp.pki.services.ocsp import CertId, IssuerHashes, build_request

CLIENTS = 2
SECONDS = 2.0
PATIENCE = 20.0  # seconds for one answer, and for an end
LONGEST_START = 90.0  # seconds
ASKED = 1000  # serials
REVOKED_SHARE, MOST_REVOKED = 10, 100_000
URL = "http://127.0.0.1"
KEPT, NEW = "connections kept", "new connections"
# An OCSPResponse: signed and successful, or tryLater (RFC 6960 4.2.1).
IS_RESPONSE = re.compile(rb"\r\n\r\n0(?:\x82..\n\x01\x00|\x03\n\x01\x03)", re.DOTALL)
TICKS = os.sysconf("SC_CLK_TCK")  # a second, of the processors' time


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers on a port, in one process or several."""

    pid: int
    port: int

    def processor_seconds(self) -> float:
        """Return the time of processors that it took until now."""
        fields = [_stat(pid) for pid in self.processes()]
        return sum(int(line[11]) + int(line[12]) for line in fields) / TICKS

    def processes(self) -> list[int]:
        """Return its processes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [self.pid, *map(int, children.split())]


@dataclass(frozen=True, slots=True)
class Pair:
    """Our responder and openssl's, for the same serials of one database."""

    ours: RunningServer
    openssl: RunningServer
    hashes: IssuerHashes
    serials: list[int]

    @property
    def cert_ids(self) -> list[CertId]:
        """Return what names the certificates in a question."""
        return [self.hashes.cert_id(serial) for serial in self.serials]

    def plain(self) -> list[bytes]:
        """Return questions whose answers may be kept."""
        return [build_request([cert_id]) for cert_id in self.cert_ids]

    def with_nonce(self) -> list[bytes]:
        """Return questions whose answers are signed each."""
        chance = secrets.token_bytes
        return [build_request([cert_id], chance(16)) for cert_id in self.cert_ids * 20]

    def never_issued(self) -> list[bytes]:
        """Return questions for what is not there."""
        hashes = self.hashes
        return [
            build_request([hashes.cert_id(secrets.randbits(120))])
            for _ in range(20_000)
        ]


def measure(sizes: Sequence[int], rounds: int, processes: int) -> list[dict[str, Any]]:
    """Return the figures with so many certificates each, asked in turn."""
    with ExitStack() as servers:
        pairs = [servers.enter_context(_pair(size, processes)) for size in sizes]
        figures = _ask_in_turn(pairs, rounds)
        for run, pair in zip(figures, pairs, strict=True):
            run["megabytes"] = _megabytes(pair.ours)
    return [
        {"certificates": size, "rounds": rounds, **run}
        for size, run in zip(sizes, figures, strict=True)
    ]


@contextmanager
def _pair(certificates: int, processes: int) -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="certferry-", dir=DISK) as name:
        folder, now = Path(name), datetime.now(UTC)
        config = instance.create_or_open(
            folder, public_url=URL, pki_url=URL, now=now
        ).config
        ca = load_ca(config)
        ca.services.renew(now)
        serials = prepare(folder / "certferry.db", ca, certificates, now)
        ports = _free_port(), _free_port()
        hashes = IssuerHashes.of(ca.authority.certificate)
        question = build_request([hashes.cert_id(serials[-1])])
        commands = (
            _ours(folder, ports[0], processes),
            _openssl(folder, ca, serials, now, ports[1], processes),
        )
        with (
            _running(commands[0], ports[0], question) as ours,
            _running(commands[1], ports[1], question) as openssl,
        ):
            yield Pair(ours, openssl, hashes, serials)


def prepare(
    database: Path, ca: CaContext, certificates: int, now: datetime
) -> list[int]:
    """Fill a database; return a thousand serials, spread over all."""
    revoked = min(certificates // REVOKED_SHARE, MOST_REVOKED)
    with closing(sqlite3.connect(database)) as stored:
        fill(stored, certificates, now)
        stored.execute(
            "UPDATE certificate SET issuer_id = ?, state = 'valid'",
            (ca.authority.issuer_id,),
        )
        stored.execute(
            "UPDATE certificate SET state = 'revoked', revoked_at = ?,"
            " not_after = '2099-01-01 00:00:00', revocation_reason = 'key_compromise'"
            " WHERE rowid IN (SELECT rowid FROM certificate ORDER BY serial LIMIT ?)",
            (f"{now:%Y-%m-%d %H:%M:%S}", revoked),
        )
        stored.commit()
        rows = stored.execute("SELECT serial FROM certificate ORDER BY serial")
        serials = [int(serial, 16) for (serial,) in rows]
    return serials[:: max(1, len(serials) // ASKED)][:ASKED]


def _ask_in_turn(pairs: list[Pair], rounds: int) -> list[dict[str, float]]:
    """Return each pair's medians.

    All pairs are asked the same kind of question one after the other, in the other
    order in every second round, so that what else the machine does meets all alike.
    """
    for pair in pairs:
        for message in pair.plain():  # "cached" is what was asked for before
            for server in (pair.ours, pair.openssl):
                _answer(server.port, message)
    figures: list[dict[str, list[float]]] = [defaultdict(list) for _ in pairs]
    for number in range(rounds):
        turns = list(zip(pairs, figures, strict=True))[:: -1 if number % 2 else 1]
        for name, (is_ours, requests, keeps) in KINDS.items():
            for pair, run in turns:
                server = pair.ours if is_ours else pair.openssl
                rate, micros = _measure_one(server, requests(pair), keeps)
                run[name].append(rate)
                run[f"{name}, µs"].append(micros)
    return [
        {name: round(statistics.median(values), 1) for name, values in run.items()}
        for run in figures
    ]


def _measure_one(
    server: RunningServer, messages: list[bytes], keeps: bool
) -> tuple[float, float]:
    """Return answers a second, and microseconds of its processors for one."""
    before = server.processor_seconds()
    rate = _load(server.port, messages, keeps)
    took = server.processor_seconds() - before
    return rate, took / (rate * SECONDS) * 1e6


# What is asked: ours or openssl's, for what, and whether connections stay.
KINDS: dict[str, tuple[bool, Callable[[Pair], list[bytes]], bool]] = {
    f"cached, {KEPT}": (True, Pair.plain, True),
    "openssl cached": (False, Pair.plain, False),
    f"cached, {NEW}": (True, Pair.plain, False),
    f"nonce, {KEPT}": (True, Pair.with_nonce, True),
    "openssl nonce": (False, Pair.with_nonce, False),
    f"nonce, {NEW}": (True, Pair.with_nonce, False),
    f"unknown, {KEPT}": (True, Pair.never_issued, True),
}


def _load(port: int, requests: list[bytes], keeps: bool) -> float:
    fork = get_context("fork")
    counts = fork.Queue()
    clients = [
        fork.Process(target=_ask, args=(port, requests[at::CLIENTS], keeps, counts))
        for at in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        total: int = sum(counts.get(timeout=SECONDS + 2 * PATIENCE) for _ in clients)
    except queue.Empty:
        raise SystemExit(f"port {port}: a client got no answer") from None
    finally:
        for client in clients:
            client.terminate()  # it has given its count, or never will
            client.join()
    return total / SECONDS


def _ask(port: int, requests: list[bytes], keeps: bool, counts: Any) -> None:
    version = b"1.1" if keeps else b"1.0"
    messages = [
        b"POST /ocsp HTTP/%s\r\nHost: a\r\nContent-Type: application/ocsp-request\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (version, len(body), body)
        for body in requests
    ]
    end, count = time.perf_counter() + SECONDS, 0
    line = socket.create_connection(("127.0.0.1", port), PATIENCE) if keeps else None
    while time.perf_counter() < end:
        message = messages[count % len(messages)]
        if line is not None:
            line.sendall(message)
            answer = _read_one(line)
        else:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as other:
                other.sendall(message)
                answer = b"".join(iter(partial(other.recv, 65536), b""))
        count += 1
        if not IS_RESPONSE.search(answer):
            raise SystemExit(f"port {port}: no OCSPResponse")
    counts.put(count)


def _read_one(line: socket.socket) -> bytes:
    head, _, body = line.recv(65536).partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def _answer(port: int, question: bytes) -> ocsp.OCSPResponse:
    """Ask once; return the answer, which is signed."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
        line.sendall(
            b"POST /ocsp HTTP/1.0\r\nContent-Type: application/ocsp-request\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(question), question)
        )
        answer = b"".join(iter(partial(line.recv, 65536), b""))
    response = ocsp.load_der_ocsp_response(answer.partition(b"\r\n\r\n")[2])
    if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(response.response_status.name)
    return response


def _ours(folder: Path, port: int, processes: int) -> list[str]:
    command = [sys.executable, "-m", "webapp", "ocsp", "--port", str(port)]
    command += ["--workers", str(processes)]
    return [*command, "--instance", str(folder), "--url", URL]


def _openssl(
    folder: Path,
    ca: CaContext,
    serials: list[int],
    now: datetime,
    port: int,
    processes: int,
) -> list[str]:
    signer = ca.services.signer(ServiceKind.OCSP_RESPONDER, now)
    key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = signer.certificate.public_bytes(Encoding.PEM)
    (folder / "peer.pem").write_bytes(key + pem)
    issuer = ca.authority.certificate.public_bytes(Encoding.PEM)
    (folder / "issuer.pem").write_bytes(issuer)
    lines = (
        f"V\t301231000000Z\t\t{serial:X}\tunknown\t/CN={serial:X}\n"
        for serial in serials
    )
    (folder / "index.txt").write_text("".join(lines))
    return [
        *("openssl", "ocsp", "-index", str(folder / "index.txt")),
        *("-rsigner", str(folder / "peer.pem"), "-CA", str(folder / "issuer.pem")),
        *("-port", str(port), "-ndays", "1", "-ignore_err"),
        *(["-multi", str(processes)] if processes > 1 else []),
    ]


@contextmanager
def _running(command: list[str], port: int, question: bytes) -> Iterator[RunningServer]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    )
    try:
        _wait_for(process, port, question)
        yield RunningServer(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, question: bytes) -> None:
    """Return when a server gives a signed answer.

    It is asked whole questions only: `openssl ocsp` (3.0) never comes back from a
    connection that was closed without one.
    """
    end = time.monotonic() + LONGEST_START
    while process.poll() is None and time.monotonic() < end:
        try:
            status = _answer(port, question).certificate_status
            if status == ocsp.OCSPCertStatus.GOOD:
                return
            raise SystemExit(f"{process.args!r} says {status.name}")
        except ConnectionRefusedError:
            time.sleep(0.1)
        except (OSError, ValueError) as error:
            raise SystemExit(f"{process.args!r} gave no answer: {error}") from error
    raise SystemExit(f"{process.args!r} did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def goals_of(runs: list[dict[str, Any]]) -> list[Goal]:
    """Return what was to be reached."""
    last = runs[-1]
    goals = {"cached": 3, "nonce": 0.7}
    ratios = [
        Goal(
            f"{kind}, {connections}, to openssl",
            _ratio(last, kind, connections),
            ">=",
            goal,
            "times",
        )
        for kind, goal in goals.items()
        for connections in (KEPT, NEW)
    ]
    flat = last[f"cached, {KEPT}"] / runs[0][f"cached, {KEPT}"]
    name = "cached, most certificates to fewest"
    return [*ratios, Goal(name, round(flat, 2), ">=", 0.8, "times")]


def _ratio(run: dict[str, Any], kind: str, connections: str) -> float:
    ratio: float = run[f"{kind}, {connections}"] / run[f"openssl {kind}"]
    return round(ratio, 2)


def _megabytes(server: RunningServer) -> float:
    """Return the memory that its processes have to themselves, with their share."""
    files = [Path(f"/proc/{pid}/smaps_rollup") for pid in server.processes()]
    lines = [line for file in files for line in file.read_text().splitlines()]
    sizes = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return round(sum(sizes) / 1024, 1)


def _stat(pid: int) -> list[str]:
    """Return the fields of a process behind its name (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="OCSP beside openssl ocsp")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--certificates", type=int, nargs="+", default=[1000, 1_000_000]
    )
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    # Whoever ends it ends its servers too: `finally` is reached.
    signal.signal(signal.SIGTERM, lambda *_about: sys.exit(1))
    runs = measure(options.certificates, options.rounds, options.processes)
    goals = goals_of(runs)
    if options.json:
        print(json.dumps({"runs": runs, "goals": [goal.as_json() for goal in goals]}))
        return
    for run in runs:
        print(
            f"\n{run['certificates']:,} certificates, answers a second and µs for one"
        )
        for name, rate in run.items():
            if name not in ("certificates", "rounds"):
                print(f"  {name:32}{rate:>10,.0f}")
    print_goals(goals)


if __name__ == "__main__":
    main()
