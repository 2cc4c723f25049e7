"""A library's work ends when a person or a limit says so."""

import os
import signal
import time
from threading import Timer

import pytest

from mobile_bridge.npki import isolated
from mobile_bridge.npki.errors import TooMuchWorkError, WrongPasswordError
from mobile_bridge.npki.isolated import run_isolated


def busy():
    while True:
        pass


def test_what_comes_out_comes_back():
    assert run_isolated(lambda: b"bundle") == b"bundle"
    assert run_isolated(os.getpid) != os.getpid()


@pytest.mark.parametrize(
    "error", [WrongPasswordError(), ValueError("x"), MemoryError()]
)
def test_what_is_raised_is_raised_here(error):
    def work():
        raise error

    with pytest.raises(type(error)):
        run_isolated(work)


def test_a_library_that_crashes_is_no_fault_of_the_program():
    with pytest.raises(TooMuchWorkError):
        run_isolated(os.abort)


def test_work_without_end_is_ended_by_its_limit(monkeypatch):
    monkeypatch.setattr(isolated, "CPU_SECONDS", 1)

    with pytest.raises(TooMuchWorkError):
        run_isolated(busy)


def test_a_signal_ends_work_that_does_not_listen():
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_isolated(busy)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert time.monotonic() - begun < 20
