"""Process of the outer sandbox that imports the libraries once and forks a session per request.

It runs no code of a model: its only peer is the host, over the socket it was started with.
"""

import gc
import json
import os
import shutil
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from assistants_app.sandbox.guest import jail
from assistants_app.sandbox.guest.runner import Runner
from assistants_app.sandbox.guest.shell import Shell

_MAX_REQUEST = 1 << 16
_CHANNEL = 3


def main() -> None:
    """Warm up, say so, then fork until the host is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _copy_font_list()
    shell = Shell()
    shell.warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, _MAX_REQUEST, 1)
        if not request:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _session(json.loads(request), descriptors[0], shell)
        os.close(descriptors[0])


def _session(config: dict[str, Any], descriptor: int, shell: Shell) -> None:
    """Never returns."""
    try:
        os.dup2(descriptor, _CHANNEL, inheritable=False)
        os.closerange(_CHANNEL + 1, 1 << 20)
        channel = socket.socket(fileno=_CHANNEL)
        jail.enter(config, channel)
        _leave_the_log()
        runner = os.fork()
        if runner:
            channel.close()
            _reap_until(runner)
        else:
            Runner(channel, shell).serve()
    except BaseException:  # noqa: BLE001 - the fork's outermost frame: say why, then end
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


def _reap_until(runner: int) -> None:
    """Process 1 of a session: orphans end here, and everything ends with the runner."""
    while True:
        try:
            child, _ = os.wait()
        except ChildProcessError:
            return
        if child == runner:
            return


def _leave_the_log() -> None:
    """The zygote's errors go to a file of the host, which a session must not hold."""
    nowhere = os.open("/dev/null", os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _copy_font_list() -> None:
    """Matplotlib searches for fonts for a second unless its list lies in a folder it may write."""
    target = Path(os.environ["MPLCONFIGDIR"])
    target.mkdir(parents=True, exist_ok=True)
    for source in Path("/opt/sandbox/matplotlib").glob("fontlist-*.json"):
        shutil.copy(source, target)


if __name__ == "__main__":
    main()
