"""Checks of all open pages of this process, with a few queries for all of them together."""

import asyncio
import logging

from assistants_app.queries.project.access import Visit, visits_allowed
from assistants_app.queries.threads.state import active_statuses
from assistants_app.realtime.feed import feeds
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import Viewer

logger = logging.getLogger(__name__)

FEEDS_SECONDS = 5.0
# How long a page may go on after its user was signed out or removed from the project.
ACCESS_SECONDS = 30.0
SIGNED_OUT = 4401  # a close code that the page knows, like the HTTP status 401


class Watch:
    """Knows the visits of this process's viewers, and checks them while there are any."""

    def __init__(self) -> None:
        self._visits: dict[Viewer, Visit] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, viewer: Viewer, visit: Visit) -> None:
        """Check this viewer from now on."""
        if not self._visits:
            self._tasks = [
                asyncio.create_task(self._check_feeds()),
                asyncio.create_task(self._check_access()),
            ]
        self._visits[viewer] = visit

    def remove(self, viewer: Viewer) -> None:
        """Check this viewer no longer."""
        if self._visits.pop(viewer, None) is not None and not self._visits:
            for task in self._tasks:
                task.cancel()

    async def _check_feeds(self) -> None:
        """Look for threads that have changed although their log reported nothing."""
        while True:
            await asyncio.sleep(FEEDS_SECONDS)
            try:
                await compare_feeds()
            except Exception:  # noqa: BLE001 - the consumer boundary: the next round may succeed
                logger.exception("Could not compare the open threads with the database.")

    async def _check_access(self) -> None:
        """Close the sockets of users who may no longer see the thread."""
        while True:
            await asyncio.sleep(ACCESS_SECONDS)
            try:
                visits = dict(self._visits)
                allowed = await in_thread(visits_allowed, set(visits.values()))
            except Exception:  # noqa: BLE001 - the consumer boundary: the next round may succeed
                logger.exception("Could not check the access of the open pages.")
                continue
            for viewer, visit in visits.items():
                if visit not in allowed:
                    viewer.close(SIGNED_OUT)


async def compare_feeds() -> None:
    """Compare the threads without recent events with the database."""
    quiet = {thread_id: feed for thread_id, feed in feeds.items() if feed.is_quiet}
    if not quiet:
        return
    active = await in_thread(active_statuses, quiet)
    for thread_id, feed in quiet.items():
        # It may have had an event, or have ended, since the query.
        if feed.is_quiet and feeds.get(thread_id) is feed:
            await feed.compare(exists=thread_id in active, active=active.get(thread_id))


watch = Watch()
