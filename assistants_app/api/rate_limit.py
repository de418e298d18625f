"""Limits of requests per minute of a project, a key and a person, as token buckets in Redis."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import cast

from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.domain.money.limits import PROJECT, Caller, rate_error
from assistants_app.models import Project
from assistants_app.redis_client import client
from assistants_app.services.acting import Actor
from assistants_app.services.money.known_limits import limits_of

logger = logging.getLogger(__name__)

# A bucket has the requests that are missing from it, and since when, in milliseconds. It has no
# limit, because limits change: what was taken out under a low limit is a small part of a high one's
# bucket, and never more than all of another's. A script, so that several web processes share one
# bucket without races, by the clock of Redis.
# ARGV: requests per minute, requests that the bucket holds, and requests to take out of it. Returns
# the requests taken, the requests left, and the milliseconds to wait if none was taken.
_TAKE_REQUESTS = """
local now = redis.call('TIME')
now = now[1] * 1000 + now[2] / 1000
local each, size = 60000 / ARGV[1], tonumber(ARGV[2])
local kept = redis.call('GET', KEYS[1]) or ''
local missing, since = string.match(kept, '^(%S+) (%S+)$')
missing = (tonumber(missing) or 0) - (now - (tonumber(since) or now)) / each
missing = math.min(math.max(missing, 0), size)
local left = math.floor(size - missing + 0.001)
if left < 1 then return {0, 0, math.ceil((missing + 1 - size) * each)} end
local taken = math.min(left, tonumber(ARGV[3]))
missing = missing + taken
local value = string.format('%.6f %.3f', missing, now)
redis.call('SET', KEYS[1], value, 'PX', math.ceil(missing * each))
return {taken, left - taken, 0}
"""
# Requests that the bucket of a high limit holds, as a share of its requests per minute: a burst of
# a whole minute's requests would keep the machine busy for that minute.
BURST = 1 / 6
WHOLE_MINUTE = 600  # requests; lower limits allow all of them at once
# A process takes several requests at a time out of a large bucket, since asking Redis costs a tenth
# of what a small request costs. What it doesn't use within a second is lost.
SHARE = 600
KEPT_FOR = 1.0
FORGET_ABOVE = 10_000  # buckets


@dataclass(slots=True)
class _Taken:
    """Requests that this process has taken out of a bucket and not used yet."""

    limit: int
    number: int
    left: int  # in the bucket
    until: float


_taken: dict[str, _Taken] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Allowance:
    """The number of requests that are left at the moment, of `burst` at most."""

    limit: int
    burst: int
    remaining: int

    def headers(self) -> dict[str, str]:
        """Return the vendor's ``x-ratelimit-*`` headers."""
        missing = self.burst - self.remaining
        return {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": f"{missing * 60_000 // self.limit}ms",
        }


def count_request(project: Project, actor: Actor) -> Allowance | None:
    """Count a request and return what is left, or None if there is no limit.

    Raises :class:`ApiError` with status 429 if the project, the key or its person has no request
    left.
    """
    allowances = []
    for subject, limit in _limits(project, actor).items():
        allowance = _count(project.id, subject, limit)
        if allowance is None:
            return None
        allowances.append(allowance)
    return min(allowances, key=lambda one: one.remaining, default=None)


def _limits(project: Project, actor: Actor) -> dict[str, int]:
    limit = conf.RATE_LIMIT_REQUESTS_PER_MINUTE
    found = {PROJECT: limit} if limit else {}
    if project.has_limits:
        limits = limits_of(project.id)
        for subject in Caller(actor.key_id or "", actor.user_id).subjects():
            own = limits.of(subject).requests_per_minute
            if own is not None:
                found[subject] = min(own, found.get(subject, own))
    return found


def _count(project_id: str, subject: str, limit: int) -> Allowance | None:
    burst = limit if limit <= WHOLE_MINUTE else max(int(limit * BURST), WHOLE_MINUTE)
    bucket = f"requests:{{{project_id}}}" + ("" if subject == PROJECT else f":{subject}")
    if (left := _use_taken(bucket, limit)) is not None:
        return Allowance(limit, burst, left)
    try:
        answer = client().eval(_TAKE_REQUESTS, 1, bucket, limit, burst, max(limit // SHARE, 1))
    except RedisError as error:
        # Without Redis every request passes. Refusing them all would turn one fault into another.
        logger.warning("Couldn't count a request for the rate limit: %s", error)
        return None
    taken, left, wait = cast(list[int], answer)
    if taken > 1:
        _keep_taken(bucket, _Taken(limit, taken - 1, left, time.monotonic() + KEPT_FOR))
    allowance = Allowance(limit, burst, left + max(taken - 1, 0))
    if not taken:
        headers = allowance.headers()
        raise rate_error(
            subject, project_id, kind="requests", limit=limit, wait=wait / 1000, headers=headers
        )
    return allowance


def _use_taken(bucket: str, limit: int) -> int | None:
    # Returns the requests left after this one, or None if Redis has to be asked.
    with _lock:
        taken = _taken.get(bucket)
        if taken is None or not taken.number or taken.limit != limit:
            return None
        if time.monotonic() > taken.until:
            return None
        taken.number -= 1
        return taken.number + taken.left


def _keep_taken(bucket: str, taken: _Taken) -> None:
    with _lock:
        if len(_taken) > FORGET_ABOVE:
            _taken.clear()
        _taken[bucket] = taken
