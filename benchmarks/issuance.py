"""Durable issuance over HTTP: `python -m benchmarks.issuance [--json]`.

What is measured is `certferry serve --demo` itself, in a folder of its own and on a
free loopback port: sign-in cookie, CSRF token, application, proof of possession, key
policy, the row that reserves the serial, signature, the row with the certificate.
Every certificate is another customer's, from an application and a P-256 key of its
own. Customers, applications and signing requests are made before the clock starts.
Each client is a process with one connection that stays open.

Fields:
    certs_per_s       certificates answered in a second, all clients together
    p50_ms, p99_ms    time from sending a request to having its certificate
    cpu_ms_per_cert   processor time of the server's worker for one certificate
    limit_per_s       certificates a second in one process without HTTP and database:
                      read_request, check_key, open R, VID, prepare, sign
    ratio_to_limit    certs_per_s / limit_per_s
    fsync_ms          median of a 4 KB append with fsync in the same folder: tells
                      whether the disk keeps what it is told to keep
    certificates, clients    how many of each

After the clock stops, every answer is compared with what the database holds.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import secrets
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from cryptography import x509

from benchmarks.issuance_clients import (
    TIMEOUT,
    TYPE,
    Answer,
    drive,
    make_request,
    prepare,
    seal,
)
from mobile_bridge.npki.identity import Vid, VidHash, compute_vid
from mobile_bridge.npki.identity_seal import open_random_number
from webapp.ca.certificate_types import packaged_types
from webapp.ca.identity_key import identity_key
from webapp.clock import utc_now
from webapp.config import Config
from webapp.demo import instance
from webapp.pki.authority import Authority, CertificateTemplate, load_key, new_serial
from webapp.pki.csr import read_request
from webapp.pki.key_policy import check_key
from webapp.pki.names import Holder
from webapp.pki.profiles import validity

ROOT = Path(__file__).resolve().parent.parent
DISK = "/var/tmp"  # /tmp may be memory, which would make a durable commit free
WARM_UP = 0.1  # this part of the certificates is issued before the clock starts
TICKS = os.sysconf("SC_CLK_TCK")


def measure(certificates: int, clients: int) -> dict[str, float]:
    """Run the whole measurement and return its figures."""
    with tempfile.TemporaryDirectory(prefix="certferry-", dir=DISK) as name:
        folder, port = Path(name), _free_port()
        url = f"http://127.0.0.1:{port}"
        created = instance.create_or_open(
            folder, public_url=url, pki_url=url, now=utc_now()
        )
        warm_up = int(certificates * WARM_UP)
        signing_requests = [make_request() for _ in range(certificates + warm_up)]
        limit = limit_per_second(created.config, signing_requests[:1500])
        messages = prepare(created.config, signing_requests)
        with run_server(folder, port) as worker, _pool(clients) as pool:
            send = partial(drive, pool=pool, port=port, clients=clients)
            answers = send(messages[:warm_up])
            spent = cpu_seconds(worker)
            counted = send(messages[warm_up:])
            spent = cpu_seconds(worker) - spent
        require_stored(folder / "certferry.db", answers + counted)
        figures = summary(counted, limit)
        return figures | {
            "cpu_ms_per_cert": round(1000 * spent / certificates, 2),
            "fsync_ms": round(1000 * fsync_seconds(folder), 2),
            "clients": clients,
        }


def limit_per_second(config: Config, signing_requests: list[bytes]) -> float:
    """Return how many certificates this process makes in a second, kept nowhere."""
    passphrase = config.issuing_passphrase.encode()
    authority = Authority(
        x509.load_pem_x509_certificate(config.issuing_certificate.read_bytes()),
        load_key(config.issuing_key.read_bytes(), passphrase),
    )
    profile = packaged_types()[TYPE].profile
    key = identity_key(authority)
    sealed = [seal(key.public, "application", der) for der in signing_requests]
    began = time.perf_counter()
    for number, der in enumerate(signing_requests):
        request = read_request(der)
        check_key(request.public_key, key_kind=profile.key_kind)
        random_number = open_random_number(
            key, sealed[number], request=der, application_id="application"
        )
        vid = compute_vid(f"{number:016d}", random_number, VidHash.SHA_256)
        template = CertificateTemplate(
            holder=Holder("김하나", "KIM HANA", f"{number:016d}"),
            profile=profile,
            public_key=request.public_key,
            serial=new_serial(secrets.token_bytes),
            validity=validity(profile, utc_now()),
            crl_url=f"{config.pki_url}/pki/issuing.crl",
            issuer_url=f"{config.pki_url}/pki/issuing.crt",
            vid=Vid(VidHash.SHA_256, vid),
        )
        authority.sign(authority.prepare(template))
    return len(signing_requests) / (time.perf_counter() - began)


@contextmanager
def run_server(folder: Path, port: int) -> Iterator[int]:
    """Run the centre as its users do; give its worker's process id."""
    command = [sys.executable, "-m", "webapp", "serve", "--demo", "--no-checks"]
    command += ["--port", str(port), "--instance", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield _first_child(children)
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def require_stored(database: Path, answers: list[Answer]) -> None:
    """Fail unless the database holds exactly what was answered."""
    with closing(sqlite3.connect(database)) as stored:
        assert stored.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        rows = stored.execute("SELECT der FROM certificate WHERE state = 'valid'")
        held = {hashlib.sha256(der).digest() for (der,) in rows}
    assert held == {answer.digest for answer in answers}
    assert len(held) == len(answers)


def summary(answers: list[Answer], limit: float) -> dict[str, float]:
    """Return the figures that follow from the answers."""
    took = sorted(answer.had - answer.sent_at for answer in answers)
    began = min(answer.sent_at for answer in answers)
    per_second = len(answers) / (max(answer.had for answer in answers) - began)
    return {
        "certs_per_s": round(per_second, 1),
        "p50_ms": round(1000 * statistics.median(took), 2),
        "p99_ms": round(1000 * took[int(0.99 * len(took))], 2),
        "limit_per_s": round(limit, 1),
        "ratio_to_limit": round(per_second / limit, 3),
        "certificates": len(answers),
    }


def cpu_seconds(pid: int) -> float:
    """Return what a process has used so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def fsync_seconds(folder: Path) -> float:
    """Return the median time of appending 4 KB and waiting for the disk."""
    took = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def _pool(clients: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        clients, mp_context=multiprocessing.get_context("forkserver")
    )


def _wait_for(port: int) -> None:
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _first_child(children: Path) -> int:
    """Return the worker, which is forked after the port listens."""
    end = time.monotonic() + TIMEOUT
    while not (pids := children.read_text().split()):
        if time.monotonic() > end:
            raise TimeoutError("the centre has no worker")
        time.sleep(0.1)
    return int(pids[0])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--certificates", type=int, default=2500)
    options.add_argument("--clients", type=int, default=8)
    chosen = options.parse_args()
    figures = measure(chosen.certificates, chosen.clients)
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>16}  {figure}")


if __name__ == "__main__":
    main()
