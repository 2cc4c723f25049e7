"""README and docs/operating.md, run to the letter by an operator in an empty folder."""

import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import requests
from click import Context
from sqlalchemy import create_engine, text

from tests.deploy.centre import Proxy
from tests.deploy.documents import ROOT, Shell, blocks, replaced
from tests.support.postgresql_server import PostgresqlServer, programs
from tests.support.servers import free_port, wait_for_port
from webapp.cli import lan_https
from webapp.cli.instance_options import DEMO_FOLDER
from webapp.cli.main import main
from webapp.clock import utc_now

OPERATING = "docs/operating.md"
PASSPHRASES = {
    "CERTFERRY_ROOT_PASSPHRASE": "of the root's key",
    "CERTFERRY_ISSUING_PASSPHRASE": "of the issuing key",
}
TIMEOUT = 10


def first_block():
    """The block of the README, with what a person types instead of the dots."""
    [block] = [
        text for text in blocks("README.md", "## For real use") if "ca init" in text
    ]
    return replaced(block, {"=…": f"='{PASSPHRASES['CERTFERRY_ISSUING_PASSPHRASE']}'"})


def parts_of(block):
    """Return the lines before the first operator, that one, and those that serve."""
    before, mark, after = block.partition("certferry operators add")
    operator, _, serving = f"{mark}{after}".partition("\n")
    return before, operator, serving


def has_passwords(shell):
    lines = shell.command_lines()
    assert "certferry" in lines
    return any(word in lines for word in ("password@", *PASSPHRASES.values()))


def copy_as_said(program, copies, places, environ):
    """Run the line of the document that copies a database with `program`."""
    [block] = blocks(OPERATING, "## Copies, and how to go back to one")
    [line] = [command for command in block.splitlines() if command.startswith(program)]
    copies.mkdir()
    line = replaced(line, {"/srv/copies/": f"{copies}/", **places})
    subprocess.run(
        ["bash", "-euc", line], env=os.environ | environ, check=True, timeout=60
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / DEMO_FOLDER).mkdir()  # a demo was tried here
    (tmp_path / DEMO_FOLDER / "certferry.db").write_bytes(b"")
    return tmp_path


def test_the_block_for_real_use_starts_a_centre_with_its_first_operator(folder):
    port = free_port()
    script = replaced(first_block(), {"/srv/certferry": str(folder), "8001": str(port)})
    with Shell(folder, script, PASSPHRASES) as shell:
        output = shell.wait_for(
            "certferry: https://ca.example", "certferry worker: ready"
        )
        health = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT)
        assert not has_passwords(shell)
        places = {"/srv/certferry/": f"{folder}/"}
        copy_as_said("sqlite3", folder / "copies", places, {})

    assert re.search(r"^chief: \w{5}-\w{5}-\w{5}$", output, re.MULTILINE)
    assert re.search(
        r"version [\d.]+, 1 worker, phone check off, security card on", output
    )
    assert "Traceback" not in output
    assert health.json() == {"status": "ok"}
    database = folder / "certferry.db"
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    engine = create_engine(f"sqlite:///{folder / 'copies' / 'certferry.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT login_id FROM operator")) == "chief"
    engine.dispose()
    assert (folder / DEMO_FOLDER / "certferry.db").read_bytes() == b""


def test_a_ca_is_made_and_its_root_signs_the_next_list(tmp_path):
    make, renew = blocks(OPERATING, "## The CA")
    make = replaced(make, {"/srv/certferry/": f"{tmp_path}/"})
    script = f"{make}cd {tmp_path}/ca\n{renew}"
    with Shell(tmp_path, script, PASSPHRASES) as shell:
        output = shell.wait_for("number 2, good until", "list number 2", "SHA-256")

    assert "Traceback" not in output


