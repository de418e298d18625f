"""Reads of the assistants that the site lists: in its column, its table and its choices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower

from assistants_app.domain.lists import AssistantFilter, PageParams, Sort
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Assistant, Project, Run
from assistants_app.queries.pages import Page, order_of, read_numbered_page, read_page
from assistants_app.queries.run_costs import NO_COST, RunCost, cost_order, costs_of

EACH = 50
CHOICES = 1000
MOST_PINNED = 100
NEVER = datetime.min.replace(tzinfo=UTC)
# Without the instructions, which may have 256,000 characters.
_SHOWN = ("id", "project", "created_at", "name", "model", "tools", "version_number")
_MARKS = ("pinned_at", "archived_at")
_RUNS = Run.objects.filter(assistant_id=OuterRef("pk"), project=OuterRef("project"))
_RUNS_BY_ASSISTANT = _RUNS.order_by().values("assistant_id")
_COUNT = Coalesce(Subquery(_RUNS_BY_ASSISTANT.values(count=Count("pk"))), 0)
_LAST_RUN = Subquery(_RUNS_BY_ASSISTANT.values(last=Max("created_at")))
SORTS: dict[str, Any] = {
    "name": Lower("name"),
    "model": F("model"),
    "runs": _COUNT,
    "cost": cost_order("assistant_id", "assistant"),
    "active": _LAST_RUN,
    "created": F("id"),
}
BY_CREATION = Sort("created")


def matching_assistants(project: Project, narrow: AssistantFilter) -> QuerySet[Assistant]:
    """Return the project's assistants that match the filter, with what lists show of them."""
    rows = Assistant.objects.filter(project=project, archived_at__isnull=not narrow.archived)
    if narrow.text:
        rows = rows.filter(Q(name__icontains=narrow.text) | Q(pk=narrow.text))
    if narrow.model:
        rows = rows.filter(model=narrow.model)
    return rows.only(*_SHOWN, *_MARKS)


def column_of_assistants(
    project: Project, text: str = "", *, after: str = "", pages: int = 1
) -> Page[Assistant]:
    """Return the pinned assistants and the newest others, or others older than `after`."""
    rows = matching_assistants(project, AssistantFilter(text))
    limit = EACH * pages
    others = rows.filter(pinned_at=None).order_by("-pk")
    if after:
        return read_page(others, PageParams(limit=limit, after=after))
    pinned = rows.filter(pinned_at__isnull=False).order_by("-pinned_at")
    # One query for both, each by its own index. A union is in no order.
    found = list(pinned[:MOST_PINNED].union(others[: limit + 1], all=True))
    found.sort(key=lambda item: (item.pinned_at or NEVER, item.pk), reverse=True)
    shown = sum(item.pinned_at is not None for item in found) + limit
    return Page(found[:shown], has_more=len(found) > shown)


def assistants_to_choose(project: Project, chosen: str = "") -> list[Assistant]:
    """Return the assistants of a choice in the column's order, and `chosen` even if archived."""
    rows = Assistant.objects.filter(project=project).only(*_SHOWN, *_MARKS)
    order = F("pinned_at").desc(nulls_last=True)
    found = list(rows.filter(archived_at=None).order_by(order, "-pk")[:CHOICES])
    if chosen and all(item.pk != chosen for item in found):
        found += rows.filter(pk=chosen)
    return found


def column_of_choices(choices: Sequence[Assistant]) -> Page[Assistant]:
    """Return the first page of `column_of_assistants` from these choices, without a query."""
    listed = [item for item in choices if item.archived_at is None]
    shown = sum(item.pinned_at is not None for item in listed) + EACH
    return Page(listed[:shown], has_more=len(listed) > shown)


@dataclass(slots=True)
class AssistantRow:
    """What a table of assistants shows of an assistant."""

    assistant: Assistant
    runs: int = 0
    last_run: datetime | None = None
    cost: RunCost = field(default=NO_COST)


def rows_of_assistants(
    project: Project, narrow: AssistantFilter, sort: Sort, number: int = 1
) -> Page[AssistantRow]:
    """Return a numbered page of the table."""
    rows: QuerySet[Any] = matching_assistants(project, narrow).annotate(
        runs_made=_COUNT, last_run=_LAST_RUN
    )
    page = read_numbered_page(rows.order_by(*order_of(sort, SORTS)), number, EACH)
    costs = costs_of("assistant_id", [item.pk for item in page.items])
    found = [
        AssistantRow(item, item.runs_made, item.last_run, costs.get(item.pk, NO_COST))
        for item in page.items
    ]
    return Page(found, page.has_more)


def models_in_use(project: Project) -> list[str]:
    """Return the models of the project's assistants, ordered by name."""
    rows = Assistant.objects.filter(project=project).order_by("model")
    return list(rows.values_list("model", flat=True).distinct())


def functions_in_use(project: Project) -> list[str]:
    """Return the names of the functions that the project's newest assistants have."""
    newest = Assistant.objects.filter(project=project, archived_at=None).order_by("-pk")
    tools = [tool for one in newest.values_list("tools", flat=True)[:EACH] for tool in one]
    return sorted({tool["function"]["name"] for tool in tools if tool["type"] == FUNCTION})


def found_assistants(project: Project, assistant_ids: Iterable[str]) -> list[Assistant]:
    """Return those of the assistants that exist, whole, newest first."""
    rows = Assistant.objects.filter(project=project, pk__in=list(assistant_ids))
    return list(rows.order_by("-pk"))
