"""Our own programs: the Procfile's web server and worker, and commands of manage.py."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from playground.embedded.errors import LaunchError
from playground.embedded.options import PROJECT
from playground.embedded.part import Part, discard
from playground.embedded.process import Child, Command, LogSink


def procfile_command(name: str, procfile: Path = PROJECT / "Procfile") -> str:
    """The shell command of a process type, so that both ways to run it are the same."""
    for line in procfile.read_text(encoding="utf-8").splitlines():
        kind, colon, command = line.partition(":")
        if colon and kind.strip() == name:
            return command.strip()
    raise LaunchError(f"{procfile} names no process {name}.")


class SiteProcess(Part):
    """A process of the Procfile; ready when `is_ready` says so, by default at once."""

    stop_seconds = 1.8

    def __init__(
        self,
        name: str,
        env: Mapping[str, str],
        *,
        ready: Callable[[], bool] = lambda: True,
        log: LogSink = discard,
    ) -> None:
        super().__init__(name, log)
        self._env = env
        self._ready = ready

    def prepare(self) -> None:
        """Nothing to do."""

    def command(self) -> Command:
        """The Procfile's command, where `python` is the one that runs us."""
        shell = ("/bin/sh", "-c", procfile_command(self.name))
        return Command(argv=shell, env=self._env, cwd=PROJECT)

    def is_ready(self) -> bool:
        """Asks the function given."""
        return self._ready()


def environment_for_site(base: Mapping[str, str]) -> dict[str, str]:
    """`base` with what every Python process of ours wants."""
    programs = str(Path(sys.executable).parent)
    return {
        **base,
        "PATH": f"{programs}:{base.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        # glibc gives each thread an arena of its own otherwise: tens of MB with 64 threads.
        "MALLOC_ARENA_MAX": "2",
        # Celery warns root at each start; here root is as welcome as anybody.
        "PYTHONWARNINGS": "ignore::RuntimeWarning:celery.platforms",
        "EMBEDDED": "1",
    }


class ManageCommand:
    """`manage.py` with arguments, running; its lines of JSON are kept, all others are logged."""

    def __init__(self, *arguments: str, env: Mapping[str, str], log: LogSink) -> None:
        self._arguments = arguments
        self._log = log
        self._answer = ""
        argv = (sys.executable, str(PROJECT / "manage.py"), *arguments)
        self.child = Child(Command(argv=argv, env=env, cwd=PROJECT), self._take)

    def answer(self) -> dict[str, object]:
        """The last JSON object it wrote, {} if none. Raises LaunchError if it failed."""
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
