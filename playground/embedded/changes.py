"""Restarts what a change of the code concerns, for `make dev`."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread

from playground.embedded.errors import LaunchError
from playground.embedded.options import PROJECT
from playground.embedded.part import Part
from playground.embedded.probe import OK
from playground.embedded.supervisor import Supervisor
from playground.embedded.watch import Watch

APP, SITE = PROJECT / "assistants_app", PROJECT / "playground"
MIGRATIONS = APP / "migrations"
SANDBOX = APP / "sandbox"
SCRIPTED = SITE / "embedded" / "scripted"
POLL_SECONDS = 0.02
READY_SECONDS = 20.0


class Changes:
    """Watches the code and restarts the site. Templates and static files need no restart.

    `status`: the HTTP status of a request to the web server, None if it doesn't answer.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        say: Callable[[str], None],
        *,
        web: Part,
        status: Callable[[], int | None],
        workers: list[Part],
        interpreter: Part | None,
        model: Part | None,
        migrate: Callable[[], object],
    ) -> None:
        self._supervisor = supervisor
        self._say = say
        self._web = web
        self._status = status
        self._workers = workers
        self._interpreter = interpreter
        self._model = model
        self._migrate = migrate
        self._watch = Watch(APP, SITE)

    def apply(self) -> None:
        """Restart what the changes since the last call concern, and wait until it serves."""
        changed = self._watch.changed()
        if not changed:
            return
        began = time.monotonic()
        first = min(changed).relative_to(PROJECT)
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        if _any_in(MIGRATIONS, changed):
            try:
                self._migrate()
            except LaunchError as error:
                self._say(f"{error}. The site keeps running on the old code.")
                return
        self._restart([self._web, *self._other_parts(changed)])
        status = self._wait_for_web()
        if status == OK:
            self._say(
                f"Restarted in {time.monotonic() - began:.1f} s after a change: {first}{more}"
            )
        elif status is not None:
            self._say(f"The site answers with status {status}. Its log says why.")
        # Only now: on two cores, workers that start would slow the page's start down.
        self._restart(self._workers)

    def _other_parts(self, changed: set[Path]) -> list[Part]:
        parts = []
        if self._interpreter is not None and _any_in(SANDBOX, changed):
            parts.append(self._interpreter)
        if self._model is not None and _any_in(SCRIPTED, changed):
            parts.append(self._model)
        return parts

    def _restart(self, parts: list[Part]) -> None:
        threads = [Thread(target=self._supervisor.restart, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _wait_for_web(self) -> int | None:
        """Return the first status, or None if the server has ended; the supervisor reports that."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self._supervisor.is_broken(self._web):
            child = self._web.child
            # The first answer decides: an error in a page's module only shows with a request, and
            # each further request would log it again.
            if child is not None and child.is_alive() and (status := self._status()) is not None:
                return status
            self._supervisor.pause(POLL_SECONDS)
        return None


def _any_in(folder: Path, paths: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for path in paths)
