"""The panels beside a thread's rows, which a feed reads while their frame waits for its turn."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from assistants_app.rendering.threads.changes import PanelChanges
from assistants_app.rendering.threads.growing import Operation

# Before a frame is due. With their queries, panels take 10 to 40 ms.
LEAD_SECONDS: Final = 0.05

Read = Callable[[PanelChanges], Awaitable[list[Operation]]]


class Panels:
    """Reads changed panels, shortly before the next frame if there is time until then."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._changed = PanelChanges()
        self._reading: asyncio.Task[list[Operation] | None] | None = None

    def prepare(self, seconds: float, changed: Callable[[], PanelChanges]) -> None:
        """Read what has `changed` by then before the next frame, which comes after `seconds`."""
        if seconds > LEAD_SECONDS:
            self._timer = self._loop.call_later(seconds - LEAD_SECONDS, self._begin, changed)

    async def operations(self, changed: PanelChanges) -> list[Operation]:
        """Return operations that redraw the changed panels."""
        if not changed:
            return []
        reading, self._reading = self._reading, None
        # What was read before the last of these changes is out of date.
        if reading is not None and changed == self._changed:
            operations = await reading
            if operations is not None:
                return operations
        return await self._read(changed)

    def close(self) -> None:
        """Read nothing more."""
        for waiting in (self._timer, self._reading):
            if waiting:
                waiting.cancel()

    def _begin(self, changed: Callable[[], PanelChanges]) -> None:
        self._changed = changed()
        if self._changed:
            self._reading = self._loop.create_task(self._try(self._changed))

    async def _try(self, changed: PanelChanges) -> list[Operation] | None:
        try:
            return await self._read(changed)
        except Exception:  # noqa: BLE001 - it is read again when the frame needs it
            return None
