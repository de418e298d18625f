"""The usage page: tokens, cost and times of the runs of a period."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.models import Project, Run
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.project.access import names_of_api_keys
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
from assistants_app.rendering.components.badges import Badge, run_badge
from assistants_app.web.http import download, project_view

USUAL_DAYS = (7, 30, 90)
SHOWN_DAYS = 30
MOST_DAYS = 366
MOST_RUNS = 100
MOST_LINES = 50  # of a table, which begins with the most tokens. The CSV file has all.
SITE = "playground"  # in the query string, the runs without an API key


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `first` to `last`, both included. `errors` are messages about the URL's dates."""

    first: date
    last: date
    errors: dict[str, str]


@project_view("GET")
def usage(request: HttpRequest, project: Project) -> HttpResponse:
    """Charts and tables of the days in the query string, of the last 30 without one.

    ``assistant``, ``model`` and ``key`` narrow them, and ``errors`` lists the runs that went wrong.
    """
    today = project.today()
    days = _parse_range(request.GET.get("from", ""), request.GET.get("until", ""), today)
    narrow = _parse_filter(request)
    report = usage_report(project, days.first, days.last, narrow)
    only_wrong = bool(request.GET.get("errors"))
    shows_runs = only_wrong or narrow != ALL_RUNS
    whole = report if narrow == ALL_RUNS else usage_report(project, days.first, days.last)
    keys = names_of_api_keys(project)
    names = names_of_assistants(project, set(whole.assistants))
    link = _Links(days, narrow)
    context = {
        "project": project,
        "section": "usage",
        "days": days,
        "narrow": narrow,
        "filtered": shows_runs,
        "usual": [_period_link(count, days, today, narrow) for count in USUAL_DAYS],
        "whole": report.whole,
        "unpriced_models": sum(item.unpriced for item in report.models.values()),
        "errors_link": link.errors(),
        "csv_query": link.query(),
        "by_day": [
            _Line(day.isoformat(), report.days[day], *link.of_day(day))
            for day in sorted(report.days, reverse=True)
        ],
        "by_assistant": [
            _Line(names.get(key, key), item, *link.of(assistant=key))
            for key, item in _most(report.assistants)
        ],
        "by_model": [
            _Line(model, item, *link.of(model=model)) for model, item in _most(report.models)
        ],
        "by_key": [
            _Line(_key_name(keys, key), item, *link.of(key=key or SITE))
            for key, item in _most(report.keys)
        ],
        "assistant_choices": [(key, names.get(key, key)) for key in whole.assistants],
        "model_choices": list(whole.models),
        "key_choices": [(key or SITE, _key_name(keys, key)) for key in whole.keys],
        "chosen_key": narrow.key if narrow.key is None else narrow.key or SITE,
        "only_wrong": only_wrong,
        "runs": _listed_runs(project, days, narrow, names, only_wrong) if shows_runs else [],
        "most_runs": MOST_RUNS,
        "most_lines": MOST_LINES,
        "left_out": {
            "assistant": max(len(report.assistants) - MOST_LINES, 0),
            "model": max(len(report.models) - MOST_LINES, 0),
            "key": max(len(report.keys) - MOST_LINES, 0),
        },
        "chart": _chart_columns(report, days),
    }
    return render(request, "usage/index.html", context)


def _most(lines: dict[str, Usage]) -> Iterator[tuple[str, Usage]]:
    return islice(lines.items(), MOST_LINES)


