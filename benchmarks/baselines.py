"""What the measured peers need: fetched once by npm and pip, kept beside this file.

`node_modules/` and `.venv/` in this folder are made from `package-lock.json` and
`requirements.txt`; git ignores both, and to be rid of them is to delete them.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS = 300


class MissingPeerError(Exception):
    """A peer cannot be had here; the text says what is missing."""


def node_peer() -> str:
    """Return the program that runs the socket.io server.

    Raises:
        MissingPeerError: there is no Node, or npm cannot fetch socket.io.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise MissingPeerError("node and npm are not installed")
    if not (HERE / "node_modules" / "socket.io").exists():
        print("Fetching socket.io for the peer (once) ...", file=sys.stderr)
        _run([npm, "ci", "--ignore-scripts", "--prefix", str(HERE)])
    return node


def mailbox_peer() -> Path:
    """Return the Python that runs magic-wormhole's mailbox server.

    Raises:
        MissingPeerError: pip cannot fetch it.
    """
    folder = HERE / ".venv"
    python, marker = folder / "bin" / "python", folder / ".installed"
    if not marker.exists():
        print("Fetching the mailbox server for the peer (once) ...", file=sys.stderr)
        _run([sys.executable, "-m", "venv", str(folder)])
        target = ["-r", str(HERE / "requirements.txt")]
        _run([str(python), "-m", "pip", "install", "--quiet", *target])
        marker.touch()
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPeerError(f"{command[0]}: {error}") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise MissingPeerError(" ".join([Path(command[0]).name, "failed:", *last]))
