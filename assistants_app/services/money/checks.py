"""Who is refused because a limit is reached. Checks make no query in the usual case."""

from math import floor

from django.utils import timezone

from assistants_app.domain.money.limits import (
    Caller,
    next_start,
    quota_error,
    rate_error,
)
from assistants_app.models import Project
from assistants_app.queries.people.limits import ProjectLimits
from assistants_app.services.acting import current_actor
from assistants_app.services.money.known_limits import limits_of
from assistants_app.services.money.spending import Spent, spent_of


def current_caller() -> Caller:
    """Return who is charged for what this request does."""
    actor = current_actor()
    return Caller(actor.key_id or "", actor.user_id) if actor else Caller()


def require_means(project: Project) -> None:
    """Raise :class:`ApiError` with status 429 if the caller may use no more tokens or money now.

    Nothing is reserved: what runs at once use may exceed a limit by what they use until they end.
    """
    if not project.has_limits:
        return
    limits, caller = limits_of(project.id), current_caller()
    if not any(_counts(limits, subject) for subject in caller.subjects()):
        return
    spent = spent_of(project.id, limits.zone)
    _check_quota(project.id, limits, caller, spent)
    _check_tokens(project.id, limits, caller, spent)


def require_money(project_id: str, caller: Caller) -> None:
    """Raise :class:`ApiError` with status 429 if money or tokens of a day or month are used up."""
    limits = limits_of(project_id)
    if any(limits.of(subject).of_periods for subject in caller.subjects()):
        _check_quota(project_id, limits, caller, spent_of(project_id, limits.zone))


def token_headers(project: Project) -> dict[str, str]:
    """Return the vendor's ``x-ratelimit-*-tokens`` headers, for the limit that is nearest."""
    if not project.has_limits:
        return {}
    limits, found = limits_of(project.id), []
    for subject in current_caller().subjects():
        limit = limits.of(subject).tokens_per_minute
        if limit is not None:
            spent = spent_of(project.id, limits.zone)
            used = spent.tokens_of_minute(subject)
            found.append((limit - used, limit, spent.seconds_until(subject, 1)))
    return _token_headers(*min(found)) if found else {}


def _counts(limits: ProjectLimits, subject: str) -> bool:
    own = limits.of(subject)
    return own.of_periods or own.tokens_per_minute is not None


def _check_quota(project_id: str, limits: ProjectLimits, caller: Caller, spent: Spent) -> None:
    for subject in caller.subjects():
        for kind, period, limit in limits.of(subject).by_period():
            if limit is not None and getattr(spent.of(subject, period), kind) >= limit:
                today = timezone.now().astimezone(limits.zone).date()
                resets = next_start(period, today, limits.zone)
                raise quota_error(
                    subject, project_id, kind=kind, period=period, limit=limit, resets=resets
                )


def _check_tokens(project_id: str, limits: ProjectLimits, caller: Caller, spent: Spent) -> None:
    for subject in caller.subjects():
        limit = limits.of(subject).tokens_per_minute
        if limit is not None and spent.tokens_of_minute(subject) >= limit:
            wait = spent.seconds_until(subject, limit)
            headers = _token_headers(0, limit, wait)
            raise rate_error(
                subject, project_id, kind="tokens", limit=limit, wait=wait, headers=headers
            )


def _token_headers(left: float, limit: int, seconds: float) -> dict[str, str]:
    return {
        "x-ratelimit-limit-tokens": str(limit),
        "x-ratelimit-remaining-tokens": str(max(floor(left), 0)),
        "x-ratelimit-reset-tokens": f"{int(seconds * 1000)}ms",
    }
