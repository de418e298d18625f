"""Many people on one site process: viewers of one thread, idle pages, and readers of the API.

`python -m tests.bench.crowd` measures only this.
"""

import asyncio
import bisect
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil

from tests import servers
from tests.bench.client import post
from tests.bench.measures import MODEL, Bench, Row, memory
from tests.bench.provider import scripted_provider
from tests.bench.sockets import EventStream, Seen, Socket, cookies_of, open_events, open_socket
from tests.live import LiveSite

TOKENS, DELAY = 200, 0.05  # 20 tokens a second
AT_ONCE = 50  # connections that are opened at the same time
QUIET_SECONDS = 3.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many there are of each kind."""

    viewers: int = 1_000
    idle: int = 5_000
    readers: int = 2_000
    threads: int = 200


class Crowd:
    """The clients of a live site."""

    def __init__(self, bench: Bench, cookie: str) -> None:
        self.bench = bench
        self.site = bench.site
        self.cookie = cookie

    async def sockets(self, threads: Sequence[str]) -> list[Socket]:
        """Open a page of each of these threads."""
        paths = [f"/ws/p/{self.site.project_id}/thread/{thread}/" for thread in threads]
        return await _in_turn(open_socket(self.site.url, path, self.cookie) for path in paths)

    async def streams(self, threads: Sequence[str]) -> list[EventStream]:
        """Read the events of each of these threads."""
        return await _in_turn(open_events(self.site.base_url, thread) for thread in threads)

    @property
    def web(self) -> psutil.Process:
        """The process that serves them."""
        assert self.site.web is not None
        return psutil.Process(self.site.web.pid)


@asynccontextmanager
async def crowd_of(bench: Bench) -> AsyncIterator[Crowd]:
    """Clients that may open as many connections as this machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield Crowd(bench, await asyncio.to_thread(cookies_of, bench.site))
    finally:
        await asyncio.sleep(0.1)  # connections that were just closed need the loop to end
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def crowd_rows(bench: Bench, sizes: Sizes) -> list[Row]:
    """Measure all of it."""
    async with crowd_of(bench) as crowd:
        await viewers_of_one_thread(crowd, 1)  # a process compiles its templates once
        return [
            *await viewers_of_one_thread(crowd, sizes.viewers),
            *await one_viewer_each(crowd, sizes.threads),
            await idle_pages(crowd, sizes.idle),
            *await readers_of_both_kinds(crowd, sizes.readers),
        ]


async def viewers_of_one_thread(crowd: Crowd, count: int) -> list[Row]:
    """How long an event takes to reach every page of one thread."""
    bench = crowd.bench
    thread = await bench.thread()
    sockets = await crowd.sockets([thread] * count)
    [reader] = await crowd.streams([thread])
    await bench.say(tokens=TOKENS, delay=DELAY)
    await _until_greeted(sockets)
    before, begin = _cpu(crowd.web), time.time()
    await bench.ours(thread)
    cpu = _cpu(crowd.web) - before
    await _until_shown(sockets, reader.frames[-1])
    late = delays(reader.frames, sockets, begin)
    frames = sum(len(socket.frames) - 1 for socket in sockets)
    missed = sum(socket.frames[-1][1] != reader.frames[-1][1] for socket in sockets)
    close_all([*sockets, reader])
    return [
        (
            f"event to frame, {count:,} viewers of one thread, p50 / p99",
            f"{percentile(late, 50):.0f} / {percentile(late, 99):.0f} ms",
            "p99 < 150 ms",
        ),
        ("CPU of the site for each frame at each viewer", f"{1e6 * cpu / frames:.0f} µs", ""),
        ("viewers that missed the end", str(missed), "0"),
    ]


