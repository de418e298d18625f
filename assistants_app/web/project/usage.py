"""The usage page: tokens, cost and times of the runs of a period."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.configurations.origins import COMPARE
from assistants_app.domain.documents.cells import csv_line, with_apostrophe
from assistants_app.models import Project, Run
from assistants_app.queries.project.usage import (
    ALL_RUNS,
    Spread,
    Usage,
    UsageFilter,
    UsageReport,
    UsageRow,
    runs_of_usage,
    usage_report,
    usage_rows,
)
from assistants_app.rendering.components.badges import Badge, origin_word, run_badge
from assistants_app.services.people.exports import note_export
from assistants_app.templatetags.moments import render_day
from assistants_app.web.http import download, project_view
from assistants_app.web.project.csv_lines import csv_dollars
from assistants_app.web.project.usage_query import (
    NO_PERSON,
    SITE,
    USUAL_DAYS,
    Links,
    Range,
    key_names,
    labels_of_assistants,
    name_of_key,
    names_by_person,
    parse_filter,
    parse_range,
    who_choices,
)

MOST_RUNS = 100
MOST_LINES = 50  # of a table, which begins with the most tokens. The CSV file has all.

Key = TypeVar("Key", str, int)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a table. `link` narrows the page to it, and `errors_link` lists its errors."""

    name: str
    usage: Usage
    link: str
    errors_link: str


@project_view("GET", verb="read")
def usage(request: HttpRequest, project: Project) -> HttpResponse:
    """Charts and tables of the days in the query string, of the last 30 without one.

    ``assistant``, ``model``, ``key``, ``origin`` and ``person`` narrow them, and ``errors`` lists
    the runs that went wrong.
    """
    days = parse_range(request, project)
    narrow = parse_filter(request)
    report = usage_report(project, days.first, days.last, narrow)
    only_wrong = bool(request.GET.get("errors"))
    shows_runs = only_wrong or narrow != ALL_RUNS
    whole = report if narrow == ALL_RUNS else usage_report(project, days.first, days.last)
    names = labels_of_assistants(project, {*whole.assistants, *report.assistants})
    link = Links(days, narrow)
    today = project.today()
    context = {
        "project": project,
        "section": "usage",
        "days": days,
        "narrow": narrow,
        "filtered": shows_runs,
        "usual": [link.period(count, today) for count in USUAL_DAYS],
        "whole": report.whole,
        "unpriced_models": sum(item.unpriced for item in report.models.values()),
        "errors_link": link.errors(),
        "query": link.query(),
        **_tables(project, report, names, link),
        "assistant_choices": [(key, names.get(key, key)) for key in whole.assistants],
        "model_choices": [model for model in whole.models if model],
        **who_choices(project, narrow, keys=whole.keys, people=whole.people),
        "only_wrong": only_wrong,
        "runs": _listed_runs(project, days, narrow, names, only_wrong) if shows_runs else [],
        "most_runs": MOST_RUNS,
        "most_lines": MOST_LINES,
        "left_out": _left_out(report),
        "chart": _chart_columns(report, days),
    }
    return render(request, "usage/index.html", context)


def _tables(
    project: Project, report: UsageReport, names: Mapping[str, str], link: Links
) -> dict[str, list[_Line]]:
    """Return the lines of each table."""
    keys, people = key_names(project), names_by_person(report.people)
    return {
        "by_day": [
            _Line(render_day(day), report.days[day], *link.of_day(day))
            for day in sorted(report.days, reverse=True)
        ],
        "by_assistant": [
            _Line(names.get(key, key), item, *link.of(assistant=key))
            for key, item in _most(report.assistants)
        ],
        "by_model": [
            _Line(model, item, *link.of(model=model))
            if model
            else _Line(_("Hidden until you vote"), item, *link.of(origin=COMPARE))
            for model, item in _most(report.models)
        ],
        "by_key": [
            _Line(name_of_key(keys, key), item, *link.of(key=key or SITE))
            for key, item in _most(report.keys)
        ],
        "by_origin": [
            _Line(origin_word(origin), item, *link.of(origin=origin))
            for origin, item in report.origins.items()
        ],
        "by_person": [
            _Line(people[person], item, *link.of(person=str(person or NO_PERSON)))
            for person, item in _most(report.people)
        ]
        if people
        else [],
    }


