"""Real centres in processes of their own, and the people registered there."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.customers import register
from webapp import db
from webapp.accounts.models import Customer
from webapp.accounts.service import new_customer
from webapp.certificates.models import Certificate
from webapp.clock import utc_now

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("-m", "webapp", "serve", "--demo")
SERVED = ("-m", "tests.e2e.recording_server")


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    login_id: str
    password: str


@dataclass(frozen=True)
class Centre:
    """A running centre; `log` is everything that it printed so far."""

    url: str
    password: str
    instance: Path
    log: Path
    record: Path
    process: "subprocess.Popen[bytes]"

    @property
    def demo(self) -> Person:
        """The customer whom the centre made itself."""
        return Person("demo", self.password)

    def register(self, name: str = "김하나", **columns: Any) -> Person:
        """Register somebody who has nothing yet; `known` are columns of Customer."""
        person = Person(f"person-{secrets.token_hex(4)}", secrets.token_hex(8))
        new = new_customer(
            login_id=person.login_id,
            password=person.password,
            name=name,
            latin_name="KIM HANA",
            birth_date=date(1990, 1, 31),
            **columns,
        )
        with self.database() as session:
            register(session, new, utc_now())
        return person

    def certificates_of(self, person: Person) -> int:
        """Return how many certificates were ever begun for somebody."""
        stmt = (
            select(func.count(Certificate.id))
            .join(Customer, Customer.id == Certificate.customer_id)
            .where(Customer.login_id == person.login_id)
        )
        with self.database() as session:
            return int(session.scalar(stmt) or 0)

    def requests(self) -> list[dict[str, object]]:
        """Return every HTTP request that came so far."""
        lines = self.record.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def kill(self) -> None:
        """Let the power fail."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    @contextmanager
    def database(self) -> Iterator[Session]:
        """Open a session of the centre's own database."""
        engine = db.make_engine(f"sqlite:///{self.instance / 'certferry.db'}")
        with Session(engine) as session:
            yield session
        engine.dispose()


def free_port() -> int:
    """Return a port on which nobody listens; the next one is free too."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@contextmanager
def command_running(
    folder: Path, port: int, *options: str, url: str = "", checks: bool = False
) -> Iterator[Centre]:
    """Run `certferry serve --demo` in `folder`, with the demo's checks or without."""
    words = [
        *COMMAND,
        *([] if checks else ["--no-checks"]),
        "--instance",
        folder / "instance",
        "--port",
        port,
        *options,
    ]
    with _running(folder, words, url or f"http://127.0.0.1:{port}") as centre:
        yield centre


@contextmanager
def centre_running(
    folder: Path,
    *,
    life: float | None = None,
    clock: Path | None = None,
    bank: str | None = None,
    **config: object,
) -> Iterator[Centre]:
    """Run a centre without limits on attempts, whose codes live for `life` seconds.

    `config` are fields of Config, JSON values; without any, there are no checks. In
    the file `clock` stands by how many days the centre's clock is ahead. `bank` is
    where the example bank is to run.
    """
    port, record = free_port(), folder / "record.jsonl"
    more = {"life": life, "clock": str(clock) if clock else None, "bank": bank}
    given = {name: value for name, value in more.items() if value is not None}
    options = json.dumps({"config": config, **given})
    words = [*SERVED, folder / "instance", port, record, options]
    with _running(folder, words, f"http://127.0.0.1:{port}") as centre:
        yield centre


@contextmanager
def other_bank_running(instance: Path) -> Iterator[str]:
    """Run the example bank as a demo in `instance` registered it; yield its address."""
    file = instance / "other_bank.json"
    page = str(json.loads(file.read_text("utf-8"))["PAGE"])
    with (instance.parent / "other_bank.txt").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "examples/other_bank/bank.py", str(file)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    try:
        _wait_until_healthy(page, process, Path(output.name), "/")
        yield page
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _running(folder: Path, words: list[object], url: str) -> Iterator[Centre]:
    log = folder / "log.txt"
    with log.open("wb") as output:
        served = subprocess.Popen(
            [sys.executable, "-u", *map(str, words)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,  # so that kill() can reach its worker too
        )
    try:
        _wait_until_announced(served, log)
        _wait_until_healthy(url, served, log)
        announced = re.search(r"Password\s+(\S+)", log.read_text("utf-8"))
        assert announced, log.read_text("utf-8")
        yield Centre(
            url, announced[1], folder / "instance", log, folder / "record.jsonl", served
        )
    finally:
        if served.poll() is None:
            served.send_signal(signal.SIGINT)
        served.wait(20)


def _wait_until_announced(served: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 60
    while b"Password" not in log.read_bytes():
        assert served.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < end, log.read_text("utf-8")
        time.sleep(0.1)


def _wait_until_healthy(
    url: str, served: "subprocess.Popen[bytes]", log: Path, path: str = "/healthz"
) -> None:
    # Of an HTTPS centre the announcement has to do: only a browser can trust its root.
    end = time.monotonic() + 30
    while url.startswith("http://") and time.monotonic() < end:
        assert served.poll() is None, log.read_text("utf-8")
        try:
            with urlopen(url + path, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    assert url.startswith("https://"), log.read_text("utf-8")
