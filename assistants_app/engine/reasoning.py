"""What the model thinks before it answers."""

from assistants_app.domain.ids import new_id
from assistants_app.events import publish
from assistants_app.models import Run


class Reasoning:
    """Reasoning as it streams in.

    It is not part of a message: it belongs to the step that follows it, and to the run if no step
    does.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._id = ""
        self._pieces: list[str] = []

    def write(self, text: str) -> None:
        """Publish more of it."""
        self._id = self._id or new_id("reasoning")
        self._pieces.append(text)
        publish.more_reasoning(self._run.thread_id, self._run.id, self._id, text)

    def value(self) -> dict[str, str] | None:
        """Return its ``id`` and ``text``, or None if the model has not reasoned."""
        return {"id": self._id, "text": "".join(self._pieces)} if self._pieces else None

    def clear(self) -> None:
        """Forget it: what comes next belongs to another step."""
        self._id, self._pieces = "", []
