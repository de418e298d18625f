"""How fast runs are, what they cost, and how many of them one worker carries out at once."""

import statistics
import time
from dataclasses import dataclass

import psutil

from tests import servers
from tests.bench.client import post, stream
from tests.bench.measures import SETTLED, STAGGER, STEADY, Bench, Row, after, all_of
from tests.live import LiveSite

CLIENTS = 8
RATES = (20, 40, 80, 120, 160, 200, 240, 280)
SLOW = 0.1  # seconds between tokens of runs that are many
MOST_DELAY = 0.05  # seconds at p99
TOKENS = {"whole": 200, "sustained": 300, "at once": 100}


async def first_token(bench: Bench, streams: int, rounds: int) -> Row:
    """Added milliseconds to the first token, median."""
    await bench.say(tokens=20, delay=STEADY)
    ours: list[float] = []
    direct: list[float] = []
    for _ in range(rounds):
        threads = [await bench.thread() for _ in range(streams)]
        ours += [heard.first for heard in await all_of(bench.ours(thread) for thread in threads)]
        direct += [heard.first for heard in await all_of(bench.direct() for _ in threads)]
    added = 1000 * (statistics.median(ours) - statistics.median(direct))
    goal = {1: "< 8 ms", 20: "< 50 ms", 100: "< 250 ms"}[streams]
    return f"added time to first token, {streams} at once", f"{added:.1f} ms", goal


async def whole(bench: Bench, streams: int, rounds: int) -> Row:
    """The time of a whole run of 200 tokens, 100 a second, as a multiple of the direct call's."""
    await bench.say(tokens=TOKENS["whole"], delay=0.01)
    ours: list[float] = []
    direct: list[float] = []
    for _ in range(rounds):
        threads = [await bench.thread() for _ in range(streams)]
        ours += [heard.seconds for heard in await all_of(map(bench.ours, threads))]
        direct += [heard.seconds for heard in await all_of(bench.direct() for _ in threads)]
    ratio = statistics.median(ours) / statistics.median(direct)
    goal = {1: "< 1.005", 20: "< 1.03", 100: "< 1.12"}[streams]
    return (
        f"a run of {TOKENS['whole']} tokens against the direct call, {streams} at once",
        f"{ratio:.3f} x",
        goal,
    )


@dataclass(frozen=True, slots=True)
class _Streams:
    """Seconds that their tokens came late, and how many tokens were lost or doubled."""

    p50: float
    p99: float
    wrong: int


