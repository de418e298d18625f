"""The recorded example as rows and events with new IDs, whose run has just ended.

``python -m tests.recorded_example`` records it.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.db import models
from django.utils import timezone

from assistants_app.domain.ids import new_id, sort_key
from assistants_app.events.log import Event, position

RECORDING = Path(__file__).with_name("recorded_example.json")
_OBJECT_ID = re.compile(r"\b([a-z]+)([_-])[0-9A-Za-z]{24}\b")
SECOND = timedelta(seconds=1)
_ENDS_AT = "_at"  # of the names of times, which are seconds since 1970 in events

AnyModel = TypeVar("AnyModel", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded: columns of rows by the model's name, bytes of files by ID, and events."""

    columns: Mapping[str, list[dict[str, Any]]]
    contents: Mapping[str, bytes]
    events: list[Event]
    shift: timedelta

    def rows(self, model: type[AnyModel], /, **more: Any) -> list[AnyModel]:
        """Return the unsaved rows of a table. `more` replaces columns."""
        return [
            model(**{**self._on_time(model, columns), **more})
            for columns in self.columns[model.__name__]
        ]

    def _on_time(self, model: type[models.Model], columns: dict[str, Any]) -> dict[str, Any]:
        times = {
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.DateTimeField)
        }
        return {
            name: datetime.fromisoformat(value) + self.shift if value and name in times else value
            for name, value in columns.items()
        }


def fresh_recording() -> Recording:
    """Return the recording with IDs that no other copy of it has, as if it had just ended."""
    text = RECORDING.read_text(encoding="utf-8")
    recorded = json.loads(_with_new_ids(text))
    # Whole seconds, like the times in events.
    shift = (timezone.now() - datetime.fromisoformat(recorded["ended_at"])) // SECOND * SECOND
    return Recording(
        columns=recorded["rows"],
        contents={key: base64.b64decode(value) for key, value in recorded["bytes"].items()},
        events=list(_events(recorded["events"], shift)),
        shift=shift,
    )


def _with_new_ids(text: str) -> str:
    found = {match[0]: (match[1], match[2]) for match in _OBJECT_ID.finditer(text)}
    # In their old order: the rows of a thread are in the order of their IDs, whatever their kind.
    new = {
        old: new_id(*found[old])
        for old in sorted(found, key=lambda old: sort_key(old.replace("-", "_", 1)))
    }
    return _OBJECT_ID.sub(lambda match: new[match[0]], text)


def _events(recorded: list[list[Any]], shift: timedelta) -> Iterator[Event]:
    seconds = shift // SECOND
    for seq, name, run_id, data in recorded:
        time, counter = position(seq)
        later = _later(data, seconds)
        yield Event(f"{time + 1000 * seconds}-{counter}", name, run_id, json.dumps(later))


def _later(value: Any, seconds: int) -> Any:
    if isinstance(value, list):
        return [_later(item, seconds) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: item + seconds
        if name.endswith(_ENDS_AT) and isinstance(item, int)
        else _later(item, seconds)
        for name, item in value.items()
    }
