"""Measure a live site, and return rows of a name, a figure and a goal."""

import asyncio
import statistics
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil

from tests.bench.client import Heard, post, stream
from tests.live import LiveSite

T = TypeVar("T")
Row = tuple[str, str, str]
MODEL = "scripted-1"
STEADY = 0.02  # seconds between tokens: 50 a second
# Streams begin one after another, and their first half second is not judged: what a start costs is
# measured as the time to the first token and as runs per second.
STAGGER = 0.04
SETTLED = 25
# After each of 10,000 messages. The context window of an unknown model has room for half of them.
MORE_WORDS = " word" * 18


@dataclass
class Bench:
    """A live site and the provider behind it, which is a process of its own."""

    site: LiveSite
    provider_url: str
    assistant_id: str = ""

    async def say(self, *, tokens: int, delay: float = 0.0) -> None:
        """Make the provider answer with this many tokens, at this pace, from now on."""
        reply = {"chunks": ["tok "] * tokens, "delay": delay}
        await post(self.provider_url.removesuffix("/v1"), "/control/default", reply)

    async def thread(self, messages: int = 1, more: str = "") -> str:
        """Return a new thread with this many messages, each ending with `more`."""
        body = {"messages": _messages(messages, more)}
        return str((await post(self.site.base_url, "/threads", body))["id"])

    async def ours(self, thread_id: str, **params: Any) -> Heard:
        """Stream a run on the thread, and return what was heard."""
        body = {"assistant_id": self.assistant_id, **params}
        return await stream(self.site.base_url, f"/threads/{thread_id}/runs", body)

    async def direct(self, messages: int = 1, more: str = "") -> Heard:
        """Ask the provider itself for the same, and return what was heard."""
        body = {"model": MODEL, "messages": _messages(messages, more)}
        return await stream(self.provider_url, "/chat/completions", body)

    async def sent(self, thread_id: str) -> int:
        """Return how many messages a run on the thread sends to the provider."""
        control = self.provider_url.removesuffix("/v1")
        await post(control, "/control/reset", {})
        await self.ours(thread_id)
        history: Any = await post(control, "/control/history", {})
        return len(history[-1]["body"]["messages"])


def _messages(number: int, more: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Message {place}{more}"} for place in range(number)]


async def long_thread(bench: Bench) -> Row:
    """Compare the first token in 10,000 messages with that in 10, both with last_messages 10."""
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
    """Measure what truncation `auto` of long threads adds to the time to the first token."""
    await bench.say(tokens=3)
    rows = []
    for messages, more, goal in ((1000, "", 15), (10_000, MORE_WORDS, 80)):
        thread = await bench.thread(messages, more)
        sent = await bench.sent(thread)  # this run also counts the tokens
        ours = [(await bench.ours(thread)).first for _ in range(15)]
        direct = [(await bench.direct(sent, more)).first for _ in range(15)]
        added = 1000 * (statistics.median(ours) - statistics.median(direct))
        rows.append(
            (
                f"added time to first token, truncation `auto` in {messages:,} messages, "
                f"{sent:,} sent",
                f"{added:.0f} ms (the provider alone: {1000 * statistics.median(direct):.0f} ms)",
                f"< {goal} ms",
            )
        )
    return rows


def memory(processes: list[psutil.Process]) -> float:
    """Return the MB of these processes and their children, shared pages counted once (PSS)."""
    family = {child for process in processes for child in process.children(recursive=True)}
    return sum(_pss(one) for one in {*processes, *family}) / 1e6


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, FileNotFoundError):
        return 0  # it has ended meanwhile


async def after(seconds: float, awaitable: Awaitable[T]) -> T:
    """Wait for `seconds`, then return what the awaitable returns."""
    await asyncio.sleep(seconds)
    return await awaitable


async def all_of(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    """Wait for all of the awaitables at once, and return what they return."""
    return list(await asyncio.gather(*awaitables))
