"""How many requests to share links an address may make."""

import hashlib
import logging
import math
from typing import cast

from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.redis_client import client
from assistants_app.services.project.guesses import CannotCount, Counter, count_attempt

logger = logging.getLogger(__name__)

SECONDS = 60
# Counts a request in a window that begins with the first one. KEYS: a counter. ARGV: the requests
# of a window, and its seconds. Returns the seconds to wait, or 0.
_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if count <= tonumber(ARGV[1]) then return 0 end
return math.max(redis.call('TTL', KEYS[1]), 1)
"""


def count_visit(address: str) -> int:
    """Count a request to a share link. Return 0, or the seconds that the address has to wait."""
    key = "shares:" + hashlib.sha256(address.encode()).hexdigest()[:32]
    limit = conf.SHARE_REQUESTS_PER_MINUTE
    if not limit:
        return 0
    try:
        return cast(int, client().eval(_COUNT, 1, key, limit, SECONDS))
    except RedisError as error:
        # Tokens are too long to be guessed even without a limit.
        logger.warning("Couldn't count a request to a share link: %s", error)
        return 0


def count_wrong_token(address: str) -> int:
    """Count a link that doesn't work. Return 0, or the seconds that the address has to wait."""
    try:
        return math.ceil(count_attempt([Counter(f"shares {address}", free=30, longest=60)]))
    except CannotCount as error:
        logger.warning("Couldn't count a wrong share link: %s", error)
        return 0
