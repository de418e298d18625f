"""The runs page: a table of runs with their cost, tokens and times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain import run_status
from assistants_app.domain.documents.cells import csv_line, with_apostrophe
from assistants_app.models import Project
from assistants_app.queries.project.usage import ALL_RUNS, NOBODY
from assistants_app.queries.threads.runs_table import NEWEST, WRONG_ONES, RunRow, RunsOfDays
from assistants_app.rendering.components.badges import Badge, run_badge, run_word
from assistants_app.services.people.exports import note_export
from assistants_app.web.http import download, playground_url, project_view, whole_number
from assistants_app.web.project.csv_lines import csv_dollars
from assistants_app.web.project.usage_query import (
    USUAL_DAYS,
    Links,
    key_names,
    labels_of_assistants,
    name_of_key,
    names_by_person,
    parse_filter,
    parse_range,
    who_choices,
)
from assistants_app.web.tables import Column, TableState, ignored_in, sort_of

FILTERS = ("from", "until", "assistant", "model", "key", "origin", "person", "status")
COLUMNS = (
    Column(gettext_lazy("Created"), "created", descends=True),
    Column(gettext_lazy("Cost"), "cost", numeric=True, descends=True),
    Column(gettext_lazy("Tokens"), "tokens", numeric=True, descends=True),
    Column(gettext_lazy("Run time, s"), "time", numeric=True, descends=True),
    Column(gettext_lazy("Status")),
    Column(gettext_lazy("Thread")),
    Column(gettext_lazy("Assistant")),
    Column(gettext_lazy("Model")),
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the table with its words and links."""

    row: RunRow
    badge: Badge
    assistant: str
    thread_url: str


@project_view("GET", verb="read")
def runs(request: HttpRequest, project: Project) -> HttpResponse:
    """List the runs of the days in the query string, of the last 30 without any.

    ``assistant``, ``model``, ``key``, ``origin``, ``person`` and ``status`` narrow them, and
    ``sort`` orders them.
    """
    days, narrow = parse_range(request, project), parse_filter(request)
    found = RunsOfDays(project, days.first, days.last, narrow, _status(request))
    values = {name: request.GET.get(name, "") for name in FILTERS}
    state = TableState(
        reverse("runs", args=[project.id]), values, sort_of(request.GET, COLUMNS, NEWEST), NEWEST
    )
    number = max(whole_number(request.GET.get("page", "")) or 1, 1)
    page = found.page(state.sort, number)
    names = labels_of_assistants(project, found.assistants())
    keys = key_names(project)
    today = project.today()
    context = {
        "project": project,
        "section": "usage",
        "days": days,
        "narrow": narrow,
        "status": found.status,
        "statuses": _statuses(),
        "usual": [Links(days, narrow).period(count, today) for count in USUAL_DAYS],
        "query": Links(days, narrow).query(status=found.status),
        "usage_query": Links(days, narrow).query(),
        "filtered": narrow != ALL_RUNS or bool(found.status),
        "assistant_choices": sorted(names.items(), key=lambda item: item[1].lower()),
        "model_choices": found.models(),
        **who_choices(project, narrow, keys=["", *(keys or {})], people=found.people()),
        "count": found.count(),
        "ignored": ignored_in(
            request.GET,
            FILTERS,
            COLUMNS,
            refused=["status"] if values["status"] != found.status else [],
        ),
        "headings": state.headings(COLUMNS),
        "sort": state.sort_text,
        "lines": [_line(project, names, row) for row in page.items],
        "previous": state.url(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        "next": state.url(page=str(number + 1)) if page.has_more else "",
    }
    return render(request, "usage/runs.html", context)


def _status(request: HttpRequest) -> str:
    status = request.GET.get("status", "")
    return status if status in {known for known, _word in _statuses()} else ""


def _statuses() -> list[tuple[str, str]]:
    return [
        *((status, run_word(status)) for status in run_status.ALL),
        (WRONG_ONES, _("Failed or expired")),
    ]


def _line(project: Project, names: dict[str, str], row: RunRow) -> _Line:
    run = row.run
    return _Line(
        row=row,
        badge=run_badge(run.status),
        assistant=names.get(run.assistant_id, run.assistant_id),
        thread_url=playground_url(project, a=run.assistant_id, t=run.thread_id, r=run.id),
    )


CSV_COLUMNS = (
    *("created", "run_id", "thread_id", "assistant_id", "assistant", "model", "api_key", "status"),
    *("prompt_tokens", "cached_tokens", "completion_tokens", "estimated", "cost_dollars"),
    *("run_seconds", "waited_seconds", "origin", "person"),
)


@project_view("GET", verb="read")
def runs_csv(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the runs that the page lists on all of its pages, newest first."""
    days = parse_range(request, project)
    found = RunsOfDays(project, days.first, days.last, parse_filter(request), _status(request))
    name = f"runs-{days.first.isoformat()}-{days.last.isoformat()}.csv"
    note_export(project=project, kind="run", count=found.count())
    return download(_csv_lines(project, found, key_names(project)), name, "text/csv; charset=utf-8")


def _csv_lines(
    project: Project, found: RunsOfDays, keys: Mapping[str, str] | None
) -> Iterator[str]:
    names = labels_of_assistants(project, found.assistants())
    people = names_by_person(found.people()) or {}
    yield csv_line(CSV_COLUMNS)
    for row in found.each():
        run = row.run
        texts = (
            *(run.assistant_id, names.get(run.assistant_id, "")),
            *(run.model, name_of_key(keys, run.api_key_id), run.status),
        )
        times = (
            "" if row.time is None else f"{row.time.total_seconds():.3f}",
            f"{row.waited.total_seconds():.3f}",
        )
        yield csv_line(
            (
                *(run.created_at.isoformat(timespec="seconds"), run.id, run.thread_id),
                *map(with_apostrophe, texts),
                *(row.prompt, row.cached, row.completion),
                "yes" if row.estimated else "no",
                csv_dollars(row.cost.cost, unpriced=row.cost.unpriced),
                *(*times, run.origin, with_apostrophe(people.get(run.person_id or NOBODY, ""))),
            )
        )
