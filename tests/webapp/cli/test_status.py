"""`certferry status` says how a centre stands, for people and for programs."""

import json
import subprocess
import sys
from shutil import copytree

import pytest


@pytest.fixture
def demo(demo_template, tmp_path):
    """The options that name a demo of its own."""
    folder = copytree(demo_template[0], tmp_path / "instance")
    return ["--instance", str(folder)]


def run(*words):
    # A process of its own: the command sets where this one's log goes.
    return subprocess.run(
        [sys.executable, "-m", "webapp", *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def test_a_centre_without_a_worker_is_not_ready_and_then_it_is(demo):
    before = run("status", *demo)
    run("worker", "--once", *demo)
    after = run("status", *demo)

    assert before.returncode == 1
    assert "it has never run" in before.stdout
    assert after.returncode == 0, after.stdout
    assert "worker" in after.stdout


def test_a_program_reads_one_json_object(demo):
    answer = run("status", "--json", *demo)

    report = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert report["ready"] is False
    assert report["parts"]["database"] == "ready"
    assert report["parts"]["worker"] == "it has never run"


def test_a_folder_without_a_demo_is_named(tmp_path):
    answer = run("status", "--instance", str(tmp_path))

    assert answer.returncode == 2
    assert str(tmp_path) in answer.stderr
