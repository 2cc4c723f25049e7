"""What systemd reads, judged by systemd's own programs."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from click import Command, Context, Group

from tests.deploy.documents import ROOT
from webapp.cli.main import main
from webapp.config.settings import BY_NAME, IN_FILES, PREFIX

DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
PROGRAM = "/opt/certferry/bin/certferry"
MOST_EXPOSED = 25  # tenths; systemd calls 10 exposed and 0 safe


def run(*command):
    """Return what a program prints; it has to end well."""
    process = subprocess.run(
        [str(word) for word in command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


def lines_of(unit: Path, name: str) -> list[str]:
    """Return the values of a directive."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_service_is_not_exposed(unit: Path):
    run(
        *("systemd-analyze", "security", "--offline=true", "--no-pager"),
        *(f"--threshold={MOST_EXPOSED}", unit),
    )


@pytest.mark.parametrize("kind", ["service", "timer"])
def test_systemd_finds_nothing_wrong_in_any_unit(kind: str, tmp_path: Path):
    for unit in DEPLOY.iterdir():
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    units = sorted(tmp_path.glob(f"*.{kind}"))

    assert units
    assert run("systemd-analyze", "--man=no", "verify", *units) == ""


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_what_a_unit_starts_is_a_command_that_there_is(unit: Path):
    for line in lines_of(unit, "ExecStart(?:Pre)?"):
        words = line.split()
        assert words[0] == PROGRAM
        command: Command | None = main
        for word in words[1:]:
            if word.startswith("-") or not isinstance(command, Group):
                break
            command = command.get_command(Context(command), word)
        assert command, line
        options = {name for option in command.params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_a_user_without_a_shell_and_folders_that_are_closed_are_made(tmp_path: Path):
    (tmp_path / "etc").mkdir()
    for name in ("passwd", "group"):
        shutil.copy(f"/etc/{name}", tmp_path / "etc")

    run("systemd-sysusers", f"--root={tmp_path}", DEPLOY / "certferry.sysusers")
    run(
        *("systemd-tmpfiles", f"--root={tmp_path}", "--create"),
        DEPLOY / "certferry.tmpfiles",
    )

    [user] = [
        line.split(":")
        for line in (tmp_path / "etc/passwd").read_text().splitlines()
        if line.startswith("certferry:")
    ]
    assert user[-2:] == ["/srv/certferry", "/usr/sbin/nologin"]
    for name in ("etc/certferry", "etc/certferry/secrets", "srv/certferry"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700
    assert (tmp_path / "srv/certferry").stat().st_uid == int(user[2])


def test_the_file_of_credentials_names_every_secret_of_a_centre():
    text = (DEPLOY / "certferry-secrets.conf").read_text("utf-8")

    named = re.findall(
        rf"^(#?)Environment={PREFIX}(\w+)_FILE=%d/certferry_(\w+)$", text, re.MULTILINE
    )

    assert {name for _, name, _ in named} == set(IN_FILES) & set(BY_NAME)
    assert all(name.lower() == file for _, name, file in named)
    assert {name for mark, name, _ in named if not mark} == {
        setting.name
        for setting in BY_NAME.values()
        if setting.is_secret and setting.needed == "always"
    }
