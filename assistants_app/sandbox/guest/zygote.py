"""The zygote: imports the libraries once in the outer sandbox, and forks a session per request.

It runs no model-written code, and its only peer is the host at the other end of its socket.
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
    """Warm up, report to the host, then fork sessions until the host closes the socket."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # After its sessions, which all end with it.
    jail.die_before_others("500")
    _copy_font_list()
    shell = Shell()
    shell.warm_up()
    # Sessions that end need not be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Without this, the first collection in a session would write to every object and so copy the
    # memory that it shares with the zygote.
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, _MAX_REQUEST, 1)
        if not request:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run_session(json.loads(request), descriptors[0], shell)
        os.close(descriptors[0])


def _run_session(config: dict[str, Any], descriptor: int, shell: Shell) -> None:
    # Never returns. The descriptors of the zygote, such as its control socket, are closed first.
    try:
        os.dup2(descriptor, _CHANNEL, inheritable=False)
        os.closerange(_CHANNEL + 1, 1 << 20)
        channel = socket.socket(fileno=_CHANNEL)
        jail.enter(config, channel)
        _detach_from_log()
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
    # What process 1 of a session does: it inherits orphans, which stay zombies unless it waits for
    # them. When it ends, the kernel kills all other processes of the session.
    while True:
        try:
            child, _ = os.wait()
        except ChildProcessError:
            return
        if child == runner:
            return


def _detach_from_log() -> None:
    # stderr is a file of the host, which a session must not be able to fill.
    nowhere = os.open("/dev/null", os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _copy_font_list() -> None:
    # Without a list in a writable folder, matplotlib searches for fonts, which takes a second.
    target = Path(os.environ["MPLCONFIGDIR"])
    target.mkdir(parents=True, exist_ok=True)
    for source in Path("/opt/sandbox/matplotlib").glob("fontlist-*.json"):
        shutil.copy(source, target)


if __name__ == "__main__":
    main()
