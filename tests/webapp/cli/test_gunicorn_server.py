"""The command as people run it: starts, says so once, and ends cleanly at Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress

import gevent
import pytest

from webapp.cli import gunicorn_server

COMMAND = (sys.executable, "-m", "webapp", "serve", "--demo")


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(port, served):
    for _ in range(200):
        assert served.poll() is None, served.stdout.read()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                return answer.status
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the centre did not start")


class Trickle:
    """A body of which a byte comes now and then."""

    def read(self, size=-1):
        gevent.sleep(0.1 if size == 1 else 5)
        return b"x"


def test_a_body_has_to_come_in_time(monkeypatch):
    monkeypatch.setattr(gunicorn_server, "BODY_TIMEOUT", 0.3)
    body = gunicorn_server.TimedBody(Trickle())

    assert body.read(1) == b"x"
    assert body.read(1) == b"x"
    with pytest.raises(TimeoutError):
        body.read(10)


def test_one_address_does_not_take_all_the_connections(tmp_path, port):
    instance = str(tmp_path / "instance")
    command = [*COMMAND, "--instance", instance, "--port", str(port)]
    served = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        wait_until_healthy(port, served)
        with ExitStack() as stack:
            for _ in range(gunicorn_server.CONNECTIONS_AN_ADDRESS):
                line = socket.create_connection(("127.0.0.1", port))
                stack.enter_context(line).sendall(b"POST /bridge/show HTTP/1.1\r\n")

            one_more = socket.create_connection(("127.0.0.1", port), timeout=10)
            with one_more, suppress(ConnectionError):
                one_more.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert one_more.recv(100) == b""
        assert wait_until_healthy(port, served) == 200
    finally:
        served.terminate()
        served.communicate(timeout=30)


def test_ctrl_c_ends_it_cleanly_also_with_a_socket_open(tmp_path, port):
    served = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "webapp",
            "serve",
            "--demo",
            "--instance",
            tmp_path / "instance",
            "--port",
            str(port),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert wait_until_healthy(port, served) == 200
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            b"Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b"101" in idle.recv(64)

        os.killpg(served.pid, signal.SIGINT)  # as a terminal does: to every process

        output, _ = served.communicate(timeout=30)
    assert served.returncode == 0
    assert output.count("certferry is ready") == 1
    assert "Traceback" not in output
