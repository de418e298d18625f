"""The parent of the site's processes: ``python -m playground.embedded.forked.server SOCKET``.

It imports what they share, once, and forks a process for each request (`messages`). It has no
threads, and no connections but those of the launcher: a fork would have half of them.
"""

import contextlib
import ctypes
import gc
import os
import runpy
import selectors
import signal
import socket
import sys
from pathlib import Path

from playground.embedded.child import die_with_parent
from playground.embedded.forked.messages import LARGEST, ForkRequest, packet_of
from playground.preload import preload

PR_SET_NAME = 15


class Parent:
    """Forks processes, and reports their ends."""

    def __init__(self, path: Path) -> None:
        """Listen at `path`, for this user only."""
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(before)
        self._listener.listen(16)
        self._wakes, self._wake = os.pipe()
        os.set_blocking(self._wakes, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wakes, selectors.EVENT_READ)
        self._pids: dict[socket.socket, int] = {}

    def serve(self) -> ForkRequest:
        """Return in each fork, with what it has to run. The parent itself never returns."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    self._selector.register(connection, selectors.EVENT_READ)
                elif key.fileobj == self._wakes:
                    self._report_ends()
                elif isinstance(key.fileobj, socket.socket):
                    request = self._answer(key.fileobj)
                    if request is not None:
                        return request

    def _answer(self, connection: socket.socket) -> ForkRequest | None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(connection, LARGEST, 1)
        except OSError:
            packet, descriptors = b"", []
        pid = self._pids.get(connection)
        if not packet:
            # The launcher closes a connection once the process has ended. If it still runs, nobody
            # would notice its end any more.
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
            self._close(connection)
        elif pid is not None:
            os.kill(pid, int(packet))
        elif descriptors:
            return self._fork(connection, ForkRequest.read(packet), descriptors[0])
        return None

    def _fork(
        self, connection: socket.socket, request: ForkRequest, output: int
    ) -> ForkRequest | None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(parent, request.name, output)
            return request
        os.close(output)
        self._pids[connection] = pid
        with contextlib.suppress(OSError):
            connection.send(packet_of(pid))
        return None

    def _become_child(self, parent: int, name: str, output: int) -> None:
        # As `Command` starts its processes: in a session of their own, which ends with the parent.
        os.setsid()
        die_with_parent(parent, signal.SIGKILL)
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keys = list(self._selector.get_map().values())
        self._selector.close()
        for key in keys:
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        os.close(self._wakes)
        os.close(self._wake)

    def _report_ends(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wakes, LARGEST)
        for connection, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._pids[connection]
                with contextlib.suppress(OSError):
                    connection.send(packet_of(os.waitstatus_to_exitcode(status)))

    def _close(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()


def require_one_thread() -> None:
    """Stop the start if an import has started a thread: its locks could be held in each fork."""
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        sys.exit("A preloaded module has started a thread, so no process can be forked from here.")


def main(path: str) -> None:
    """Serve. Each fork leaves `serve` and runs its module instead."""
    # Objects that live on must share no page with garbage, and be moved by no collection.
    gc.disable()
    preload()
    require_one_thread()
    gc.collect()
    gc.freeze()
    request = Parent(Path(path)).serve()
    gc.enable()
    sys.argv = [request.module, *request.arguments]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
