"""Which part of a list is wanted: pages and filters."""

from dataclasses import dataclass, field
from datetime import datetime

from assistants_app.domain import limits
from assistants_app.domain.configurations.origins import LISTED


@dataclass(frozen=True, slots=True)
class ThreadFilter:
    """A filter that matches threads which meet all of its conditions. Empty ones don't count.

    `text` has words of a message; with `typed`, the last one may go on. `status` is that of the
    newest run, and `tool` is a type of tool or the name of a function that was called. `rating`: 1
    or -1, which somebody gave one of the replies. The times are inclusive. `origins`: where threads
    come from; those of comparisons and experiments have to be asked for.
    """

    text: str = ""
    typed: bool = False
    assistant_id: str = ""
    status: str = ""
    tool: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    rating: int = 0
    created_from: datetime | None = None
    created_until: datetime | None = None
    origins: tuple[str, ...] = LISTED


@dataclass(frozen=True, slots=True)
class PageParams:
    """A page of a list: at most `limit` items after or before an id, newest or oldest first."""

    limit: int = limits.PAGE_DEFAULT
    order: str = "desc"
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class AssistantFilter:
    """A filter that matches assistants which meet all of its conditions. Empty ones don't count.

    `text` is part of a name, or a whole ID.
    """

    text: str = ""
    model: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """The column that a table is sorted by, and whether its largest values come first."""

    column: str
    descending: bool = True
