"""What is kept of a run's events when their log expires: names, times and sizes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from assistants_app.models.fields import WireField
from assistants_app.models.runs import Run


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event without its data. `milliseconds`: since 1970. `size`: of its data, in bytes."""

    name: str
    milliseconds: int
    size: int


def packed(events: Iterable[KeptEvent]) -> dict[str, Any]:
    """Return the events as JSON.

    `names` has each name once. `events` has three numbers per event: the place of its name,
    milliseconds since the event before (the first: since 1970), and its size.
    """
    # Flat, as an object per event takes five times as long to write, and six times the space.
    names: dict[str, int] = {}
    numbers: list[int] = []
    before = 0
    for event in events:
        numbers += (
            names.setdefault(event.name, len(names)),
            event.milliseconds - before,
            event.size,
        )
        before = event.milliseconds
    return {"names": list(names), "events": numbers}


def unpacked(kept: dict[str, Any]) -> Iterator[KeptEvent]:
    """Yield the events that were packed."""
    names, numbers = kept["names"], iter(kept["events"])
    milliseconds = 0
    for name, after, size in zip(numbers, numbers, numbers, strict=True):
        milliseconds += after
        yield KeptEvent(names[name], milliseconds, size)


class KeptEvents(models.Model):
    """The names, times and sizes of a run's events. Their log expires soon after the run."""

    run = models.OneToOneField(
        Run, on_delete=models.CASCADE, primary_key=True, related_name="kept_events"
    )
    events = WireField()

    class Meta:
        db_table = "kept_events"

    def __str__(self) -> str:
        return self.run_id

    def listed(self) -> Iterator[KeptEvent]:
        """Yield the events in their order."""
        return unpacked(self.events)
