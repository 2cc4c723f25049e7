"""A screen with a window manager, and somebody at its keyboard."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

# With a window manager: a window of the browser's own takes keys only where one gives
# it the focus.
WINDOW_MANAGER = ("openbox", "--sm-disable")


class Screen:
    """A screen with a window manager, and somebody at its keyboard."""

    def __init__(self, name: str) -> None:
        self.env = {**os.environ, "DISPLAY": name}

    @contextmanager
    def managed(self) -> Iterator[None]:
        """Run the window manager."""
        manager = subprocess.Popen(
            WINDOW_MANAGER, env=self.env, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            manager.terminate()
            manager.wait(10)

    def keys(self, *words: str) -> None:
        """Press keys, or type."""
        subprocess.run(["xdotool", *words], env=self.env, check=True, timeout=20)

    def windows(self, title: str) -> list[str]:
        """Return the windows whose title has these words."""
        command = ["xdotool", "search", "--onlyvisible", "--name", title]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True)
        return done.stdout.split()

    def wait_for(self, title: str) -> str:
        """Return the window of this title, once it is there."""
        for _ in range(100):
            if windows := self.windows(title):
                return windows[-1]
            time.sleep(0.1)
        raise AssertionError(f"no window {title}")
