"""Which page of a list is asked for."""

from dataclasses import dataclass

from assistants_app.domain import limits


@dataclass(frozen=True, slots=True)
class PageParams:
    """Which page of a list: at most `limit` items after or before an id, newest first or last."""

    limit: int = limits.PAGE_DEFAULT
    order: str = "desc"
    after: str | None = None
    before: str | None = None