def _left_out(report: UsageReport) -> dict[str, int]:
    kinds: dict[str, Sized] = {
        "assistant": report.assistants,
        "model": report.models,
        "key": report.keys,
        "person": report.people,
    }
    return {name: max(len(lines) - MOST_LINES, 0) for name, lines in kinds.items()}


def _most(lines: Mapping[Key, Usage]) -> Iterator[tuple[Key, Usage]]:
    return islice(lines.items(), MOST_LINES)


@project_view("GET", verb="read")
def usage_csv(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the usage, with a line for each day, assistant, model, key, origin and person."""
    days = parse_range(request, project)
    rows = usage_rows(project, days.first, days.last, parse_filter(request))
    # Other requests have no assistant.
    ids = {row.assistant_id for row in rows if row.assistant_id}
    names = labels_of_assistants(project, ids)
    keys, people = key_names(project), names_by_person({row.person_id for row in rows})
    lines = _csv_lines(rows, names, keys, people)
    note_export(project=project, kind="usage")
    name = f"usage-{days.first.isoformat()}-{days.last.isoformat()}.csv"
    return download(lines, name, "text/csv; charset=utf-8")


CSV_COLUMNS = (
    *("day", "assistant_id", "assistant", "model", "api_key", "runs", "errors"),
    *("prompt_tokens", "cached_tokens", "completion_tokens", "estimated", "cost_dollars"),
    *("direct_requests", "origin", "person"),
)


def _csv_lines(
    rows: Iterable[UsageRow],
    names: Mapping[str, str],
    keys: Mapping[str, str] | None,
    people: Mapping[int, str] | None,
) -> Iterator[str]:
    yield csv_line(CSV_COLUMNS)
    for row in rows:
        item = row.usage
        cost = csv_dollars(item.cost, unpriced=item.unpriced)
        texts = (
            *(row.assistant_id, names.get(row.assistant_id, "")),
            *(row.model, name_of_key(keys, row.key_id)),
        )
        counts = (item.runs, item.errors, item.prompt, item.cached, item.completion)
        estimated = "yes" if item.estimated else "no"
        line = (row.day.isoformat(), *map(with_apostrophe, texts), *counts, estimated, cost)
        person = people[row.person_id] if people else ""
        yield csv_line((*line, item.calls, row.origin, with_apostrophe(person)))


@dataclass(frozen=True, slots=True)
class _ListedRun:
    run: Run
    badge: Badge
    assistant: str
    tokens: int
    seconds: float | None
    waited: float


def _listed_runs(
    project: Project,
    days: Range,
    narrow: UsageFilter,
    names: Mapping[str, str],
    only_wrong: bool,
) -> list[_ListedRun]:
    found = runs_of_usage(
        project, days.first, days.last, narrow, only_wrong=only_wrong, limit=MOST_RUNS
    )
    return [
        _ListedRun(
            run=run,
            badge=run_badge(run.status),
            assistant=names.get(run.assistant_id, run.assistant_id),
            tokens=run.usage.get("prompt_tokens", 0) + run.usage.get("completion_tokens", 0),
            seconds=(end - run.created_at - waited).total_seconds() if end else None,
            waited=waited.total_seconds(),
        )
        for run, waited in found
        for end in [run.completed_at or run.failed_at or run.cancelled_at]
    ]


def _chart_columns(report: UsageReport, days: Range) -> dict[str, list[Any]]:
    """Return the charts' columns, with one value per day. Times are in seconds."""
    every = [days.first + timedelta(days=number) for number in range(_number_of_days(days))]
    usages = [report.days.get(day, Usage()) for day in every]
    return {
        # The chart's axis is in UTC, so a day is drawn as itself in every reader's zone.
        "days": [
            int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in every
        ],
        "prompt": [item.prompt for item in usages],
        "completion": [item.completion for item in usages],
        "runs": [item.runs for item in usages],
        "errors": [item.errors for item in usages],
        "cost": [float(item.cost or 0) for item in usages],
        "median": [_spread_value(item.total, 0) for item in usages],
        "slow": [_spread_value(item.total, 1) for item in usages],
    }


def _number_of_days(days: Range) -> int:
    return (days.last - days.first).days + 1


def _spread_value(spread: Spread | None, place: int) -> float | None:
    return None if spread is None else round(spread[place], 3)
