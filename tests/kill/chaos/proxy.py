"""A proxy between two parts, which can be cut."""

import asyncio
import itertools
import threading
from pathlib import Path
from typing import Self

CHUNK = 65536
Address = Path | int  # a socket in the file system, or a port of this machine


class Proxy:
    """Passes bytes between the clients of `at` and one of `targets`, the next one that accepts."""

    def __init__(self, at: Address, *targets: Address) -> None:
        self.at = at
        self._targets = targets
        self._turns = itertools.cycle(range(len(targets)))
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"proxy at {at}", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def is_used(self) -> bool:
        """Whether a connection is open."""
        return bool(self._open)

    def cut(self) -> None:
        """Drop all connections, and each new one, until :meth:`restore`."""
        self._loop.call_soon_threadsafe(self._cut)

    def restore(self) -> None:
        self._is_cut = False

    def _cut(self) -> None:
        self._is_cut = True
        for writer in self._open:
            writer.transport.abort()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listen(self) -> None:
        if isinstance(self.at, int):
            await asyncio.start_server(self._connection, "127.0.0.1", self.at, backlog=1024)
        else:
            await asyncio.start_unix_server(self._connection, self.at, backlog=1024)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if not self._is_cut and (other := await self._connect()):
                self._open.add(other[1])
                there = asyncio.ensure_future(self._pass_on(reader, other[1]))
                await self._pass_on(other[0], writer)
                await there
        except asyncio.CancelledError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turns)
        for target in (*self._targets[first:], *self._targets[:first]):
            try:
                if isinstance(target, int):
                    return await asyncio.open_connection("127.0.0.1", target)
                return await asyncio.open_unix_connection(target)
            except OSError:
                continue
        return None

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            # Either end closes both, as an ended process does.
            self._open.discard(writer)
            writer.close()
