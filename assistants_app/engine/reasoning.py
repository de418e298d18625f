"""The reasoning that a model writes before its answer."""

from assistants_app.domain.ids import new_id
from assistants_app.events import publish
from assistants_app.models import Run


class Reasoning:
    """A model's reasoning while it streams in.

    It isn't part of a message. It belongs to the step that follows it, or to the run if no step
    follows.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._id = ""
        self._pieces: list[str] = []

    def write(self, text: str) -> None:
        """Publish another piece."""
        self._id = self._id or new_id("reasoning")
        self._pieces.append(text)
        publish.more_reasoning(self._run.thread_id, self._run.id, self._id, text)

    def value(self) -> dict[str, str] | None:
        """Return the ``id`` and ``text`` so far, or None if the model hasn't reasoned."""
        return {"id": self._id, "text": "".join(self._pieces)} if self._pieces else None

    def clear(self) -> None:
        """Start again for the next step."""
        self._id, self._pieces = "", []
