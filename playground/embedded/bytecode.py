"""Compiles bytecode once the page is up, where the installer left that to the launcher."""

import os
import signal
import threading
from collections.abc import Sequence

from installer.environments import PROJECT, Environment
from playground.embedded.part import discard
from playground.embedded.process import Child, Command


class Bytecode:
    """Compiles the modules of environments one after another, behind everything else.

    The site works without: modules are compiled when they are imported. But sessions of the code
    interpreter can't keep what they compile, and importing sympy takes each of them seconds longer.
    """

    def __init__(self, environments: Sequence[Environment]) -> None:
        self._environments = [each for each in environments if _is_needed(each)]
        self._child: Child | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin in the background."""
        # The thread outlives its child, which the kernel would end with it (see `Child`).
        threading.Thread(target=self._compile_all, name="bytecode", daemon=True).start()

    def stop(self) -> None:
        """Give up; the next start continues."""
        self._stopping = True
        if self._child is not None:
            self._child.send(signal.SIGKILL)

    def _compile_all(self) -> None:
        for each in self._environments:
            if self._stopping:
                return
            words = ("/bin/sh", "-c", 'exec nice -n 19 "$@"', "sh", *each.compile_command())
            self._child = Child(Command(words, os.environ, PROJECT), discard)
            status = self._child.wait()
            # 1: some file is no valid Python, as in packages that ship templates.
            if status in {0, 1}:
                each.compiled_stamp.touch()


def _is_needed(each: Environment) -> bool:
    return each.is_current() and not each.compiled_stamp.exists()
