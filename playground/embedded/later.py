"""What `make run` installs and compiles only once the page is up."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from installer.environments import APP, CODE, MORE_CODE, PROJECT, Environment
from playground.embedded.part import discard
from playground.embedded.process import Child, Command, LogSink

Finished = Callable[[int | None], None]
NOT_INSTALLED = (
    "Couldn't install the large libraries of the code interpreter (OpenCV, PyArrow, Plotly and the "
    "font for Chinese, Japanese and Korean). Everything else works. The next start tries again."
)


class Later:
    """Installs and compiles in the background, one thing after another.

    The site works without. But until the large libraries are there, code can't import them, and
    sessions of the code interpreter can't keep what they compile: importing sympy takes each of
    them seconds longer.
    """

    def __init__(self, say: LogSink) -> None:
        self._say = say
        self._child: Child | None = None
        self._stopping = False
        self._starting = threading.Lock()
        # Sessions look into this folder, so it has to exist before the first of them starts.
        MORE_CODE.folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Begin in the background."""
        # The thread outlives its child, which the kernel would end with it (see `Child`).
        threading.Thread(target=self._do_all, name="later", daemon=True).start()

    def stop(self) -> None:
        """Give up; the next start continues."""
        with self._starting:
            self._stopping = True
        if self._child is not None:
            self._child.send(signal.SIGKILL)
            # Its own children, such as the installer's downloads, are ended once it has ended.
            self._child.wait(timeout=1)

    def _do_all(self) -> None:
        if not MORE_CODE.is_current():
            command = (sys.executable, "-m", "installer", MORE_CODE.name)
            self._run(command, self._installed)
        for each in (APP, CODE):
            if each.is_current() and not each.compiled_stamp.exists():
                self._run(each.compile_command(), _compiled(each))

    def _run(self, command: Sequence[str], finished: Finished) -> None:
        words = ("/bin/sh", "-c", 'exec nice -n 19 "$@"', "sh", *command)
        with self._starting:
            if self._stopping:
                return
            self._child = Child(Command(words, os.environ, PROJECT), discard)
        status = self._child.wait()
        if not self._stopping:
            finished(status)

    def _installed(self, status: int | None) -> None:
        if status:
            self._say(NOT_INSTALLED)


def _compiled(environment: Environment) -> Finished:
    def finished(status: int | None) -> None:
        # 1: some file is no valid Python, as in packages that ship templates.
        if status in {0, 1}:
            environment.compiled_stamp.touch()

    return finished
