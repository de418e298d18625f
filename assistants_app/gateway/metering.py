"""Count what models are asked for that isn't a run's own question, such as embeddings."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from assistants_app.domain.money.prices import Place

# Why a model was asked. The API's own requests have their path instead.
INDEXING, SEARCH, REWRITING, FUNCTION = "indexing", "search", "rewriting", "function"
CHECK = "check"


@dataclass(slots=True)
class ModelUse:
    """What a model was asked for. `usage` has the names of a run's."""

    kind: str
    model: str
    place: Place
    started_at: datetime
    ended_at: datetime
    usage: dict[str, int] = field(default_factory=dict)

    def add(self, usage: Mapping[str, int]) -> None:
        """Add the tokens of a request."""
        for name, count in usage.items():
            self.usage[name] = self.usage.get(name, 0) + count


class Meter:
    """Collects what models use for one purpose of a project.

    `allow` is called before each question, and raises an error if no more may be used.
    """

    def __init__(self, allow: Callable[[], object] = lambda: None) -> None:
        self._allow = allow
        self._uses: dict[tuple[str, str, Place], ModelUse] = {}

    @contextmanager
    def asking(self, kind: str, model: str, place: Place) -> Iterator[ModelUse]:
        """Yield what the tokens of a question to the model are added to."""
        self._allow()
        now = datetime.now(UTC)
        # A file is one entry, although it's embedded in many requests.
        use = self._uses.setdefault((kind, model, place), ModelUse(kind, model, place, now, now))
        try:
            yield use
        finally:
            use.ended_at = datetime.now(UTC)

    @property
    def uses(self) -> list[ModelUse]:
        """What was used until now."""
        return [use for use in self._uses.values() if use.usage]
