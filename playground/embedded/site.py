"""The project's own programs: the processes of the Procfile, and commands of manage.py."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from playground.embedded.errors import LaunchError
from playground.embedded.forked.parent import SiteParent, module_words, only_runs_a_module
from playground.embedded.options import PROJECT
from playground.embedded.part import Part, discard
from playground.embedded.process import Child, Command, LogSink, Program


def procfile_command(name: str, procfile: Path = PROJECT / "Procfile") -> str:
    """Return the shell command of a process type, which operators start as well."""
    for line in procfile.read_text(encoding="utf-8").splitlines():
        kind, colon, command = line.partition(":")
        if colon and kind.strip() == name:
            return command.strip()
    raise LaunchError(f"{procfile} has no process named {name}.")


class SiteProcess(Part):
    """A process of the Procfile. It is ready when `ready` returns true, by default at once.

    With a `parent` it is forked from that, else it is a program of its own.
    """

    stop_seconds = 1.8

    def __init__(
        self,
        name: str,
        env: Mapping[str, str],
        *,
        parent: SiteParent | None = None,
        ready: Callable[[], bool] = lambda: True,
        log: LogSink = discard,
    ) -> None:
        super().__init__(name, log)
        self._env = env
        self._parent = parent
        self._ready = ready

    def prepare(self) -> None:
        pass

    def command(self) -> Program:
        """Return the Procfile's command; its `python` is the one that runs the launcher."""
        command = procfile_command(self.name)
        if self._parent is not None and only_runs_a_module(command):
            return self._parent.fork_of(self.name, module_words(command, self._env))
        return Command(argv=("/bin/sh", "-c", command), env=self._env, cwd=PROJECT)

    def is_ready(self) -> bool:
        return self._ready()


def environment_for_site(base: Mapping[str, str]) -> dict[str, str]:
    """Return `base` with what every Python process of the project needs."""
    programs = str(Path(sys.executable).parent)
    # Containers often set it. Then each of six processes compiles all its modules at each start.
    kept = {name: value for name, value in base.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PATH": f"{programs}:{base.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        # By default glibc gives each thread an arena of its own: tens of MB with 64 threads.
        "MALLOC_ARENA_MAX": "2",
        # Celery warns root in six lines at each start. Here root is fine: it is often a container.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        "EMBEDDED": "1",
    }


class ManageCommand:
    """A running `manage.py` command. Its last line of JSON is its answer; others are logged."""

    def __init__(self, *arguments: str, env: Mapping[str, str], log: LogSink) -> None:
        self._arguments = arguments
        self._log = log
        self._answer = ""
        argv = (sys.executable, str(PROJECT / "manage.py"), *arguments)
        self.child = Child(Command(argv=argv, env=env, cwd=PROJECT), self._take)

    def answer(self) -> dict[str, object]:
        """Return the last JSON object it wrote, or {}. Raises LaunchError if it failed."""
        if self.child.wait() != 0:
            raise LaunchError(
                f"`manage.py {' '.join(self._arguments)}` failed: "
                f"{self.child.last_lines[-1] if self.child.last_lines else 'it gave no reason'}"
            )
        if not self._answer:
            return {}
        answer = json.loads(self._answer)
        assert isinstance(answer, dict)
        return answer

    def _take(self, line: str) -> None:
        if line.startswith("{"):
            self._answer = line
        else:
            self._log(line)
