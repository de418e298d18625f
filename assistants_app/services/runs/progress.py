"""How far a run has come when its worker writes that down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistants_app.services.runs.provider_calls import AttributedCall

Content = list[dict[str, Any]]
Calls = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a turn of the model has produced since the worker last wrote.

    `texts` is the content of messages in progress, by message id, and `calls` the tool calls of
    steps in progress, by step id, both as the vendor's objects have them. `usage` is what to add
    to the usage of the step and of the run. `model_call` is kept in the same transaction, so that
    no request to a provider is lost or stored twice.
    """

    texts: Mapping[str, Content] = field(default_factory=dict)
    calls: Mapping[str, Calls] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    model_call: AttributedCall | None = None
