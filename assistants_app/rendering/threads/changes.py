"""What has changed in a thread since the last frame, and what is being written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistants_app.rendering.threads.growing import Operation


@dataclass(frozen=True, slots=True)
class PanelChanges:
    """Which panels beside the thread's rows have to be rendered from the database.

    `log`: the run log and the waiting messages. `outcome`: that of the current run. `number`
    is another one after each event that changes them. See :func:`.live.panel_operations`.
    """

    log: bool = False
    outcome: bool = False
    number: int = 0

    def __bool__(self) -> bool:
        return self.log or self.outcome


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes since the last call of :meth:`.live.LiveThread.take_changes`.

    `activity`: what the run does, if events know it better than the database, or "".
    `tokens`: operations that count in the run log, after it was rendered.
    """

    operations: list[Operation]
    announcement: str
    panels: PanelChanges
    activity: str = ""
    tokens: Sequence[Operation] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Everything that is being written at one moment, by the ID of its row.

    `reasoning` and `cards` (of tool calls) are operations that draw the row. `bodies` are the HTML
    so far of messages. `activity` is as in :class:`Changes`.
    """

    reasoning: Mapping[str, Operation]
    bodies: Mapping[str, str]
    cards: Mapping[str, Operation]
    activity: str = ""

    def operations(self, *, without: Iterable[str] = ()) -> list[Operation]:
        """Return operations that bring any page up to date, except for these rows."""
        bodies: dict[str, Operation] = {
            message_id: {"op": "inner", "id": f"body-{message_id}", "html": html}
            for message_id, html in self.bodies.items()
        }
        rows = [*self.reasoning.items(), *bodies.items(), *self.cards.items()]
        ended = set(without)
        return [operation for row_id, operation in rows if row_id not in ended]
