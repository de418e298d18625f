"""`python -m installer ENVIRONMENT... [-- MODULE [ARGUMENT...]]`: install, then run the module in
`.venv`.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python should say this, not fail to import)
    sys.exit(
        "Assistants Playground needs Python 3.11 or newer. Name one with PYTHON=/path/to/python3 "
        "make run."
    )

import fcntl
import os
import signal
from collections.abc import Sequence
from types import FrameType

from installer.environments import PROJECT, VENV, InstallError, named
from installer.install import Installer
from installer.steps import Steps

INSTALL_STEPS = 2
# Steps that the launcher adds (playground/embedded/launcher.py).
LAUNCH_STEPS = 2


def main(arguments: Sequence[str]) -> int:
    """Return the exit status, or become the next command."""
    names, _, command = "\0".join(arguments).partition("\0--\0")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    steps = Steps(INSTALL_STEPS + (LAUNCH_STEPS if command else 0))
    try:
        _take_turns()
        Installer(steps, compile_later=bool(command)).run(named(names.split("\0")))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Run the same command again to continue.\n")
        return 130
    except InstallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if command:
        python = str(VENV / "bin" / "python")
        os.environ["STEPS_DONE"] = str(steps.done)
        os.execv(python, [python, "-m", *command.split("\0")])
    return 0


def _take_turns() -> None:
    # Two installs in one folder would break each other. The lock ends with this process.
    descriptor = os.open(PROJECT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stdout.write("Waiting for another make that installs in this folder ...\n")
        sys.stdout.flush()
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
