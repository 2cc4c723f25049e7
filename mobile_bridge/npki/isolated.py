"""Work in a process of its own: a signal ends it at once, and so does a limit.

A library that derives a key does not listen to signals, and what a file hides inside
what is encrypted nobody can look at before. Where the system cannot copy a process,
the work is done here.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final, TypeVar

from mobile_bridge.npki.errors import TooMuchWorkError

T = TypeVar("T")
CPU_SECONDS: Final = 120
_STDERR: Final = 2
_ENDING: Final = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
)


def run_isolated(work: Callable[[], T]) -> T:
    """Return what `work` returns; whatever it raises is raised here.

    Raises:
        TooMuchWorkError: it took longer than any honest file does, or crashed.
    """
    if "fork" not in get_all_start_methods():
        return work()
    return _run(work)


def _run(work: Callable[[], T]) -> T:
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, theirs), daemon=True)
    try:
        _start(process)
        theirs.close()
        is_done, value = ours.recv()
    except EOFError:
        raise TooMuchWorkError from None
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        ours.close()
    if is_done:
        return value  # type: ignore[no-any-return]
    raise value


def _start(process: BaseProcess) -> None:
    # What a hook of the copying raises is lost, and so would be a signal then.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(work: Callable[[], object], answers: Connection) -> None:
    """Do it, and say what came out; runs in the other process."""
    # The process that waits is told of Ctrl-C too, and ends this one.
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    _limit()
    # A library that gives up writes about it, and not for people.
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)
    answer: tuple[bool, Any]
    try:
        answer = True, work()
    except BaseException as error:  # handed to the process that waits
        answer = False, error
    with suppress(OSError):  # nobody waits any more
        answers.send(answer)


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
