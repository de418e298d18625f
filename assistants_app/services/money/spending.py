"""What a project, its keys and its people have used today, this month and in the last minute."""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from redis.exceptions import RedisError

from assistants_app.domain.days import starts_of
from assistants_app.domain.money.limits import DAY, MONTH, NO_USE, Caller, Use, first_day
from assistants_app.queries.people.spending import UseBySubject, use_of_days
from assistants_app.services.money import counters

logger = logging.getLogger(__name__)

# Seconds for which a process uses what it has read.
READ_FOR = 1.0
# Without Redis, when the sums come from PostgreSQL.
SUMMED_FOR = 5.0
# Seconds after which the sums of a day are taken from PostgreSQL again: of today, of yesterday,
# whose last runs may end today, and of days that hardly change.
TODAY_FOR, YESTERDAY_FOR, EARLIER_FOR = 60, 300, 3600
# Seconds after which a process sends together what was used.
SEND_AFTER = 0.1
# Requests of a quarter of an hour are sent together: in all zones, days begin with one.
QUARTER = 900
FORGET_ABOVE = 1000  # projects


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used by the subjects of a project until a moment."""

    today: UseBySubject = field(default_factory=dict)
    month: UseBySubject = field(default_factory=dict)
    minute: dict[str, tuple[float, int, int]] = field(default_factory=dict)

    def of(self, subject: str, period: str) -> Use:
        """Return what the subject has used of the present day or month."""
        return {DAY: self.today, MONTH: self.month}[period].get(subject, NO_USE)

    def tokens_of_minute(self, subject: str) -> float:
        """Return the tokens of the last 60 seconds, if those of the minute before came evenly."""
        share, this, before = self.minute.get(subject, (0.0, 0, 0))
        return this + before * (1 - share)

    def seconds_until(self, subject: str, tokens: int) -> float:
        """Return the seconds until fewer than these tokens are of the last minute."""
        share, this, before = self.minute.get(subject, (0.0, 0, 0))
        if this + before * (1 - share) < tokens:
            return 0.0
        if this < tokens:
            # While the minute before goes out of sight.
            return max((1 - (tokens - this) / before - share) * 60, 0.0) + 0.001
        return (1 - share + 1 - tokens / max(this, 1)) * 60 + 0.001


_read: dict[str, tuple[float, Spent]] = {}
_lock = threading.Lock()


def spent_of(project_id: str, zone: ZoneInfo) -> Spent:
    """Return what was used of the project's present day, month and minute.

    At most a second old. Without Redis, it comes from PostgreSQL, without the minute.
    """
    until, spent = _read.get(project_id, (0.0, None))
    if spent is not None and time.monotonic() < until:
        return spent
    spent, seconds = _read_spent(project_id, zone)
    with _lock:
        if len(_read) > FORGET_ABOVE:
            _read.clear()
        _read[project_id] = time.monotonic() + seconds, spent
    return spent


def forget_spent(project_id: str) -> None:
    """Read what the project has used again when it is next needed in this process."""
    with _lock:
        _read.pop(project_id, None)


def _read_spent(project_id: str, zone: ZoneInfo) -> tuple[Spent, float]:
    today = timezone.now().astimezone(zone).date()
    midnights = starts_of(first_day(MONTH, today), today, zone)
    try:
        counters.watch(project_id, midnights[-2], midnights[-1])
        days = _days(project_id, midnights)
        minute = counters.tokens_of_last_minute(project_id)
        seconds = READ_FOR
    except RedisError as error:
        logger.warning("Summing up what %s has used without Redis: %s", project_id, error)
        days, minute, seconds = use_of_days(project_id, midnights), {}, SUMMED_FOR
    month: UseBySubject = {}
    for day in days:
        for subject, used in day.items():
            month[subject] = month.get(subject, NO_USE) + used
    return Spent(days[-1], month, minute), seconds


def _days(project_id: str, midnights: list[datetime]) -> list[UseBySubject]:
    # One after the other, so that a day that is being filled is one that is missing.
    found = counters.read_days(project_id, midnights[:-1])
    missing = [number for number, day in enumerate(found) if day is None]
    if missing:
        # Before the sums are read: what is committed from now on is counted by who commits it.
        mine = {at for at in missing if counters.begin_filling(project_id, midnights[at])}
        first, last = missing[0], missing[-1]
        sums = use_of_days(project_id, midnights[first : last + 2])
        for at in missing:
            found[at] = sums[at - first]
            if at in mine:
                seconds = _kept_for(len(found) - 1 - at)
                counters.fill(project_id, midnights[at], sums[at - first], seconds=seconds)
    return [day or {} for day in found]


def _kept_for(age: int) -> int:
    return {0: TODAY_FOR, 1: YESTERDAY_FOR}.get(age, EARLIER_FOR)


class _Sender:
    # Adds to the counters in Redis, together what comes within a moment.
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, int], dict[str, Use]] = {}
        self._timer: threading.Timer | None = None

    def add(self, project_id: str, caller: Caller, at: datetime, use: Use) -> None:
        quarter = int(at.timestamp()) // QUARTER * QUARTER
        with self._lock:
            used = self._waiting.setdefault((project_id, quarter), {})
            for subject in caller.subjects():
                used[subject] = used.get(subject, NO_USE) + use
            if self._timer is None:
                self._timer = threading.Timer(SEND_AFTER, self.send)
                self._timer.daemon = True
                self._timer.start()

    def send(self) -> None:
        """Send what waits."""
        with self._lock:
            waiting, self._waiting, self._timer = self._waiting, {}, None
        try:
            for (project_id, at), used in waiting.items():
                counters.add(project_id, at, used)
        except RedisError as error:
            # PostgreSQL has it, and the counters are taken from there again.
            logger.warning("Couldn't count what runs have used: %s", error)


_sender = _Sender()


def count_use(project_id: str, caller: Caller, at: datetime, use: Use) -> None:
    """Count what a request that was made `at` this time has used, once that is committed."""
    _sender.add(project_id, caller, at, use)


def send_counted() -> None:
    """Send now what was counted and waits to be sent."""
    _sender.send()
