"""What is measured, each as a row: name, figure, goal."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import Any

import psutil

from tests.bench.client import Heard, post, stream
from tests.live import LiveSite

Row = tuple[str, str, str]
MODEL = "scripted-1"
RATES = (10, 20, 40, 60, 80, 120)
STEADY = 0.02  # seconds between tokens: 50 a second
# Streams begin one after another, and their first half second is not judged: what a start costs is
# measured as the time to the first token and as runs per second.
STAGGER = 0.04
SETTLED = 25
FITTING = 4766  # messages of `Bench.thread` that fit the context window of an unknown model


@dataclass
class Bench:
    """A live site and the provider behind it, which is a process of its own."""

    site: LiveSite
    provider_url: str
    assistant_id: str = ""

    async def say(self, *, tokens: int, delay: float = 0.0) -> None:
        """From now on the provider answers with so many tokens at this pace."""
        reply = {"chunks": ["tok "] * tokens, "delay": delay}
        await post(self.provider_url.removesuffix("/v1"), "/control/default", reply)

    async def thread(self, messages: int = 1) -> str:
        """A new thread with so many messages."""
        rows = [{"role": "user", "content": f"Message {number}"} for number in range(messages)]
        return str((await post(self.site.base_url, "/threads", {"messages": rows}))["id"])

    async def ours(self, thread_id: str, **params: Any) -> Heard:
        """A streamed run."""
        body = {"assistant_id": self.assistant_id, **params}
        return await stream(self.site.base_url, f"/threads/{thread_id}/runs", body)

    async def direct(self, messages: int = 1) -> Heard:
        """The same asked of the provider itself."""
        rows = [{"role": "user", "content": f"Message {number}"} for number in range(messages)]
        body = {"model": MODEL, "messages": rows}
        return await stream(self.provider_url, "/chat/completions", body)


async def first_token(bench: Bench, streams: int, rounds: int) -> Row:
    """Added milliseconds to the first token, median."""
    await bench.say(tokens=20, delay=STEADY)
    ours: list[float] = []
    direct: list[float] = []
    for _ in range(rounds):
        threads = [await bench.thread() for _ in range(streams)]
        ours += [heard.first for heard in await _all(bench.ours(thread) for thread in threads)]
        direct += [heard.first for heard in await _all(bench.direct() for _ in threads)]
    added = 1000 * (statistics.median(ours) - statistics.median(direct))
    goal = "< 10 ms" if streams == 1 else "< 60 ms"
    return f"added time to first token, {streams} at once", f"{added:.1f} ms", goal


async def sustained(bench: Bench) -> list[Row]:
    """Streams of 50 tokens a second that stay within 50 ms at p99, and lost tokens."""
    tokens = 400
    await bench.say(tokens=tokens, delay=STEADY)
    best, best_p99, lost, asked = 0, 0.0, 0, 0
    first_p99 = 0.0
    for streams in RATES:
        threads = [await bench.thread() for _ in range(streams)]
        heard = await _all(
            _after(number * STAGGER, bench.ours(thread)) for number, thread in enumerate(threads)
        )
        asked += streams * tokens
        lost += sum(tokens - one.count for one in heard)
        late = sorted(
            lateness - min(one.lateness(STEADY))
            for one in heard
            for lateness in one.lateness(STEADY)[SETTLED:]
        )
        p99 = 1000 * late[int(len(late) * 0.99)]
        first_p99 = first_p99 or p99
        if p99 > 50:
            break
        best, best_p99 = streams, p99
    return [
        (f"added delay per token p99, {RATES[0]} streams", f"{first_p99:.1f} ms", ""),
        (
            "streams of 50 tok/s at p99 < 50 ms, per core",
            f"{best / 2:.0f} (p99 {best_p99:.0f} ms)",
            "100",
        ),
        (f"lost tokens of {asked:,}", str(lost), "0"),
    ]


async def throughput(bench: Bench, seconds: float = 12.0) -> list[Row]:
    """Runs per second of 8 clients with an instant provider, and what a run costs."""
    await bench.say(tokens=3)
    done = 0
    processes = processes_of(bench.site)
    ends = time.perf_counter() + seconds
    cpu = sum(_cpu(process) for process in processes)

    async def work() -> None:
        nonlocal done
        thread = await bench.thread()
        while time.perf_counter() < ends:
            await bench.ours(
                thread, truncation_strategy={"type": "last_messages", "last_messages": 1}
            )
            done += 1

    started = time.perf_counter()
    await _all(work() for _ in range(8))
    elapsed = time.perf_counter() - started
    cost = 1000 * (sum(_cpu(process) for process in processes) - cpu) / done
    return [
        ("runs per second, 8 clients", f"{done / elapsed:.0f}", "> 80"),
        ("CPU of web and worker per run", f"{cost:.1f} ms", "< 15 ms"),
    ]


async def long_thread(bench: Bench) -> Row:
    """First token in a thread of 10,000 messages against one of 10, both with last_messages 10."""
    await bench.say(tokens=3)
    params = {"truncation_strategy": {"type": "last_messages", "last_messages": 10}}
    medians = []
    for messages in (10, 10_000):
        thread = await bench.thread(messages)
        times = [(await bench.ours(thread, **params)).first for _ in range(15)]
        medians.append(statistics.median(times))
    ratio = medians[1] / medians[0]
    return "first token in 10,000 messages against 10", f"{ratio:.2f} x", "< 1.3 x"


async def truncation(bench: Bench) -> list[Row]:
    """Added milliseconds to the first token where truncation `auto` reads a long thread."""
    await bench.say(tokens=3)
    rows = []
    for messages, sent, goal in ((1000, 1000, 15), (10_000, FITTING, 80)):
        thread = await bench.thread(messages)
        await bench.ours(thread)  # counts the tokens
        ours = [(await bench.ours(thread)).first for _ in range(15)]
        direct = [(await bench.direct(sent)).first for _ in range(15)]
        added = 1000 * (statistics.median(ours) - statistics.median(direct))
        rows.append(
            (
                f"added time to first token, truncation `auto` in {messages:,} messages",
                f"{added:.0f} ms (the provider alone: {1000 * statistics.median(direct):.0f} ms)",
                f"< {goal} ms",
            )
        )
    return rows


def processes_of(site: LiveSite) -> list[psutil.Process]:
    """The web process and the workers."""
    parts = [part for part in (site.web, *site.workers) if part is not None]
    return [psutil.Process(part.pid) for part in parts]


def memory(processes: list[psutil.Process]) -> float:
    """MB of these processes and their children, shared pages counted once (PSS)."""
    family = {child for process in processes for child in process.children(recursive=True)}
    return sum(_pss(one) for one in {*processes, *family}) / 1e6


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, FileNotFoundError):
        return 0  # it has ended meanwhile


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _after(seconds: float, awaitable: Any) -> Any:
    await asyncio.sleep(seconds)
    return await awaitable


async def _all(awaitables: Any) -> list[Any]:
    return list(await asyncio.gather(*awaitables))
