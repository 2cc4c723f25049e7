"""The page's modules and the Python roles, each against the other, by the relay."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, Self

from mobile_bridge.handshake import Scanner, Secrets
from mobile_bridge.link import read_link, write_link
from mobile_bridge.transfer import Receiver
from tests.mobile_bridge.device import Device
from tests.mobile_bridge.makers import sample_files, sample_payload
from tests.mobile_bridge.test_events import Pair

SCRIPT = Path(__file__).parent / "javascript_device.mjs"
PATIENCE = 20


class Node:
    """A device that runs in node and says its states."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def running(cls, *arguments: str) -> Iterator[Self]:
        """Run the script; end it whatever happens."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(["node", SCRIPT, *arguments], text=True, **pipes) as run:
            watchdog = Timer(PATIENCE, run.kill)
            watchdog.start()
            try:
                yield cls(run)
            finally:
                watchdog.cancel()
                run.kill()

    def hear(self, state: str) -> dict[str, Any]:
        """Return the next state of this name; an end before it is a failure."""
        for line in self._process.stdout:
            said = json.loads(line)
            if said["state"] == state:
                return said
            assert said["state"] != "ended", said
        raise AssertionError(f"node left before {state}")

    def type(self, digits: str) -> None:
        self._process.stdin.write(f"{digits}\n")
        self._process.stdin.flush()


def test_python_shows_and_javascript_scans(server):
    with Device(server) as pc:
        pair = Pair(pc, pc)
        text = write_link(server, pair.shower.link(pair.seed))
        pc.ask("show", sid=pair.sid, mode="Q", m1=pair.shower.m1)
        with Node.running("scan", server, text) as phone:
            said = 1

            def say(data: bytes) -> None:
                nonlocal said
                said += 1
                assert pc.ask("frame", sid=pair.sid, n=said, data=data)["ok"]

            say(pair.shower.take_m2(pc.hear_frame()))
            sender = pair.shower.take_m4(pc.hear_frame())
            assert sender.type_code(phone.hear("code")["code"])
            say(sender.offer(sample_payload(), move=True))
            assert sender.take_m6(pc.hear_frame())
            say(sender.payload())
            kept = phone.hear("kept")
            sender.take_m8(pc.hear_frame())
            pc.ask("end", sid=pair.sid, reason="done")

            assert kept["certificate"] == sample_files()[0].content.hex()
            assert phone.hear("ended")["reason"] == "done"


def test_javascript_shows_and_python_scans(server):
    with Node.running("show", server) as pc, Device(server) as phone:
        link = read_link(pc.hear("shown")["qrText"], server)
        both = Secrets.from_seed(link.seed, link.direction)
        scanner = Scanner(both, bytes, fingerprint=link.fingerprint)
        said = 0

        def say(data: bytes) -> None:
            nonlocal said
            said += 1
            assert phone.ask("frame", sid=both.sid, n=said, data=data)["ok"]

        m1 = phone.ask("join", sid=both.sid)["frames"][0]["data"]
        say(scanner.take_m1(m1))
        m4, receiver = scanner.take_m3(phone.hear_frame())
        assert isinstance(receiver, Receiver)
        say(m4)
        pc.hear("typing")
        pc.type(receiver.code)
        assert receiver.take_m5(phone.hear_frame()).name == "김하나"
        say(receiver.answer(accept=True))
        files = receiver.take_m7(phone.hear_frame())
        say(receiver.receipt())

        assert list(files) == sample_files()
        assert pc.hear("stored")
        assert pc.hear("ended")["reason"] == "done"


def test_javascript_meets_javascript(server):
    with Node.running("show", server) as pc:
        text = pc.hear("shown")["qrText"]
        with Node.running("scan", server, text) as phone:
            code = phone.hear("code")["code"]
            pc.hear("typing")  # before m4 is there, the boxes take nothing
            pc.type("not six digits")
            pc.type(code)

            assert phone.hear("kept")["key"] == sample_files()[1].content.hex()
            assert pc.hear("stored")
            assert phone.hear("ended")["reason"] == "done"


def test_three_wrong_codes_end_it_on_both_screens(server):
    with Node.running("show", server) as pc:
        text = pc.hear("shown")["qrText"]
        with Node.running("scan", server, text) as phone:
            code = int(phone.hear("code")["code"])
            pc.hear("typing")
            for _ in range(3):
                pc.type(f"{(code + 1) % 10**6:06d}")

            assert pc.hear("ended")["code"] == "wrong_code"
            assert phone.hear("ended")["reason"] == "refused"
