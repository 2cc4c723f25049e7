"""Whole transfers through the real relay: `python -m benchmarks.transfer [--json]`.

A gunicorn with one gevent worker serves nothing but the bridge on the loopback. Each
transfer is two fresh WebSocket connections, the handshake, the code, one certificate,
the receipt and the end, with all cryptography done by the clients. The server's CPU
time is read from /proc, so what the clients spend does not count for it.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from flask import Flask
from flask_socketio import SocketIO
from socketio.packet import ACK, BINARY_ACK, CONNECT, EVENT, Packet
from websocket import WebSocket, create_connection

from mobile_bridge import SOCKET_OPTIONS, Limits, MemoryRegistry, init_app
from mobile_bridge.bundle import File, Role, pack
from mobile_bridge.handshake import Scanner, Secrets, Shower
from mobile_bridge.protocol import Direction
from mobile_bridge.transfer import Receiver, Sender

NAMESPACE = "/bridge"
TIMEOUT = 20
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def make() -> Flask:
    """Return what is measured: the relay, with limits out of the way."""
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="gevent", **SOCKET_OPTIONS)
    many = Limits(creations_a_minute=10**6, lookups_a_minute=10**6)
    init_app(app, socketio, MemoryRegistry(), limits=many)
    return app


class Wire:
    """A thin Socket.IO client, so that the clients leave the CPU to the server."""

    def __init__(self, port: int) -> None:
        where = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        self._socket: WebSocket = create_connection(where, timeout=TIMEOUT)
        self._socket.recv()
        self._said = 0
        self._events: list[list[Any]] = []
        self._send(Packet(CONNECT, namespace=NAMESPACE))
        self._next()

    def ask(self, event: str, **message: object) -> dict[str, Any]:
        """Return the relay's answer."""
        self._said += 1
        packet = Packet(EVENT, [event, message], namespace=NAMESPACE, id=self._said)
        self._send(packet)
        while True:
            came = self._next()
            if came.packet_type in (ACK, BINARY_ACK):
                assert came.data[0]["ok"], came.data
                return dict(came.data[0])
            self._events.append(came.data)

    def hear(self, event: str) -> dict[str, Any]:
        """Return the next event of this kind."""
        while True:
            for at, (name, content) in enumerate(self._events):
                if name == event:
                    del self._events[at]
                    return dict(content)
            self._events.append(self._next().data)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _send(self, packet: Packet) -> None:
        encoded = packet.encode()
        text, *attachments = encoded if isinstance(encoded, list) else [encoded]
        self._socket.send(f"4{text}")
        for attachment in attachments:
            self._socket.send_binary(attachment)

    def _next(self) -> Packet:
        text = self._socket.recv()
        while text == "2":  # Engine.IO asks whether we are there
            self._socket.send("3")
            text = self._socket.recv()
        packet = Packet(encoded_packet=text[1:])
        while packet.attachment_count > len(packet.attachments):
            packet.add_attachment(self._socket.recv())
        return packet


def transfer(port: int, payload: bytes, _: int) -> float:
    """Move one certificate; return the seconds it took."""
    began = time.perf_counter()
    pc, phone = Wire(port), Wire(port)
    seed = secrets.token_bytes(32)
    both = Secrets.from_seed(seed, Direction.SHOWER_SENDS)
    shower = Shower(both, secrets.token_bytes)
    seen = shower.link(seed).fingerprint
    scanner = Scanner(both, secrets.token_bytes, fingerprint=seen)
    said = {pc: 1, phone: 0}

    def pass_on(data: bytes, speaker: Wire, listener: Wire) -> bytes:
        said[speaker] += 1
        speaker.ask("frame", sid=both.sid, n=said[speaker], data=data)
        heard: bytes = listener.hear("frame")["data"]
        listener.ask("got", sid=both.sid, n=said[speaker])
        return heard

    up, down = (
        partial(pass_on, speaker=phone, listener=pc),
        partial(pass_on, speaker=pc, listener=phone),
    )
    pc.ask("show", sid=both.sid, mode="Q", m1=shower.m1)
    m1 = phone.ask("join", sid=both.sid)["frames"][0]["data"]
    m4, receiver = scanner.take_m3(down(shower.take_m2(up(scanner.take_m1(m1)))))
    sender = shower.take_m4(up(m4))
    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    assert sender.type_code(receiver.code)
    receiver.take_m5(down(sender.offer(payload, move=True)))
    assert sender.take_m6(up(receiver.answer(accept=True)))
    receiver.take_m7(down(sender.payload()))
    sender.take_m8(up(receiver.receipt()))
    pc.ask("end", sid=both.sid, reason="done")
    phone.hear("ended")
    for wire in (pc, phone):
        wire.close()
    return time.perf_counter() - began


def measure(transfers: int, clients: int) -> dict[str, float]:
    """Run the transfers and return the figures."""
    payload = sample_payload()
    with served() as (port, worker), ThreadPoolExecutor(clients) as pool:
        one = partial(transfer, port, payload)
        list(pool.map(one, range(clients * 2)))  # imports and caches are warm
        cpu, began = cpu_seconds(worker), time.perf_counter()
        took = sorted(pool.map(one, range(transfers)))
        seconds = time.perf_counter() - began
        spent = cpu_seconds(worker) - cpu
        memory = resident_bytes(worker)
    return {
        "transfers": transfers,
        "clients": clients,
        "payload_bytes": len(payload),
        "transfers_per_s": round(transfers / seconds, 1),
        "cpu_ms_per_transfer": round(1000 * spent / transfers, 2),
        "p50_ms": round(1000 * statistics.median(took), 1),
        "p95_ms": round(1000 * took[int(0.95 * len(took))], 1),
        "server_mb": round(memory / 2**20, 1),
    }


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Run the server; give its port and its worker's process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent"]
    command += ["--bind", f"127.0.0.1:{port}", "--graceful-timeout", "1"]
    command += ["--log-level", "error", "benchmarks.transfer:make()"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield port, int(children.read_text().split()[0])
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def wait_for(port: int) -> None:
    """Return when the server answers."""
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return Wire(port).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def cpu_seconds(pid: int) -> float:
    """Return what a process has used so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid: int) -> int:
    """Return a process's resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def sample_payload() -> bytes:
    """Return an RSA-2048 holder's certificate, encrypted key and CA certificate."""
    key = rsa.generate_private_key(65537, 2048)
    authority = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmark")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(authority, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    encrypted = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"benchmark"),
    )
    files = {Role.SIGNING_CERTIFICATE: certificate, Role.SIGNING_KEY: encrypted}
    return pack([File(r, f) for r, f in (files | {Role.CA: certificate}).items()])


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--transfers", type=int, default=300)
    options.add_argument("--clients", type=int, default=4)
    chosen = options.parse_args()
    figures = measure(chosen.transfers, chosen.clients)
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>20}  {figure}")


if __name__ == "__main__":
    main()