@project_view("GET")
def usage_csv(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the usage, with a line for each day, assistant, model and API key."""
    days = _parse_range(request.GET.get("from", ""), request.GET.get("until", ""), project.today())
    rows = usage_rows(project, days.first, days.last, _parse_filter(request))
    names = names_of_assistants(project, {row.assistant_id for row in rows})
    keys = names_of_api_keys(project)
    lines = _csv_lines(rows, names, keys)
    name = f"usage-{days.first.isoformat()}-{days.last.isoformat()}.csv"
    return download(lines, name, "text/csv; charset=utf-8")


CSV_COLUMNS = (
    *("day", "assistant_id", "assistant", "model", "api_key", "runs", "errors"),
    *("prompt_tokens", "cached_tokens", "completion_tokens", "estimated", "cost_dollars"),
)


def _csv_lines(
    rows: Iterable[UsageRow], names: Mapping[str, str], keys: Mapping[str, str]
) -> Iterator[str]:
    yield _csv_line(CSV_COLUMNS)
    for row in rows:
        item = row.usage
        # A cost that lacks the price of some tokens would look like the whole cost.
        cost = "" if item.cost is None or item.unpriced else f"{item.cost:f}"
        texts = (
            *(row.assistant_id, names.get(row.assistant_id, "")),
            *(row.model, _key_name(keys, row.key_id)),
        )
        counts = (item.runs, item.errors, item.prompt, item.cached, item.completion)
        estimated = "yes" if item.estimated else "no"
        yield _csv_line((row.day.isoformat(), *map(_no_formula, texts), *counts, estimated, cost))


def _csv_line(values: Iterable[Any]) -> str:
    line = StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _no_formula(text: str) -> str:
    """Return a text that a spreadsheet doesn't calculate."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _parse_filter(request: HttpRequest) -> UsageFilter:
    values = {
        name: request.GET.get(name, "").replace("\0", "") for name in ("assistant", "model", "key")
    }
    key = values.pop("key")
    return UsageFilter(**values, key=None if not key else "" if key == SITE else key)


def _key_name(keys: Mapping[str, str], key: str) -> str:
    return keys.get(key, key) if key else _("No key (playground)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a table. `link` narrows the page to it, and `errors_link` lists its errors."""

    name: str
    usage: Usage
    link: str
    errors_link: str


@dataclass(frozen=True, slots=True)
class _Links:
    days: Range
    narrow: UsageFilter

    def query(self, **changed: Any) -> str:
        """Return a query string for this page, with some of its values changed."""
        key = self.narrow.key
        values = {
            "from": self.days.first.isoformat(),
            "until": self.days.last.isoformat(),
            "assistant": self.narrow.assistant,
            "model": self.narrow.model,
            "key": "" if key is None else key or SITE,
            **changed,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def errors(self, **changed: Any) -> str:
        return self.query(**changed, errors="1") + "#runs"

    def of(self, **changed: str) -> tuple[str, str]:
        """Return the links of a line: to its usage and to its errors."""
        return self.query(**changed), self.errors(**changed)

    def of_day(self, day: date) -> tuple[str, str]:
        return self.of(**{"from": day.isoformat(), "until": day.isoformat()})


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


def _parse_range(first: str, last: str, today: date) -> Range:
    errors: dict[str, str] = {}
    until = _parse_day(last, "until", errors) or today
    since = _parse_day(first, "from", errors) or until - timedelta(days=SHOWN_DAYS - 1)
    if since > until:
        errors["from"] = _("The first day must not be after the last.")
        since = until
    if (until - since).days >= MOST_DAYS:
        errors["from"] = _("Choose a period of at most %(count)d days.") % {"count": MOST_DAYS}
        since = until - timedelta(days=MOST_DAYS - 1)
    return Range(since, until, errors)


def _parse_day(text: str, name: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors[name] = _("Enter a date such as 2026-01-31.")
        return None
    # Python's dates end with the years 1 and 9999. Keep a year on each side, because up to
    # MOST_DAYS are counted from this day.
    return min(max(day, date(2, 1, 1)), date(9998, 12, 31))


def _period_link(
    count: int, days: Range, today: date, narrow: UsageFilter
) -> tuple[int, str, bool]:
    """Return the number of days, the query string for them, and whether they are shown now."""
    first = today - timedelta(days=count - 1)
    query = _Links(Range(first, today, {}), narrow).query()
    return count, query, (days.first, days.last) == (first, today)


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
