"""Turns: whoever waited longest for the last turn gets the next one."""

from collections.abc import Iterable

REMEMBERED = 1000  # of each kind; who is forgotten comes first again


class Turns:
    """When each project and each of their stores had its last turn."""

    def __init__(self) -> None:
        self._projects: dict[str, None] = {}
        self._stores: dict[str, None] = {}

    def take(self, *, project: str, store: str) -> None:
        """Note that the project and its store have a turn now."""
        _move_to_end(self._projects, project)
        _move_to_end(self._stores, store)

    @property
    def projects(self) -> list[str]:
        """Return the projects, the one that waits longest first."""
        return list(self._projects)

    @property
    def stores(self) -> list[str]:
        """Return the stores, the one that waits longest first."""
        return list(self._stores)


def _move_to_end(turns: dict[str, None], name: str) -> None:
    turns.pop(name, None)
    turns[name] = None
    _forget(turns, list(turns)[:-REMEMBERED])


def _forget(turns: dict[str, None], names: Iterable[str]) -> None:
    for name in names:
        del turns[name]
