"""A limit of requests per minute and project, as a token bucket in Redis."""

import logging
import math
from dataclasses import dataclass
from typing import cast

from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.domain.errors import ApiError
from assistants_app.models import Project
from assistants_app.redis_client import client

logger = logging.getLogger(__name__)

# The generic cell rate algorithm (GCRA), which needs only one number per project: the time at which
# the bucket will be full again. A script, so that several web processes share one bucket without
# races, by the clock of Redis.
# ARGV: requests per minute. Returns whether the request passes, the requests left, and the
# milliseconds to wait.
_COUNT_REQUEST = """
local now = redis.call('TIME')
now = now[1] * 1000 + now[2] / 1000
local each = 60000 / ARGV[1]
local full = tonumber(redis.call('GET', KEYS[1]) or now)
if full < now then full = now end
local wait = full + each - now - 60000
if wait > 0.001 then return {0, 0, math.ceil(wait)} end
redis.call('SET', KEYS[1], string.format('%.3f', full + each), 'PX', 60000)
return {1, math.floor((60000 - (full + each - now)) / each + 0.001), 0}
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The number of requests that a project has left at the moment."""

    limit: int
    remaining: int

    def headers(self) -> dict[str, str]:
        """Return the vendor's ``x-ratelimit-*`` headers."""
        missing = self.limit - self.remaining
        return {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": f"{missing * 60_000 // self.limit}ms",
        }


def count_request(project: Project) -> Allowance | None:
    """Count a request and return what is left, or None if there is no limit.

    Raises :class:`ApiError` with status 429 if the project has no request left.
    """
    limit = conf.RATE_LIMIT_REQUESTS_PER_MINUTE
    if not limit:
        return None
    try:
        answer = client().eval(_COUNT_REQUEST, 1, f"ratelimit:{{{project.id}}}", limit)
    except RedisError as error:
        # Without Redis every request passes. Refusing them all would turn one fault into another.
        logger.warning("Couldn't count a request for the rate limit: %s", error)
        return None
    passes, remaining, wait = cast(list[int], answer)
    allowance = Allowance(limit, remaining)
    if not passes:
        seconds = math.ceil(wait / 1000)
        raise ApiError(
            f"Rate limit reached for requests of project {project.id}: Limit {limit} per minute. "
            f"Please try again in {seconds}s.",
            type="requests",
            code="rate_limit_exceeded",
            http_status=429,
            headers={
                **allowance.headers(),
                "Retry-After": str(seconds),
                # The SDKs prefer this one.
                "retry-after-ms": str(wait),
            },
        )
    return allowance
