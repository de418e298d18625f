"""What has changed in a project, in words for its open pages: they ask for the rest themselves."""

import json
import os
import threading
import time
from collections.abc import Callable, Collection
from typing import Final

from assistants_app.events.broadcasts import broadcast, hear

CHANNEL = "project-changed"
# Topics. A page has a trigger for each, such as `threads-changed`.
ASSISTANTS: Final = "assistants"
THREADS: Final = "threads"
STORES: Final = "stores"
EXPERIMENTS: Final = "experiments"
MEMBERS: Final = "members"
BELL: Final = "bell"
COMMENTS: Final = "comments"  # on instructions
PEOPLE: Final = "people"  # where people are, see whereabouts.py

# Between two messages of a process. A program that creates 1,000 threads a second makes two.
PAUSE_SECONDS = 0.5

Changes = dict[str, Collection[str]]  # topics by project


def project_changed(project_id: str, *topics: str) -> None:
    """Let the project's open pages know soon. Never waits.

    Call it once the change is committed. A lost message does no harm: a page that is loaded shows
    the change.
    """
    _sender.add(project_id, topics)


class _Sender:
    """Collects what has changed, and sends it all together."""

    def __init__(self) -> None:
        self._begin()
        # A forked process has no such thread, and its parent sends what is collected here.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._changes: dict[str, set[str]] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, project_id: str, topics: Collection[str]) -> None:
        """Send these topics soon."""
        with self._condition:
            self._changes.setdefault(project_id, set()).update(topics)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._send_forever, name="project-changes", daemon=True
                )
                self._thread.start()
            self._condition.notify()

    def _send_forever(self) -> None:
        while True:
            with self._condition:
                while not self._changes:
                    self._condition.wait()
                changes, self._changes = self._changes, {}
            payload = {project_id: sorted(topics) for project_id, topics in changes.items()}
            broadcast(CHANNEL, json.dumps(payload).encode())
            time.sleep(PAUSE_SECONDS)


_sender = _Sender()


class Listener:
    """Takes changes of projects with `take`, or None if some may have been missed."""

    def __init__(self, take: Callable[[Changes | None], None]) -> None:
        self._take = take

    def listen(self) -> None:
        """Take the changes in the running event loop from now on."""
        hear(CHANNEL, self._take_payload)

    def _take_payload(self, payload: bytes | None) -> None:
        self._take(None if payload is None else json.loads(payload))
