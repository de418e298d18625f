"""What a chat completion loses on its way through this server."""

import statistics

from tests.bench.client import stream
from tests.bench.measures import MODEL, STEADY, Bench, Row


async def passing(bench: Bench, rounds: int) -> Row:
    """Added milliseconds to the first token of a chat completion that is passed on, median."""
    await bench.say(tokens=20, delay=STEADY)
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Message 0"}]}
    ours: list[float] = []
    direct: list[float] = []
    # In turn, so that both meet the same machine.
    for _ in range(rounds):
        ours.append((await stream(bench.site.base_url, "/chat/completions", body)).first)
        direct.append((await bench.direct()).first)
    added = 1000 * (statistics.median(ours) - statistics.median(direct))
    return "added time to first token, chat completion passed on", f"{added:.1f} ms", "< 3 ms"
