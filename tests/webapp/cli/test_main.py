"""The command `certferry` starts, refuses to start, and says why."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest
import structlog
from click.testing import CliRunner

from tests.deploy.centre import settings
from webapp.cli import serve
from webapp.cli.main import main
from webapp.cli.serve import StartError, serve_configured, serve_demo
from webapp.config.settings import BY_NAME
from webapp.startup_error import StopError

ROOT = Path(__file__).resolve().parents[3]
BARE = {name: value for name, value in os.environ.items() if "CERTFERRY" not in name}
COMMAND = [sys.executable, "-m", "webapp"]


@pytest.fixture(autouse=True)
def _logs_as_before():
    yield
    structlog.reset_defaults()


def run(*arguments, **settings):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        env={**BARE, **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def two_free_ports():
    """Return the first of two neighbours."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port + 1)) != 0:
                return port


@contextmanager
def listening(port=0):
    """Be another program that listens; give its port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        yield other.getsockname()[1]


@contextmanager
def serving(instance, port, *options, url=""):
    """Run a demo until it answers; give the process."""
    where = [f"--port={port}", f"--instance={instance}"]
    process = subprocess.Popen(
        [*COMMAND, "serve", "--demo", *where, *options],
        cwd=ROOT,
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(f"{url or f'http://127.0.0.1:{port}'}/healthz")
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def wait_for(url):
    end = time.monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=5) as answer:
                return answer.status
        except OSError:  # nobody there yet, or slow
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_without_demo_it_refuses_to_start_and_names_all_that_is_missing():
    refused = run("serve", CERTFERRY_SECRET_KEY="given" * 8)

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "CERTFERRY_SECRET_KEY" not in refused.stderr
    needed = {
        setting.full_name for setting in BY_NAME.values() if setting.needed == "always"
    }
    for name in needed - {"CERTFERRY_SECRET_KEY"}:
        assert name in refused.stderr
    assert "certferry serve --demo" in refused.stderr


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"CERTFERRY_ISSUING_PASSPHRASE": "guess"}, "does not open the key file"),
        ({"CERTFERRY_ROOT_CRL": "/nowhere/root.crl"}, "/nowhere/root.crl"),
        ({"CERTFERRY_ISSUING_CERTIFICATE": "/dev/null"}, "does not start"),
    ],
)
def test_settings_that_do_not_work_are_said_before_it_starts(
    config, monkeypatch, wrong, expected
):
    right = settings(config)
    for name, value in {**right, **wrong}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(StopError) as refused:
        serve_configured(host="127.0.0.1", port=free_port())

    assert expected in str(refused.value)
    assert "guess" not in str(refused.value)


def test_lan_without_demo_is_a_wrong_use():
    assert run("serve", "--lan").returncode == 2


def test_a_taken_port_is_said_and_nothing_is_made(tmp_path):
    with listening() as port:
        refused = run("serve", "--demo", "--port", port, "--instance", tmp_path / "i")

    assert refused.returncode == 2
    assert f"Port {port} is taken" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "i").exists()


@pytest.mark.parametrize("beside", [0, 1])
def test_on_a_network_both_ports_have_to_be_free(tmp_path, beside):
    port = two_free_ports()

    with (
        listening(port + beside),
        pytest.raises(StartError, match=f"Port {port + beside} is taken"),
    ):
        serve_demo(tmp_path / "i", host="127.0.0.1", port=port, lan=True)


def test_an_address_this_machine_does_not_have_is_not_called_a_taken_port(tmp_path):
    with pytest.raises(StartError, match=r"Cannot listen on 192\.0\.2\.1:8000"):
        serve_demo(tmp_path / "i", host="192.0.2.1", port=8000, lan=False)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StartError, match="Cannot write to"):
        serve_demo(
            tmp_path / "file" / "i", host="127.0.0.1", port=free_port(), lan=False
        )


def test_a_demo_starts_says_how_to_sign_in_and_ends_cleanly(tmp_path):
    instance, port = tmp_path / "instance", free_port()
    with serving(instance, port) as first:
        pass
    with serving(instance, port) as second:
        pass

    output, complained = first.communicate()
    assert first.returncode == second.returncode == 0
    assert complained == ""
    assert f"http://127.0.0.1:{port}" in output
    password = re.search(r"Password +(\S+)", output)[1]
    assert re.fullmatch(r"\w{5}-\w{5}-\w{5}", password)
    assert "19900131" in output
    again, _ = second.communicate()
    assert "as printed at the first start" in again
    assert password not in again


def set_password(folder, *arguments):
    return CliRunner().invoke(
        main, ["customers", "set-password", *arguments, "--instance", str(folder)]
    )


def test_a_lost_password_is_replaced_and_open_sessions_end(tmp_path, customer, config):
    done = set_password(tmp_path, "--database", config.database_url)

    password = re.fullmatch(r"demo: (\S+)\n.*\n", done.output)[1]
    assert done.exit_code == 0
    assert "/sign-in" in customer.open("/").text
    assert customer.sign_in("demo", password).status_code == 302


def test_a_lost_password_is_found_in_the_folder_of_the_demo(tmp_path, customer):
    # The database of this centre lies in the folder under its usual name.
    done = set_password(tmp_path)

    password = re.search(r"demo: (\S+)", done.output)[1]
    assert customer.sign_in("demo", password).status_code == 302


@pytest.mark.usefixtures("app")
def test_an_unknown_customer_and_a_missing_demo_are_said(tmp_path):
    unknown = set_password(tmp_path, "ghost")
    missing = set_password(tmp_path / "nowhere")

    assert unknown.exit_code == missing.exit_code == 2
    assert "no customer called ghost" in unknown.output
    assert "no demo" in missing.output
    assert not (tmp_path / "nowhere").exists()


def test_it_listens_on_an_ipv6_address_and_prints_it_as_a_browser_reads_it(tmp_path):
    port = free_port()
    url = f"http://[::1]:{port}"
    with serving(tmp_path / "i", port, "--host", "::1", url=url) as process:
        with urlopen(f"{url}/sign-in", timeout=5) as page:
            policy = page.headers["Content-Security-Policy"]
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0

    output, complained = process.communicate()
    assert f"certferry is ready: {url}\n" in output
    assert complained == ""
    assert "connect-src 'self';" in policy  # CSP has no word for such an address


def would_listen(tmp_path, monkeypatch, *options):
    """Return where a demo would listen, and what it would call itself."""
    served = []
    monkeypatch.setattr(serve, "serve", lambda *arguments: served.append(arguments))
    monkeypatch.setattr(serve.lan_https, "local_addresses", lambda: ["192.0.2.7"])
    monkeypatch.setattr("gevent.monkey.patch_all", lambda: None)
    where = ["--instance", str(tmp_path / "i"), "--port", str(two_free_ports())]
    done = CliRunner().invoke(main, ["serve", "--demo", *where, *options])
    assert done.exit_code == 0, done.output
    ((config, listening, _),) = served
    return listening.host, config.public_url.rpartition(":")[0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ("127.0.0.1", "http://127.0.0.1")),
        (["--host", "0.0.0.0"], ("0.0.0.0", "http://127.0.0.1")),
        (["--host", "[::1]"], ("::1", "http://[::1]")),
        (["--host", "::"], ("::", "http://[::1]")),
        (["--host", "LocalHost"], ("localhost", "http://localhost")),
        (["--lan"], ("0.0.0.0", "https://192.0.2.7")),
        (["--lan", "--host", "127.0.0.1"], ("127.0.0.1", "https://127.0.0.1")),
        (["--lan", "--host", "::1"], ("::1", "https://[::1]")),
        (["--lan", "--host", "0.0.0.0"], ("0.0.0.0", "https://192.0.2.7")),
    ],
)
def test_it_listens_where_it_is_told_and_nowhere_else(
    tmp_path, monkeypatch, options, expected
):
    assert would_listen(tmp_path, monkeypatch, *options) == expected


def test_a_slip_in_the_name_of_a_setting_stops_a_demo_too(tmp_path):
    done = run("serve", "--demo", "--instance", tmp_path / "i", CERTFERRY_REDIS_URI="x")

    assert done.returncode == 2
    assert "is CERTFERRY_REDIS_URL meant?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "i").exists()


def test_a_demo_says_which_settings_it_does_not_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(serve, "serve", lambda *_: None)
    monkeypatch.setenv("CERTFERRY_DATABASE_URL", "sqlite:////srv/c.db")

    serve_demo(tmp_path / "i", port=free_port(), lan=False)

    assert "does not read CERTFERRY_DATABASE_URL" in capsys.readouterr().err


def test_a_demo_that_was_damaged_ends_in_a_sentence(tmp_path, monkeypatch, now):
    monkeypatch.setattr(serve, "serve", lambda *_: None)
    instance = tmp_path / "i"
    where = {"port": free_port(), "lan": False}
    serve_demo(instance, **where)
    whole = (instance / "ca" / "root.crl").read_bytes()

    (instance / "ca" / "root.crl").write_bytes(whole[:-9])
    with pytest.raises(StopError, match="broken"):
        serve_demo(instance, **where)
    (instance / "ca" / "root.crl").write_bytes(whole)
    (instance / "ca" / "issuing.passphrase").write_text("another")
    with pytest.raises(StopError, match="does not open"):
        serve_demo(instance, **where)
    (instance / "certferry.db").write_text("no database" * 99)
    with pytest.raises(StopError, match="not a database"):
        serve_demo(instance, **where)


def test_the_start_line_says_version_workers_checks_and_proxies(config):
    real = replace(
        config,
        demo=False,
        public_url="https://ca.example",
        require_phone_check=True,
        trusted_proxies=("10.0.0.0/8",),
    )

    line = serve.start_line(real, 2)

    assert line.startswith("certferry: https://ca.example\n")
    assert re.search(r"version \d+\.\d+\.\d+, 2 workers, phone check on", line)
    assert "security card off, letters off; trusted proxies: 10.0.0.0/8" in line


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [("http://ca.example", True), ("http://127.0.0.1:8000", False)],
)
def test_an_address_without_tls_is_warned_of(
    config, monkeypatch, capsys, url, is_warned
):
    served = []
    monkeypatch.setattr(serve, "serve", lambda *arguments: served.append(arguments))
    for name, value in settings(config, CERTFERRY_PUBLIC_URL=url).items():
        monkeypatch.setenv(name, value)

    serve_configured(port=free_port())

    assert len(served) == 1
    assert ("Without TLS" in capsys.readouterr().err) is is_warned
