"""The page "Limits and prices": what may be used, what was used, and what models cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assistants_app import conf
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.money.limits import (
    DAY,
    MONTH,
    PROJECT,
    Limits,
    Use,
    next_start,
    subject_of,
)
from assistants_app.domain.money.list_prices import KNOWN_ON
from assistants_app.domain.money.prices import DEAREST, SINCE_EVER, DatedPrice, known_price
from assistants_app.gateway.endpoints import ModelsOfEndpoint, list_models
from assistants_app.gateway.prices import place_of_endpoint
from assistants_app.models import ApiKey, Membership, Project
from assistants_app.queries.files.files import used_bytes
from assistants_app.queries.people.limits import ProjectLimits, read_limits
from assistants_app.queries.project.access import list_api_keys
from assistants_app.queries.project.prices import dated_prices, list_memberships, models_of_runs
from assistants_app.queries.runs.runs import count_unfinished_of_callers
from assistants_app.services.acting import current_actor
from assistants_app.services.money.limits import set_limits
from assistants_app.services.money.spending import Spent, spent_of
from assistants_app.services.project import prices
from assistants_app.web.http import project_view, whole_number

# What was typed into a form, and what is wrong with it.
Refused = tuple[Mapping[str, Any], Mapping[str | None, str]]

LABELS: dict[str, Promise] = {
    "dollars_per_day": gettext_lazy("Dollars a day"),
    "dollars_per_month": gettext_lazy("Dollars a month"),
    "tokens_per_day": gettext_lazy("Tokens a day"),
    "tokens_per_month": gettext_lazy("Tokens a month"),
    "tokens_per_minute": gettext_lazy("Tokens a minute"),
    "requests_per_minute": gettext_lazy("API requests a minute"),
    "runs_at_once": gettext_lazy("Runs at once"),
}


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit in the form, with what was used of it. `used` is None if it isn't shown."""

    name: str
    label: Promise
    value: str
    used: Decimal | int | None
    percent: float | None
    error: str
    site_limit: int | None  # of the operator, if it is lower, so that it is reached first

    @property
    def field(self) -> str:
        """The id of its input."""
        return f"l-{self.name}"

    @property
    def is_money(self) -> bool:
        """Whether it counts dollars."""
        return self.name.startswith("dollars")


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """The project, a key or a person in the table of limits."""

    subject: str
    name: str
    kind: Promise
    today: Use
    month: Use
    limited: bool
    reached: bool


@project_view("GET", verb="read_settings")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """Show limits and prices. ``of`` is the subject whose limits the form has."""
    return _render_page(request, project)


@project_view("POST", verb="set_limits")
def save_limits(request: HttpRequest, project: Project) -> HttpResponse:
    """Save the limits of the project, a key or a person."""
    subject = request.POST.get("of", PROJECT)
    kind, _colon, of = subject.partition(":")
    person_id = whole_number(of) if kind == "person" else None
    key_id = of if kind == "key" else ""
    if subject_of(key_id=key_id, person_id=person_id) != subject:
        raise NotFound("subject", subject)
    try:
        set_limits(
            project=project,
            typed={name: request.POST.get(name, "") for name in LABELS},
            key_id=key_id,
            person_id=person_id,
        )
    except InvalidRequest as error:
        return _render_refusal(request, project, "limits", error)
    messages.success(request, _("Limits saved."))
    query = "" if subject == PROJECT else f"?of={subject}"
    return redirect(f"{reverse('limits', args=[project.id])}{query}#limits")


@project_view("POST", verb="set_price")
def save_price(request: HttpRequest, project: Project) -> HttpResponse:
    """Save the price of a model."""
    names = ("model", "prompt", "cached", "completion", "base_url", "valid_from")
    try:
        prices.set_price(project=project, **{name: request.POST.get(name, "") for name in names})
    except InvalidRequest as error:
        return _render_refusal(request, project, "prices", error)
    messages.success(request, _("Price saved."))
    return _redirect_to_prices(project)


