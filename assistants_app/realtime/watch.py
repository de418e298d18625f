"""Checks of all open pages of this process, with a few queries for all of them together."""

import asyncio
import logging
from contextlib import suppress

from assistants_app.events.access import AccessChange, Listener
from assistants_app.queries.project.access import Visit, memberships_of
from assistants_app.queries.threads.state import active_statuses
from assistants_app.realtime.feeds import feeds
from assistants_app.realtime.frames import message_of
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import Viewer

logger = logging.getLogger(__name__)

FEEDS_SECONDS = 5.0
# For sessions that expire, and rows that somebody has changed past our services. Other changes of
# access are published, and checked at once.
ACCESS_SECONDS = 30.0
RETRY_SECONDS = 1.0
# Close codes that the page knows, like the HTTP statuses 401 and 403.
SIGNED_OUT, NO_ACCESS = 4401, 4403


class Watch:
    """Knows the visits of this process's viewers, and checks them while there are any.

    `changes` counts the changes of access that the process has heard of.
    """

    def __init__(self) -> None:
        self._visits: dict[Viewer, Visit] = {}
        self._roles: dict[Viewer, str] = {}  # that the pages have
        self._tasks: list[asyncio.Task[None]] = []
        self._suspects: set[Viewer] = set()
        self._wake = asyncio.Event()
        self.changes = 0
        self._listener = Listener(self._take)

    def hear_changes(self) -> int:
        """Hear of changes of access from now on. Return the number of those heard until now."""
        self._listener.listen()
        return self.changes

    def add(self, viewer: Viewer, visit: Visit, *, since: int, role: str) -> None:
        """Check this viewer from now on.

        `since`: the changes before the visit was looked up. `role`: the one that the page has.
        """
        if not self._visits:
            self._wake = asyncio.Event()
            self._tasks = [
                asyncio.create_task(self._check_feeds()),
                asyncio.create_task(self._check_access()),
            ]
        self._visits[viewer], self._roles[viewer] = visit, role
        if since != self.changes:
            self._suspect({viewer})

    def remove(self, viewer: Viewer) -> None:
        """Check this viewer no longer."""
        self._roles.pop(viewer, None)
        if self._visits.pop(viewer, None) is not None and not self._visits:
            for task in self._tasks:
                task.cancel()

    def _take(self, change: AccessChange | None) -> None:
        self.changes += 1
        self._suspect(
            {
                viewer
                for viewer, visit in self._visits.items()
                if change is None or change.concerns_visit(visit)
            }
        )

    def _suspect(self, viewers: set[Viewer]) -> None:
        self._suspects |= viewers
        if viewers:
            self._wake.set()

    async def _check_feeds(self) -> None:
        """Look for threads that have changed although their log reported nothing."""
        while True:
            await asyncio.sleep(FEEDS_SECONDS)
            try:
                await compare_feeds()
            except Exception:  # noqa: BLE001 - the consumer boundary: the next round may succeed
                logger.exception("Could not compare the open threads with the database.")

    async def _check_access(self) -> None:
        """Close the pages of users who lost their access, and send others a new role."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), ACCESS_SECONDS)
            self._wake.clear()
            suspects, self._suspects = self._suspects or set(self._visits), set()
            visits = {it: visit for it, visit in self._visits.items() if it in suspects}
            try:
                memberships = await in_thread(memberships_of, set(visits.values()))
            except Exception:  # noqa: BLE001 - the consumer boundary: the next round may succeed
                logger.exception("Could not check the access of the open pages.")
                await asyncio.sleep(RETRY_SECONDS)
                self._suspect(suspects)
                continue
            for viewer, visit in visits.items():
                if visit not in memberships:
                    viewer.close(SIGNED_OUT)
                elif (membership := memberships[visit]) is None:
                    viewer.close(NO_ACCESS)
                elif self._roles.get(viewer, membership.role) != membership.role:
                    self._roles[viewer] = membership.role
                    viewer.send(role_message(membership.role))


def role_message(role: str) -> bytes:
    """Return the message with which a page shows the controls of another role.

    The page isn't loaded again, so what was typed stays.
    """
    return message_of({"role": role})


async def compare_feeds() -> None:
    """Compare the threads without recent events with the database."""
    quiet = [feed for feed in feeds.values() if feed.is_quiet]
    if not quiet:
        return
    active = await in_thread(active_statuses, {feed.thread_id for feed in quiet})
    for feed in quiet:
        thread_id = feed.thread_id
        # It may have had an event, or have ended, since the query.
        if feed.is_quiet and feeds.get(feed.key) is feed:
            await feed.compare(exists=thread_id in active, active=active.get(thread_id))


watch = Watch()
