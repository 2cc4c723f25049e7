"""The command as people run it: starts, says so once, and ends cleanly at Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

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

        said, _ = served.communicate(timeout=30)
    assert served.returncode == 0
    assert said.count("Password") == 1
    assert "Traceback" not in said
