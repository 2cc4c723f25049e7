"""Verify in a process of its own: what a file does there, it does to nobody.

The process is started with the first verification, and again when it has ended.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from webapp.exceptions import AppError
from webapp.relying.fault_origin import Fault
from webapp.relying.verification import wire
from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.paths import StatusSource, Trust
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Reason, Report
from webapp.relying.verification.validation.verifier import refused

_GRACE: Final = 5.0  # seconds beyond what the process gives itself
_WAIT_FOR_PLACE: Final = 10.0
_MODULE: Final = "webapp.relying.verification.reader_process"

log = structlog.get_logger()


class VerifierBusyError(AppError):
    """As many verifications run as may at once, and none ended in time."""

    code = "busy"


class IsolatedVerifier:
    """Verifies in a process that it keeps; one object serves many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(limits.MAX_AT_ONCE)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._owner = 0

    def verify(
        self,
        request: VerificationRequest,
        trust: Trust,
        *,
        now: datetime,
        status_source: StatusSource,
    ) -> Report:
        """Return the report; what ends the process or takes too long is TOO_COMPLEX.

        `status_source` is asked in this process; what it raises is raised here.

        Raises:
            VerifierBusyError: too many verify at this moment.
        """
        if not self._places.acquire(timeout=_WAIT_FOR_PLACE):
            raise VerifierBusyError
        try:
            return self._verify(wire.Job(request, trust, now), status_source)
        finally:
            self._places.release()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _verify(self, job: wire.Job, status_source: StatusSource) -> Report:
        with self._connected() as line:
            line.settimeout(limits.WALL_SECONDS + _GRACE)
            try:
                wire.send(line, job)
                while isinstance(message := wire.receive(line), wire.Question):
                    wire.send(line, wire.Answer(status_source(message.query)))
            except (wire.BrokenLineError, OSError) as error:
                log.warning("verification_broken_off", kind=type(error).__name__)
                return refused(Reason.TOO_COMPLEX, job.now)
        if isinstance(message, wire.Done):
            _log(message.report.fault)
            return message.report
        fault = message.fault if isinstance(message, wire.Failed) else None
        _log(fault)
        return refused(Reason.INTERNAL_FAULT, job.now, fault)

    def _connected(self) -> socket.socket:
        """Return a line to the process, starting it where it does not run."""
        with self._lock:
            for _attempt in range(2):
                if self._process is None or self._owner != os.getpid():
                    self._start()
                line = socket.socket(socket.AF_UNIX)
                try:
                    line.connect(self._address)
                except OSError:
                    line.close()
                    self._end()
                else:
                    return line
        raise VerifierBusyError

    @property
    def _address(self) -> str:
        folder = self._folder.name if self._folder else ""
        return str(Path(folder) / "line")

    def _start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="certferry-")
        self._owner = os.getpid()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._address)
            listener.listen(limits.MAX_AT_ONCE * 4)
            descriptor = listener.fileno()
            self._process = subprocess.Popen(  # noqa: S603  # this very program
                [sys.executable, "-m", _MODULE, str(descriptor)],
                pass_fds=(descriptor,),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(sys.path)},  # no secret goes along
            )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            with suppress(OSError):
                process.kill()
            if process.stdin is not None:
                process.stdin.close()
            process.wait()
        if self._folder is not None and self._owner == os.getpid():
            self._folder.cleanup()
        self._folder = None


def _log(fault: Fault | None) -> None:
    """Have an operator see what nobody expected; foreign bytes provoke much of it."""
    if fault is not None and fault.is_own:
        log.error("verification_fault", kind=fault.kind, place=fault.place)
    elif fault is not None:
        log.info("verification_unreadable", kind=fault.kind, place=fault.place)
