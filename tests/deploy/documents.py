"""The blocks of a document that are commands, and a shell that runs them."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60
BIN = Path(sys.executable).parent


def blocks(document: str, heading: str) -> list[str]:
    """Return the code blocks below a heading, up to the next of the same level."""
    text = (ROOT / document).read_text("utf-8")
    level = heading.partition(" ")[0]
    begin = text.index(f"\n{heading}\n") + len(heading) + 2
    below = re.split(rf"^{level} ", text[begin:], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```\w*\n(.*?)^```$", below, re.DOTALL | re.MULTILINE)


def replaced(text: str, own: dict[str, str]) -> str:
    """Return a block with a test's own places; each has to stand in it."""
    for documented, value in own.items():
        assert documented in text, f"the document has no {documented}"
        text = text.replace(documented, value)
    return text


class Shell:
    """bash that runs a script in an empty folder until the block is left."""

    def __init__(self, folder: Path, script: str, environ: dict[str, str]) -> None:
        self._folder, self._script = folder, script
        bare = {
            name: value for name, value in os.environ.items() if "CERTF" not in name
        }
        self._environ = bare | environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}

    def __enter__(self) -> Self:
        # In a file: what stands on a command line can be read by everybody.
        file = self._folder / "script.sh"
        file.write_text(f"{self._script}\nwait\n", "utf-8")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-euo", "pipefail", file],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(ProcessLookupError):  # it came to its end
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(DEADLINE)
        self.wait_until(lambda: not self._members(), "it did not end")

    @property
    def log(self) -> Path:
        """The file with all that was printed."""
        return self._folder / "shell.log"

    def wait_until(self, is_so: object, otherwise: str) -> None:
        """Return when `is_so()` is true."""
        end = time.monotonic() + DEADLINE
        while not is_so():  # type: ignore[operator]
            assert time.monotonic() < end, f"{otherwise}: {self.log.read_text()}"
            time.sleep(0.1)

    def wait_for(self, *words: str) -> str:
        """Return what was printed as soon as all `words` are there."""

        def is_there() -> bool:
            text = self.log.read_text()
            assert self._process.poll() is None or all(w in text for w in words), text
            return all(word in text for word in words)

        self.wait_until(is_there, f"it did not say {words}")
        return self.log.read_text()

    def command_lines(self) -> str:
        """Return what everybody on the machine can read of its processes."""
        return "\n".join(
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            for pid in self._members()
        )

    def _members(self) -> list[int]:
        pids = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.getsid(int(entry.name)) == (
                    self._process.pid
                ):
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                    pids += [int(entry.name)] if state != "Z" else []
            except OSError:
                continue
        return pids
