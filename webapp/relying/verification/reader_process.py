"""The process that reads foreign bytes: a copy of it for each verification.

    python -m webapp.relying.verification.reader_process DESCRIPTOR

It loads the libraries once, listens at a socket that it inherits, and copies itself for
each caller. A copy has little memory and time, can reach no network and start no
program, and asks the caller for the status of a certificate. It ends with the caller's
end of the standard input.
"""

import os
import resource
import selectors
import signal
import socket
import sys
import warnings
from contextlib import suppress
from typing import Final, NoReturn

from webapp.relying.fault_origin import describe_fault
from webapp.relying.verification import wire
from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.paths import StatusAnswer, StatusQuery
from webapp.relying.verification.validation.verifier import verify

_STDERR: Final = 2
# Python's own hooks (PEP 578): none of these is needed to read bytes.
_FORBIDDEN: Final = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
    *("socket.getaddrinfo", "socket.gethostbyname", "socket.getnameinfo"),
    *("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork"),
    *("os.remove", "os.rename", "os.chmod", "os.mkdir", "shutil.rmtree"),
)


class ForbiddenActError(Exception):
    """Something in a verification tried to leave its process."""


def main() -> None:
    """Serve until the caller is gone."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller hears it, and ends
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the copies
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _events in selector.select()]
            if sys.stdin in ready:  # its end
                return
            line, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                _serve(line)
            line.close()


def _serve(line: socket.socket) -> NoReturn:
    """Verify one thing and end."""
    try:
        _confine()
        job = wire.receive(line)
        if isinstance(job, wire.Job):
            report = verify(
                job.request,
                job.trust,
                now=job.now,
                status_source=lambda query: _ask(line, query),
            )
            wire.send(line, wire.Done(report))
    except Exception as error:
        with suppress(OSError):  # nobody waits any more
            wire.send(line, wire.Failed(describe_fault(error)))
    finally:
        os._exit(0)


def _ask(line: socket.socket, query: StatusQuery) -> StatusAnswer | None:
    wire.send(line, wire.Question(query))
    reply = wire.receive(line)
    if not isinstance(reply, wire.Answer):
        raise wire.BrokenLineError
    return reply.answer


def _confine() -> None:
    signal.alarm(limits.WALL_SECONDS)  # ends the process: nobody handles it
    for kind, limit in (
        (resource.RLIMIT_CPU, limits.CPU_SECONDS),
        (resource.RLIMIT_AS, limits.MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (limit, limit))
    # Libraries write about files that people gave us.
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)
    warnings.simplefilter("ignore")
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise ForbiddenActError(event)


if __name__ == "__main__":
    main()
