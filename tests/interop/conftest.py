"""What the page's modules made, in a folder, once for each kind of key."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PASSWORD = "correct-horse-1"
# One holder's key and certificates as written by NSS 3.87 (pk12util, which is Firefox's
# own code; today's encryption and that of before), Bouncy Castle 1.72 (which EJBCA
# uses), Java 17 and OpenSSL 3 (-legacy). All but the last two are BER.
PFX = HERE / "pfx"
PFX_PASSWORD = "Horse-Battery-1"


def run(*command: str | Path) -> bytes:
    """Run a program and return what it printed; it must succeed."""
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def seen_by_the_page(what: str, file: Path, password: str = "") -> str:
    """Return what the page's modules read in a file."""
    return run("node", HERE / "read_files.js", what, file, password).decode()


def files_for(kind: str, folder: Path) -> Path:
    """Let the page's modules fill a folder."""
    run("node", HERE / "make_files.js", folder, kind, PASSWORD)
    return folder


@pytest.fixture(scope="session", params=["rsa-2048", "p-256"])
def made(request: pytest.FixtureRequest, tmp_path_factory) -> Path:
    """Return a folder with one holder's set, of each kind of key."""
    return files_for(request.param, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="session")
def made_rsa(tmp_path_factory) -> Path:
    """Return a folder with one holder's RSA set: what Korean programs read."""
    return files_for("rsa-2048", tmp_path_factory.mktemp("made"))
