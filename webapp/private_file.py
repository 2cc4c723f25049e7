"""Files that only their owner can read, on the disk before anything is said of them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def create_private(path: Path, content: bytes) -> None:
    """Write a file in the place of any other; a crash may leave it half written.

    Raises:
        OSError: it cannot be written.
    """
    path.unlink(missing_ok=True)  # what an earlier try left half written
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def replace_private(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all; what was there stays until then.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.new")
    create_private(partial, content)
    partial.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def only_process_in(folder: Path) -> Iterator[None]:
    """Hold off every other process that changes files in this folder.

    Nothing in the block may yield to another greenlet.

    Raises:
        OSError: the folder is not there.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Told, and not left to the closing: gevent may close a file later, and who
        # takes the lock again before that would wait for itself.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
