"""The progress of a run between two writes of its worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistants_app.models import Message, RunStep
from assistants_app.services.runs.provider_calls import AttributedCall

Content = list[dict[str, Any]]
Calls = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a turn of the model has produced since the worker's last write.

    `texts` is the content of open messages by id, and `calls` the tool calls of open steps by id,
    both in the form of the vendor's objects. `usage` is added to that of the step and the run.
    `opened` are the message and step that are still open, which a crash of the database may lose.
    `model_call` is stored in the same transaction, so it's neither lost nor stored twice.
    """

    texts: Mapping[str, Content] = field(default_factory=dict)
    calls: Mapping[str, Calls] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    opened: tuple[Message | RunStep, ...] = ()
    model_call: AttributedCall | None = None
