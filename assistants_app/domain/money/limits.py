"""Limits of use, the periods that they count, and the errors of those who reach one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil
from zoneinfo import ZoneInfo

from assistants_app.domain.days import start_of
from assistants_app.domain.errors import ApiError

DAY, MONTH = "day", "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be used. None is no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    runs_at_once: int | None = None
    tokens_per_day: int | None = None
    tokens_per_month: int | None = None
    dollars_per_day: Decimal | None = None
    dollars_per_month: Decimal | None = None

    @property
    def are_none(self) -> bool:
        """Whether nothing is limited."""
        return self == NO_LIMITS

    @property
    def of_periods(self) -> bool:
        """Whether they limit days or months."""
        return any(limit is not None for _, _, limit in self.by_period())

    def by_period(self) -> Iterator[tuple[str, str, int | Decimal | None]]:
        """Yield the kind, the period and the limit of what is counted by day and month."""
        yield "dollars", DAY, self.dollars_per_day
        yield "dollars", MONTH, self.dollars_per_month
        yield "tokens", DAY, self.tokens_per_day
        yield "tokens", MONTH, self.tokens_per_month


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is charged: an API key, a person, or a person's own key. Empty for the system itself."""

    key_id: str = ""
    person_id: int | None = None

    def subjects(self) -> list[str]:
        """Return whose limits apply: those of the project, the key and the person."""
        found = [PROJECT]
        if self.key_id:
            found.append(subject_of(key_id=self.key_id))
        if self.person_id is not None:
            found.append(subject_of(person_id=self.person_id))
        return found


PROJECT = "project"


def subject_of(*, key_id: str = "", person_id: int | None = None) -> str:
    """Return the name under which the use of a key, a person or the project is counted."""
    if key_id:
        return f"key:{key_id}"
    return PROJECT if person_id is None else f"person:{person_id}"


def name_of(subject: str, project_id: str) -> str:
    """Return the subject for an error's message."""
    kind, _, of = subject.partition(":")
    return {"key": f"API key {of}", "person": "this person"}.get(kind, f"project {project_id}")


@dataclass(frozen=True, slots=True)
class Use:
    """What was used: dollars, and tokens."""

    dollars: Decimal = Decimal(0)
    tokens: int = 0

    def __add__(self, other: "Use") -> "Use":
        return Use(self.dollars + other.dollars, self.tokens + other.tokens)


NO_USE = Use()


def first_day(period: str, today: date) -> date:
    """Return the first day of the period that contains today."""
    return today.replace(day=1) if period == MONTH else today


def next_start(period: str, today: date, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the next day or month begins in the zone."""
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start_of(following if period == MONTH else today + timedelta(days=1), zone)


def quota_error(
    subject: str, project_id: str, *, kind: str, period: str, limit: int | Decimal, resets: datetime
) -> ApiError:
    """Return the 429 for money or tokens of a day or month that are used up."""
    amount = f"${limit:,.2f}" if kind == "dollars" else f"{limit:,} tokens"
    again = (
        f"It starts again at {resets.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Wait until then, or ask "
        "an owner of the project to raise the limit."
    )
    if not limit:
        # Waiting wouldn't help.
        again = "Ask an owner of the project to raise the limit."
    return ApiError(
        f"You exceeded the quota of {name_of(subject, project_id)}: {amount} a {period}. {again}",
        type="insufficient_quota",
        code="insufficient_quota",
        http_status=429,
        # A retry would come too early by hours. The SDKs honor this header.
        headers={"x-should-retry": "false"},
    )


def rate_error(
    subject: str, project_id: str, *, kind: str, limit: int, wait: float, headers: dict[str, str]
) -> ApiError:
    """Return the 429 for requests or tokens of a minute that are used up, with seconds to wait."""
    seconds = max(ceil(wait), 1)
    return _exceeded(
        f"Rate limit reached for {kind} of {name_of(subject, project_id)}: Limit {limit} per "
        f"minute. Please try again in {seconds}s.",
        kind=kind,
        wait=wait,
        **headers,
    )


def runs_error(
    subject: str, project_id: str, *, limit: int, unfinished: int, more: int, wait: float
) -> ApiError:
    """Return the 429 for too many runs at once, with seconds to wait before the next attempt.

    `unfinished` is how many there are, and `more` how many were to start together.
    """
    name = name_of(subject, project_id)
    name = f"{name[0].upper()}{name[1:]}"
    if more > limit:
        return _exceeded(
            f"{name} can have {limit} runs that are queued or in progress, and this starts {more} "
            "at once. Start fewer, or ask an owner to raise the limit.",
            kind="requests",
            wait=None,
        )
    already = f"{name} already has {limit} runs that are queued or in progress."
    if limit == 1:
        already = f"{name} already has a run that is queued or in progress."
    if more > 1:
        already = (
            f"{name} can have {limit} runs that are queued or in progress, and has {unfinished}. "
            f"This starts {more} more."
        )
    ended = "it has ended" if limit == 1 else "some of them have ended"
    return _exceeded(
        f"{already} Wait until {ended}, then try again.",
        kind="requests",
        wait=wait,
    )


def _exceeded(message: str, *, kind: str, wait: float | None, **headers: str) -> ApiError:
    """Return a 429. Without `wait`, trying again can't help."""
    waits = {"x-should-retry": "false"}
    if wait is not None:
        waits = {
            "Retry-After": str(max(ceil(wait), 1)),
            # The SDKs prefer this one.
            "retry-after-ms": str(max(ceil(wait * 1000), 1)),
        }
    return ApiError(
        message,
        type=kind,
        code="rate_limit_exceeded",
        http_status=429,
        headers={**headers, **waits},
    )
