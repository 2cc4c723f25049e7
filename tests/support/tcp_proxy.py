"""A TCP proxy in a test's hand: it records, can be cut, and can lose a reply."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread


class TcpProxy:
    """Listens on a port of its own and leads to another one of this machine."""

    def __init__(self, target_port: int) -> None:
        self._target_port, self._is_cut = target_port, False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._ends: list[socket.socket] = []
        self.recorded: list[bytes] = []
        # The connection of the first request that matches ends in place of its reply.
        self.loses_reply_to: Callable[[bytes], bool] = _never
        self.lost_replies = 0
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections and refuse new ones."""
        self._is_cut = True
        _hang_up(*self._ends)
        self._ends.clear()

    def restore(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    def close(self) -> None:
        """End everything."""
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._target_port))
                self._ends += [near, far]
                losing = Event()
                for carry in (self._carry_requests, self._carry_replies):
                    Thread(target=carry, args=(near, far, losing), daemon=True).start()

    def _carry_requests(
        self, near: socket.socket, far: socket.socket, losing: Event
    ) -> None:
        with suppress(OSError):
            while octets := near.recv(65536):
                self.recorded.append(octets)
                if self.loses_reply_to(octets):
                    self.loses_reply_to = _never
                    losing.set()
                far.sendall(octets)
        _hang_up(near, far)

    def _carry_replies(
        self, near: socket.socket, far: socket.socket, losing: Event
    ) -> None:
        with suppress(OSError):
            while octets := far.recv(65536):
                self.recorded.append(octets)
                if losing.is_set():
                    self.lost_replies += 1
                    break
                near.sendall(octets)
        _hang_up(near, far)


def _never(_request: bytes) -> bool:
    return False


def _hang_up(*ends: socket.socket) -> None:
    """End connections, also for a thread that waits in one of them."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