async def _streams(bench: Bench, number: int, *, tokens: int, delay: float) -> _Streams:
    await bench.say(tokens=tokens, delay=delay)
    threads = [await bench.thread() for _ in range(number)]
    heard = await all_of(
        after(place * min(STAGGER, 4 / number), bench.ours(thread))
        for place, thread in enumerate(threads)
    )
    late = sorted(
        lateness - min(one.lateness(delay))
        for one in heard
        for lateness in one.lateness(delay)[int(SETTLED * STEADY / delay) :]
    )
    return _Streams(
        p50=late[len(late) // 2],
        p99=late[int(len(late) * 0.99)],
        wrong=sum(abs(tokens - one.count) for one in heard),
    )


async def sustained(bench: Bench) -> list[Row]:
    """Streams of 50 tokens a second that stay within 50 ms at p99, and lost or doubled tokens."""
    tokens, best, asked, wrong = TOKENS["sustained"], (0, 0.0), 0, 0
    first_p99, cost = 0.0, 0.0
    parts = _parts(bench.site)
    for number in RATES:
        before = _total(parts)
        found = await _streams(bench, number, tokens=tokens, delay=STEADY)
        cost = (_total(parts) - before) / number
        asked, wrong = asked + number * tokens, wrong + found.wrong
        first_p99 = first_p99 or found.p99
        if found.p99 > MOST_DELAY:
            break
        best = number, found.p99
    cores = psutil.cpu_count() or 1
    return [
        (f"added delay per token p99, {RATES[0]} streams", f"{1000 * first_p99:.1f} ms", ""),
        (
            "streams of 50 tok/s that a core can carry",
            f"{tokens * STEADY / cost:.0f} ({1000 * cost:.0f} ms of CPU for {tokens} tokens)",
            "> 130",
        ),
        (
            "streams of 50 tok/s with p99 < 50 ms, client and provider on the same cores, per core",
            f"{best[0] / cores:.0f} (p99 {1000 * best[1]:.0f} ms)",
            "",
        ),
        (f"lost or doubled tokens of {asked:,}", str(wrong), "0"),
    ]


async def at_once(bench: Bench, number: int) -> Row:
    """The delay per token while one worker carries out `number` runs of 10 tokens a second."""
    tokens = TOKENS["at once"]
    parts = _parts(bench.site)
    before = _total(parts)
    found = await _streams(bench, number, tokens=tokens, delay=SLOW)
    cost = 1000 * (_total(parts) - before) / number
    goal = "p99 < 100 ms" if number == 500 else ""
    what = f"p50 {1000 * found.p50:.0f}, p99 {1000 * found.p99:.0f} ms"
    return (
        f"added delay per token, {number:,} runs of 10 tok/s in one worker",
        f"{what}; {cost:.0f} ms of CPU per run of {tokens} tokens; {found.wrong} wrong",
        goal,
    )


async def throughput(bench: Bench, *, calls: int, seconds: float = 12.0) -> list[Row]:
    """Runs per second of 8 clients with an instant provider, and what a run costs.

    With 3 calls, a run is a new thread, a message, and the run. With 1, they are one request.
    """
    await bench.say(tokens=1)
    run = {3: _in_three_calls, 1: _in_one_call}[calls]
    parts = _parts(bench.site)
    done = 0

    async def work(ends: float) -> None:
        nonlocal done
        while time.perf_counter() < ends:
            await run(bench)
            done += 1

    await all_of(run(bench) for _ in range(2 * CLIENTS))  # warm up
    before = {name: _cpu(one) for name, one in parts.items()}
    started = time.perf_counter()
    await all_of(work(started + seconds) for _ in range(CLIENTS))
    elapsed = time.perf_counter() - started
    costs = {name: 1000 * (_cpu(one) - before[name]) / done for name, one in parts.items()}
    listed = ", ".join(f"{name} {cost:.1f}" for name, cost in costs.items())
    kind = f"{calls} call{'s' if calls > 1 else ''}"
    speed, cost = {3: ("> 110", "< 10 ms"), 1: ("> 140", "< 7 ms")}[calls]
    return [
        (f"runs per second, {CLIENTS} clients, {kind}", f"{done / elapsed:.0f}", speed),
        (f"CPU per run, {kind}", f"{sum(costs.values()):.1f} ms ({listed})", cost),
    ]


async def _in_three_calls(bench: Bench) -> None:
    thread = str((await post(bench.site.base_url, "/threads", {}))["id"])
    message = {"role": "user", "content": "Hello"}
    await post(bench.site.base_url, f"/threads/{thread}/messages", message)
    await bench.ours(thread)


async def _in_one_call(bench: Bench) -> None:
    thread = {"messages": [{"role": "user", "content": "Hello"}]}
    body = {"assistant_id": bench.assistant_id, "thread": thread}
    await stream(bench.site.base_url, "/threads/runs", body)


def _parts(site: LiveSite) -> dict[str, psutil.Process]:
    """The processes that a run needs, besides client and provider."""
    assert site.web is not None
    postgres, valkey = servers.processes()
    return {
        "web": psutil.Process(site.web.pid),
        "worker": psutil.Process(site.workers[0].pid),
        "PostgreSQL": psutil.Process(postgres),
        "Valkey": psutil.Process(valkey),
    }


def _total(parts: dict[str, psutil.Process]) -> float:
    return sum(map(_cpu, parts.values()))


def _cpu(process: psutil.Process) -> float:
    """Seconds of CPU of a process and its children, also of those that have ended."""
    family = [process, *process.children(recursive=True)]
    times = [one.cpu_times() for one in family]
    ended = sum(one.children_user + one.children_system for one in times)
    return float(ended + sum(one.user + one.system for one in times))


async def run_rows(bench: Bench) -> list[Row]:
    """All rows about runs."""
    rows = [await first_token(bench, *shape) for shape in ((1, 30), (20, 4), (100, 2))]
    rows += [await whole(bench, *shape) for shape in ((1, 5), (20, 2), (100, 1))]
    rows += await sustained(bench)
    for calls in (3, 1):
        rows += await throughput(bench, calls=calls)
    return rows + [await at_once(bench, number) for number in (10, 100, 500, 1000)]
