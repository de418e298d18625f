"""Parameters of paged lists."""

from dataclasses import dataclass

from assistants_app.domain import limits


@dataclass(frozen=True, slots=True)
class PageParams:
    """A page of a list: at most `limit` items after or before an id, newest or oldest first."""

    limit: int = limits.PAGE_DEFAULT
    order: str = "desc"
    after: str | None = None
    before: str | None = None