async def one_viewer_each(crowd: Crowd, count: int) -> list[Row]:
    """The same, when each viewer has a thread of its own and all threads stream at once."""
    bench = crowd.bench
    threads = [await bench.thread() for _ in range(count)]
    sockets = await crowd.sockets(threads)
    readers = await crowd.streams(threads)
    await bench.say(tokens=TOKENS // 2, delay=2 * DELAY)
    before, begin = _cpu(crowd.web), time.time()
    await asyncio.gather(*(bench.ours(thread) for thread in threads))
    cpu = _cpu(crowd.web) - before
    late: list[float] = []
    for socket, reader in zip(sockets, readers, strict=True):
        await _until_shown([socket], reader.frames[-1])
        late += delays(reader.frames, [socket], begin)
    close_all([*sockets, *readers])
    return [
        (
            f"event to frame, {count} threads of one viewer each, p50 / p99",
            f"{percentile(late, 50):.0f} / {percentile(late, 99):.0f} ms",
            "",
        ),
        ("CPU of the site for each of these threads", f"{1000 * cpu / count:.0f} ms", ""),
    ]


async def idle_pages(crowd: Crowd, count: int) -> Row:
    """Memory of pages on which nothing happens, ten on each thread."""
    threads = [await crowd.bench.thread() for _ in range(max(1, count // 10))]
    warm = await crowd.sockets(threads[:1])
    before = memory([crowd.web])
    sockets = await crowd.sockets((threads * 10)[:count])
    await asyncio.sleep(QUIET_SECONDS)
    each = 1000 * (memory([crowd.web]) - before) / count
    assert not any(socket.closed for socket in sockets)
    close_all([*warm, *sockets])
    return f"memory of an idle page, {count:,} of them (PSS)", f"{each:.0f} KB", "< 45 KB"


async def readers_of_both_kinds(crowd: Crowd, count: int) -> list[Row]:
    """As many event streams as websockets on one process, a tenth of them on a busy thread."""
    bench = crowd.bench
    busy = await bench.thread()
    quiet = [await bench.thread() for _ in range(max(1, count // 10))]
    threads = [quiet[number % len(quiet)] if number % 10 else busy for number in range(count)]
    sockets = await crowd.sockets(threads)
    streams = await crowd.streams(threads)
    await bench.say(tokens=TOKENS, delay=DELAY)
    begin = time.time()
    await bench.ours(busy)
    await _until_shown(sockets[::10], streams[0].frames[-1])
    by_page = delays(streams[0].frames, sockets[::10], begin)
    by_stream = delays(streams[0].frames, streams[::10], begin)
    threads_of_site = crowd.web.num_threads()
    close_all([*sockets, *streams])
    return [
        (
            f"event to page / to stream, {count:,} of each on one process, p99",
            f"{percentile(by_page, 99):.0f} / {percentile(by_stream, 99):.0f} ms",
            "p99 < 150 ms",
        ),
        ("threads of the site with them", str(threads_of_site), "< 60"),
    ]


def delays(
    events: Sequence[Seen], readers: Iterable[Socket | EventStream], begin: float
) -> list[float]:
    """Return the milliseconds from each event since `begin` (Unix time) to the first frame of each
    reader that has it.
    """
    # A position begins with the milliseconds at which Valkey took the event.
    wanted = [_order(position) for _, position in events]
    wanted = [order for order in wanted if order[0] >= 1000 * begin]
    late = []
    for reader in readers:
        arrived = [(_order(position), 1000 * moment) for moment, position in reader.frames]
        for order in wanted:
            place = bisect.bisect_left(arrived, (order, 0.0))
            if place < len(arrived):
                late.append(arrived[place][1] - order[0])
    return late


def percentile(values: list[float], percent: float) -> float:
    """Return the value that this percentage of the values doesn't exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def _order(position: bytes) -> tuple[int, int]:
    milliseconds, _, counter = position.partition(b"-")
    return int(milliseconds), int(counter)


async def _until_shown(sockets: Sequence[Socket], event: Seen) -> None:
    deadline = time.monotonic() + 10
    wanted = _order(event[1])
    while time.monotonic() < deadline:
        if all(socket.frames and _order(socket.frames[-1][1]) >= wanted for socket in sockets):
            return
        await asyncio.sleep(0.05)


async def _until_greeted(sockets: Sequence[Socket]) -> None:
    # The first frames of all pages take longer than a run's first events, which would wait behind.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if all(socket.frames for socket in sockets):
            return
        await asyncio.sleep(0.05)


async def _in_turn(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(awaitable: Awaitable[T]) -> T:
        async with turn:
            return await awaitable

    return list(await asyncio.gather(*(one(awaitable) for awaitable in awaitables)))


def close_all(connections: Iterable[Any]) -> None:
    """Drop these connections."""
    for connection in connections:
        connection.close()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(site: LiveSite, provider_url: str, sizes: Sizes) -> list[Row]:
    """Measure all of it on a running site."""
    bench = Bench(site, provider_url)
    assistant = await post(site.base_url, "/assistants", {"model": MODEL})
    bench.assistant_id = assistant["id"]
    return await crowd_rows(bench, sizes)


def main() -> None:
    """Print the rows."""
    servers.start()
    with scripted_provider() as url:
        # The whole crowd comes from one address.
        settings = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k", "CONNECTIONS_PER_ADDRESS": "0"}
        site = LiveSite("crowd", settings)
        try:
            rows = asyncio.run(measure(site.start(concurrency=320), url, Sizes()))
        finally:
            site.stop()
    sys.stdout.writelines(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    main()
