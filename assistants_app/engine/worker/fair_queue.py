"""A queue in which projects take turns."""

from collections import deque
from collections.abc import Callable


class FairQueue:
    """Run ids that wait, oldest first within their project.

    Each project gives one run at a time, however many it has waiting.
    """

    def __init__(self) -> None:
        # Projects in the order of their turns. None of them is empty.
        self._waiting: dict[str, deque[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, project_id: str, run_id: str) -> None:
        """Add a run as the last of its project."""
        self._waiting.setdefault(project_id, deque()).append(run_id)

    def take(self, may_start: Callable[[str], bool]) -> str | None:
        """Remove and return the next run, or None if there is none.

        Projects for which `may_start` is false are passed over, and keep their turn.
        """
        for project_id, runs in self._waiting.items():
            if may_start(project_id):
                # Its next turn comes after those of the others.
                del self._waiting[project_id]
                run_id = runs.popleft()
                if runs:
                    self._waiting[project_id] = runs
                return run_id
        return None

    def clear(self) -> list[str]:
        """Remove and return all runs."""
        runs = [run_id for waiting in self._waiting.values() for run_id in waiting]
        self._waiting.clear()
        return runs