def test_the_block_with_the_name_of_a_centre_is_read():
    [block] = blocks(OPERATING, "## Whose centre it is")
    program = "from webapp.config import brand; print(brand().spoken('en'))"
    bare = {
        name: value for name, value in os.environ.items() if "CERTFERRY" not in name
    }

    read = subprocess.run(
        ["bash", "-euc", f'{block}\n{sys.executable} -c "{program}"'],
        env=bare,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    for shown in ("Hanul Bank", "서울시 중구 한울로 1", "1588-0000", "평일 9시~16시"):
        assert shown in read.stdout


def test_every_block_of_the_document_is_run_here():
    text = (ROOT / OPERATING).read_text("utf-8")
    headings = re.findall(r"^## .*$", text, re.MULTILINE)

    with_blocks = [heading for heading in headings if blocks(OPERATING, heading)]
    assert with_blocks == [
        "## Installing",
        "## The CA",
        "## Whose centre it is",
        "## PostgreSQL",
        "## Copies, and how to go back to one",
        "## Several workers",
        "## Are the addresses alive?",
    ]


def test_a_wheel_is_installed_by_its_name_and_nothing_by_ours():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    [block] = blocks(OPERATING, "## Installing")

    assert f"'./dist/certferry-{version}-py3-none-any.whl[postgresql]'" in block
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        bare = re.findall(
            r"pip install[^\n]*[ '\"]certferry\b(?!-)", document.read_text()
        )
        assert bare == [], document.name


@pytest.fixture
def postgresql():
    with PostgresqlServer() as server:
        yield server


@pytest.fixture
def redis_port(tmp_path):
    """A Redis with the block of the document as its configuration."""
    [block] = [b for b in blocks(OPERATING, "## Several workers") if "maxmemory" in b]
    port = free_port()
    conf = tmp_path / "redis.conf"
    conf.write_text(f"{block}\nport {port}\nbind 127.0.0.1\ndir {tmp_path}\n")
    process = subprocess.Popen(["redis-server", conf], stdout=subprocess.DEVNULL)
    wait_for_port(port)
    yield port
    process.terminate()
    process.wait(TIMEOUT)


@pytest.fixture
def proxy(instance, tmp_path):
    """nginx, in front of two ports on which nobody listens yet."""
    files = lan_https.write_server_certificate(instance[0], ["localhost"], utc_now())
    (tmp_path / "nginx").mkdir()
    for directory in (tmp_path, tmp_path / "nginx"):
        directory.chmod(0o755)
    with Proxy(tmp_path / "nginx", [free_port(), free_port()], files) as running:
        running.root = str(instance[0] / "ca" / "root.crt")
        yield running


def test_several_workers_on_postgresql_redis_and_nginx_as_the_document_says(
    folder, postgresql, redis_port, proxy
):
    prepare, operator, _ = parts_of(first_block())
    prepare = replaced(
        prepare,
        {
            "/srv/certferry": str(folder),
            "https://ca.example": proxy.address,
            "http://pki.example": f"http://127.0.0.1:{proxy.plain_port}",
        },
    )
    [database] = blocks(OPERATING, "## PostgreSQL")
    database = replaced(
        database,
        {
            "createuser": f"printf 'password\\npassword\\n' | {programs()}/createuser",
            "createdb ": f"{programs()}/createdb ",
            "127.0.0.1/": f"127.0.0.1:{postgresql.port}/",
        },
    )
    [workers] = [b for b in blocks(OPERATING, "## Several workers") if "--workers" in b]
    workers = replaced(
        workers,
        {
            "127.0.0.1:6379": f"127.0.0.1:{redis_port}",
            "--port 8001": f"--port {proxy.upstreams[0]}",
            "--port 8002": f"--port {proxy.upstreams[1]}",
        },
    )
    [check] = blocks(OPERATING, "## Are the addresses alive?")
    environ = {
        **PASSPHRASES,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgresql.port),
        "PGUSER": "postgres",
    }
    script = "\n".join([prepare, database, operator, workers])
    with Shell(folder, script, environ) as shell:
        output = shell.wait_for("2 workers", "certferry worker: ready")
        shell.wait_until(lambda: shell.log.read_text().count("certferry: ") == 2, "two")
        assert not has_passwords(shell)
        page = requests.get(
            f"{proxy.address}/sign-in", verify=proxy.root, timeout=TIMEOUT
        )
        crl = requests.get(
            f"http://127.0.0.1:{proxy.plain_port}/pki/issuing.crl", timeout=TIMEOUT
        )
        copy_as_said("pg_dump", folder / "copies", {}, environ)
        assert (folder / "copies" / "certferry.dump").read_bytes()[:5] == b"PGDMP"
        exports = "\n".join(
            line
            for line in f"{prepare}\n{database}\n{workers}".splitlines()
            if line.startswith(("export", "cd "))
        )
        with Shell(folder, f"cd {folder}\n{exports}\n{check}", environ) as checked:
            checked.wait_for("issuing.crl", "root.crt")
            assert "FAIL" not in checked.log.read_text()

    assert page.status_code == crl.status_code == 200
    # The check before the start asked through nginx.
    assert re.findall(r"^ok   http://[^/]+/(pki/\S+|ocsp)", output, re.MULTILINE) == [
        "pki/issuing/0-of-64.crl",
        "pki/issuing.crl",
        "pki/issuing.crt",
        "ocsp",
        "pki/root.crl",
        "pki/root.crt",
    ]
    assert "there is nothing yet" in output
    assert re.search(r"^chief: \w{5}-", output, re.MULTILINE)
    engine = create_engine(
        postgresql.url("certferry").replace("postgresql:", "postgresql+psycopg:")
    )
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW server_encoding")) == "UTF8"
        assert connection.scalar(text("SELECT login_id FROM operator")) == "chief"
        assert connection.scalar(text("SELECT tableowner FROM pg_tables LIMIT 1"))
    engine.dispose()


def test_nginx_may_open_as_many_files_as_it_needs(proxy):
    pid = (proxy.folder / "nginx.pid").read_text().strip()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    limits = Path(f"/proc/{children[0]}/limits").read_text()

    assert int(re.search(r"Max open files +(\d+)", limits)[1]) >= 2 * 8192


@pytest.mark.parametrize("name", ["certferry.service", "certferry-worker.service"])
def test_the_units_call_commands_that_there_are(name):
    unit = (ROOT / "deploy" / name).read_text()
    commands = re.findall(r"^Exec\w+=/opt/certferry/bin/certferry (.*)$", unit, re.M)
    assert commands
    for command in commands:
        group, *options = command.split()
        subcommand = main.get_command(Context(main), group)
        subcommand.make_context(group, options)


def test_the_unit_checks_the_port_that_it_serves_and_nginx_asks():
    unit = (ROOT / "deploy" / "certferry.service").read_text()
    ports = re.findall(r"--port (\d+)", unit)

    assert len(ports) == 2
    assert len(set(ports)) == 1
    assert (
        f"server 127.0.0.1:{ports[0]}" in (ROOT / "deploy" / "nginx.conf").read_text()
    )