@project_view("POST", verb="set_known_prices")
def use_known_prices(request: HttpRequest, project: Project) -> HttpResponse:
    """Set OpenAI's list prices for the models in the form that have none."""
    count = prices.set_known_prices(project=project, models=request.POST.getlist("model"))
    message = ngettext("%(count)d price set.", "%(count)d prices set.", count)
    messages.success(request, message % {"count": count})
    return _redirect_to_prices(project)


@project_view("POST", verb="remove_price")
def remove_price(request: HttpRequest, project: Project) -> HttpResponse:
    """Remove the price of a model."""
    given = {name: request.POST.get(name, "") for name in ("model", "base_url", "valid_from")}
    try:
        prices.remove_price(project=project, **given)
    except InvalidRequest as error:
        raise NotFound("price", given["model"]) from error
    messages.success(request, _("Price removed."))
    return _redirect_to_prices(project)


def _redirect_to_prices(project: Project) -> HttpResponse:
    return redirect(f"{reverse('limits', args=[project.id])}#prices")


def _render_refusal(
    request: HttpRequest, project: Project, part: str, error: InvalidRequest
) -> HttpResponse:
    errors = {error.param: error.message}
    return _render_page(request, project, status=422, part=part, errors=errors)


def _render_page(
    request: HttpRequest, project: Project, *, status: int = 200, **more: Any
) -> HttpResponse:
    listed = list_models(project_id=project.id)
    subject = request.POST.get("of") or request.GET.get("of") or PROJECT
    refused = (request.POST, more["errors"]) if more.get("part") == "limits" else None
    actor = current_actor()
    context = {
        "project": project,
        "section": "settings",
        **_limits_context(project, subject, refused),
        **_prices_context(project, listed),
        "may_set": actor is not None and actor.may("set_limits"),
        "operator": _operator_context(project),
        "form": request.POST if more else {"model": request.GET.get("price", "")},
        **more,
    }
    return render(request, "settings/limits.html", context, status=status)


def _limits_context(project: Project, subject: str, refused: Refused | None) -> dict[str, Any]:
    limits, zone = read_limits(project.id), project.zone
    spent = spent_of(project.id, zone)
    keys, members = list_api_keys(project), list_memberships(project)
    rows = _subjects(keys, members, limits, spent)
    chosen = next((row for row in rows if row.subject == subject), None)
    if chosen is None:
        raise Http404("Unknown subject of limits.")
    today = timezone.now().astimezone(zone).date()
    running = count_unfinished_of_callers(project)
    busy = sum(count for caller, count in running.items() if subject in caller.subjects())
    return {
        "subjects": rows if len(rows) > 1 else [],
        "chosen": chosen,
        "limit_rows": _limit_rows(subject, limits.of(subject), spent, busy, refused),
        "resets": {period: next_start(period, today, zone) for period in (DAY, MONTH)},
    }


def _subjects(
    keys: Sequence[ApiKey], members: Sequence[Membership], limits: ProjectLimits, spent: Spent
) -> list[SubjectRow]:
    found: list[tuple[str, str, Promise]] = [(PROJECT, "", gettext_lazy("Project"))]
    found += [(subject_of(key_id=key.id), str(key), gettext_lazy("API key")) for key in keys]
    if len(members) > 1:
        for one in members:
            name = one.user.get_full_name() or one.user.get_username()
            found.append((subject_of(person_id=one.user_id), name, gettext_lazy("Person")))
    return [
        SubjectRow(
            subject,
            name,
            kind,
            spent.of(subject, DAY),
            spent.of(subject, MONTH),
            limited=not limits.of(subject).are_none,
            reached=any(
                limit is not None and getattr(spent.of(subject, period), unit) >= limit
                for unit, period, limit in limits.of(subject).by_period()
            ),
        )
        for subject, name, kind in found
    ]


