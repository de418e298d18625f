"""Frozen configurations: everything that a run is started with, independent of all other rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from assistants_app.domain.configurations.canonical import canonical_json

RUN_FIELDS: Final = (
    *("model", "instructions", "tools", "tool_resources", "temperature", "top_p"),
    *("reasoning_effort", "response_format", "tool_choice", "parallel_tool_calls"),
    *("truncation_strategy", "max_prompt_tokens", "max_completion_tokens"),
)
"""What a run is started with, named after the run's columns."""

# Models write an object's properties in the order of its schema (docs/adr/0003), so configurations
# that differ in it are two.
_ORDERED: Final = ("tools", "response_format")


def digest(configuration: Mapping[str, Any]) -> str:
    """Return a hash that two configurations share if a run of each starts with the same."""
    texts = {
        name: canonical_json(value, keeps_order=name in _ORDERED)
        for name, value in configuration.items()
    }
    return hashlib.sha256(canonical_json(texts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FrozenConfiguration:
    """A configuration as it was at one moment.

    `values` has `RUN_FIELDS`. The others say where the values come from: a version of an assistant
    or a person's draft that began from it, or, without an `assistant_id`, a model alone. All of
    them may have been deleted since. The digest is that of the values, so a draft and the version
    that it becomes have the same.
    """

    values: dict[str, Any]
    assistant_id: str = ""
    version_number: int = 0
    used_draft: bool = False
    draft_author_id: int | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest(self.values))

    def as_json(self) -> dict[str, Any]:
        """Return the configuration for a `WireField`, which keeps the order of keys."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "FrozenConfiguration":
        """Return what :meth:`as_json` returned."""
        return cls(**{name: value for name, value in stored.items() if name != "digest"})
