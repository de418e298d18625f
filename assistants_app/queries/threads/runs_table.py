"""Runs of a period in the orders that a table can be sorted by, with their cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    DateTimeField,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    Field,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Now

from assistants_app.domain.lists import PageParams, Sort
from assistants_app.domain.money.prices import NONE
from assistants_app.models import Message, Project, Run, RunStep
from assistants_app.queries.pages import Page, order_of, read_numbered_page, read_page
from assistants_app.queries.project.usage import NOBODY, WRONG, UsageFilter, runs_in_usage
from assistants_app.queries.run_costs import COUNTED, RunCost, is_rough
from assistants_app.queries.threads.threads import TITLE, title_of_content

EACH = 50
BATCH = 500
WRONG_ONES = "wrong"  # as a status: those that Usage counts as errors
NEWEST = Sort("created")


def _of_run(expression: str, field: "Field[Any, Any]") -> RawSQL:
    """Return a value from the tokens and the price of the query's row of the table "run"."""
    return RawSQL(f"(SELECT {expression} FROM (SELECT 1) one {COUNTED})", (), output_field=field)


_STEPS = RunStep.objects.filter(run=OuterRef("pk"), waits_since__isnull=False).order_by()
_STEP_END = Coalesce("completed_at", "failed_at", "cancelled_at", "expired_at", Now())
_WAITED = Coalesce(
    Subquery(
        _STEPS.values("run").annotate(sum=Sum(_STEP_END - F("waits_since"))).values("sum"),
        output_field=DurationField(),
    ),
    timedelta(),
)
_END = Coalesce("completed_at", "failed_at", "cancelled_at", output_field=DateTimeField())
_TIME = ExpressionWrapper(_END - F("created_at") - _WAITED, output_field=DurationField())
_TOKENS = _of_run("counted.prompt + counted.completion", BigIntegerField())
# As the index has it, so that the dearest are found without reading all.
_COST = ExpressionWrapper(F("cost"), output_field=DecimalField(max_digits=20, decimal_places=12))
SORTS: dict[str, Any] = {
    "created": F("created_at"),
    "tokens": _TOKENS,
    "cost": _COST,
    "time": _TIME,
}
_FIRST = Message.objects.filter(thread=OuterRef("thread"), role="user").order_by("pk")


@dataclass(frozen=True, slots=True)
class RunRow:
    """What a table shows of a run. `time` is None while it runs, and leaves out the time for which
    it `waited` for outputs of functions.
    """

    run: Run
    title: str
    prompt: int
    cached: int
    completion: int
    estimated: bool
    cost: RunCost
    time: timedelta | None
    waited: timedelta

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class RunsOfDays:
    """The runs of the project's days from `first` to `last` that match the filter.

    `status` is one of a run, `WRONG_ONES`, or "" for all.
    """

    project: Project
    first: date
    last: date
    narrow: UsageFilter
    status: str = ""

    def count(self) -> int:
        """Return the number of runs."""
        return self._rows().count()

    def page(self, sort: Sort, number: int) -> Page[RunRow]:
        """Return a numbered page in this order."""
        found = read_numbered_page(self._detailed().order_by(*order_of(sort, SORTS)), number, EACH)
        return Page([_row(run) for run in found.items], found.has_more)

    def each(self) -> Iterator[RunRow]:
        """Yield all of the runs, newest first, page by page."""
        after: str | None = None
        while True:
            found = read_page(self._detailed(), PageParams(limit=BATCH, after=after))
            yield from map(_row, found.items)
            if not found.has_more:
                return
            after = found.items[-1].pk

    def models(self) -> list[str]:
        """Return the models of the days' runs, whatever the filter says."""
        rows = runs_in_usage(self.project, self.first, self.last).order_by("model")
        return list(rows.values_list("model", flat=True).distinct())

    def people(self) -> list[int]:
        """Return the IDs of who asked for the days' runs, whatever the filter says."""
        rows = runs_in_usage(self.project, self.first, self.last).order_by("person_id")
        found = rows.values_list("person_id", flat=True).distinct()
        return [person or NOBODY for person in found]

    def assistants(self) -> set[str]:
        """Return the IDs of the assistants of the days' runs, whatever the filter says."""
        rows = runs_in_usage(self.project, self.first, self.last).order_by()
        # A model may have run without an assistant.
        return set(rows.values_list("assistant_id", flat=True).distinct()) - {""}

    def _rows(self) -> "QuerySet[Run]":
        rows = runs_in_usage(self.project, self.first, self.last, self.narrow)
        if self.status == WRONG_ONES:
            return rows.filter(status__in=WRONG)
        return rows.filter(status=self.status) if self.status else rows

    def _detailed(self) -> "QuerySet[Any]":
        # Without the instructions, which may have 256,000 characters.
        rows = self._rows().select_related("thread").defer("instructions", "reasoning")
        return rows.annotate(
            begins=Subquery(_FIRST.values("content")[:1]),
            cached=_of_run("counted.cached", BigIntegerField()),
            time=_TIME,
            waited=_WAITED,
        )


def _row(run: Any) -> RunRow:
    return RunRow(
        run=run,
        title=str(run.thread.metadata.get(TITLE) or title_of_content(run.begins)),
        prompt=run.usage.get("prompt_tokens", 0),
        cached=run.cached,
        completion=run.usage.get("completion_tokens", 0),
        estimated=bool(run.usage.get("estimated")),
        cost=RunCost(run.cost, run.cost_origin == NONE, is_rough(run)),
        time=run.time,
        waited=run.waited,
    )