def _limit_rows(
    subject: str, limits: Limits, spent: Spent, busy: int, refused: Refused | None
) -> list[LimitRow]:
    today, month = spent.of(subject, DAY), spent.of(subject, MONTH)
    used: dict[str, Decimal | int] = {
        "dollars_per_day": today.dollars,
        "dollars_per_month": month.dollars,
        "tokens_per_day": today.tokens,
        "tokens_per_month": month.tokens,
        "tokens_per_minute": int(spent.tokens_of_minute(subject)),
        "runs_at_once": busy,
    }
    typed, errors = refused or ({}, {})
    rows = []
    for name, label in LABELS.items():
        limit = getattr(limits, name)
        value = typed.get(name, "") if refused else _plain(limit)
        percent = None
        if limit is not None and name in used:
            percent = min(float(100 * used[name] / limit), 100.0) if limit else 100.0
        error = errors.get(name, "")
        lower = _lower_site_limit(name, limit)
        rows.append(LimitRow(name, label, value, used.get(name), percent, error, lower))
    return rows


def _lower_site_limit(name: str, limit: Decimal | int | None) -> int | None:
    of_site = {
        # 0 is no limit.
        "requests_per_minute": conf.RATE_LIMIT_REQUESTS_PER_MINUTE or None,
        "runs_at_once": conf.RUNS_PER_PROJECT,
    }.get(name)
    return of_site if limit is not None and of_site is not None and limit > of_site else None


def _plain(limit: Decimal | int | None) -> str:
    return "" if limit is None else str(limit)


def _prices_context(project: Project, listed: Sequence[ModelsOfEndpoint]) -> dict[str, Any]:
    rows = dated_prices(project.id)
    used, models = models_of_runs(project), sorted({i.id for one in listed for i in one.models})
    priced = {row.model for row in rows}
    today = timezone.now().date()
    names = {one.endpoint.base_url: one.endpoint.name for one in listed}
    return {
        "prices": [_price_row(row, names) for row in rows],
        "models": models,
        "endpoints": list(names.items()),
        "free": [one.endpoint.name for one in listed if place_of_endpoint(one.endpoint).is_free],
        "without_price": sorted(
            (model, origin == DEAREST)
            for model, origin in used.items()
            if model not in priced and origin in ("", DEAREST)
        ),
        "known": [
            model
            for model in sorted({*models, *used})
            if model not in priced and known_price(model, today)
        ],
        "known_on": KNOWN_ON,
    }


def _price_row(row: DatedPrice, names: dict[str, str]) -> dict[str, Any]:
    price = row.price
    since: date | None = None if row.valid_from == SINCE_EVER else row.valid_from
    return {
        "model": row.model,
        "base_url": row.base_url,
        "endpoint": names.get(row.base_url, row.base_url),
        "since": since,
        "valid_from": row.valid_from.isoformat(),
        "dollars": [_plain_decimal(one) for one in (price.prompt, price.cached, price.completion)],
        "is_known": price == known_price(row.model, timezone.now().date()),
    }


def _plain_decimal(dollars: Decimal) -> str:
    """Return the price with at least two decimal places, such as "2.50" or "0.075"."""
    text = f"{dollars.normalize():f}"
    return text if len(text.partition(".")[2]) > 2 else f"{dollars:.2f}"


def _operator_context(project: Project) -> dict[str, Any]:
    used = used_bytes(project)
    return {
        "requests": conf.RATE_LIMIT_REQUESTS_PER_MINUTE,
        "runs": conf.RUNS_PER_PROJECT,
        "stored": used,
        "quota": conf.FILE_QUOTA_BYTES,
        "percent": 100 * used / conf.FILE_QUOTA_BYTES,
        "run_minutes": conf.RUN_EXPIRES_AFTER / 60,
        "event_minutes": conf.EVENT_LOG_TTL / 60,
    }
