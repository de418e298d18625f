"""Cancels of runs, published to all workers, because any of them may hold the run.

Nothing depends on it: without Redis, a worker learns of a cancel with its next heartbeat.
"""

import asyncio
import logging
from collections.abc import Callable

from redis.exceptions import RedisError

from assistants_app.redis_client import client, new_async_client

logger = logging.getLogger(__name__)

CHANNEL = "cancelled-runs"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between two attempts to subscribe


def publish_cancel(run_id: str) -> None:
    """Notify all workers that a run was cancelled, once that is committed."""
    try:
        client().publish(CHANNEL, run_id)
    except RedisError as error:
        logger.warning("Couldn't publish the cancel of %s: %s", run_id, error)


async def follow_cancels(take: Callable[[str], None]) -> None:
    """Call `take` with the id of each cancelled run, as long as the process lives."""
    pause = FIRST_PAUSE
    while True:
        try:
            async with new_async_client() as redis, redis.pubsub() as subscription:
                await subscription.subscribe(CHANNEL)
                async for message in subscription.listen():
                    pause = FIRST_PAUSE
                    if message["type"] == "message":
                        take(message["data"].decode())
        except (RedisError, OSError) as error:
            # Cancels are noticed with the heartbeat meanwhile.
            logger.info("Not notified of cancelled runs at the moment: %s", error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
