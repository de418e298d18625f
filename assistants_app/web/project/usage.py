"""The usage page: tokens, cost and times of the runs of a period."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.project.access import names_of_api_keys
from assistants_app.queries.project.usage import Spread, Usage, UsageReport, usage_report
from assistants_app.web.http import project_view

USUAL_DAYS = (7, 30, 90)
SHOWN_DAYS = 30
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `first` to `last`, both included. `errors` are messages about the URL's dates."""

    first: date
    last: date
    errors: dict[str, str]


@project_view("GET")
def usage(request: HttpRequest, project: Project) -> HttpResponse:
    """Charts and tables of the days in the query string, of the last 30 without one."""
    today = project.today()
    days = _parse_range(request.GET.get("from", ""), request.GET.get("until", ""), today)
    report = usage_report(project, days.first, days.last)
    keys = names_of_api_keys(project)
    names = names_of_assistants(project, set(report.assistants))
    context = {
        "project": project,
        "section": "usage",
        "days": days,
        "usual": [_period_link(count, days, today) for count in USUAL_DAYS],
        "whole": report.whole,
        "by_day": {day.isoformat(): report.days[day] for day in sorted(report.days, reverse=True)},
        "by_assistant": {names.get(key, key): value for key, value in report.assistants.items()},
        "by_model": report.models,
        "by_key": {
            keys.get(key, key) if key else _("No key (playground)"): value
            for key, value in report.keys.items()
        },
        "chart": _chart_columns(report, days),
    }
    return render(request, "usage/index.html", context)


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


def _period_link(count: int, days: Range, today: date) -> tuple[int, str, bool]:
    """Return the number of days, the query string for them, and whether they are shown now."""
    first = today - timedelta(days=count - 1)
    query = urlencode({"from": first.isoformat(), "until": today.isoformat()})
    return count, f"?{query}", (days.first, days.last) == (first, today)


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
