"""What an experiment does to people who use the site meanwhile.

`python -m tests.bench.experiments.beside` measures only this.
"""

import asyncio
import statistics
import sys

import psycopg

from tests import servers
from tests.bench.client import post
from tests.bench.measures import MODEL, Bench, Row
from tests.bench.provider import scripted_provider
from tests.live import LiveSite

ROWS, AT_ONCE = 1000, 32
ROUNDS = 30
WARM_UP = 5.0  # seconds until as many cells as may be are at work
# A model that thinks for a moment and then writes 50 tokens a second, and one that takes no time.
REPLIES = {
    "a model that begins after 300 ms": ({"first_delay": 0.3, "delay": 0.02}, "< 1.2 x"),
    "a model that begins at once": ({"delay": 0.02}, ""),
}
TOKENS = 60

CREATE = f"""
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.models import Project
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.experiments.lifecycle import start_experiment
from assistants_app.services.runs.frozen import Source
from assistants_app.services.test_sets.rows import import_test_rows
from assistants_app.services.test_sets.sets import create_test_set
project = Project.objects.get()
test_set = create_test_set(project=project, name="Questions", author=None)
imported = ImportedSet("jsonl")
for number in range({ROWS}):
    turns = [{{"role": "user", "content": f"Question {{number}}?"}}]
    checks = [{{"kind": "contains_all", "values": ["tok"]}}]
    imported.add(str(number), {{"turns": turns, "checks": checks}})
import_test_rows(project=project, set_id=test_set.pk, imported=imported, author=None)
made = create_experiment(
    project=project,
    user=None,
    set_id=test_set.pk,
    variants=[VariantChoice(Source(model="{MODEL}"), {{"temperature": each}}) for each in (0, 1)],
    terms=Terms(at_once={AT_ONCE}, seed=1),
)
start_experiment(project=project, experiment_id=made.pk)
"""
CANCEL = """
from assistants_app.models import Experiment
from assistants_app.services.experiments.lifecycle import cancel_experiment
for experiment in Experiment.objects.filter(state="running"):
    cancel_experiment(project=experiment.project, experiment_id=experiment.pk)
"""
ENDED = "SELECT count(*) FROM experiment_cell WHERE state = 'done'"
LEFT = "SELECT count(*) FROM experiment_cell WHERE state = 'waiting'"


def beside_experiments() -> list[Row]:
    """All rows: the time to the first token of a person's runs, without and beside cells."""
    servers.start()
    with scripted_provider() as url:
        environment = {"RATE_LIMIT_REQUESTS_PER_MINUTE": "0"}
        site = LiveSite("beside", {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k", **environment})
        try:
            return asyncio.run(_rows(Bench(site.start(), url)))
        finally:
            site.stop()


async def _rows(bench: Bench) -> list[Row]:
    made = await post(bench.site.base_url, "/assistants", {"model": MODEL})
    bench.assistant_id = made["id"]
    await bench.say(tokens=TOKENS)
    await _first_token(bench)  # warm up
    return [row for model in REPLIES for row in await _rows_of(bench, model)]


async def _rows_of(bench: Bench, model: str) -> list[Row]:
    reply, goal = REPLIES[model]
    control = bench.provider_url.removesuffix("/v1")
    await post(control, "/control/default", {"chunks": ["tok "] * TOKENS, **reply})
    quiet = await _first_token(bench)
    await asyncio.to_thread(bench.site._manage, "shell", "-v", "0", "-c", CREATE)
    await asyncio.sleep(WARM_UP)
    before, began = _count(bench, ENDED), asyncio.get_running_loop().time()
    busy = await _first_token(bench)
    cells = (_count(bench, ENDED) - before) / (asyncio.get_running_loop().time() - began)
    assert _count(bench, LEFT), "the experiment ended before the measurement: give it more rows"
    await asyncio.to_thread(bench.site._manage, "shell", "-v", "0", "-c", CANCEL)
    return [
        (
            f"first token of a person's run beside an experiment with {AT_ONCE} cells at once, "
            f"{model}",
            f"{busy / quiet:.2f} x ({1000 * quiet:.0f} -> {1000 * busy:.0f} ms)",
            goal,
        ),
        (f"cells of the experiment meanwhile, {model}", f"{cells:.0f} a second", ""),
    ]


async def _first_token(bench: Bench) -> float:
    times = []
    for _ in range(ROUNDS):
        thread = await bench.thread()
        times.append((await bench.ours(thread)).first)
    return statistics.median(times)


def _count(bench: Bench, statement: str) -> int:
    with psycopg.connect(bench.site.database_url) as connection:
        found = connection.execute(statement).fetchone()
        assert found is not None
        return int(found[0])


if __name__ == "__main__":
    sys.stdout.write("\n".join(map(" | ".join, beside_experiments())) + "\n")
