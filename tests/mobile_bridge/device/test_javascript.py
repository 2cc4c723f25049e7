"""The page's modules and the Python device, every role against every role."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread, Timer
from typing import Any, Self

import pytest

from mobile_bridge.core.bundle import File, Offer
from mobile_bridge.core.link import read_link
from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.device.device import Device, ReceiveTask, SendTask
from mobile_bridge.device.file_store import NotStoredError
from mobile_bridge.device.http_client import RelayHttpClient
from mobile_bridge.device.relay_session import Dependencies, RelaySession
from tests.support.bridge import GS, SG, sample_files, sample_payload
from tests.support.terminals import centre, wrong

__all__ = ["centre"]

SCRIPT = Path(__file__).parents[2] / "support" / "javascript_device.mjs"
PATIENCE = 20


class Node:
    """A device that runs in node and says its states."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def running(cls, server: str, *arguments: str) -> Iterator[Self]:
        """Run the script; end it whatever happens."""
        command = ["node", SCRIPT, server, *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, text=True, **pipes) as run:
            watchdog = Timer(PATIENCE, run.kill)
            watchdog.start()
            try:
                yield cls(run)
            finally:
                watchdog.cancel()
                run.kill()

    def receive(self, state: str) -> dict[str, Any]:
        """Return the next state of this name; an end before it is a failure."""
        for line in self._process.stdout:
            message = json.loads(line)
            if message["state"] == state:
                return message
            assert message["state"] != "ended", message
        raise AssertionError(f"node left before {state}")

    def type(self, digits: str) -> None:
        self._process.stdin.write(f"{digits}\n")
        self._process.stdin.flush()


class Python:
    """A device that runs in a thread and says its states, under the same names."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._told: Queue[dict[str, Any]] = Queue()
        self._typed: Queue[str] = Queue()

    @classmethod
    @contextmanager
    def running(
        cls, server: str, command: str, which: str, form: str
    ) -> Iterator[Self]:
        """Run a device as the script does."""
        device = cls(server)
        thread = Thread(target=device._walk, args=(command, which, form), daemon=True)
        thread.start()
        yield device
        thread.join(PATIENCE)
        assert not thread.is_alive()

    def receive(self, state: str) -> dict[str, Any]:
        """Return the next state of this name; an end before it is a failure."""
        while True:
            message = self._told.get(timeout=PATIENCE)
            if message["state"] == state:
                return message
            assert message["state"] != "ended", message

    def type(self, digits: str) -> None:
        self._typed.put(digits)

    def type_code(self, tries_left: int) -> str:
        return self._typed.get(timeout=PATIENCE)

    def accepts(self, offer: Offer) -> bool:
        return offer.name == "김하나"

    def save(self, files: tuple[File, ...], offer: Offer) -> None:
        if os.environ.get("DISK") == "full":
            raise NotStoredError
        certificate, key = files[0].content.hex(), files[1].content.hex()
        self._told.put({"state": "kept", "certificate": certificate, "key": key})

    def _walk(self, command: str, which: str, form: str) -> None:
        ports = Dependencies(
            RelayHttpClient(self._server), time.monotonic, time.sleep, self._told.put
        )
        remote = RelaySession(ports, secrets.token_bytes(16))
        linked = read_link(which, self._server).direction if "#" in which else None
        direction = linked or Direction(which if command == "show" else form)
        sends = (direction is GS) is (command == "show")
        task = (
            SendTask(self, sample_payload(), move=False) if sends else ReceiveTask(self)
        )
        device = Device(
            remote, task, random=secrets.token_bytes, on_state=self._told.put
        )
        if command == "show":
            ending = device.show(Mode(form), self._server)
        elif linked:
            ending = device.join(read_link(which, self._server))
        else:
            ending = device.join_number(which)
        names = ("reason", "code", "sender", "sent", "stored")
        told = {name: getattr(ending, name) for name in names}
        self._told.put({"state": "ended", "by": ending.ended_by, **told})


KINDS = {"python": Python, "javascript": Node}


@contextmanager
def meeting(
    server: str, initiator: str, responder: str, direction: Direction, mode: Mode
) -> Iterator[tuple[Any, Any]]:
    """Let two devices meet; give sender and receiver."""
    with KINDS[initiator].running(server, "show", direction, mode) as first:
        shown = first.receive("shown")
        where = shown["number"] or shown.get("qrText") or shown["link"]
        with KINDS[responder].running(server, "join", where, direction) as second:
            yield (first, second) if direction is GS else (second, first)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("direction", [GS, SG])
@pytest.mark.parametrize("responder", KINDS)
@pytest.mark.parametrize("initiator", KINDS)
def test_every_role_meets_every_role(centre, initiator, responder, direction, mode):
    with meeting(centre, initiator, responder, direction, mode) as (sender, receiver):
        code = receiver.receive("code")["code"]
        sender.receive("typing")
        sender.type("not six digits")
        sender.type(code)

        assert receiver.receive("offer")["offer"]["name"] == "김하나"
        kept = receiver.receive("kept")
        assert kept["certificate"] == sample_files()[0].content.hex()
        assert kept["key"] == sample_files()[1].content.hex()
        sender.receive("stored")
        for device, is_sender in ((sender, True), (receiver, False)):
            ended = device.receive("ended")
            assert (ended["reason"], ended["stored"]) == ("done", True)
            assert ended["sender"] is is_sender


@pytest.mark.parametrize("responder", KINDS)
@pytest.mark.parametrize("initiator", KINDS)
def test_a_sender_hears_that_it_could_not_be_stored(
    centre, initiator, responder, monkeypatch
):
    monkeypatch.setenv("DISK", "full")
    with meeting(centre, initiator, responder, GS, Mode.QR) as (sender, receiver):
        code = receiver.receive("code")["code"]
        sender.receive("typing")
        sender.type(code)

        ended = sender.receive("ended")
        assert (ended["reason"], ended["code"]) == ("refused", "not_stored_there")
        assert (ended["sent"], ended["stored"]) == (False, False)
        assert receiver.receive("ended")["stored"] is False


@pytest.mark.parametrize(("initiator", "responder"), [KINDS, tuple(KINDS)[::-1]])
def test_three_wrong_codes_end_it_on_both_sides(centre, initiator, responder):
    with meeting(centre, initiator, responder, GS, Mode.QR) as (sender, receiver):
        code = receiver.receive("code")["code"]
        sender.receive("typing")
        for _ in range(3):
            sender.type(wrong(code))

        assert sender.receive("ended")["code"] == "wrong_code"
        assert receiver.receive("ended")["reason"] == "refused"
