"""The page's modules as programs: they write one holder's files, and read others'."""

import subprocess
from pathlib import Path

INTEROP = Path(__file__).parents[1] / "interop"
PASSWORD = "correct-horse-1"
# One holder's key and certificates as written by NSS 3.87 (pk12util, which is Firefox's
# own code; today's encryption and that of before), Bouncy Castle 1.72 (which EJBCA
# uses), Java 17 and OpenSSL 3 (-legacy). All but the last two are BER.
PFX = INTEROP / "pfx"
PFX_PASSWORD = "Horse-Battery-1"


def run(*command: str | Path) -> bytes:
    """Run a program and return what it printed; it must succeed."""
    result = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def read_with_page(content: str, file: Path, password: str = "") -> str:
    """Return what the page's modules read in a file: "key", "certificate", ..."""
    return run("node", INTEROP / "read_files.js", content, file, password).decode()


def write_with_page(key_type: str, folder: Path) -> Path:
    """Let the page's modules fill a folder."""
    run("node", INTEROP / "make_files.js", folder, key_type, PASSWORD)
    return folder
