"""Counters of what projects use, in Redis, for checks that cost no query.

A hash per project and day has the sums of each subject, and another one per minute its tokens. They
are only a copy: PostgreSQL has what each run has cost. A missing hash, of an emptied Redis or of a
day that nobody has asked about, is filled from there. It expires after a while and is filled again,
so that whatever was counted wrongly is right again soon.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import cast

from assistants_app.domain.money.limits import NO_USE, Use
from assistants_app.redis_client import client

# Dollars are counted as whole numbers of this part: Redis adds those exactly.
PART = Decimal("0.000000001")
WATCHED_SECONDS = 3600  # for which a project is counted after its last check
FILL_SECONDS = 30  # that the one who fills a hash may take
MINUTE = 60

# KEYS: the mark that somebody checks this project, which has the bounds of today, and a minute.
# ARGV: what the keys of days begin with, the time of the request, then a subject, tokens and parts
# of dollars each. What belongs to an earlier day is found when that day's hash is filled again.
_ADD = """
local bounds = redis.call('GET', KEYS[1])
if not bounds then return 0 end
local from, till = string.match(bounds, '(%d+) (%d+)')
local day = ARGV[1] .. from
local at = tonumber(ARGV[2])
local counts = at >= tonumber(from) and at < tonumber(till) and redis.call('EXISTS', day) == 1
for i = 3, #ARGV, 3 do
    redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
    if counts then
        redis.call('HINCRBY', day, ARGV[i] .. ' tokens', ARGV[i + 1])
        redis.call('HINCRBY', day, ARGV[i] .. ' dollars', ARGV[i + 2])
    end
end
redis.call('EXPIRE', KEYS[2], 180)
return 1
"""
# Adds to what others have counted meanwhile. Runs that were committed just before the sums were
# read may count twice until the hash is filled again, but none is left out.
# ARGV: seconds to live, then a field and a number each.
_FILL = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[1], 'filled', 1)
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


def _key(project_id: str, name: str) -> str:
    return f"use:{{{project_id}}}:{name}"


def _day_key(project_id: str, midnight: datetime) -> str:
    return _key(project_id, f"day:{int(midnight.timestamp())}")


def add(project_id: str, at: float, used: Mapping[str, Use]) -> None:
    """Add what a request made at this time has used, if somebody checks the project."""
    now = int(time.time())
    arguments: list[str | int] = [_key(project_id, "day:"), int(at)]
    for subject, use in used.items():
        arguments += [subject, use.tokens, int(use.dollars / PART)]
    keys = [_key(project_id, "watched"), _key(project_id, f"minute:{now // MINUTE}")]
    client().eval(_ADD, len(keys), *keys, *arguments)


def watch(project_id: str, today: datetime, tomorrow: datetime) -> None:
    """Count what the project uses from now on. The two are the bounds of its present day."""
    bounds = f"{int(today.timestamp())} {int(tomorrow.timestamp())}"
    client().set(_key(project_id, "watched"), bounds, ex=WATCHED_SECONDS)


def read_days(project_id: str, midnights: Iterable[datetime]) -> list[dict[str, Use] | None]:
    """Return what was used on the days that begin then, or None for those that aren't filled."""
    pipeline = client().pipeline(transaction=False)
    for midnight in midnights:
        pipeline.hgetall(_day_key(project_id, midnight))
    return [_used(fields) if b"filled" in fields else None for fields in pipeline.execute()]


def begin_filling(project_id: str, midnight: datetime) -> bool:
    """Begin to count a day that has no hash. Return whether the caller has to fill it."""
    key = _day_key(project_id, midnight)
    if not client().hsetnx(key, "began", int(time.time())):
        return False
    # If the caller dies, somebody else fills it.
    client().expire(key, FILL_SECONDS)
    return True


def fill(project_id: str, midnight: datetime, used: Mapping[str, Use], *, seconds: int) -> None:
    """Add what PostgreSQL says about a day, and keep the sums for some seconds."""
    fields: list[str | int] = []
    for subject, use in used.items():
        fields += [f"{subject} tokens", use.tokens, f"{subject} dollars", int(use.dollars / PART)]
    client().eval(_FILL, 1, _day_key(project_id, midnight), seconds, *fields)


def forget_days(project_id: str, midnights: Iterable[datetime]) -> None:
    """Let these days be filled again when they are next asked about."""
    keys = [_day_key(project_id, midnight) for midnight in midnights]
    if keys:
        client().delete(*keys)


def tokens_of_last_minute(project_id: str) -> dict[str, tuple[float, int, int]]:
    """Return by subject: the share of the present minute that is over, and the tokens of this
    minute and the one before.
    """
    now = time.time()
    minute = int(now) // MINUTE
    pipeline = client().pipeline(transaction=False)
    pipeline.hgetall(_key(project_id, f"minute:{minute}"))
    pipeline.hgetall(_key(project_id, f"minute:{minute - 1}"))
    this, before = cast(list[dict[bytes, bytes]], pipeline.execute())
    share = now / MINUTE - minute
    return {
        subject.decode(): (share, int(this.get(subject, 0)), int(before.get(subject, 0)))
        for subject in {*this, *before}
    }


def _used(fields: Mapping[bytes, bytes]) -> dict[str, Use]:
    used: dict[str, Use] = {}
    for name, value in fields.items():
        subject, _, kind = name.decode().rpartition(" ")
        if subject:
            number = int(value)
            new = Use(number * PART) if kind == "dollars" else Use(tokens=number)
            used[subject] = used.get(subject, NO_USE) + new
    return used
